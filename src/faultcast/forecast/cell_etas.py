"""An ETAS model with published parameters as a forecast of cells and windows of days.

Nothing but a background and one factor is learned here: the parameters are another's.
"""

from __future__ import annotations

import math
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from faultcast.errors import DataError
from faultcast.etas import EtasParameters, even_points, omori_exponentials, power_law_radius
from faultcast.forecast.cell_maps import EVEN_SHARE, KM_A_DEGREE, CellMap, cell_sizes_km
from faultcast.forecast.window_probability import positive_days
from faultcast.grid import Cube, WindowLabels, event_cells
from faultcast.grid.window_labels import increasing

Floats = NDArray[np.float64]

_LN10 = math.log(10.0)

JAPAN = EtasParameters(
    background_per_day=0.592844590,
    productivity=0.204288231,
    alpha=1.495169224 / _LN10,
    c_days=0.022692883,
    p=1.109752319,
    distance_km=math.sqrt(0.001175925) * KM_A_DEGREE,
    gamma=1.041549634 / (2.0 * _LN10),
    q=1.860044210,
    magnitude_min=4.5,
    magnitude_max=9.0,
)
"""Japan, M >= 4.5, depth < 100 km, 1953-05-26 to 1990-01-08: before the first day of our cube.

From the documentation of the R package ETAS (Jalilian 2019, J. Stat. Softw. 88, Code Snippet 1;
the model of Zhuang, Ogata and Vere-Jones 2002), there as starting values of a fit to JMA's
catalog, with exponents to base e and D in square degrees. b = 1 and the largest magnitude are ours.
"""

_STEP_DAYS = 0.1
_SLOWEST = 1e-7  # a day; slower parts of Omori's law are 5e-4 of it after 10,000 days
_REACH_KM = 150.0
_N_POINTS = 4096
_CALIBRATED_EVERY = 50


class CellEtas:
    """P(label) = 1 - exp(-f N), N the expected events of the window given those up to day t.

    N has the background, the aftershocks of past events, and theirs in turn, which are counted in
    the cell of their first ancestor after day t. An event lies somewhere in its cell, at the end
    of its day; of a day and cell the largest one is taken. The background is (1 - n) times a
    smoothed map of the train days, n the branching ratio; f makes the mean probability of every
    50th train day the share of positive labels.

    Parameters
    ----------
    labels : what is forecast.
    parameters : of the model.
    bandwidth_km, even_share : of the background's map, which counts all events of the model.
    """

    def __init__(
        self,
        labels: WindowLabels,
        parameters: EtasParameters,
        bandwidth_km: float,
        even_share: float = EVEN_SHARE,
    ) -> None:
        parameters.check_subcritical()
        if labels.magnitude_min < parameters.magnitude_min:
            raise DataError(
                f"labels are of M >= {labels.magnitude_min:g}, the ETAS model of M >= "
                f"{parameters.magnitude_min:g}: it does not know smaller ones"
            )
        self.labels, self.parameters = labels, parameters
        self.bandwidth_km, self.even_share = bandwidth_km, even_share
        amplitude, decay = omori_exponentials(parameters)
        slow = decay < _SLOWEST
        self._decay = decay[~slow]
        edges, weight = _weights(parameters, labels.near, labels.far)
        self._of_background = float(weight.sum()) * _STEP_DAYS
        within = -np.diff(np.exp(-np.outer(edges, self._decay)), axis=0) / self._decay
        self._of_term = amplitude[~slow] * (weight @ within)

    def fit(self, cube: Cube, train_days: NDArray[np.int64]) -> Self:
        """Learn the background and the factor from the train days."""
        self._cube = cube
        law = self.parameters
        own = CellMap(law.magnitude_min, self.bandwidth_km, self.even_share)
        self._background = (1.0 - law.branching_ratio) * own.fit(cube, train_days).rate
        large = float(law.magnitude_tail(self.labels.magnitude_min))
        expected = large * self._expected(train_days[::_CALIBRATED_EVERY])
        share = float(positive_days(self.labels, train_days).mean()) / len(train_days)
        if not share > 0:
            raise DataError(f"no positive label on {len(train_days)} train days to calibrate with")

        def excess(log_factor: float) -> float:
            return float(-np.expm1(-np.exp(log_factor) * expected).mean()) - share

        self._factor = large * math.exp(brentq(excess, -10.0, 10.0))
        return self

    def scores(self, days: ArrayLike) -> NDArray[np.float32]:
        """Return the probabilities on increasing days t, (n, n_cells)."""
        return np.asarray(-np.expm1(-self._factor * self._expected(days)), dtype=np.float32)

    def _expected(self, days: ArrayLike) -> Floats:
        """Return the expected events of the model in the window, (n, n_cells)."""
        cube, law, t = self._cube, self.parameters, increasing(days)
        day, cell = event_cells(cube, law.magnitude_min)
        large = cube.cells["maximum"].to_numpy()
        magnitude = large[large >= law.magnitude_min]
        numbers = law.direct_aftershocks(magnitude)
        stamps = {m: _stamp(law, m, cell_sizes_km(cube)) for m in np.unique(magnitude.round(1))}
        state = np.zeros((len(self._decay), cube.n_rows, cube.n_columns))
        found = np.empty((len(t), state[0].size))
        seen, previous = 0, 0.0
        for i, now in enumerate(t):
            state *= np.exp(-self._decay * (now - previous))[:, None, None]
            end = int(np.searchsorted(day, now, side="right"))
            for event in range(seen, end):
                left = numbers[event] * np.exp(-self._decay * (now - day[event]))
                stamp = stamps[magnitude[event].round(1)]
                row, column = divmod(int(cell[event]), cube.n_columns)
                _add(state, left, stamp, row, column)
            seen, previous = end, float(now)
            first = np.tensordot(self._of_term, state, 1).ravel()
            found[i] = self._of_background * self._background + first
        return found


