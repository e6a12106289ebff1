"""The text of a catalog file, gzipped or not, with every way in which it can be unusable."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from faultcast.catalog.unpack import read_unpacked
from faultcast.errors import CatalogError


@dataclass(frozen=True)
class CatalogText:
    """Name and decoded text of a catalog file; lines end with a line feed."""

    name: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        """Return the lines without their ends; line k (1-based) is item k - 1."""
        lines = self.text.split("\n")
        return lines[:-1] if lines[-1] == "" else lines

    def head(self, n_lines: int = 500) -> list[str]:
        """Return the first lines, at most 100,000 characters of them."""
        return self.text[:100_000].split("\n")[:n_lines]

    @property
    def n_lines(self) -> int:
        """Number of lines."""
        return self.text.count("\n") + (not self.is_terminated)

    @property
    def is_terminated(self) -> bool:
        """Whether the last line has its line break; a cut file's mostly has not."""
        return self.text.endswith("\n")


def load_bytes(path: str | Path) -> bytes:
    """Return a file's bytes, unzipped where they are gzip (told by content, not by name).

    Raises
    ------
    CatalogError
        The file is absent, a folder, empty, unreadable, or a gzip that ends early, is damaged or
        packed beyond what data can be.
    """
    path = Path(path)
    if path.is_dir():
        raise CatalogError(f"{path} is a folder; expected a catalog file")
    try:
        data = read_unpacked(path, error=CatalogError)
    except FileNotFoundError as error:
        raise CatalogError(f"there is no catalog {path}: check the path, or fetch it") from error
    except (OSError, ValueError) as error:
        raise CatalogError(f"cannot read {path}: {error}") from error
    if not data:
        raise CatalogError(f"{path} is empty; expected an earthquake catalog")
    return data


def load_text(path: str | Path) -> CatalogText:
    """Return a file as text; raises as `load_bytes` and `decode` do."""
    return decode(load_bytes(path), path)


def decode(data: bytes, path: str | Path) -> CatalogText:
    """Return bytes as text: UTF-8, stray bytes replaced, line ends made line feeds.

    Raises
    ------
    CatalogError
        They are binary, or blanks alone.
    """
    if b"\0" in data:
        raise CatalogError(f"{path} is a binary file; expected an earthquake catalog as text")
    text = data.decode("utf-8-sig", errors="replace")
    if not text[:4096].strip() and not text.strip():
        raise CatalogError(f"{path} is empty; expected an earthquake catalog")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return CatalogText(Path(path).name, text)
