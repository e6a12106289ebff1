"""Forecasts that need no network, on the same days as EQPRED's and from the same past.

Each takes one origin's days in order (rows of `predictions`, from day 0 to the end of the
test block) and returns a `Forecast` of each day from the days before it. What a forecast
has to fit, it fits on all days before the gap: unlike the network's, its probabilities need
no days that its training did not see. Days whose value is not complete are no targets of a fit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from faultcast.evaluate.scores import log_likelihood
from faultcast.train.autoregression import autoregression as linear_forecast
from faultcast.train.calibration import calibrate, rolling_rate

Array = NDArray[np.float64]

ROLLING_DAYS = 1826  # five years
ORDER = 10
DECAY_DAYS = (3.0, 10.0, 30.0, 100.0, 300.0)
PRIOR_DAYS = (30.0, 100.0, 365.0, 1826.0)
_PAST_DAYS = 30


@dataclass(frozen=True)
class Forecast:
    """(n_days,) each, NaN where there is none: the series, and the probability of an event."""

    prediction: Array
    probability: Array


def train_climatology(days: pd.DataFrame) -> Forecast:
    """Mean of the series and share of event days over all days before the gap."""
    known = _known(days)
    n, k = known.sum(), days["is_event_day"].to_numpy()[known].sum()
    ones = np.ones(len(days))
    level = days["target"].to_numpy()[known & _complete(days)].mean()
    return Forecast(ones * level, ones * (k + 0.5) / (n + 1))


def rolling_climatology(days: pd.DataFrame) -> Forecast:
    """Mean of the series and share of event days over the last five years."""
    return Forecast(
        _past_mean(days["target"].to_numpy(), ROLLING_DAYS),
        rolling_rate(days["is_event_day"].to_numpy(), days=ROLLING_DAYS),
    )


def persistence(days: pd.DataFrame) -> Forecast:
    """Forecast that the next day is as this one: the series, and being an event day."""
    event = _lag(days["is_event_day"].to_numpy().astype(np.float64), 1)
    return Forecast(_lag(days["target"].to_numpy(), 1), _calibrated(event, days))


def autoregression(days: pd.DataFrame) -> Forecast:
    """AR(10) of the series, by least squares; its prediction calibrated."""
    target = days["target"].to_numpy()
    prediction = linear_forecast(target, target, _known(days) & _complete(days), ORDER)
    return Forecast(prediction, _calibrated(prediction, days))


def past_rate(days: pd.DataFrame) -> Forecast:
    """Poisson probability from the event days of the last 30 days and of five years.

    The rate is (k + c r) / (30 + c), with k event days in the last 30 days and r the
    five-year rate; c is the likeliest before the gap.
    """
    event = days["is_event_day"].to_numpy()
    base = rolling_rate(event, days=ROLLING_DAYS)
    recent = _past_sum(event.astype(np.float64), _PAST_DAYS)
    candidates = [
        -np.expm1(-(recent + prior * base) / (_PAST_DAYS + prior)) for prior in PRIOR_DAYS
    ]
    return Forecast(np.full(len(days), np.nan), _likeliest(candidates, days))


def weighted_rate(days: pd.DataFrame) -> Forecast:
    """Log of the exponentially weighted number of all events, calibrated.

    The decay time is the likeliest before the gap.
    """
    counts = days["n_events"].to_numpy(dtype=np.float64)
    candidates = []
    for decay in DECAY_DAYS:
        share = -np.expm1(-1.0 / decay)
        rate = pd.Series(counts).ewm(alpha=share, adjust=False).mean().to_numpy()
        candidates.append(_calibrated(np.log(_lag(rate, 1) + 0.01), days))
    return Forecast(np.full(len(days), np.nan), _likeliest(candidates, days))


def recalibrated(days: pd.DataFrame) -> Forecast:
    """Event probability from the network's own prediction, calibrated as the references are.

    Its usual probability rests on the validation part alone. Days before it were fitted by
    the network, but they hold more events: the two show what the choice is worth.
    """
    prediction = days["prediction"].to_numpy()
    return Forecast(np.full(len(days), np.nan), _calibrated(prediction, days))


AUTOREGRESSION = "AR(10)"
REFERENCES: dict[str, Callable[[pd.DataFrame], Forecast]] = {
    "train climatology": train_climatology,
    "rolling climatology": rolling_climatology,
    "persistence": persistence,
    AUTOREGRESSION: autoregression,
    "Poisson, past rate": past_rate,
    "exponentially weighted rate": weighted_rate,
}


def _known(days: pd.DataFrame) -> NDArray[np.bool_]:
    return days["part"].isin(["warmup", "train", "validation"]).to_numpy()


def _complete(days: pd.DataFrame) -> NDArray[np.bool_]:
    return days["is_complete"].to_numpy(dtype=bool)


def _calibrated(feature: Array, days: pd.DataFrame) -> Array:
    event = days["is_event_day"].to_numpy()
    return calibrate(feature, rolling_rate(event), event, _known(days))


def _likeliest(candidates: list[Array], days: pd.DataFrame) -> Array:
    known = _known(days) & (np.arange(len(days)) >= _PAST_DAYS)
    event = days["is_event_day"].to_numpy()[known]
    gains = [log_likelihood(event, p[known]).sum() for p in candidates]
    return candidates[int(np.argmax(gains))]


def _lag(values: Array, days: int) -> Array:
    return np.concatenate([np.full(days, np.nan), values[:-days]])


def _past_sum(values: Array, days: int) -> Array:
    """Return the sum over the `days` days before each day; the first days have fewer."""
    padded = np.concatenate([np.zeros(days), values[:-1]])
    return sliding_window_view(padded, days).sum(axis=1)


def _past_mean(values: Array, days: int) -> Array:
    seen = np.minimum(np.arange(len(values)), days)
    total = np.concatenate([[0.0], np.cumsum(values)])
    day = np.arange(len(values))
    mean = np.full(len(values), np.nan)
    np.divide(total[day] - total[day - seen], seen, out=mean, where=seen > 0)
    return mean
