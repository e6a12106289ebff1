"""Files as a provider delivers them: plain, gzipped or in a zip, with every way to be unusable.

Nothing is unpacked to the disk, sizes are bounded before anything is read, and a zip with a
member that would climb out of its folder is refused as a whole.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path, PurePosixPath

from faultcast.catalog.readers.text import CatalogText
from faultcast.catalog.unpack import MAX_BYTES, check_members, read_unpacked
from faultcast.errors import DataError

_GZIP_MAGIC, _ZIP_MAGIC = b"\x1f\x8b", b"PK"


def read_members(path: str | Path, suffix: str, *, max_bytes: int = MAX_BYTES) -> dict[str, bytes]:
    """Return the contents of a delivered file, by name.

    Parameters
    ----------
    path : a zip, or the file itself, gzipped or not (told by content, not by name).
    suffix : ending of the members wanted of a zip, such as ".csv"; case does not matter.
    max_bytes : limit of the unpacked size, all members together.

    Returns
    -------
    Name without folders -> bytes; of a plain file its own name, without ".gz".

    Raises
    ------
    DataError
        The file is absent, empty, cut, damaged, encrypted, larger than allowed, packed beyond
        what data can be, holds a member that climbs out of its folder, or no wanted member.
    """
    path = Path(path)
    if path.is_dir():
        raise DataError(f"{path} is a folder; expected a file, or a zip that holds a {suffix} file")
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            start = stream.read(2)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}; check the path, or fetch it") from (
            error
        )
    if size == 0:
        raise DataError(f"{path} is empty: fetch it again")
    if start == _ZIP_MAGIC:
        return _from_zip(path, suffix, max_bytes)
    if path.suffix.lower() == ".zip":
        raise DataError(f"{path} is no zip, whatever its name says: fetch it again")
    name = path.name.removesuffix(".gz") if start == _GZIP_MAGIC else path.name
    return {name: read_unpacked(path, max_bytes=max_bytes)}


def read_single(
    path: str | Path, suffix: str = ".csv", *, max_bytes: int = MAX_BYTES
) -> tuple[str, bytes]:
    """Return name and bytes of the one member with a suffix; raises as `read_members` does."""
    members = read_members(path, suffix, max_bytes=max_bytes)
    if len(members) > 1:
        raise DataError(
            f"{path} holds {len(members)} {suffix} files ({', '.join(sorted(members)[:5])}); "
            "expected one: unpack it and give the file that you want"
        )
    return next(iter(members.items()))


def as_text(name: str, data: bytes) -> CatalogText:
    """Return bytes as text with line feeds at line ends; stray bytes are replaced.

    Raises
    ------
    DataError
        They are binary or blank.
    """
    if b"\0" in data:
        raise DataError(f"{name} is a binary file; expected a table as text")
    text = data.decode("utf-8-sig", errors="replace")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text[:4096].strip() and not text.strip():
        raise DataError(f"{name} is blank; expected a table with a header")
    return CatalogText(name, text)


def _from_zip(path: Path, suffix: str, max_bytes: int) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            wanted = _wanted(path, archive.infolist(), suffix, max_bytes)
            return {PurePosixPath(info.filename).name: archive.read(info) for info in wanted}
    except (zipfile.BadZipFile, EOFError, OSError, zlib.error, NotImplementedError) as error:
        raise DataError(
            f"{path} is a zip that is cut or damaged ({error}): delete it and fetch it again"
        ) from error


def _wanted(
    path: Path, infos: list[zipfile.ZipInfo], suffix: str, max_bytes: int
) -> list[zipfile.ZipInfo]:
    for info in infos:
        _refuse_climbing(path, info.filename)
    wanted = [
        info
        for info in infos
        if info.filename.lower().endswith(suffix)
        # resource forks that macOS adds to its zips
        and not info.filename.startswith("__MACOSX/")
    ]
    if not wanted:
        others = ", ".join(info.filename for info in infos[:5]) or "nothing"
        raise DataError(f"{path} holds no {suffix} file but {others}: is it the right archive?")
    names = [PurePosixPath(info.filename).name for info in wanted]
    if len(set(names)) < len(names):
        raise DataError(f"{path} holds two files of one name: unpack it and give the one you want")
    check_members(path, wanted, max_bytes=max_bytes)
    for info in wanted:
        if info.flag_bits & 1:
            raise DataError(f"{path}: {info.filename} is encrypted; unpack it and give that file")
    return wanted


def _refuse_climbing(path: Path, member: str) -> None:
    parts = member.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or ":" in parts[0]:
        raise DataError(
            f"{path} holds {member!r}, which climbs out of its folder: it was not made by the "
            "provider; delete it and fetch it again"
        )
