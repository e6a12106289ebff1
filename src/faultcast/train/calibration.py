"""From a model's number to a probability of an event day, learnt on the validation part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
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

    logit p_t = logit base_t + a + b z_t, where z is `feature` in units of its spread on the
    days `fit_on`. A normal prior on a and b (mean 0, deviation 1/2: the odds change by a
    factor of 1.6) keeps a handful of event days from deciding all, and a part without
    event days from giving 0; a = b = 0 gives the base rate back.

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
    # a value far outside the validation part must not run away with the probability
    z = np.clip(z, -10.0, 10.0)
    offset = logit(base)
    design = np.column_stack([np.ones_like(z), z])[used]
    sign = np.where(is_event[used], 1.0, -1.0)

    def cost(weights: Array) -> tuple[float, Array]:
        margin = sign * (offset[used] + design @ weights)
        scaled = weights / _PRIOR_DEVIATION**2
        gradient = -design.T @ (sign * expit(-margin)) + scaled
        return float(-log_expit(margin).sum() + 0.5 * weights @ scaled), gradient

    weights = minimize(cost, np.zeros(2), jac=True, method="BFGS").x
    probability: Array = expit(offset + weights[0] + weights[1] * z)
    return probability
