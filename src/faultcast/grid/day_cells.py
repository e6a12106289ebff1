"""The list of non-empty cells of a cube: events summed up by day, row and column."""

from __future__ import annotations

import pandas as pd
from numpy.typing import NDArray

from faultcast.grid.cube import COLUMNS

MAGNITUDE_RANGE = (0.0, 10.0)
_DAY_NS = 86_400 * 10**9


def day_index(time: pd.Series, start: pd.Timestamp) -> NDArray:
    """Return the day of each instant, whole days since `start`; (n,) int64."""
    nanoseconds = time.dt.as_unit("ns").astype("int64").to_numpy()
    return (nanoseconds - start.value) // _DAY_NS


def day_cells(day: NDArray, row: NDArray, column: NDArray, magnitude: NDArray) -> pd.DataFrame:
    """Return the non-empty cells of events.

    Parameters
    ----------
    day, row, column : (n,) int, of events sorted by time.
    magnitude : (n,) float; clipped to 0..10 (EQPRED, text under eq. 1).

    Returns
    -------
    The `cells` of a `Cube`.
    """
    events = pd.DataFrame(
        {"day": day, "row": row, "column": column, "magnitude": magnitude.clip(*MAGNITUDE_RANGE)}
    )
    events["energy"] = 10.0 ** (1.5 * events["magnitude"])
    cells = (
        events.groupby(["day", "row", "column"], sort=True)
        .agg(
            energy=("energy", "sum"),
            mean=("magnitude", "mean"),
            maximum=("magnitude", "max"),
            last=("magnitude", "last"),
            count=("magnitude", "size"),
        )
        .reset_index()
    )
    return cells.astype({"day": "int32", "row": "int32", "column": "int32", "count": "int32"})[
        list(COLUMNS)
    ]
