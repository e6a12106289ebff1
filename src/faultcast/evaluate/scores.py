"""Scores of series, detections and probabilities, each with weights on the days.

All functions take arrays over n days and `weights`: None, (n,) or (m, n). With (m, n), say
how often each day was drawn in each of m resamples, they return (m,) scores at the price
of matrix products. A score that is not defined (no event, nothing detected) is NaN.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from faultcast.errors import DataError

Array = NDArray[np.float64]


def block_weights(n_days: int, block_days: int, n_resamples: int, seed: int) -> Array:
    """Return how often each day is drawn in circular moving-block resamples.

    Parameters
    ----------
    n_days, block_days : length of the series and of a block; the last block of a resample
        is cut so that every resample has n_days days (Politis and Romano 1992).

    Returns
    -------
    (n_resamples, n_days).

    Raises
    ------
    DataError
        The block does not fit.
    """
    if not 1 <= block_days <= n_days:
        raise DataError(f"block_days is {block_days}, the series has {n_days}: choose 1..{n_days}")
    n_blocks = -(-n_days // block_days)
    starts = np.random.default_rng(seed).integers(n_days, size=(n_resamples, n_blocks))
    days = (starts[:, :, None] + np.arange(block_days)).reshape(n_resamples, -1)[:, :n_days]
    days = days % n_days + n_days * np.arange(n_resamples)[:, None]
    counts = np.bincount(days.ravel(), minlength=n_resamples * n_days)
    return counts.reshape(n_resamples, n_days).astype(np.float64)


def weighted_mean(values: ArrayLike, weights: ArrayLike | None = None) -> Array:
    """Return the mean of values (n,)."""
    x = np.asarray(values, dtype=np.float64)
    w = _weights(weights, len(x))
    return _ratio(w @ x, w.sum(axis=-1))


def nash_sutcliffe(
    target: ArrayLike, prediction: ArrayLike, weights: ArrayLike | None = None
) -> Array:
    """Return 1 - SSE / SST: 1 is perfect, 0 no better than the target's mean.

    EQPRED's equation 6 prints it without the squares, where its denominator is 0.
    """
    y, forecast = (np.asarray(x, dtype=np.float64) for x in (target, prediction))
    w = _weights(weights, len(y))
    centred = y - y.mean()  # keeps the difference of squares below exact
    n = w.sum(axis=-1)
    total = w @ centred**2 - _ratio((w @ centred) ** 2, n)
    return 1.0 - _ratio(w @ (y - forecast) ** 2, total)


def skill_score(
    target: ArrayLike,
    prediction: ArrayLike,
    reference: ArrayLike,
    weights: ArrayLike | None = None,
) -> Array:
    """Return 1 - SSE / SSE of a reference prediction: 1 is perfect, 0 no better than it."""
    y, forecast, other = (np.asarray(x, dtype=np.float64) for x in (target, prediction, reference))
    w = _weights(weights, len(y))
    return 1.0 - _ratio(w @ (y - forecast) ** 2, w @ (y - other) ** 2)


def precision(positive: ArrayLike, detected: ArrayLike, weights: ArrayLike | None = None) -> Array:
    """Return the share of detected days (n,) bool that are positive."""
    hits, false, _ = _confusion(positive, detected, weights)
    return _ratio(hits, hits + false)


def recall(positive: ArrayLike, detected: ArrayLike, weights: ArrayLike | None = None) -> Array:
    """Return the share of positive days (n,) bool that are detected."""
    hits, _, missed = _confusion(positive, detected, weights)
    return _ratio(hits, hits + missed)


def f_score(
    positive: ArrayLike, detected: ArrayLike, beta: float = 1.0, weights: ArrayLike | None = None
) -> Array:
    """Return (1 + b^2) P R / (b^2 P + R); b < 1 weighs precision more."""
    hits, false, missed = _confusion(positive, detected, weights)
    b2 = beta**2
    return _ratio((1 + b2) * hits, (1 + b2) * hits + b2 * missed + false)


def roc_auc(is_event: ArrayLike, score: ArrayLike, weights: ArrayLike | None = None) -> Array:
    """Return the probability that an event day scores above another day (ties count half)."""
    events, others = _by_score(is_event, score, weights)
    above = np.cumsum(events, axis=-1) - 0.5 * events
    pairs = events.sum(axis=-1) * others.sum(axis=-1)
    return _ratio((others * above).sum(axis=-1), pairs)


def average_precision(
    is_event: ArrayLike, score: ArrayLike, weights: ArrayLike | None = None
) -> Array:
    """Return the mean of the precision at each event day's score, going down the scores."""
    events, others = _by_score(is_event, score, weights)
    hits = np.cumsum(events, axis=-1)
    seen = hits + np.cumsum(others, axis=-1)
    at_score = np.divide(hits, seen, out=np.zeros_like(hits), where=seen > 0)
    return _ratio((events * at_score).sum(axis=-1), hits[..., -1])


