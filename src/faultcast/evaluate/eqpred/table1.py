"""Table I of EQPRED: the published number, ours under both protocols, and what is left.

Under `as_published` scores are those of the paper, on the smoothed series. Under
`leak_free` they are taken on raw values and raw event days, and information gains are over
the better of the two climatologies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.evaluate.eqpred.day_scores import ONSET_DAYS, days_of, measure
from faultcast.evaluate.eqpred.days import ScoredDays, by_model, climatology, collect
from faultcast.evaluate.eqpred.samples import Sample, summary
from faultcast.evaluate.scores import block_weights

Array = NDArray[np.float64]

COLUMNS = (
    "model", "key", "protocol", "days", "score", "mean", "standard_deviation", "n_seeds", "low",
    "high", "n_days", "n_event_days", "n_onset_days", "published", "id", "note",
)  # fmt: skip
# as the published numbers name them
SCORE_IDS = {
    "MAE": "mae", "precision": "precision", "recall": "recall", "F1": "f1", "F0.2": "f02",
    "NSE": "nse",
}  # fmt: skip


def numbers(
    *,
    predictions: Sequence[pd.DataFrame] | pd.DataFrame,
    published: pd.DataFrame | None = None,
    n_resamples: int = 500,
    block_days: int = 90,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the table, one row a model, protocol, set of days and score.

    Parameters
    ----------
    predictions : of all rows, protocols and seeds (`predictions.parquet`).
    published : resources/published/eqpred.csv (`id`, `value`).
    n_resamples, block_days, seed : of the moving-block bootstrap over test days; all models of
        a protocol share the resamples.

    Returns
    -------
    `COLUMNS`. `key`: that of the registry, empty for the reference rows, which are made once a
    protocol on EQPRED's series. `days`: "series" (values of the series, on complete days),
    "event days" (all test days), "onset days" (test days without an event day in the 30 days
    before); `n_days` of them; `n_event_days` and `n_onset_days` of the whole test part.
    `mean` and `standard_deviation` are over seeds, of which `n_seeds` have the score; `low` and
    `high` bound 95 % of the resampled means over seeds; log scores and gains in nats. Skills and
    gains over AR(10) are over an AR(10) of the same model's series. `published` stands only
    beside the scores that the paper prints, `id` is its name there. `note` says why a score
    is missing.

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
        reference, weights = basis(scored, protocol, n_resamples, block_days, seed)
        for _, seeds in by_model(scored, protocol):
            rows += _model_rows(seeds, measure(seeds, reference, weights), values)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def basis(
    scored: list[ScoredDays], protocol: str, n_resamples: int, block_days: int, seed: int
) -> tuple[ScoredDays | None, Array]:
    """Return what all models of a protocol are scored with.

    Returns
    -------
    The better climatology (None where the protocol gives no probabilities), and the
    resamples (n_resamples, n_days) of the test days.
    """
    one = next(job for job in scored if job.protocol == protocol)
    n_days = len(one.event)
    weights = block_weights(n_days, min(block_days, n_days), n_resamples, seed)
    has_probability = not np.isnan(one.probability).any()
    return (climatology(scored, protocol) if has_probability else None), weights


def _model_rows(
    seeds: list[ScoredDays],
    samples: dict[tuple[str, str], Sample],
    values: dict[str, float],
) -> Iterator[dict[str, object]]:
    one = seeds[0]
    for (days, score), sample in samples.items():
        name = f"table1.{one.key}.{SCORE_IDS.get(score, '')}"
        printed = values.get(name, np.nan) if days != ONSET_DAYS else np.nan
        yield {
            "model": one.model,
            "key": one.key,
            "protocol": one.protocol,
            "days": days,
            "score": score,
            **summary(sample),
            "n_days": int(days_of(one, days).sum()),
            "n_event_days": int(one.event.sum()),
            "n_onset_days": int((one.event & one.quiet).sum()),
            "published": printed,
            "id": name if np.isfinite(printed) else "",
            "note": _note(seeds, score, sample),
        }


def _note(seeds: list[ScoredDays], score: str, sample: Sample) -> str:
    """Say why seeds lack a score of detections."""
    n_missing = int((~np.isfinite(sample.value)).sum())
    if n_missing == 0:
        return ""
    if score == "precision":
        return f"{n_missing} of {len(seeds)} seed(s) detect nothing: no precision"
    if score in ("recall", "F1", "F0.2"):
        return f"{n_missing} of {len(seeds)} seed(s) have no positive day to be found"
    return f"not defined on these days for {n_missing} of {len(seeds)} seed(s)"
