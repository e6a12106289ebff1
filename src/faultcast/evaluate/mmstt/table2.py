"""Table 2 of MM-STT: what each of its parts gives."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from faultcast.evaluate.mmstt.score_rows import score_rows

WHOLE = "mmstt"
SCORES = ("RMSE", "R2 of increments", f"MSE minus {WHOLE}", "MSE minus persistence")


def numbers(*, errors: Sequence[pd.DataFrame] | pd.DataFrame) -> pd.DataFrame:
    """Return the ablation, one row a domain, protocol, horizon, variant and score.

    Parameters
    ----------
    errors : of MM-STT, its variants and the forecasts without a network (`errors.numbers`).

    Returns
    -------
    `score_rows.COLUMNS`. "MSE minus mmstt", mm^2, is above 0 where leaving the part out costs.
    """
    table = score_rows(errors, (WHOLE, "persistence"))
    shown = (table["key"] != "") | (table["network"] == "persistence")
    return table[shown & table["score"].isin(SCORES)].reset_index(drop=True)
