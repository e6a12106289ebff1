"""Backgrounds as a table and back, to the last bit: one row a point, axis or facet of a body.

Columns: `background` (index, -1 for what the cells of a tessellation share), `part`, `x`, `y`,
`z`, `value`. Parts of a box: "box" (centre), "axis" (unit vector, half side). Of a hull: "hull"
(centre, volume), "covariance" (three rows), "facet" (outward normal, distance from the centre).
Of a cell: "cell" (centre, volume), "covariance"; shared: the hull and "site" (point, cell).
Lengths in km.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from faultcast.errors import DataError
from faultcast.faults.backgrounds import Background
from faultcast.faults.boxes import Box
from faultcast.faults.hull import Hull
from faultcast.faults.tessellation import Cell, Tessellation

_AXES = ["x", "y", "z"]
_SHARED = -1


def backgrounds_to_table(backgrounds: Sequence[Background]) -> pd.DataFrame:
    """Return backgrounds as rows; cells must be of one tessellation."""
    frames = [pd.DataFrame({"background": np.empty(0, int), "part": np.empty(0, str)})]
    shared = False
    for b, body in enumerate(backgrounds):
        if isinstance(body, Box):
            frames.append(_rows(b, "box", body.centre))
            frames.append(_rows(b, "axis", body.axes, body.half))
        elif isinstance(body, Hull):
            frames += _hull_rows(b, body)
        elif isinstance(body, Cell):
            frames.append(_rows(b, "cell", body.centre, body.volume))
            frames.append(_rows(b, "covariance", body.covariance))
            if not shared:
                frames += _hull_rows(_SHARED, body.tessellation.hull)
                sites, owner = body.tessellation.sites, body.tessellation.owner
                frames.append(_rows(_SHARED, "site", sites, owner))
                shared = True
    return pd.concat(frames, ignore_index=True).reindex(
        columns=["background", "part", *_AXES, "value"]
    )


def backgrounds_from_table(table: pd.DataFrame) -> list[Background]:
    """Return the backgrounds of a table made by `backgrounds_to_table`."""
    numbers = table["background"].to_numpy()
    by_body = {int(b): table[numbers == b] for b in np.unique(numbers)}
    common = by_body.pop(_SHARED, None)
    tessellation = None
    if common is not None:
        sites = common[common["part"] == "site"]
        tessellation = Tessellation(
            _hull(common), _points(sites), sites["value"].to_numpy().astype(np.int64)
        )
    return [_body(b, rows, tessellation) for b, rows in by_body.items()]


def _body(b: int, rows: pd.DataFrame, tessellation: Tessellation | None) -> Background:
    kind = rows["part"].iloc[0]
    if kind == "box":
        axes = rows[rows["part"] == "axis"]
        return Box(_points(rows)[0], _points(axes), axes["value"].to_numpy(float))
    if kind == "hull":
        return _hull(rows)
    if kind == "cell" and tessellation is not None:
        covariance = _points(rows[rows["part"] == "covariance"])
        return Cell(tessellation, b, float(rows["value"].iloc[0]), _points(rows)[0], covariance)
    raise DataError(
        f"background {b} is a {kind!r}; expected a box, a hull, or a cell with the sites of its "
        "tessellation: the file is not whole, save the network again"
    )


def _hull_rows(b: int, hull: Hull) -> list[pd.DataFrame]:
    return [
        _rows(b, "hull", hull.centre, hull.volume),
        _rows(b, "covariance", hull.covariance),
        _rows(b, "facet", hull.facets[:, :3], hull.facets[:, 3]),
    ]


def _hull(rows: pd.DataFrame) -> Hull:
    first = rows[rows["part"] == "hull"]
    facets = rows[rows["part"] == "facet"]
    return Hull(
        _points(first)[0],
        _points(rows[rows["part"] == "covariance"]),
        float(first["value"].iloc[0]),
        facets[[*_AXES, "value"]].to_numpy(float),
    )


def _rows(
    b: int, part: str, points: np.ndarray, value: np.ndarray | float = np.nan
) -> pd.DataFrame:
    rows = pd.DataFrame(np.atleast_2d(points), columns=_AXES)
    rows["value"] = np.asarray(value, dtype=float)
    rows.insert(0, "part", part)
    rows.insert(0, "background", b)
    return rows


def _points(rows: pd.DataFrame) -> np.ndarray:
    return np.ascontiguousarray(rows[_AXES].to_numpy(float))
