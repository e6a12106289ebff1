"""Rates that follow the recent past: a rolling window, exponential weights, persistence.

Events that `fit` is given after the learning period are history: a rate at time t uses only
those before t. Recent counts are drawn towards the static map by `prior_days`, the length of
an imagined record at the map's rate (the mean of a Gamma-Poisson posterior).
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.catalog import Region
from faultcast.errors import DataError
from faultcast.forecast.base import DAY_NS, learning_period, moments
from faultcast.forecast.cells import Cells
from faultcast.forecast.maps import SmoothedMap


class _RecentRate:
    def __init__(self, scale_days: float, prior_days: float, reach_days: float) -> None:
        if not scale_days > 0 or prior_days < 0:
            raise DataError(
                f"{scale_days} days of memory and {prior_days} prior days: expected positive "
                "and not negative"
            )
        self._scale_days = scale_days
        self._reach_days = reach_days
        self.prior_days = prior_days

    def fit(self, events: pd.DataFrame, region: Region) -> Self:
        """Learn the map from the region's period; keep all events since its start as history."""
        self._map = SmoothedMap().fit(events, region)
        start = learning_period(events, region).start
        self._start_ns = start.value
        self._history = events[(events["time"] >= start).to_numpy()].sort_values("time")
        return self

    def rate(self, times: Any, cells: Cells) -> NDArray[np.float64]:
        """Return expected events in the day from each time on; (n_times, n_cells)."""
        asked = moments(times)
        if (asked <= self._start_ns).any():
            raise DataError("a time to forecast is not after the start of the learning period")
        prior = self._map.rate(times[:1] if np.ndim(times) else times, cells)[0]
        where = cells.index(self._history)
        happened = self._history["time"].dt.as_unit("ns").astype("int64").to_numpy()
        happened, where = happened[where >= 0], where[where >= 0]
        rates = np.empty((len(asked), len(cells)))
        for i, moment in enumerate(asked):
            oldest = moment - round(self._reach_days * DAY_NS)
            before = slice(*np.searchsorted(happened, [oldest, moment], side="left"))
            ages = (moment - happened[before]) / DAY_NS
            weights, exposure = self._weigh(ages, (moment - self._start_ns) / DAY_NS)
            recent = np.bincount(where[before], weights=weights, minlength=len(cells))
            rates[i] = (recent + self.prior_days * prior) / (exposure + self.prior_days)
        return rates

    def _weigh(
        self, ages: NDArray[np.float64], history_days: float
    ) -> tuple[NDArray[np.float64], float]:
        """Return the weight of each past event and the days that the weights stand for."""
        raise NotImplementedError


class RollingRate(_RecentRate):
    """Events a day in the last `window_days` before each time.

    Parameters
    ----------
    window_days : length of the window.
    prior_days : weight of the smoothed static map, in days of record.
    """

    def __init__(self, window_days: float = 365.0, prior_days: float = 30.0) -> None:
        super().__init__(window_days, prior_days, reach_days=window_days)

    def _weigh(
        self, ages: NDArray[np.float64], history_days: float
    ) -> tuple[NDArray[np.float64], float]:
        return np.ones(len(ages)), min(self._scale_days, history_days)


class ExponentialRate(_RecentRate):
    """Events a day with weights ``exp(-age / decay_days)``.

    Parameters
    ----------
    decay_days : age at which an event counts 1 / e.
    prior_days : weight of the smoothed static map, in days of record.
    """

    def __init__(self, decay_days: float = 30.0, prior_days: float = 30.0) -> None:
        # older events weigh less than e^-40: nothing in float64 beside the newest
        super().__init__(decay_days, prior_days, reach_days=40.0 * decay_days)

    def _weigh(
        self, ages: NDArray[np.float64], history_days: float
    ) -> tuple[NDArray[np.float64], float]:
        exposure = self._scale_days * -np.expm1(-history_days / self._scale_days)
        return np.exp(-ages / self._scale_days), float(exposure)


class Persistence(RollingRate):
    """The events of the day before, unchanged; empty cells stay at 0."""

    def __init__(self) -> None:
        super().__init__(window_days=1.0, prior_days=0.0)