def brier(is_event: ArrayLike, probability: ArrayLike, weights: ArrayLike | None = None) -> Array:
    """Return the mean squared error of probabilities (n,)."""
    event, p = _events_and_probability(is_event, probability)
    return weighted_mean((p - event) ** 2, weights)


def log_likelihood(is_event: ArrayLike, probability: ArrayLike) -> Array:
    """Return each day's log probability (n,) of what happened, in nats."""
    event, p = _events_and_probability(is_event, probability)
    return np.where(event, np.log(p), np.log1p(-p))


def log_score(
    is_event: ArrayLike, probability: ArrayLike, weights: ArrayLike | None = None
) -> Array:
    """Return the mean log likelihood a day, in nats; 0 would be perfect."""
    return weighted_mean(log_likelihood(is_event, probability), weights)


def information_gain(
    is_event: ArrayLike,
    probability: ArrayLike,
    reference: ArrayLike,
    weights: ArrayLike | None = None,
) -> Array:
    """Return the log likelihood over a reference's, per event day, in nats."""
    event = np.asarray(is_event, dtype=bool)
    gain = log_likelihood(event, probability) - log_likelihood(event, reference)
    w = _weights(weights, len(event))
    return _ratio(w @ gain, w @ event.astype(np.float64))


def _weights(weights: ArrayLike | None, n: int) -> Array:
    w = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
    if n == 0 or w.shape[-1] != n:
        raise DataError(f"{n} days but weights of shape {w.shape}: give one weight a day")
    return w


def _confusion(
    positive: ArrayLike, detected: ArrayLike, weights: ArrayLike | None
) -> tuple[Array, Array, Array]:
    truth, found = np.asarray(positive, dtype=bool), np.asarray(detected, dtype=bool)
    w = _weights(weights, len(truth))
    hits, false, missed = (
        w @ days.astype(np.float64) for days in (truth & found, ~truth & found, truth & ~found)
    )
    return hits, false, missed


def _by_score(
    is_event: ArrayLike, score: ArrayLike, weights: ArrayLike | None
) -> tuple[Array, Array]:
    """Return the weight of event days and of other days at each score, highest first."""
    event, value = np.asarray(is_event, dtype=bool), np.asarray(score, dtype=np.float64)
    if not np.isfinite(value).all():
        raise DataError("a score to rank by is not finite: give one for every day")
    w = _weights(weights, len(event))
    order = np.argsort(-value, kind="stable")
    first = np.flatnonzero(np.diff(-value[order], prepend=-np.inf))
    events = np.add.reduceat((w * event)[..., order], first, axis=-1)
    others = np.add.reduceat((w * ~event)[..., order], first, axis=-1)
    return events, others


def _events_and_probability(
    is_event: ArrayLike, probability: ArrayLike
) -> tuple[NDArray[np.bool_], Array]:
    event, p = np.asarray(is_event, dtype=bool), np.asarray(probability, dtype=np.float64)
    if event.shape != p.shape or not ((p > 0) & (p < 1)).all():
        raise DataError(
            f"probabilities of shape {p.shape} for {event.shape} days must all lie strictly "
            "between 0 and 1"
        )
    return event, p


def _ratio(above: Array, below: Array) -> Array:
    above, below = np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)
    out = np.full(np.broadcast_shapes(above.shape, below.shape), np.nan)
    return np.divide(above, below, out=out, where=below > 0)
