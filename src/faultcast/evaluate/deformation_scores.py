"""Scores of displacement forecasts, in mm, on the cells and epochs that were observed.

Arrays are (n_origins, n_out, n_series); a target that is NaN counts nowhere. `last` (n_origins,
n_series) is the last observed value at each origin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.evaluate.intervals import Interval
from faultcast.evaluate.scores import block_weights, weighted_mean

Floats = NDArray[np.float64]

LONG_RANGE = 12


def rmse(target: Floats, prediction: Floats) -> float:
    """Return the root of the mean squared error of the observed values, mm."""
    return float(np.sqrt(_mse(target, prediction)))


def mae(target: Floats, prediction: Floats) -> float:
    """Return the mean absolute error of the observed values, mm."""
    return float(np.mean(np.abs(_errors(target, prediction))))


def level_r2(target: Floats, prediction: Floats) -> float:
    """Return 1 - MSE / variance of the pooled values.

    Much of that variance are offsets between cells that any forecast knows: it is for comparison
    with published numbers, not for judging models.
    """
    variance = float(np.nanvar(target))
    return _one_minus(_mse(target, prediction), variance)


def increment_r2(target: Floats, prediction: Floats, last: Floats) -> float:
    """Return R^2 of the change since the origin: 1 - MSE / variance of (target - last).

    Negative for persistence unless the mean change is 0, in which case it is 0.
    """
    increments = target - last[:, None]
    if not np.array_equal(np.isnan(increments), np.isnan(target)):
        raise DataError("a series has a target but no value up to the origin: leave it out")
    return _one_minus(_mse(target, prediction), float(np.nanvar(increments)))


def skill(target: Floats, prediction: Floats, reference: Floats) -> float:
    """Return 1 - MSE / MSE of a reference: 1 is perfect, 0 no better than it."""
    return _one_minus(_mse(target, prediction), _mse(target, reference))


def score_table(
    target: Floats,
    prediction: Floats,
    last: Floats,
    references: Mapping[str, Floats],
    horizons: Sequence[int] = (1, 3, 6, LONG_RANGE),
) -> pd.DataFrame:
    """Return every score by horizon and of all horizons together.

    Parameters
    ----------
    references : name -> predictions of a reference; adds a column `skill_<name>` for each.
    horizons : epochs after the origin, from 1.

    Returns
    -------
    One row a horizon, the last one "all": `horizon`, `rmse_mm`, `mae_mm`, `r2_increments`,
    `r2_level`, `skill_...`, `n` (values scored).

    Raises
    ------
    DataError
        A horizon is not among the predictions, or a value to score has no finite prediction.
    """
    n_out = target.shape[1]
    wrong = [horizon for horizon in horizons if not 1 <= horizon <= n_out]
    if wrong:
        raise DataError(f"horizon {wrong[0]} is not among 1..{n_out}")
    rows = []
    for name, part in [
        *((str(horizon), slice(horizon - 1, horizon)) for horizon in horizons),
        ("all", slice(None)),
    ]:
        true, forecast = target[:, part], prediction[:, part]
        skills = {
            f"skill_{other}": skill(true, forecast, values[:, part])
            for other, values in references.items()
        }
        rows.append(
            {
                "horizon": name,
                "rmse_mm": rmse(true, forecast),
                "mae_mm": mae(true, forecast),
                "r2_increments": increment_r2(true, forecast, last),
                "r2_level": level_r2(true, forecast),
                **skills,
                "n": int(np.isfinite(true).sum()),
            }
        )
    return pd.DataFrame(rows)


def paired_difference(
    target: Floats,
    prediction: Floats,
    reference: Floats,
    *,
    block: int,
    n_resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Return MSE of a prediction minus MSE of a reference, mm^2, with an interval.

    Origins are drawn in circular moving blocks, all cells and horizons of an origin together:
    neighbouring origins share most of their targets. Below 0 the prediction is better; it is a
    win only if the whole interval is below 0.

    Parameters
    ----------
    target, prediction, reference : one row an origin; origins are consecutive epochs.
    block : origins in a block, not fewer than horizons.
    level : coverage.

    Raises
    ------
    DataError
        The block is shorter than the longest horizon or longer than the series.
    """
    n_origins, n_out = target.shape[:2]
    if block < n_out:
        raise DataError(
            f"block is {block}, the longest horizon {n_out}: origins closer than that share "
            "targets, so give blocks at least that long"
        )
    seen = np.isfinite(target)
    difference = np.zeros(target.shape)
    difference[seen] = _errors(target, prediction) ** 2 - _errors(target, reference) ** 2
    count = seen.sum(axis=(1, 2)).astype(np.float64)
    total = difference.sum(axis=(1, 2))
    weights = block_weights(n_origins, block, n_resamples, seed)
    draws = weighted_mean(total, weights) / weighted_mean(count, weights)
    low, high = np.nanquantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(total.sum() / count.sum()), float(low), float(high))


def _mse(target: Floats, prediction: Floats) -> float:
    return float(np.mean(_errors(target, prediction) ** 2))


def _errors(target: Floats, prediction: Floats) -> Floats:
    """Return prediction - target of the observed values, (n,)."""
    if target.shape != prediction.shape:
        raise DataError(
            f"predictions of shape {prediction.shape} for targets of shape {target.shape}"
        )
    seen = np.isfinite(target)
    errors = prediction[seen] - target[seen]
    if not errors.size:
        raise DataError("no target was observed: there is nothing to score")
    lost = int((~np.isfinite(errors)).sum())
    if lost:
        raise DataError(
            f"{lost} of {errors.size} observed values have no finite prediction: a forecast must "
            "tell each of them; leave out series without a value up to their first origin"
        )
    return errors


def _one_minus(error: float, scale: float) -> float:
    return 1.0 - error / scale if scale > 0 else float("nan")
