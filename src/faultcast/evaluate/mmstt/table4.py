"""Table 4 of MM-STT: what each assumed leak buys, and when a level R2 of 0.9997 is trivial."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from faultcast.evaluate.mmstt.score_rows import score_rows

PRINTED_R2 = 0.9997
SCORES = ("RMSE", "R2 level", "R2 of increments", "skill, persistence")
NEEDED = f"deviation for R2 {PRINTED_R2}, mm"
MODELS = ("mmstt", "persistence", "trend_refitted", "ridge_chosen")


def numbers(*, errors: Sequence[pd.DataFrame] | pd.DataFrame) -> pd.DataFrame:
    """Return scores by protocol, one row a domain, protocol, horizon, model and score.

    Parameters
    ----------
    errors : of MM-STT and the forecasts without a network (`errors.numbers`) under the
        chronological protocol, with each leak alone, and with all.

    Returns
    -------
    `score_rows.COLUMNS`. A further score, `NEEDED`, is the standard deviation that the pooled
    values of a tile would need for this RMSE to give the printed level R2: RMSE / sqrt(1 - R2).
    """
    table = score_rows(errors, ("persistence",), horizons=(1, 12))
    table = table[table["network"].isin(MODELS) & table["score"].isin(SCORES)]
    needed = table[table["score"] == "RMSE"].copy()
    factor = 1.0 / np.sqrt(1.0 - PRINTED_R2)
    for name in ("mean", "standard_deviation", "low", "high"):
        needed[name] *= factor
    needed["score"] = NEEDED
    return pd.concat([table, needed]).sort_index(kind="stable").reset_index(drop=True)
