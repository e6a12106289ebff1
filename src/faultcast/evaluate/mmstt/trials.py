"""MM-STT with other settings, of which validation chooses one before each block of origins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from faultcast.errors import DataError
from faultcast.evaluate.mmstt.score_rows import score_rows
from faultcast.evaluate.mmstt.table1 import REFERENCES, TO_BEAT

CHOSEN = "mmstt_chosen"
ALL_TILES = "all tiles"
VALIDATION = "validation loss"
SCORES = ("RMSE", "R2 of increments", *(f"MSE minus {name}" for name in REFERENCES))
LONG_RANGE = 12


def numbers(
    *,
    errors: Sequence[pd.DataFrame],
    records: Sequence[Mapping[str, Any]],
    validation: pd.DataFrame,
    titles: Mapping[str, str],
) -> pd.DataFrame:
    """Return what was tried and what became of it, one row a domain, horizon, model and score.

    Parameters
    ----------
    errors : of all trials and of the forecasts without a network, leak-free (`errors.numbers`).
    records : `run.json` of the trials.
    validation : of the forecasts without a network (`forecast.tile_baselines`).
    titles : label of a trial that is not in the registry -> its name.

    Returns
    -------
    `score_rows.COLUMNS`. Model "mmstt_chosen": in each fit the trial of the least validation loss.
    Domain "all tiles": the score "validation loss" (all tiles and fits pooled, in units of the
    variance of the training epochs); its note says in which fits a trial was chosen, and with how
    many lags a ridge.

    Raises
    ------
    DataError
        Records and errors are of other trials or fits.
    """
    table = pd.concat(list(errors), ignore_index=True)
    losses = trial_losses(records)
    trials = losses["model"].unique()
    if missing := sorted(set(trials) - set(table["model"])):
        raise DataError(f"no errors of {', '.join(missing)}: give those of every trial")
    best = losses.loc[losses.groupby(["seed", "fold"])["loss"].idxmin()]
    names = {**titles, CHOSEN: "MM-STT, chosen on validation"}
    scored = score_rows(
        pd.concat([table, chosen_errors(table, best)]),
        REFERENCES,
        to_beat=TO_BEAT,
        horizons=(LONG_RANGE,),
        titles=names,
    )
    scored = scored[scored["score"].isin(SCORES)]
    told = pd.concat([losses, best.assign(model=CHOSEN), _pooled(validation)])
    notes = _chosen_blocks(best) | _lags(validation)
    made = pd.concat([scored, _validation_rows(scored, told, notes)], ignore_index=True)
    # a validation loss counts no test origins
    return made.astype({"n_origins": "Int64", "n_values": "Int64"})


def trial_losses(records: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return model (label), seed, fold, loss: the least validation loss of each fit."""
    return pd.DataFrame(
        [
            {
                "model": run["label"],
                "seed": run["seed"],
                "fold": fold,
                "loss": one["validation_loss"],
            }
            for record in records
            for run in record["runs"]
            for fold, one in enumerate(run["fits"])
        ]
    )


def chosen_errors(errors: pd.DataFrame, best: pd.DataFrame) -> pd.DataFrame:
    """Return the errors of the chosen trial of each seed and fit as those of one model.

    Raises
    ------
    DataError
        A fit has no errors.
    """
    keys = ["model", "seed", "fold"]
    found = errors.merge(best[keys], on=keys)
    n_fits = len(found[["seed", "fold"]].drop_duplicates())
    if n_fits != len(best):
        raise DataError(
            f"errors of {n_fits} of {len(best)} chosen fits: records and errors are of other runs"
        )
    return found.assign(model=CHOSEN)


def _pooled(validation: pd.DataFrame) -> pd.DataFrame:
    """Return model, seed, loss of the forecasts without a network, over domains and fits."""
    total = validation.assign(total=validation["loss"] * validation["n_values"])
    sums = total.groupby("model")[["total", "n_values"]].sum()
    return pd.DataFrame(
        {"model": sums.index, "seed": -1, "loss": (sums["total"] / sums["n_values"]).to_numpy()}
    )


def _chosen_blocks(best: pd.DataFrame) -> dict[str, str]:
    return {
        str(name): "chosen before block " + ", ".join(str(fold + 1) for fold in sorted(set(folds)))
        for name, folds in best.groupby("model")["fold"]
    }


def _lags(validation: pd.DataFrame) -> dict[str, str]:
    """Return what each ridge reads: lags on each tile, by fit."""
    found = {}
    for name, rows in validation.dropna(subset="n_lags").groupby("model"):
        parts = [
            f"{domain} " + ", ".join(str(int(lags)) for lags in part.sort_values("fold")["n_lags"])
            for domain, part in rows.groupby("domain", sort=False)
        ]
        found[str(name)] = f"lags by block: {'; '.join(parts)}"
    return found


def _validation_rows(
    scored: pd.DataFrame, losses: pd.DataFrame, notes: Mapping[str, str]
) -> pd.DataFrame:
    """Return one row of the validation loss for each model that was scored."""
    by_seed = losses.groupby(["model", "seed"])["loss"].mean()
    summary = by_seed.groupby("model").agg(["mean", "std", "count"])
    rows = scored[(scored["horizon"] == "all") & (scored["score"] == "RMSE")]
    rows = rows[rows["network"].isin(summary.index)].drop_duplicates("network")
    found = summary.loc[rows["network"]]
    return rows.assign(
        domain=ALL_TILES,
        score=VALIDATION,
        mean=found["mean"].to_numpy(),
        standard_deviation=found["std"].to_numpy(),
        n_seeds=found["count"].to_numpy(),
        low=np.nan,
        high=np.nan,
        n_origins=None,
        n_values=None,
        note=rows["network"].map(notes).fillna(""),
    )
