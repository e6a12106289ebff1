"""Scores of forecasts of tiles from their summed errors, with intervals over origins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.evaluate.mmstt.errors import SUMS
from faultcast.evaluate.scores import block_weights

Array = NDArray[np.float64]
Sums = Mapping[str, Array]


@dataclass(frozen=True)
class Forecasts:
    """One model's summed errors on one domain under one protocol.

    `sums`: name in `SUMS` -> (n_seeds, n_origins, n_out); `origins` (n_origins,) increasing.
    """

    model: str
    seeds: NDArray[np.int64]
    origins: NDArray[np.int64]
    sums: Sums

    @property
    def n_out(self) -> int:
        """Number of horizons."""
        return int(self.sums["n"].shape[2])


@dataclass(frozen=True)
class Score:
    """A score: of each seed (n_seeds,), and its mean over seeds in resamples of the origins."""

    value: Array
    draws: Array

    def summary(self) -> dict[str, float | int]:
        """Return mean, standard_deviation over seeds, n_seeds, low and high (95 %)."""
        n = len(self.value)
        low, high = self.interval()
        return {
            "mean": float(self.value.mean()),
            "standard_deviation": float(self.value.std(ddof=1)) if n > 1 else np.nan,
            "n_seeds": n,
            "low": low,
            "high": high,
        }

    def interval(self) -> tuple[float, float]:
        """Return the ends of the 95 % interval, NaN without resamples."""
        if not self.draws.size:
            return np.nan, np.nan
        low, high = np.quantile(self.draws, [0.025, 0.975])
        return float(low), float(high)


def collect(errors: pd.DataFrame | Sequence[pd.DataFrame]) -> dict[str, Forecasts]:
    """Return the forecasts of each model of one domain and protocol, in order of appearance.

    Raises
    ------
    DataError
        Models or seeds were not scored on the same origins and horizons.
    """
    table = errors if isinstance(errors, pd.DataFrame) else pd.concat(list(errors))
    found: dict[str, Forecasts] = {}
    wanted: list[int] = []
    for model, rows in table.groupby("model", sort=False):
        seeds = rows["seed"].unique()
        origins, horizons = np.unique(rows["origin"]), np.unique(rows["horizon"])
        shape = (len(seeds), len(origins), len(horizons))
        ordered = rows.sort_values(["seed", "origin", "horizon"])
        sums = {name: ordered[name].to_numpy(np.float64) for name in SUMS}
        counts = [] if len(ordered) != np.prod(shape) else sums["n"].reshape(shape)[0].ravel()
        wanted = wanted or list(counts)
        if not len(counts) or list(counts) != wanted:
            raise DataError(
                f"{model} has {len(ordered)} rows for {shape[0]} seeds, {shape[1]} origins and "
                f"{shape[2]} horizons, or other values than the model before it: compare "
                "forecasts of the same windows only, and make those anew that are older"
            )
        found[str(model)] = Forecasts(
            str(model), np.sort(seeds), origins, {k: v.reshape(shape) for k, v in sums.items()}
        )
    return found


def resamples(n_origins: int, n_out: int, n_resamples: int = 2000, seed: int = 0) -> Array:
    """Return the times each origin counts, (1 + n_resamples, n_origins): first all of them once.

    Circular moving blocks as long as the longest horizon: nearer origins share targets. Origins
    that do not hold two blocks have no resamples, (1, n_origins): they cannot tell how much
    scores scatter.
    """
    once = np.ones((1, n_origins))
    if n_origins < 2 * n_out:
        return once
    return np.vstack([once, block_weights(n_origins, n_out, n_resamples, seed)])


def totals(one: Forecasts, horizons: slice, weights: Array) -> dict[str, Array]:
    """Return each sum over origins and the chosen horizons, (n_seeds, len(weights))."""
    return {
        name: values[:, :, horizons].sum(axis=2) @ weights.T for name, values in one.sums.items()
    }


def scores(one: Sums, references: Mapping[str, Sums]) -> dict[str, Score]:
    """Return every score of a model from its totals.

    Parameters
    ----------
    one : of `totals`.
    references : name -> totals of a forecast that it is held against.

    Returns
    -------
    "RMSE", "MAE" (mm), "R2 of increments", "R2 level", and for each reference "skill, <name>"
    (1 - MSE / MSE of it) and "MSE minus <name>" (mm^2; below 0 the model is better).
    """
    n, squared = one["n"], one["squared"]
    made = {
        "RMSE": np.sqrt(squared / n),
        "MAE": one["absolute"] / n,
        "R2 of increments": _r2(squared, one["change"], one["change_squared"], n),
        "R2 level": _r2(squared, one["target"], one["target_squared"], n),
    }
    for name, other in references.items():
        # a reference that has seeds counts with their mean
        beside = other["squared"].mean(axis=0)
        made[f"skill, {name}"] = 1.0 - squared / beside
        made[f"MSE minus {name}"] = (squared - beside) / n
    return {name: Score(both[:, 0], both[:, 1:].mean(axis=0)) for name, both in made.items()}


def _r2(squared: Array, total: Array, total_squared: Array, n: Array) -> Array:
    """Return 1 - MSE / variance of the pooled values."""
    return 1.0 - squared / (total_squared - total**2 / n)
