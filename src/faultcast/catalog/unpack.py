"""Packed files of other people: what they unpack to is bounded before or while it is read."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib.npyio import NpzFile

from faultcast.errors import DataError, FaultcastError

MAX_BYTES = 4 << 30
"""Largest unpacked size: above a full 100 km tile of level 3 with 304 epochs, below a bomb."""

_GZIP_MAGIC = b"\x1f\x8b"
_MAX_RATIO = 200  # catalogs pack to a quarter, EGMS text to a fifth, deflate's limit is 1032
_SMALL_BYTES = 32 << 20  # below it any ratio is harmless: masks and empty maps reach high ones
_BLOCK_BYTES = 1 << 20


def read_unpacked(
    path: str | Path, *, max_bytes: int = MAX_BYTES, error: type[FaultcastError] = DataError
) -> bytes:
    """Return a file's bytes, unzipped where they are gzip (told by content, not by name).

    Parameters
    ----------
    path : the file; what the system says of one that cannot be opened passes as OSError.
    max_bytes : limit of the unpacked size.
    error : the kind to raise.

    Raises
    ------
    DataError, or `error`
        It is larger than allowed, or a gzip that is cut, damaged or packed beyond what data can be.
    """
    with Path(path).open("rb") as packed:
        if packed.read(2) == _GZIP_MAGIC:
            packed.seek(0)
            return _inflated(packed, path, max_bytes, error)
        size = packed.seek(0, io.SEEK_END)
        if size > max_bytes:
            raise error(f"{path} has {size} bytes, more than the {max_bytes} allowed")
        packed.seek(0)
        return packed.read()


def check_members(
    path: str | Path, members: Sequence[zipfile.ZipInfo], *, max_bytes: int = MAX_BYTES
) -> None:
    """Refuse members of a zip by the sizes they state, before any is unpacked.

    Raises
    ------
    DataError
        Together they are larger than allowed, or packed beyond what data can be.
    """
    # zipfile never unpacks more than the size a member states, so checking that is enough
    total = sum(info.file_size for info in members)
    if total > max_bytes:
        raise DataError(
            f"{path} would unpack to {total} bytes, more than the {max_bytes} allowed: "
            "is it the right archive?"
        )
    whole = Path(path).stat().st_size
    for info in members:
        packed = min(info.compress_size, whole)
        _refuse_bomb(f"{path}: {info.filename}", info.file_size, packed, DataError)
    # many members, each of them small, are a bomb as well; they may share their bytes
    packed = min(sum(info.compress_size for info in members), whole)
    _refuse_bomb(str(path), total, packed, DataError)


def load_arrays(path: str | Path) -> NpzFile:
    """Open numpy arrays (.npz), without pickle, for a `with` statement.

    What numpy and zipfile raise on a damaged file passes: `io.reading` tells it in words.

    Raises
    ------
    DataError
        See `check_members`.
    """
    with zipfile.ZipFile(path) as archive:
        check_members(path, archive.infolist())
    arrays: NpzFile = np.load(path, allow_pickle=False)
    return arrays


def _inflated(
    packed: BinaryIO, path: str | Path, max_bytes: int, error: type[FaultcastError]
) -> bytes:
    data = io.BytesIO()
    try:
        with gzip.GzipFile(fileobj=packed) as stream:
            while block := stream.read(_BLOCK_BYTES):
                size = data.tell() + len(block)
                if size > max_bytes:
                    raise error(f"{path} unpacks to more than the {max_bytes} bytes allowed")
                _refuse_bomb(str(path), size, packed.tell(), error)
                data.write(block)
    except (EOFError, OSError, zlib.error) as fault:
        raise error(
            f"{path} is a gzip file that is cut or damaged ({fault}): fetch it again"
        ) from fault
    return data.getvalue()


def _refuse_bomb(name: str, size: int, packed: int, error: type[FaultcastError]) -> None:
    if size > _SMALL_BYTES and size > _MAX_RATIO * packed:
        raise error(
            f"{name} unpacks to {size} bytes or more from {packed}; no data packs like that, so "
            "it is not read"
        )
