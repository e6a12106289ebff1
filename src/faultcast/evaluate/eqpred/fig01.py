"""EQPRED, Fig. 1: all events of the region on a map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from faultcast.catalog import Region, select_events
from faultcast.evaluate.eqpred.positions import positions
from faultcast.grid import daily_cube

LARGE = 6.0
# of latitude, mean of the ellipsoid
_KM_PER_DEGREE = 111.13


def numbers(
    events: pd.DataFrame,
    *,
    region: Mapping[str, Any],
    magnitude_min: float = 0.0,
    cell_deg: float = 0.1,
) -> pd.DataFrame:
    """Return what the map shows.

    Parameters
    ----------
    events : event table.
    region : box and period as in the configuration.
    magnitude_min : smallest magnitude shown.
    cell_deg : size of the cells of panel (b).

    Returns
    -------
    `panel`, `kind`, `longitude_deg`, `latitude_deg`, `n_events`, `largest_magnitude`. Panel a:
    a row "position" for each place with events (see `positions`), a row "large" for each event of
    M >= 6; panel b: a row "cell" for the middle of each cell with events. Rows "low" and "high"
    hold the corners of the region, `n_events` of "low" the number of events of the panel.
    """
    box = Region.from_config(region)
    chosen = select_events(events, box, magnitude_min=magnitude_min)
    cube = daily_cube(chosen, box, cell_deg=cell_deg)
    cells = cube.cells.groupby(["row", "column"], as_index=False).agg(
        n_events=("count", "sum"), largest_magnitude=("maximum", "max")
    )
    middle = cell_deg / 2.0
    cells["longitude_deg"] = (cube.column_edges[cells["column"]] + middle).round(6)
    cells["latitude_deg"] = (cube.row_edges[cells["row"]] + middle).round(6)
    large = positions(chosen[chosen["magnitude"] >= LARGE], box)
    parts = [
        corners(box, len(chosen)).assign(panel="a"),
        positions(chosen, box).assign(panel="a", kind="position"),
        large.assign(panel="a", kind="large"),
        corners(box, int(cells["n_events"].sum())).assign(panel="b"),
        cells.assign(panel="b", kind="cell"),
    ]
    columns = ["panel", "kind", "longitude_deg", "latitude_deg", "n_events", "largest_magnitude"]
    return pd.concat(parts, ignore_index=True)[columns]


def published(numbers: pd.DataFrame) -> dict[str, float]:
    """Return what the text states about the grid, by the id of the published number."""
    low, high = (numbers[numbers["kind"] == kind].iloc[0] for kind in ("low", "high"))
    cells = numbers[numbers["kind"] == "cell"]
    step_deg = float(np.diff(np.unique(cells["latitude_deg"])).min().round(6))
    return {
        "fig01.n_cells_lon": round((high["longitude_deg"] - low["longitude_deg"]) / step_deg),
        "fig01.n_cells_lat": round((high["latitude_deg"] - low["latitude_deg"]) / step_deg),
        "fig01.cell_size": step_deg * _KM_PER_DEGREE,
    }


def corners(region: Region, n_events: int) -> pd.DataFrame:
    """Return the rows "low" and "high" with the corners of a region."""
    return pd.DataFrame(
        {
            "kind": ["low", "high"],
            "longitude_deg": region.longitude,
            "latitude_deg": region.latitude,
            "n_events": [n_events, 0],
            "largest_magnitude": [float("nan")] * 2,
        }
    )
