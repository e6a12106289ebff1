"""Cubes on a box in km of the sinusoidal projection: HierarchicalQuake's Japan.

Its lineage (Kail, Burnaev and Zaytsev 2020, arXiv 2004.09140) lays, with R = 6373 km,
x = (lon - 127) pi/180 R cos(lat) and y = (lat - 27) pi/180 R, and takes 0 < x < 2000,
0 < y < 2500. That is the sinusoidal projection of the sphere: it keeps areas, so every cell of
10 km has 100 km2; away from the meridian of origin the cells are sheared, not squares.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from faultcast.catalog import Projection
from faultcast.errors import CatalogError, DataError
from faultcast.grid.cube import Cube
from faultcast.grid.day_cells import day_cells, day_index
from faultcast.grid.edges import cell_index, km_edges

RADIUS_KM = 6373.0
CORNER = (27.0, 127.0)
"""Latitude and longitude of the lineage's south-western corner."""


def sinusoidal(latitude: float, longitude: float) -> Projection:
    """Return the sinusoidal projection whose x is 0 on a meridian and y is 0 on a parallel.

    Parameters
    ----------
    latitude, longitude : of the origin, degrees.
    """
    shift = -np.radians(latitude) * RADIUS_KM
    return Projection(
        f"+proj=sinu +lon_0={longitude:.10g} +x_0=0 +y_0={1000.0 * shift:.12g} "
        f"+R={1000.0 * RADIUS_KM:.10g} +units=km +no_defs"
    )


def sinusoidal_cube(
    events: pd.DataFrame,
    *,
    cell_km: float = 10.0,
    origin: tuple[float, float] = CORNER,
    width_km: float = 2000.0,
    height_km: float = 2500.0,
    start: str | pd.Timestamp = "1990-01-01",
    n_days: int = 9591,
) -> Cube:
    """Return the daily cube of a box; the defaults are those of HierarchicalQuake's lineage.

    Parameters
    ----------
    events : event table; selection by magnitude is the caller's (`select_events`).
    cell_km : size of a cell. 40 km does not divide 2500 km: the last row then reaches 20 km
        beyond the box, and takes the events there.
    origin : latitude and longitude of the south-western corner, degrees.
    width_km, height_km : of the box, east and north of the corner.
    start, n_days : first day, and the number of days.

    Returns
    -------
    Cube whose rows run from south to north (250 of 10 km), and columns from west to east (200).
    The paper's "200 x 250" names the columns first.

    Raises
    ------
    DataError
        The size of a cell or the number of days is not positive.
    CatalogError
        No event with a magnitude lies in the box.
    """
    if n_days < 1:
        raise DataError(f"a cube of {n_days} days is empty: give n_days >= 1")
    projection = sinusoidal(*origin)
    row_edges, column_edges = km_edges(0.0, height_km, cell_km), km_edges(0.0, width_km, cell_km)
    first = pd.Timestamp(start)
    first = (first.tz_localize("UTC") if first.tzinfo is None else first).as_unit("ns")
    x, y = projection.forward(events["latitude"].to_numpy(), events["longitude"].to_numpy())
    day = day_index(events["time"], first)
    row, column = cell_index(y, row_edges), cell_index(x, column_edges)
    inside = (row >= 0) & (column >= 0) & (day >= 0) & (day < n_days)
    known = inside & events["magnitude"].notna().to_numpy()
    if not known.any():
        raise CatalogError(
            f"no event with a magnitude lies in the box of {width_km:g} x {height_km:g} km from "
            f"{origin} in {n_days} days from {first:%Y-%m-%d}: {len(events)} events were given, "
            f"{inside.sum()} of them inside; check catalog, corner and period"
        )
    chosen = np.flatnonzero(known)
    chosen = chosen[np.argsort(events["time"].to_numpy()[chosen], kind="stable")]
    cells = day_cells(
        day[chosen], row[chosen], column[chosen], events["magnitude"].to_numpy("float64")[chosen]
    )
    return Cube(
        cells,
        row_edges,
        column_edges,
        "km",
        first,
        n_days,
        projection.crs,
        n_without_magnitude=int(inside.sum() - known.sum()),
    )
