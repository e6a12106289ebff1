"""HierarchicalQuake, Fig. 1: losses over the iterations of the three phases."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from faultcast.errors import DataError

LOSS_FLOOR = float(np.log1p(np.exp(-1.0)))
"""Least cross-entropy, 0.3133, of a negative whose two probabilities are taken for logits."""

COLUMNS = ("form", "kind", "seed", "origin", "phase", "iteration", "loss", "change")


def numbers(
    *, n_points: int = 400, loss_floor: bool = True, **histories: Sequence[pd.DataFrame]
) -> pd.DataFrame:
    """Return the curves of each form's last origin.

    Parameters
    ----------
    n_points : at most so many points a curve; neighbours of one phase are averaged to get there.
    loss_floor : whether a form "as_published..." has the row "floor".
    histories : form -> histories, of one or more seeds each: seed, origin, iteration, phase,
        train_loss, validation_loss, NaN where a loss was not taken.

    Returns
    -------
    `COLUMNS`. `kind`: "train" and "validation" are points of a curve, at the mean iteration of
    what was averaged, `change` the loss less that of the curve's first point; "transition" stands
    where a phase ends and another begins (for the first seed); "floor" holds `LOSS_FLOOR`.
    Phase 0 is the network before its first update.

    Raises
    ------
    DataError
        A form has no history, or a history lacks columns or rows.
    """
    if not histories:
        raise DataError("no training to show: give at least one form with its histories")
    parts = []
    for form, tables in histories.items():
        if not len(tables):
            raise DataError(f"{form}: no history; give that of one seed at least")
        seeds = [seed for table in tables for seed in _seeds(form, table)]
        for history in seeds:
            for kind in ("train", "validation"):
                parts.append(_curve(history, kind, n_points).assign(form=form, kind=kind))
        parts.append(_transitions(seeds[0]).assign(form=form, kind="transition"))
        if loss_floor and form.startswith("as_published"):
            parts.append(pd.DataFrame({"form": [form], "kind": "floor", "loss": LOSS_FLOOR}))
    # a form trained in one phase has no transition
    table = pd.concat([part for part in parts if len(part)], ignore_index=True)
    whole = {"seed": "Int64", "origin": "Int64"}
    return table.reindex(columns=list(COLUMNS)).astype(whole)


def published(numbers: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return whether the validation loss falls, by form and id of the published number.

    1 if the mean over seeds of the last validation loss is below that of the first. The paper's
    "consistently decreasing from 0.448 to 0.325" names the losses of two models, not of one run.
    """
    curves = numbers[numbers["kind"] == "validation"].sort_values("iteration", kind="stable")
    last = curves.groupby(["form", "seed"], sort=False)["change"].last()
    return {
        str(form): {"fig01.validation_loss_falls": float(change < 0)}
        for form, change in last.groupby("form", sort=False).mean().items()
    }


def _seeds(form: str, history: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the last origin of each seed, in the order of the iterations."""
    needed = {"seed", "origin", "iteration", "phase", "train_loss", "validation_loss"}
    missing = needed - set(history.columns)
    if missing or history.empty:
        fault = f"lacks the columns {', '.join(sorted(missing))}" if missing else "has no row"
        raise DataError(f"{form}: a history {fault}: give the history.csv of a training")
    chosen = history[history["origin"] == history["origin"].max()]
    chosen = chosen.sort_values("iteration", kind="stable")
    return [seed for _, seed in chosen.groupby("seed")]


def _curve(history: pd.DataFrame, kind: str, n_points: int) -> pd.DataFrame:
    """Return a curve of at most `n_points` points, none of which spans two phases."""
    known = history[history[f"{kind}_loss"].notna()]
    if known.empty:
        return known
    parts = []
    for _, phase in known.groupby("phase", sort=False):
        # at least one point a phase, else its share of all
        wanted = max(1, n_points * len(phase) // len(known))
        group = np.arange(len(phase)) * min(wanted, len(phase)) // len(phase)
        parts.append(
            phase.groupby(group).agg(
                seed=("seed", "first"),
                origin=("origin", "first"),
                phase=("phase", "first"),
                iteration=("iteration", "mean"),
                loss=(f"{kind}_loss", "mean"),
            )
        )
    curve = pd.concat(parts)
    return curve.assign(change=curve["loss"] - curve["loss"].iloc[0])


def _transitions(history: pd.DataFrame) -> pd.DataFrame:
    """Return the last rows of phases; what was there before the first is none."""
    ends = history["phase"].ne(history["phase"].shift(-1)) & (history["phase"] != 0)
    ends.iloc[-1] = False
    return history.loc[ends, ["seed", "origin", "phase", "iteration"]]
