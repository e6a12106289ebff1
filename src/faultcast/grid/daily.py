"""From an event table to a daily cube (Feng and Fox 2020, EQPRED, sections III-A, III-B, IV-B)."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.catalog import Region
from faultcast.errors import CatalogError, DataError
from faultcast.grid.cube import Cube
from faultcast.grid.day_cells import day_cells, day_index
from faultcast.grid.edges import cell_index, degree_edges, km_edges
from faultcast.grid.incompleteness import incomplete_days


def daily_cube(
    events: pd.DataFrame,
    region: Region,
    *,
    cell_deg: float | None = None,
    cell_km: float | None = None,
    complete_from: float | None = None,
) -> Cube:
    """Return the daily cube of the events in `region`.

    Parameters
    ----------
    events : event table; selection by type or magnitude is the caller's (`select_events`).
    region : half-open box with start and end; its depth range applies too.
    cell_deg : size of a cell in degrees, 0.1 if neither size is given.
    cell_km : size of a cell in km, in the region's projection.
    complete_from : magnitude that every day should be complete from; days on which a large
        shock hides such events become the cube's `incomplete_days`. None: no day does.

    Returns
    -------
    Cube. Magnitudes are clipped to 0..10 (text under eq. 1) before any value is formed;
    `energy` is the sum of 10^(1.5 M) (eq. 2), `last` the magnitude of the day's last event.
    Events without a magnitude enter no value and no count; their number is kept.

    Raises
    ------
    DataError
        Both sizes are given, or a size that does not fit.
    CatalogError
        The region has no start or end, or holds no event with a magnitude.
    """
    start, n_days = _days(region)
    row_edges, column_edges, crs = _grid(region, cell_deg, cell_km)
    inside = events[region.contains(events)]
    known = inside[inside["magnitude"].notna()].sort_values("time", kind="stable")
    if known.empty:
        raise CatalogError(
            f"no event with a magnitude lies in {region}: {len(events)} events were given, "
            f"{len(inside)} of them inside; check region, period and catalog"
        )
    if crs:
        x, y = region.projection().forward(
            known["latitude"].to_numpy(), known["longitude"].to_numpy()
        )
    else:
        y, x = known["latitude"].to_numpy(), known["longitude"].to_numpy()
        # a region across the 180th meridian counts on beyond 180
        x = np.where(x < region.longitude[0], x + 360.0, x)
    cells = day_cells(
        day=day_index(known["time"], start),
        row=cell_index(y, row_edges),
        column=cell_index(x, column_edges),
        magnitude=known["magnitude"].to_numpy(dtype=np.float64),
    )
    unit: Literal["deg", "km"] = "km" if crs else "deg"
    hidden: NDArray[np.int64] = np.array([], dtype=np.int64)
    if complete_from is not None:
        hidden = incomplete_days(
            known["time"],
            known["magnitude"],
            start=start,
            n_days=n_days,
            magnitude_min=complete_from,
        )
    return Cube(
        cells,
        row_edges,
        column_edges,
        unit,
        start,
        n_days,
        crs,
        n_without_magnitude=len(inside) - len(known),
        incomplete_days=tuple(hidden.tolist()),
    )


def _days(region: Region) -> tuple[pd.Timestamp, int]:
    if region.start is None or region.end is None:
        raise CatalogError(
            "a cube needs the region's first and last instant: give the region start and end"
        )
    n_days = -(-(region.end - region.start) // pd.Timedelta(days=1))
    return region.start.as_unit("ns"), n_days


def _grid(
    region: Region, cell_deg: float | None, cell_km: float | None
) -> tuple[NDArray[np.float64], NDArray[np.float64], str]:
    if cell_deg is not None and cell_km is not None:
        raise DataError(
            f"cell_deg={cell_deg} and cell_km={cell_km} exclude each other: give one of them"
        )
    if cell_km is None:
        step = 0.1 if cell_deg is None else cell_deg
        return degree_edges(*region.latitude, step), degree_edges(*region.longitude, step), ""
    projection = region.projection()
    # a box in degrees has bent sides in km: follow its outline
    latitude, longitude = np.linspace(*region.latitude, 101), np.linspace(*region.longitude, 101)
    south, north = np.full(101, region.latitude[0]), np.full(101, region.latitude[1])
    west, east = np.full(101, region.longitude[0]), np.full(101, region.longitude[1])
    x_km, y_km = projection.forward(
        np.concatenate([latitude, latitude, south, north]),
        np.concatenate([west, east, longitude, longitude]),
    )
    return (
        km_edges(float(np.min(y_km)), float(np.max(y_km)), cell_km),
        km_edges(float(np.min(x_km)), float(np.max(x_km)), cell_km),
        projection.crs,
    )
