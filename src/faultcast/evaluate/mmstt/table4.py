"""Table 4 of MM-STT: what each assumed leak buys, and when a level R2 of 0.9997 is trivial."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from faultcast.evaluate.mmstt.score_rows import score_rows

PRINTED_R2 = 0.9997
SCORES = ("RMSE", "R2 level", "R2 of increments", "skill, persistence")
NEEDED = f"deviation for R2 {PRINTED_R2}, mm"
SPREAD = "deviation of the values, mm"
MODELS = ("mmstt", "persistence", "trend_refitted", "ridge_chosen")
_PLACE = ["domain", "protocol", "horizon"]
_VALUES = ["mean", "standard_deviation", "low", "high"]


def numbers(*, errors: Sequence[pd.DataFrame] | pd.DataFrame) -> pd.DataFrame:
    """Return scores by protocol, one row a domain, protocol, horizon, model and score.

    Parameters
    ----------
    errors : of MM-STT and the forecasts without a network (`errors.numbers`) under the
        chronological protocol, with each leak alone, and with all.

    Returns
    -------
    `score_rows.COLUMNS`. Two further scores: `SPREAD`, the standard deviation of the pooled values
    that were told, and `NEEDED`, the one they would need for this RMSE to give the printed level
    R2: RMSE / sqrt(1 - R2). Where a forecast without a network has enough, the note says so: there
    the printed R2 is trivial.
    """
    table = score_rows(errors, ("persistence",), horizons=(1, 12))
    table = table[table["network"].isin(MODELS) & table["score"].isin(SCORES)]
    needed = table[table["score"] == "RMSE"].copy()
    factor = 1.0 / np.sqrt(1.0 - PRINTED_R2)
    for name in _VALUES:
        needed[name] *= factor
    spread = needed.copy()
    spread[_VALUES] = np.nan
    spread["mean"] = _spread(table).reindex(pd.MultiIndex.from_frame(spread[_PLACE])).to_numpy()
    trivial = (needed["key"] == "") & (spread["mean"] >= needed["mean"])
    needed["note"] = np.where(trivial, f"R2 {PRINTED_R2} is trivial here", "")
    made = pd.concat([table, spread.assign(score=SPREAD), needed.assign(score=NEEDED)])
    return made.sort_index(kind="stable").reset_index(drop=True)


def _spread(table: pd.DataFrame) -> pd.Series:
    """Return the deviation of the values of each `_PLACE`, from what persistence makes of them."""
    held = table[table["network"] == "persistence"]
    means = held.set_index(["score", *_PLACE])["mean"]
    return means.loc["RMSE"] / np.sqrt(1.0 - means.loc["R2 level"])
