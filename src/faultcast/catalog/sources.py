"""The places that may hold a file of a dataset: mirror, addresses, event services."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from faultcast.catalog.fdsn import fetch_events
from faultcast.catalog.registry import DataFile, EventQuery, Key
from faultcast.catalog.transfer import Session
from faultcast.catalog.web import shown
from faultcast.errors import DownloadError


@dataclass(frozen=True)
class Source:
    """A place that may hold a file.

    Attributes
    ----------
    name : as messages show it.
    bring : writes the bytes to a path, or raises DownloadError.
    resumable : whether `bring` goes on from what lies at the path already.
    """

    name: str
    bring: Callable[[Path], None]
    resumable: bool = False


def list_sources(
    file: DataFile,
    mirror: str | Path | None,
    session: Session,
    key: Key | None,
    environ: Mapping[str, str],
) -> Iterator[Source]:
    """Yield the places of a file, best first: mirror, event query, addresses.

    A file behind a key has addresses only where the environment holds the key.
    """
    cap = file.bytes or session.max_bytes
    if mirror is not None and is_web(mirror):
        address = f"{str(mirror).rstrip('/')}/{file.mirror_path}"
        yield _web(address, file, session, {})
        yield Source(
            shown(address + ".gz"), lambda path: _gunzip_web(address + ".gz", path, session, cap)
        )
    elif mirror is not None:
        yield Source(f"mirror {mirror}", lambda path: _from_folder(Path(mirror), file, path, cap))
    if file.query is not None:
        yield _events(file.query, session)
    parameters = {}
    if key is not None:
        value = environ.get(key.environment, "").strip()
        if not value:
            return
        parameters = {key.parameter: value}
    for url in file.urls:
        yield _web(url, file, session, parameters)


def is_web(mirror: str | Path) -> bool:
    """Return whether a mirror is a base address and not a folder."""
    return str(mirror).startswith(("http://", "https://"))


def _web(url: str, file: DataFile, session: Session, parameters: Mapping[str, str]) -> Source:
    def bring(path: Path) -> None:
        html = Path(file.path).suffix in (".html", ".htm")
        session.download(url, path, size=file.bytes, parameters=parameters, allow_html=html)

    return Source(shown(url), bring, resumable=True)


def _events(query: EventQuery, session: Session) -> Source:
    def bring(path: Path) -> None:
        fetch_events(query, path, session)

    return Source(shown(query.service), bring)


def _from_folder(mirror: Path, file: DataFile, path: Path, cap: int) -> None:
    if not mirror.is_dir():
        raise DownloadError("there is no such folder; mend the config key `mirror`")
    plain = mirror / file.mirror_path
    packed = mirror / (file.mirror_path + ".gz")
    if plain.is_file():
        with plain.open("rb") as stream:
            _copy(stream, path, cap)
    elif packed.is_file():
        _gunzip(packed, path, cap)
    else:
        raise DownloadError(f"{file.mirror_path} is not there, nor is {file.mirror_path}.gz")


def _gunzip_web(url: str, path: Path, session: Session, cap: int) -> None:
    packed = path.with_name(path.name + ".gz")
    packed.unlink(missing_ok=True)
    try:
        session.download(url, packed)
        _gunzip(packed, path, cap)
    finally:
        packed.unlink(missing_ok=True)


def _gunzip(packed: Path, path: Path, cap: int) -> None:
    try:
        with gzip.open(packed) as stream:
            _copy(stream, path, cap)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        path.unlink(missing_ok=True)
        raise DownloadError(f"{packed.name} is no whole gzip file ({error})") from error


def _copy(stream: BinaryIO | gzip.GzipFile, path: Path, cap: int) -> None:
    """Copy at most `cap` bytes: a small gzip file may unfold to any size."""
    done = 0
    with path.open("wb") as target:
        while piece := stream.read(1 << 20):
            done += len(piece)
            if done > cap:
                break
            target.write(piece)
    if done > cap:
        path.unlink()
        raise DownloadError(f"more than the {cap} bytes expected at most; nothing was kept")
