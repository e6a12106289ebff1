"""From rates to probabilities of a positive label, right on average over the train days.

A rate says how often a cell has an event a day. Events cluster, and a map may count smaller
events than the label does, so 1 - (1 - rate)^window_days of a raw rate is too high, at M >= 5.0
in Japan by a factor of 1.3 to 4: a gain over such a map would be one in scale. One factor a
floor is therefore fitted to the share of positive labels in the train days.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from faultcast.errors import DataError
from faultcast.forecast.cell_maps import CellFloor
from faultcast.grid import WindowLabels, event_cells


def window_probability(rate: ArrayLike, window_days: int) -> NDArray[np.float32]:
    """Return 1 - (1 - rate)^window_days, of the shape of the rate.

    Parameters
    ----------
    rate : chance of an event a day; above 1 is certainty.
    window_days : days of the label's window, far - near.

    Raises
    ------
    DataError
        A rate is negative or no number.
    """
    return _probability(rate, window_days).astype(np.float32)


def positive_days(labels: WindowLabels, days: ArrayLike) -> NDArray[np.int64]:
    """Return on how many of the days each cell's label is positive, (n_cells,)."""
    day, cell = event_cells(labels.cube, labels.magnitude_min)
    order = np.lexsort((day, cell))
    day, cell = day[order], cell[order]
    wanted = np.zeros(labels.cube.n_days + 1, dtype=np.int64)
    wanted[1 + np.asarray(days, dtype=np.int64)] = 1
    before = np.cumsum(wanted)  # wanted days before each day
    stop = (day - labels.near + 1).clip(0)
    first = (day - labels.far + 1).clip(0)
    # windows of one cell overlap: each begins where the one before ends
    again = np.flatnonzero(cell[1:] == cell[:-1]) + 1
    first[again] = np.maximum(first[again], stop[again - 1])
    number = before[stop] - before[first]
    return np.bincount(cell, number, labels.n_cells).astype(np.int64)


def calibrated_rate(
    rate: NDArray[np.float64], labels: WindowLabels, days: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return a map times one factor, its mean probability the share of positive labels.

    Parameters
    ----------
    rate : (n_cells,), not negative.
    labels : what is forecast.
    days : the train days of the map, which have labels.

    Raises
    ------
    DataError
        The days have no positive label, or the map is 0 in too many cells to reach the share.
    """
    window = labels.far - labels.near
    share = float(positive_days(labels, days).mean()) / len(days)

    def excess(log_factor: float) -> float:
        return float(_probability(np.exp(log_factor) * rate, window).mean()) - share

    if not share > 0 or excess(30.0) < 0:
        raise DataError(
            f"a share of positive labels of {share:.3g} on {len(days)} train days cannot be "
            f"reached by a map that is positive in {(rate > 0).sum()} of {len(rate)} cells"
        )
    return rate * np.exp(brentq(excess, -30.0, 30.0, xtol=1e-13))


class MapProbability:
    """The same probabilities on all days.

    Parameters
    ----------
    probability : (n_cells,).
    """

    def __init__(self, probability: NDArray[np.float32]) -> None:
        self.probability = probability

    def scores(self, days: ArrayLike) -> NDArray[np.float32]:
        """Return the probabilities, (n, n_cells), one row seen for all days."""
        return np.broadcast_to(self.probability, (len(np.atleast_1d(days)), len(self.probability)))


class WindowProbability:
    """The probabilities of a floor whose scores are rates a day.

    Parameters
    ----------
    floor : fitted.
    window_days : days of the label's window.
    factor : of the rates, as `calibrated_rate` gives it for the map behind the floor.
    """

    def __init__(self, floor: CellFloor, window_days: int, factor: float) -> None:
        self._floor = floor
        self._window_days = window_days
        self._factor = factor

    def scores(self, days: ArrayLike) -> NDArray[np.float32]:
        """Return probabilities, (n, n_cells)."""
        return window_probability(self._factor * self._floor.scores(days), self._window_days)


def _probability(rate: ArrayLike, window_days: int) -> NDArray[np.float64]:
    r = np.asarray(rate, dtype=np.float64)
    if not (r >= 0).all():
        raise DataError(f"{(~(r >= 0)).sum()} rates are negative or no number: give rates a day")
    with np.errstate(divide="ignore"):
        p: NDArray[np.float64] = -np.expm1(window_days * np.log1p(-np.minimum(r, 1.0)))
    return p
