"""Mapped active faults (GEM Global Active Faults, shapefile) and the distance to them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from faultcast.catalog import Projection
from faultcast.deformation.archive import read_single
from faultcast.errors import DataError

Floats = NDArray[np.float64]

# ESRI Shapefile Technical Description (July 1998): header, polyline record
_FILE_CODE, _HEADER_BYTES, _RECORD_BYTES = 9994, 100, 8
_NULL, _POLYLINE = 0, 3
_HORIZON_KM = 10_000.0
_CHUNK_VALUES = 4_000_000


class FaultLines(NamedTuple):
    """Segments of mapped traces in degrees (WGS84): from (n, 2) to (n, 2), latitude, longitude."""

    start: Floats
    end: Floats


def read_active_faults(path: str | Path) -> FaultLines:
    """Return the segments of a shapefile of polylines (.shp, or a zip that holds one).

    Raises
    ------
    DataError
        The file is unusable (see `read_members`), is no shapefile of polylines, is cut, or
        holds positions outside the degrees.
    """
    name, data = read_single(path, ".shp")
    if len(data) < _HEADER_BYTES or int.from_bytes(data[:4], "big") != _FILE_CODE:
        raise DataError(f"{name} is no shapefile: expected the .shp of a set of fault traces")
    stated = 2 * int.from_bytes(data[24:28], "big")
    if stated != len(data):
        raise DataError(
            f"{name} has {len(data)} bytes and states {stated}: it is cut; fetch it again"
        )
    pieces: list[Floats] = []
    at = _HEADER_BYTES
    while at < len(data):
        length = 2 * int.from_bytes(data[at + 4 : at + 8], "big")
        pieces += _polyline(name, data[at + _RECORD_BYTES : at + _RECORD_BYTES + length])
        at += _RECORD_BYTES + length
    if not pieces:
        raise DataError(f"{name} holds no fault trace")
    start = np.concatenate([piece[:-1, ::-1] for piece in pieces])
    end = np.concatenate([piece[1:, ::-1] for piece in pieces])
    if not (np.abs(np.concatenate([start, end])) <= (90.0, 180.0)).all():
        raise DataError(f"{name} holds positions that are no degrees: expected WGS84")
    return FaultLines(start, end)


def fault_distance_km(faults: FaultLines, latitude: Floats, longitude: Floats) -> Floats:
    """Return the distance of each point to the nearest trace, in the shape of `latitude`.

    Planar, in an azimuthal equidistant projection about the points' middle: meant for tiles, not
    for continents. Depth and dip are not known, so it is the distance to the trace.
    """
    # exact angles are not needed: any centre near the points will do
    middle = Projection.centred(float(latitude.mean()), float(longitude.mean()), extent_deg=90.0)
    points = np.column_stack(middle.forward(latitude.ravel(), longitude.ravel()))
    start = np.column_stack(middle.forward(*faults.start.T))
    end = np.column_stack(middle.forward(*faults.end.T))
    # beyond, the projection tears segments apart
    near = (np.hypot(*start.T) < _HORIZON_KM) & (np.hypot(*end.T) < _HORIZON_KM)
    start, end = start[near], end[near]
    # a point at r from the middle is at most r farther from, or nearer to, a segment than it
    from_middle = _to_segments(np.zeros((1, 2)), start, end)[0]
    reach = np.hypot(*points.T).max()
    near = from_middle <= from_middle.min() + 2.0 * reach
    start, end = start[near], end[near]
    n_at_once = max(1, _CHUNK_VALUES // len(start))
    nearest = [
        _to_segments(points[k : k + n_at_once], start, end).min(axis=1)
        for k in range(0, len(points), n_at_once)
    ]
    return np.concatenate(nearest).reshape(latitude.shape)


def _polyline(name: str, record: bytes) -> list[Floats]:
    """Return the parts of one record, each (n, 2) longitude and latitude, n >= 2."""
    kind = int.from_bytes(record[:4], "little")
    if kind == _NULL:
        return []
    if kind != _POLYLINE:
        raise DataError(f"{name} holds shapes of type {kind}; expected polylines (type 3)")
    try:
        n_parts, n_points = np.frombuffer(record, "<i4", count=2, offset=36).tolist()
        first = np.frombuffer(record, "<i4", count=n_parts, offset=44)
        points = np.frombuffer(record, "<f8", count=2 * n_points, offset=44 + 4 * n_parts)
        parts = np.split(points.reshape(-1, 2), first[1:])
    except ValueError as error:
        raise DataError(
            f"{name} has a record that does not hold what it states ({error}): fetch it again"
        ) from error
    return [part for part in parts if len(part) > 1]


def _to_segments(points: Floats, start: Floats, end: Floats) -> Floats:
    """Return distances (n_points, n_segments)."""
    along = end - start
    length2 = np.maximum((along**2).sum(axis=1), 1e-18)
    offset = points[:, None] - start
    share = np.clip((offset * along).sum(axis=2) / length2, 0.0, 1.0)
    gap = offset - share[:, :, None] * along
    return np.hypot(gap[..., 0], gap[..., 1])
