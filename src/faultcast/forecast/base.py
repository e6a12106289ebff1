"""The common footing of all forecasts: learn from a period, give expected events a day and cell."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.catalog import Region
from faultcast.errors import DataError
from faultcast.forecast.cells import Cells

DAY_NS = 86_400_000_000_000


class Forecast(Protocol):
    """A forecast of the number of events a day in each cell."""

    def fit(self, events: pd.DataFrame, region: Region) -> Self:
        """Learn from the events inside the region and its period; the rest only as history."""

    def rate(self, times: Any, cells: Cells) -> NDArray[np.float64]:
        """Return expected events in the day from each time on; (n_times, n_cells)."""


class Learning(NamedTuple):
    """What a forecast learns from: the events of the learning period and its length."""

    events: pd.DataFrame
    days: float
    start: pd.Timestamp


def learning_period(events: pd.DataFrame, region: Region) -> Learning:
    """Return the events inside a region and its period.

    Raises
    ------
    DataError
        The region has no start or end, or no event lies inside.
    """
    if region.start is None or region.end is None:
        raise DataError("a forecast learns from a period: give the region a start and an end")
    inside = events[region.contains(events)]
    if inside.empty:
        raise DataError(
            f"no event of {len(events)} lies in {region}: there is nothing to learn from"
        )
    return Learning(inside, (region.end - region.start) / pd.Timedelta(days=1), region.start)


def moments(times: Any) -> NDArray[np.int64]:
    """Return times (a date, a list or an array of them) as ns since 1970; (n_times,)."""
    stamps = pd.to_datetime(pd.Index(np.atleast_1d(np.asarray(times))), utc=True)
    if stamps.isna().any():
        raise DataError("a time to forecast is missing")
    return np.asarray(stamps.as_unit("ns").asi8)
