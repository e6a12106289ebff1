"""The 3,360 Landers aftershocks that ship with the author's program (MATLAB file)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from faultcast.errors import CatalogError
from faultcast.io import reading

# fitted to independent catalogs, +- 0.3 km; the file itself has no origin
ORIGIN_LATITUDE, ORIGIN_LONGITUDE = 33.80, -116.757
CRS = (
    f"+proj=tmerc +lat_0={ORIGIN_LATITUDE} +lon_0={ORIGIN_LONGITUDE} +k=1 "
    "+datum=WGS84 +units=km +no_defs"
)
# of MATLAB's level 5 MAT-file format: header, kinds of elements, classes of real tables, numbers
_HEAD_BYTES, _MATRIX, _COMPRESSED = 128, 14, 15
_REAL_CLASSES = range(6, 16)
_COMPLEX = 0x0800
_NUMBERS = {
    1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8",
}  # fmt: skip
_MAX_BYTES = 32 << 20

Order = Literal["little", "big"]


def read_landers(path: str | Path) -> np.ndarray:
    """Return the hypocentres (3360, 3), km: x east and y north of their origin, z down.

    Raises
    ------
    CatalogError
        The file cannot be read or has no table `xyz_mat` of three columns.
    """
    cure = "expected a MATLAB v5 file: fetch it again"
    with reading(path, cure, CatalogError):
        tables = dict(_tables(Path(path).read_bytes()))
    xyz_km = tables.get("xyz_mat", np.empty(0))
    if xyz_km.ndim != 2 or xyz_km.shape[1] != 3:
        names = ", ".join(tables) or "nothing"
        raise CatalogError(f"{path} holds {names}; expected a table xyz_mat with columns x, y, z")
    if not np.isfinite(xyz_km).all():
        raise CatalogError(f"{path} holds positions that are not finite; {cure}")
    return xyz_km


def landers_points(path: str | Path) -> pd.DataFrame:
    """Return the hypocentres as a table: event_id, x_km, y_km, z_km."""
    xyz_km = read_landers(path)
    points = pd.DataFrame(xyz_km, columns=["x_km", "y_km", "z_km"])
    points.insert(0, "event_id", [f"landers{number:04d}" for number in range(len(points))])
    return points


def _tables(data: bytes) -> Iterator[tuple[str, np.ndarray]]:
    """Yield name and values of each variable; empty unless it is a table of real numbers.

    Read here and not by `scipy.io.loadmat`, which a damaged file ends with a segmentation fault.
    """
    mark = data[_HEAD_BYTES - 2 : _HEAD_BYTES]
    if mark not in (b"IM", b"MI"):
        raise ValueError("no mark of the byte order in its header")
    order: Order = "little" if mark == b"IM" else "big"
    for kind, body in _elements(data[_HEAD_BYTES:], order):
        if kind == _COMPRESSED:
            stream = zlib.decompressobj()
            body = stream.decompress(body, _MAX_BYTES)
            if not stream.eof:
                raise ValueError(
                    f"cut, or more than {_MAX_BYTES} bytes in a variable: no data packs like that"
                )
            kind, body = next(_elements(body, order), (0, b""))
        if kind != _MATRIX:
            raise ValueError(f"an element of kind {kind} where a variable belongs")
        yield _table(list(_elements(body, order)), order)


def _table(parts: list[tuple[int, bytes]], order: Order) -> tuple[str, np.ndarray]:
    if len(parts) < 3:
        raise ValueError("a variable without flags, shape and name")
    (_, flags), (_, shape), (_, name), *values = parts
    what, called = int.from_bytes(flags[:4], order), name.decode("ascii")
    if what & 0xFF not in _REAL_CLASSES or what & _COMPLEX or len(values) != 1:
        return called, np.empty(0)
    kind, numbers = values[0]
    if kind not in _NUMBERS:
        raise ValueError(f"{called} holds numbers of kind {kind}")
    sign = "<" if order == "little" else ">"
    table = np.frombuffer(numbers, sign + _NUMBERS[kind]).astype(np.float64)
    # columns stand one after the other
    return called, table.reshape(np.frombuffer(shape, f"{sign}i4"), order="F").copy("C")


def _elements(data: bytes, order: Order) -> Iterator[tuple[int, bytes]]:
    """Yield kind and content of each element, which begin at multiples of 8 bytes."""
    start = 0
    while start < len(data):
        kind, size = (int.from_bytes(data[at : at + 4], order) for at in (start, start + 4))
        begin = start + 8
        if kind >> 16:  # of at most 4 bytes, within the 8 of its head
            kind, size, begin = kind & 0xFFFF, kind >> 16, start + 4
        body = data[begin : begin + size]
        if len(body) < size or (begin == start + 4 and size > 4):
            raise ValueError("an element is cut")
        yield kind, body
        # compressed ones follow each other closely
        start = max(begin + size, start + 8) if kind == _COMPRESSED else -(-(begin + size) // 8) * 8
