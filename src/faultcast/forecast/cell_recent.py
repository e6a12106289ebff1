"""The exponentially weighted recent rate of each cell, drawn towards a static map."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from faultcast.errors import DataError
from faultcast.forecast.cell_maps import EVEN_SHARE, CellMap, cell_sizes_km, smooth
from faultcast.grid import Cube, event_cells
from faultcast.grid.window_labels import increasing


def recent_sums(
    cube: Cube,
    days: ArrayLike,
    *,
    magnitude_min: float,
    decay_days: float,
    bandwidth_km: float,
) -> Iterator[NDArray[np.float64]]:
    """Yield for each day t the sum over event days d <= t of exp(-(t - d) / decay) k(c, c_d).

    Parameters
    ----------
    cube : the catalog.
    days : (n,) increasing.
    magnitude_min : smallest event that counts.
    decay_days : age at which an event counts 1 / e.
    bandwidth_km : of the Gaussian k as in `CellMap`; 0 for none.

    Yields
    ------
    (n_cells,), a new array a day.
    """
    happened, cell = event_cells(cube, magnitude_min)
    sizes = cell_sizes_km(cube)
    state = np.zeros((cube.n_rows, cube.n_columns))
    previous, seen = 0, 0
    for t in increasing(days):
        state = state * np.exp(-(t - previous) / decay_days)
        now = int(np.searchsorted(happened, t, side="right"))
        if now > seen:
            new = np.bincount(
                cell[seen:now],
                weights=np.exp(-(t - happened[seen:now]) / decay_days),
                minlength=state.size,
            ).reshape(state.shape)
            state += smooth(new, sizes, bandwidth_km) if bandwidth_km > 0 else new
        previous, seen = t, now
        yield state.ravel()


class RecentCellRate:
    """r_c(t) = (s_c(t) + a m_c) / (tau + a), with s from `recent_sums` and the smoothed map m.

    Parameters
    ----------
    magnitude_min, bandwidth_km : of the map and of the sums.
    decay_days : tau, the age at which an event counts 1 / e.
    prior_days : a, the weight of the map in days of record.
    even_share : part of the map that is spread evenly.
    """

    def __init__(
        self,
        magnitude_min: float,
        bandwidth_km: float,
        decay_days: float,
        prior_days: float,
        even_share: float = EVEN_SHARE,
    ) -> None:
        if not decay_days > 0 or not prior_days >= 0:
            raise DataError(
                f"{decay_days} days of memory and {prior_days} prior days: expected positive and "
                "not negative"
            )
        self.magnitude_min = magnitude_min
        self.bandwidth_km = bandwidth_km
        self.decay_days = decay_days
        self.prior_days = prior_days
        self.even_share = even_share

    def fit(self, cube: Cube, train_days: NDArray[np.int64]) -> Self:
        """Learn the map from the train days; the cube's events up to day t are history at t."""
        self._cube = cube
        own = CellMap(self.magnitude_min, self.bandwidth_km, self.even_share)
        self._map = own.fit(cube, train_days).rate
        return self

    def scores(self, days: ArrayLike) -> NDArray[np.float32]:
        """Return expected event days a day, (n, n_cells)."""
        t = increasing(days)
        rate = np.empty((len(t), len(self._map)), dtype=np.float32)
        sums = recent_sums(
            self._cube,
            t,
            magnitude_min=self.magnitude_min,
            decay_days=self.decay_days,
            bandwidth_km=self.bandwidth_km,
        )
        exposure = self.decay_days + self.prior_days
        for i, recent in enumerate(sums):
            rate[i] = (recent + self.prior_days * self._map) / exposure
        return rate
