"""Table 3 of MM-STT: tiles that it was not trained on, windows with a step apart."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from faultcast.evaluate.mmstt.score_rows import score_rows

REFERENCES = ("persistence", "trend_refitted", "ridge_chosen")


def numbers(*, errors: Sequence[pd.DataFrame] | pd.DataFrame) -> pd.DataFrame:
    """Return the table, one row a domain, horizon, model and score.

    Parameters
    ----------
    errors : of networks and forecasts without one on other tiles (`forecast.tile_transfer`),
        summed (`errors.numbers`).

    Returns
    -------
    `score_rows.COLUMNS`; `domain` "<tile>, step" are the windows whose targets hold a step.
    """
    return score_rows(errors, REFERENCES, to_beat=("trend_refitted", "ridge_chosen"))
