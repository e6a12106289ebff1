"""The scores of EQPRED's models on their test days: the paper's, and those it lacks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

import numpy as np
from numpy.typing import NDArray

from faultcast.evaluate.eqpred.days import ScoredDays
from faultcast.evaluate.eqpred.samples import Sample
from faultcast.evaluate.scores import (
    average_precision,
    brier,
    f_score,
    information_gain,
    log_score,
    nash_sutcliffe,
    precision,
    recall,
    roc_auc,
    skill_score,
    weighted_mean,
)

Array = NDArray[np.float64]
Days = NDArray[np.bool_]
# set of days, name, function of (weights of all days or None)
Score = tuple[str, str, Callable[[Array | None], Array]]

SERIES, EVENT_DAYS, ONSET_DAYS = "series", "event days", "onset days"


def measure(
    seeds: list[ScoredDays],
    reference: ScoredDays | None,
    weights: Array,
    *,
    only: Collection[str] | None = None,
) -> dict[tuple[str, str], Sample]:
    """Return each score of one model under one protocol, by set of days and name.

    Parameters
    ----------
    seeds : of one model and protocol.
    reference : the climatology that gains are counted against; None: the protocol gives no
        probabilities, and an extreme day is a high day of the series.
    weights : (n_resamples, n_days) of `block_weights`.
    only : names of the scores wanted; None: all.

    Returns
    -------
    "series": on the complete days; "event days": on all test days; "onset days": on test days
    without an event day in the days before.
    """
    found: dict[tuple[str, str], list[tuple[int, float, Array]]] = {}
    for one in seeds:
        for days, name, function in _scores(one, reference):
            if only is None or name in only:
                found.setdefault((days, name), []).append(
                    (one.seed, float(function(None)), function(weights))
                )
    return {
        key: Sample(
            np.array([seed for seed, _, _ in parts]),
            np.array([value for _, value, _ in parts]),
            np.stack([draws for _, _, draws in parts]),
        )
        for key, parts in found.items()
    }


def days_of(one: ScoredDays, days: str) -> Days:
    """Return which test days (n_days,) a set of days holds."""
    everywhere = np.ones(len(one.day), dtype=bool)
    return {SERIES: one.complete, EVENT_DAYS: everywhere, ONSET_DAYS: one.quiet}[days]


def _scores(one: ScoredDays, reference: ScoredDays | None) -> Iterator[Score]:
    yield from _series_scores(one)
    # as published, an extreme day is a high day of the smoothed series
    days = SERIES if reference is None else EVENT_DAYS
    kept = days_of(one, days)
    positive, detected = one.positive[kept], one.detected[kept]
    yield days, "precision", lambda w: precision(positive, detected, _part(w, kept))
    yield days, "recall", lambda w: recall(positive, detected, _part(w, kept))
    yield days, "F1", lambda w: f_score(positive, detected, 1.0, _part(w, kept))
    yield days, "F0.2", lambda w: f_score(positive, detected, 0.2, _part(w, kept))
    if reference is not None:
        yield from _probability_scores(one, reference, EVENT_DAYS)
        yield from _probability_scores(one, reference, ONSET_DAYS)


def _series_scores(one: ScoredDays) -> Iterator[Score]:
    kept = one.complete
    error, target, prediction = one.error[kept], one.target[kept], one.prediction[kept]
    if not np.isnan(error).any():
        yield SERIES, "MAE", lambda w: weighted_mean(error, _part(w, kept))
    if not np.isnan(prediction).any():
        ar = one.ar_prediction[kept]
        yield SERIES, "NSE", lambda w: nash_sutcliffe(target, prediction, _part(w, kept))
        yield (
            SERIES,
            "skill over AR(10)",
            lambda w: skill_score(target, prediction, ar, _part(w, kept)),
        )


def _probability_scores(one: ScoredDays, reference: ScoredDays, days: str) -> Iterator[Score]:
    kept = days_of(one, days)
    truth, p, base = one.event[kept], one.probability[kept], reference.probability[kept]
    ar = one.ar_probability[kept]
    yield days, "AUC", lambda w: roc_auc(truth, p, _part(w, kept))
    yield days, "AP", lambda w: average_precision(truth, p, _part(w, kept))
    yield days, "Brier", lambda w: brier(truth, p, _part(w, kept))
    yield days, "log score", lambda w: log_score(truth, p, _part(w, kept))
    yield days, "information gain", lambda w: information_gain(truth, p, base, _part(w, kept))
    yield (
        days,
        "information gain over AR(10)",
        lambda w: information_gain(truth, p, ar, _part(w, kept)),
    )


def _part(weights: Array | None, kept: Days) -> Array | None:
    return None if weights is None else weights[:, kept]
