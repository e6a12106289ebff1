"""Table I of EQPRED: the published number, ours under both protocols, and what is left.

Under `as_published` scores are those of the paper, on the smoothed series. Under
`leak_free` they are taken on raw values and raw event days, and information gains are over
the better of the two climatologies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.evaluate.eqpred.days import ScoredDays, climatology, collect
from faultcast.evaluate.scores import (
    average_precision,
    block_weights,
    brier,
    f_score,
    information_gain,
    log_score,
    nash_sutcliffe,
    precision,
    recall,
    roc_auc,
    weighted_mean,
)

Array = NDArray[np.float64]

COLUMNS = (
    "model", "protocol", "days", "score", "mean", "standard_deviation", "n_seeds", "low", "high",
    "n_days", "n_event_days", "n_onset_days", "published", "id",
)  # fmt: skip
# as the published numbers name them
_IDS = {
    "MAE": "mae", "precision": "precision", "recall": "recall", "F1": "f1", "F0.2": "f02",
    "NSE": "nse",
}  # fmt: skip


def numbers(
    *,
    predictions: list[pd.DataFrame] | pd.DataFrame,
    published: pd.DataFrame | None = None,
    n_resamples: int = 500,
    block_days: int = 90,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the table, one row a model, protocol, set of days and score.

    Parameters
    ----------
    predictions : of all protocols and seeds (`EqpredResult.predictions`).
    published : resources/published/eqpred.csv (`id`, `value`).
    n_resamples, block_days, seed : of the moving-block bootstrap over test days.

    Returns
    -------
    `COLUMNS`. `days`: "series" (values of the series), "event days" (all test days), "onset
    days" (test days without an event day in the 30 days before). `mean` and
    `standard_deviation` are over seeds, of which `n_seeds` have the score; `low` and `high`
    bound 95 % of the resampled means over seeds; log scores and gains in nats. `published`
    stands only beside the scores that the paper prints, `id` is its name there.

    Raises
    ------
    DataError
        The predictions hold no test days, or jobs do not fit together.
    """
    scored = collect(predictions)
    values = {}
    if published is not None:
        values = dict(zip(published["id"], published["value"], strict=True))
    rows: list[dict[str, object]] = []
    for protocol in dict.fromkeys(one.protocol for one in scored):
        jobs = [one for one in scored if one.protocol == protocol]
        n_days = len(jobs[0].event)
        weights = block_weights(n_days, min(block_days, n_days), n_resamples, seed)
        reference = None
        if not np.isnan(jobs[0].probability).any():
            reference = climatology(jobs, protocol)
        by_model = sorted(jobs, key=lambda one: _first(jobs, one.model))
        for model, seeds in groupby(by_model, key=lambda one: one.model):
            rows += _model_rows(model, list(seeds), reference, weights, values)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _first(jobs: list[ScoredDays], model: str) -> int:
    return [one.model for one in jobs].index(model)


def _model_rows(
    model: str,
    seeds: list[ScoredDays],
    reference: ScoredDays | None,
    weights: Array,
    values: dict[str, float],
) -> Iterator[dict[str, object]]:
    results: dict[tuple[str, str], list[tuple[float, Array]]] = {}
    for one in seeds:
        for days, score, function in _scores(one, reference):
            results.setdefault((days, score), []).append((float(function(None)), function(weights)))
    for (days, score), found in results.items():
        # a seed that detects nothing has no precision: it is not in the mean, nor in n_seeds
        found = [(value, drawn) for value, drawn in found if np.isfinite(value)]
        point = np.array([value for value, _ in found])
        draws = np.mean([drawn for _, drawn in found], axis=0) if found else np.empty(0)
        draws = draws[np.isfinite(draws)]
        low, high = np.percentile(draws, [2.5, 97.5]) if len(draws) else (np.nan, np.nan)
        key = f"table1.eqpred.{_IDS.get(score, '')}" if model == "EQPRED" else ""
        printed = values.get(key, np.nan) if days in ("series", "event days") else np.nan
        yield {
            "model": model,
            "protocol": seeds[0].protocol,
            "days": days,
            "score": score,
            "mean": point.mean() if found else np.nan,
            "standard_deviation": point.std(ddof=1) if len(point) > 1 else np.nan,
            "n_seeds": len(point),
            "low": low,
            "high": high,
            "n_days": len(seeds[0].event),
            "n_event_days": int(seeds[0].event.sum()),
            "n_onset_days": int((seeds[0].event & seeds[0].quiet).sum()),
            "published": printed,
            "id": key if np.isfinite(printed) else "",
        }


Score = tuple[str, str, Callable[[Array | None], Array]]


def _scores(one: ScoredDays, reference: ScoredDays | None) -> Iterator[Score]:
    """Yield each score that the model has: set of days, name, function of weights."""
    if not np.isnan(one.error).any():
        yield "series", "MAE", lambda w: weighted_mean(one.error, w)
    if not np.isnan(one.prediction).any():
        yield "series", "NSE", lambda w: nash_sutcliffe(one.target, one.prediction, w)
    # as published, an extreme day is a high day of the smoothed series
    extreme = "series" if reference is None else "event days"
    yield extreme, "precision", lambda w: precision(one.positive, one.detected, w)
    yield extreme, "recall", lambda w: recall(one.positive, one.detected, w)
    yield extreme, "F1", lambda w: f_score(one.positive, one.detected, 1.0, w)
    yield extreme, "F0.2", lambda w: f_score(one.positive, one.detected, 0.2, w)
    if reference is not None:
        everywhere = np.ones_like(one.quiet)
        yield from _probability_scores(one, reference, "event days", everywhere)
        yield from _probability_scores(one, reference, "onset days", one.quiet)


def _probability_scores(
    one: ScoredDays, reference: ScoredDays, days: str, kept: NDArray[np.bool_]
) -> Iterator[Score]:
    truth, p, base = one.event[kept], one.probability[kept], reference.probability[kept]

    def part(weights: Array | None) -> Array | None:
        return None if weights is None else weights[:, kept]

    yield days, "AUC", lambda w: roc_auc(truth, p, part(w))
    yield days, "AP", lambda w: average_precision(truth, p, part(w))
    yield days, "Brier", lambda w: brier(truth, p, part(w))
    yield days, "log score", lambda w: log_score(truth, p, part(w))
    yield days, "information gain", lambda w: information_gain(truth, p, base, part(w))