def _weights(law: EtasParameters, near: int, far: int) -> tuple[Floats, Floats]:
    """Return edges of steps after day t, and the events in the window of a family begun in each.

    The family of one event: itself if in the window, and its descendants there.
    """
    edges = np.arange(0.0, far - 1.0 + _STEP_DAYS / 2.0, _STEP_DAYS)
    ratio, share = law.branching_ratio, np.diff(law.omori_share(edges))
    # share of all descendants, of any generation, a step after the event, per direct one
    every = np.empty(len(share))
    for step in range(len(share)):
        earlier = share[1 : step + 1] @ every[:step][::-1]
        every[step] = (share[step] + ratio * earlier) / (1.0 - ratio * share[0])
    inside = edges[:-1] >= near - 1.0 - _STEP_DAYS / 2.0
    weight = inside.astype(np.float64)
    for step in range(len(share)):
        weight[step] += ratio * (every[: len(share) - step] @ inside[step:])
    return edges, weight


def _stamp(law: EtasParameters, magnitude: float, sizes_km: tuple[float, float]) -> Floats:
    """Return the share of direct aftershocks in the cells about an event's, odd (rows, columns)."""
    reach = [int(_REACH_KM // size) + 1 for size in sizes_km]
    point = even_points(_N_POINTS, 4)
    radius = power_law_radius(law.scale_km(np.full(_N_POINTS, magnitude)), law.q, point[:, 0])
    angle = 2.0 * np.pi * point[:, 1]
    places = [radius * np.sin(angle), radius * np.cos(angle)]
    edges = [np.arange(-n - 0.5, n + 1.0) * size for n, size in zip(reach, sizes_km, strict=True)]
    start = [(point[:, 2 + i] - 0.5) * size for i, size in enumerate(sizes_km)]
    counts, *_ = np.histogram2d(places[0] + start[0], places[1] + start[1], bins=edges)
    return np.asarray(counts / _N_POINTS)


def _add(state: Floats, left: Floats, stamp: Floats, row: int, column: int) -> None:
    """Add a stamp about a cell to each term of the state, what falls off the grid left out."""
    north, east = stamp.shape[0] // 2, stamp.shape[1] // 2
    top, bottom = max(row - north, 0), min(row + north + 1, state.shape[1])
    west, right = max(column - east, 0), min(column + east + 1, state.shape[2])
    part = stamp[
        top - row + north : bottom - row + north, west - column + east : right - column + east
    ]
    state[:, top:bottom, west:right] += left[:, None, None] * part
