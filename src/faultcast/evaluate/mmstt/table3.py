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
    `score_rows.COLUMNS`; `domain` of a tile with a step as `train.tile_table.step_domains`.
    """
    # persistence too: after a step a refitted trend is easily beaten
    return score_rows(errors, REFERENCES, to_beat=REFERENCES)
