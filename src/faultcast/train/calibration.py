"""From a model's number to a probability of an event day, learnt on the validation part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, log_expit, logit

from faultcast.errors import DataError

Array = NDArray[np.float64]

_ROLLING_DAYS = 1826  # five years
_PRIOR_DEVIATION = 0.5


def rolling_rate(is_event: NDArray[np.bool_], *, days: int = _ROLLING_DAYS) -> Array:
    """Return each day's probability of an event by the share of event days before it.

    Parameters
    ----------
    is_event : (n_days,).
    days : length of the past looked at; the first days use what past there is.

    Returns
    -------
    (n_days,) in (0, 1): (events + 1/2) / (days + 1), so that neither 0 nor 1 occurs.
    """
    total = np.concatenate(([0.0], np.cumsum(is_event, dtype=np.float64)))
    day = np.arange(len(is_event))
    seen = np.minimum(day, days)
    rate: Array = (total[day] - total[day - seen] + 0.5) / (seen + 1.0)
    return rate


def calibrate(
    feature: Array, base: Array, is_event: NDArray[np.bool_], fit_on: NDArray[np.bool_]
) -> Array:
    """Return each day's probability of an event, by logistic regression upon a base rate.

    logit p_t = logit base_t + a(b) + b z_t, where z is `feature` in units of its spread on
    the days `fit_on`, held inside its range there. Only the slope b is learnt, under a
    normal prior (mean 0, deviation 1/2), because a few years hold a handful of event days;
    the level a(b) keeps the mean probability of those days at that of the base rate.
    b = 0 gives the base rate back.

    Parameters
    ----------
    feature : (n_days,) known before the day; NaN gives NaN.
    base : (n_days,) probability known before the day, in (0, 1).
    is_event, fit_on : (n_days,).

    Raises
    ------
    DataError
        No day to fit on has a feature.
    """
    used = fit_on & np.isfinite(feature)
    if not used.any():
        raise DataError("no day to calibrate on: the validation part holds no prediction")
    spread = float(np.std(feature[used]))
    z = (feature - np.mean(feature[used])) / (spread if spread > 0 else 1.0)
    # no extrapolation: the largest shocks lie far beyond what the fitted days hold
    z = np.clip(z, z[used].min(), z[used].max())
    offset = logit(base)
    known, sign = z[used], np.where(is_event[used], 1.0, -1.0)
    expected = base[used].sum()

    def level(slope: float) -> float:
        reach = abs(slope) * np.abs(known).max() + 1.0
        return float(
            brentq(
                lambda a: expit(offset[used] + a + slope * known).sum() - expected, -reach, reach
            )
        )

    def cost(slope: float) -> float:
        margin = sign * (offset[used] + level(slope) + slope * known)
        return float(-log_expit(margin).sum() + 0.5 * (slope / _PRIOR_DEVIATION) ** 2)

    slope = float(
        minimize_scalar(cost, bounds=(-4.0, 4.0), method="bounded", options={"xatol": 1e-6}).x
    )
    probability: Array = expit(offset + level(slope) + slope * z)
    return probability
