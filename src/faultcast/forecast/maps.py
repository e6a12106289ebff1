"""Static maps of past events: the same rate on every day."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.catalog import Region
from faultcast.errors import DataError
from faultcast.forecast.base import Learning, learning_period, moments
from faultcast.forecast.cells import Cells


class UniformMap:
    """The past rate spread evenly over the area of the cells."""

    def fit(self, events: pd.DataFrame, region: Region) -> Self:
        """Learn the region's number of events a day."""
        self._learning = learning_period(events, region)
        self._projection = region.projection()
        return self

    def rate(self, times: Any, cells: Cells) -> NDArray[np.float64]:
        """Return expected events a day, equal for all times; (n_times, n_cells)."""
        areas = cells.areas_km2(self._projection)
        inside = (cells.index(self._learning.events) >= 0).sum()
        daily = inside / self._learning.days * areas / areas.sum()
        return np.tile(daily, (len(moments(times)), 1))


class StaticMap:
    """Past events a day in each cell, as counted or smoothed over neighbouring cells.

    Parameters
    ----------
    bandwidth_km : standard deviation of the Gaussian that smooths the counts, between the
        middles of cells and scaled so that no event leaves the grid; 0 for raw counts.
    floor_weight : part of the events spread evenly over the area, so that no cell is
        impossible; 0 leaves empty cells at 0.
    """

    def __init__(self, bandwidth_km: float = 0.0, floor_weight: float = 0.0) -> None:
        if bandwidth_km < 0 or not 0 <= floor_weight <= 1:
            raise DataError(
                f"bandwidth {bandwidth_km} km and floor weight {floor_weight}: expected not "
                "negative and 0..1"
            )
        self.bandwidth_km = bandwidth_km
        self.floor_weight = floor_weight

    def fit(self, events: pd.DataFrame, region: Region) -> Self:
        """Learn the events of the region's period."""
        self._learning = learning_period(events, region)
        self._projection = region.projection()
        return self

    def rate(self, times: Any, cells: Cells) -> NDArray[np.float64]:
        """Return expected events a day, equal for all times; (n_times, n_cells)."""
        daily = daily_counts(self._learning, cells)
        if self.bandwidth_km > 0:
            daily = _smoothed(daily, cells.centres_km(self._projection), self.bandwidth_km)
        areas = cells.areas_km2(self._projection)
        floor = daily.sum() * areas / areas.sum()
        daily = (1.0 - self.floor_weight) * daily + self.floor_weight * floor
        return np.tile(daily, (len(moments(times)), 1))


class SmoothedMap(StaticMap):
    """A static map smoothed by default: 10 km and a floor of 1 %."""

    def __init__(self, bandwidth_km: float = 10.0, floor_weight: float = 0.01) -> None:
        super().__init__(bandwidth_km, floor_weight)


def daily_counts(learning: Learning, cells: Cells) -> NDArray[np.float64]:
    """Return the events a day of the learning period in each cell, (n_cells,)."""
    where = cells.index(learning.events)
    return np.bincount(where[where >= 0], minlength=len(cells)) / learning.days


def _smoothed(
    counts: NDArray[np.float64], centres: NDArray[np.float64], bandwidth_km: float
) -> NDArray[np.float64]:
    smooth = np.zeros(len(counts))
    for source in np.flatnonzero(counts):
        gaps = ((centres - centres[source]) ** 2).sum(axis=1)
        kernel = np.exp(-0.5 * gaps / bandwidth_km**2)
        smooth += counts[source] * kernel / kernel.sum()
    return smooth
