"""A score by seed and by resample of the days: its mean, deviation, interval, and differences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """One score of one model.

    `seeds` (n_seeds,), `value` (n_seeds,) of all days, `draws` (n_seeds, n_resamples) of
    resamples of the days; NaN where the score is not defined. Samples that are compared have
    the same resamples.
    """

    seeds: NDArray[np.int64]
    value: Array
    draws: Array

    @property
    def mean(self) -> float:
        """Mean over the seeds that have the score; NaN if none has."""
        found = self.value[np.isfinite(self.value)]
        return float(found.mean()) if len(found) else np.nan


@dataclass(frozen=True)
class Difference:
    """A mean difference over `n_seeds` seeds and the ends of its 95 % interval."""

    value: float
    low: float
    high: float
    n_seeds: int

    @property
    def direction(self) -> str:
        """Return "higher" or "lower" where the interval has that sign, else "cannot tell".

        "unchanged": no resample differs. Empty: there is no difference.
        """
        if not np.isfinite(self.value):
            return ""
        if self.low == self.high == 0.0:
            return "unchanged"
        if self.low > 0.0:
            return "higher"
        return "lower" if self.high < 0.0 else "cannot tell"


def summary(sample: Sample) -> dict[str, float | int]:
    """Return mean, standard_deviation, n_seeds, low, high over the seeds that have the score.

    `low` and `high` bound 95 % of the resampled means over seeds: they hold the scatter of the
    days, the deviation that of the training.
    """
    has = np.isfinite(sample.value)
    found = sample.value[has]
    low, high = interval(sample.draws[has].mean(axis=0)) if has.any() else (np.nan, np.nan)
    return {
        "mean": sample.mean,
        "standard_deviation": float(found.std(ddof=1)) if len(found) > 1 else np.nan,
        "n_seeds": len(found),
        "low": low,
        "high": high,
    }


def difference(one: Sample, other: Sample, *, seed: int = 0) -> Difference:
    """Return the mean of one - other over the seeds that both have, on the same resamples.

    Each resample of the days takes as many seeds as there are, with replacement: the interval
    holds the scatter of the days and, with more than one seed, that of the training.
    """
    _, first, second = np.intersect1d(one.seeds, other.seeds, return_indices=True)
    value = one.value[first] - other.value[second]
    has = np.isfinite(value)
    n_seeds = int(has.sum())
    if n_seeds == 0:
        return Difference(np.nan, np.nan, np.nan, 0)
    draws = (one.draws[first] - other.draws[second])[has]
    equal = np.full(n_seeds, 1.0 / n_seeds)
    times = np.random.default_rng(seed).multinomial(n_seeds, equal, size=draws.shape[1]).T
    # a seed that is not drawn must not lend its NaN to the resample
    drawn = np.where(times > 0, draws, 0.0)
    low, high = interval((times * drawn).sum(axis=0) / n_seeds)
    return Difference(float(value[has].mean()), low, high, n_seeds)


def interval(draws: Array) -> tuple[float, float]:
    """Return the ends of the middle 95 % of draws (n,), those that are NaN left out."""
    finite = draws[np.isfinite(draws)]
    if not len(finite):
        return np.nan, np.nan
    low, high = np.percentile(finite, [2.5, 97.5])
    return float(low), float(high)
