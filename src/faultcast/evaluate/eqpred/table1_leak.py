"""Which single step between the two protocols buys how much of EQPRED's scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.evaluate.eqpred.day_scores import SERIES, measure
from faultcast.evaluate.eqpred.days import ScoredDays, collect
from faultcast.evaluate.eqpred.samples import Sample, difference, summary
from faultcast.evaluate.scores import block_weights, roc_auc
from faultcast.train.step_protocols import ALL, NONE, step_protocols

Array = NDArray[np.float64]

COLUMNS = (
    "comparison", "step", "score", "mean", "standard_deviation", "low", "high", "n_seeds",
    "difference", "difference_low", "difference_high", "reading", "n_days", "n_positive_days",
    "n_event_days", "n_onset_days", "note",
)  # fmt: skip
ADDED, TAKEN_AWAY = "one step added", "one step taken away"


def numbers(
    *,
    predictions: Sequence[pd.DataFrame] | pd.DataFrame,
    n_resamples: int = 500,
    block_days: int = 90,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the scores of each step and what it changes.

    Parameters
    ----------
    predictions : of `train.leak_steps.run_leak_steps`, all seeds.
    n_resamples, block_days, seed : of the moving-block bootstrap over test days, the same
        resamples for all steps.

    Returns
    -------
    `COLUMNS`, one row a comparison, step and score. `comparison`: "one step added" to the
    leak-free row, its first, which ends with all four; "one step taken away" from all four, its
    first. `difference` is to that first row, on the same resamples and seeds; `reading`: "higher"
    or "lower" where 95 % of the resampled differences have that sign, "unchanged" where all are
    0, else "cannot tell".

    Scores: "NSE" and "F1" of the row's own series, on complete days; "NSE of AR(10)", which needs
    no network, on the same series; "AUC of event days", whether the prediction ranks days with
    an extreme event above the others: what it is held against is the same in all rows.
    `n_positive_days`: above the row's threshold, mean over seeds.

    Raises
    ------
    DataError
        A step is missing, or the rows were scored on different days.
    """
    scored = [one for one in collect(predictions) if one.key]
    steps = [protocol.name for protocol in step_protocols()]
    by_step = {step: [one for one in scored if one.protocol == step] for step in steps}
    missing = [step for step, seeds in by_step.items() if not seeds]
    if missing:
        raise DataError(
            f"there are no predictions of: {', '.join(missing)}; give the table of run_leak_steps"
        )
    days, event = scored[0].day, scored[0].event
    if any(not np.array_equal(one.day, days) for one in scored):
        raise DataError("the steps were scored on different days: train them on one cube")
    weights = block_weights(len(days), min(block_days, len(days)), n_resamples, seed)
    samples = {step: _samples(seeds, weights) for step, seeds in by_step.items()}
    rows = []
    for comparison, start, changed in (
        (ADDED, NONE, [step for step in steps if step.startswith("+")] + [ALL]),
        (TAKEN_AWAY, ALL, [step for step in steps if "without" in step]),
    ):
        for step in [start, *changed]:
            one = by_step[step][0]
            head = {
                "comparison": comparison,
                "step": step,
                "n_days": int(one.complete.sum()),
                "n_positive_days": float(np.mean([job.positive.sum() for job in by_step[step]])),
                "n_event_days": int(event.sum()),
                "n_onset_days": int((event & one.quiet).sum()),
            }
            for score, sample in samples[step].items():
                undefined = not np.isfinite(sample.mean)
                note = f"{score}: no test day lies above the threshold" if undefined else ""
                row = head | {"score": score, **summary(sample), "reading": "", "note": note}
                if step != start:
                    row |= _change(sample, samples[start][score])
                rows.append(row)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _samples(seeds: list[ScoredDays], weights: Array) -> dict[str, Sample]:
    own = measure(seeds, None, weights, only=("NSE", "F1"))
    linear = [replace(one, prediction=one.ar_prediction) for one in seeds]
    auc = [
        (one.seed, float(roc_auc(one.event, one.prediction)),
         roc_auc(one.event, one.prediction, weights))
        for one in seeds
    ]  # fmt: skip
    return {
        "NSE": own[SERIES, "NSE"],
        "NSE of AR(10)": measure(linear, None, weights, only=("NSE",))[SERIES, "NSE"],
        "F1": own[SERIES, "F1"],
        "AUC of event days": Sample(*(np.array(part) for part in zip(*auc, strict=True))),
    }


def _change(sample: Sample, start: Sample) -> dict[str, object]:
    gap = difference(sample, start)
    return {
        "difference": gap.value,
        "difference_low": gap.low,
        "difference_high": gap.high,
        "reading": gap.direction,
    }
