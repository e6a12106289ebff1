"""Which events a network reports: better over the years, worse just after large shocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from faultcast.errors import DataError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Detection:
    """Chance of detection as a normal distribution of the magnitude above completeness.

    Parameters
    ----------
    magnitude_first, magnitude_last : magnitude detected with probability 1/2 at the beginning
        and at the end; it falls in `n_steps` steps, as a network gains stations.
    n_steps : number of levels.
    width : standard deviation of the transition (Ogata and Katsura 1993).
    shock_magnitude : shocks from this magnitude on blind the network:
        mc = M - 4.5 - 0.75 log10(t / days) (Helmstetter et al. 2006).
    """

    magnitude_first: float = 1.7
    magnitude_last: float = 0.9
    n_steps: int = 6
    width: float = 0.15
    shock_magnitude: float = 4.5

    def __post_init__(self) -> None:
        if self.n_steps < 1 or not self.width > 0:
            raise DataError(
                f"detection with {self.n_steps} levels and a width of {self.width}: "
                "give at least one level and a positive width"
            )

    def completeness(self, time_days: Floats, magnitude: Floats, n_days: float) -> Floats:
        """Return the magnitude detected with probability 1/2 at each event's time, (n,).

        Parameters
        ----------
        time_days : (n,) increasing, 0 at the beginning.
        magnitude : (n,).
        n_days : length of the catalog.
        """
        level = np.clip(np.floor(time_days / n_days * self.n_steps), 0, self.n_steps - 1)
        fall = level / max(self.n_steps - 1, 1)
        slow = self.magnitude_first + fall * (self.magnitude_last - self.magnitude_first)
        limit = slow.copy()
        for shock in np.flatnonzero(magnitude >= self.shock_magnitude):
            # beyond this time the formula is below any slow level
            lasts = 10.0 ** ((magnitude[shock] - 4.5 - self.magnitude_last) / 0.75)
            end = np.searchsorted(time_days, time_days[shock] + lasts, side="right")
            since = np.maximum(time_days[shock + 1 : end] - time_days[shock], 1e-5)
            after = magnitude[shock] - 4.5 - 0.75 * np.log10(since)
            limit[shock + 1 : end] = np.maximum(limit[shock + 1 : end], after)
        return limit

    def detected(
        self, time_days: Floats, magnitude: Floats, n_days: float, *, seed: int
    ) -> NDArray[np.bool_]:
        """Return which events are reported, (n,)."""
        limit = self.completeness(time_days, magnitude, n_days)
        chance = ndtr((magnitude - limit) / self.width)
        return np.random.default_rng(seed).random(len(chance)) < chance
