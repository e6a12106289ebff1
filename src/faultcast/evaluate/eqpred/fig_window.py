"""NSE over the LOESS window: two-sided against one-sided, the catalog against white noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from faultcast.errors import DataError
from faultcast.evaluate.eqpred.samples import Sample, summary
from faultcast.evaluate.scores import block_weights, nash_sutcliffe

PRINTED = "printed in Table I"
MODELS = {"network": "EQPRED's network", "autoregression": "AR(10)"}
COLUMNS = (
    "series", "treatment", "window_days", "model", "nse", "standard_deviation", "low", "high",
    "n_seeds", "n_days",
)  # fmt: skip
_KEYS = ["series", "treatment", "window_days"]


def numbers(
    *,
    windows: Sequence[pd.DataFrame] | pd.DataFrame,
    published: pd.DataFrame | None = None,
    n_resamples: int = 500,
    block_days: int = 90,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the NSE on the test days by series, treatment, window and model.

    Parameters
    ----------
    windows : tables of `train.window_study.run_window_study`, all seeds.
    published : resources/published/eqpred.csv (`id`, `value`): gives the row `PRINTED`.
    n_resamples, block_days, seed : of the moving-block bootstrap over test days.

    Returns
    -------
    `COLUMNS`. `nse` and `standard_deviation` over seeds; `low` and `high` bound 95 % of the
    resampled means over seeds. The row `PRINTED` has neither series nor window.

    Raises
    ------
    DataError
        There is no table, or a combination lacks a seed.
    """
    frames = [windows] if isinstance(windows, pd.DataFrame) else list(windows)
    if not frames:
        raise DataError("no window study to score: give the table of one seed at least")
    table = pd.concat(frames, ignore_index=True)
    seeds = np.unique(table["seed"])
    days = np.unique(table["day"])
    weights = block_weights(len(days), min(block_days, len(days)), n_resamples, seed)
    rows: list[dict[str, object]] = []
    for (name, treatment, window), group in table.groupby(_KEYS, sort=False):
        runs = [run.sort_values("day") for _, run in group.groupby("seed")]
        if len(runs) != len(seeds) or any(not np.array_equal(run["day"], days) for run in runs):
            raise DataError(
                f"{name}, {treatment}, {window} days: {len(runs)} of {len(seeds)} seeds, or other "
                "test days than the rest: run all seeds on one series with the same windows"
            )
        for column, model in MODELS.items():
            pairs = [(run["target"].to_numpy(), run[column].to_numpy()) for run in runs]
            sample = Sample(
                seeds,
                np.array([float(nash_sutcliffe(*pair)) for pair in pairs]),
                np.stack([nash_sutcliffe(*pair, weights) for pair in pairs]),
            )
            score = summary(sample)
            rows.append(
                {
                    "series": name,
                    "treatment": treatment,
                    "window_days": window,
                    "model": model,
                    "nse": score.pop("mean"),
                    **score,
                    "n_days": len(days),
                }
            )
    if published is not None:
        printed = dict(zip(published["id"], published["value"], strict=True))["table1.eqpred.nse"]
        rows.append({"series": "", "treatment": PRINTED, "model": "", "nse": printed})
    return pd.DataFrame(rows, columns=list(COLUMNS))
