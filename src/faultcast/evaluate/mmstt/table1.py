"""Table 1 of MM-STT: every network and every forecast without one, by domain and protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from faultcast.evaluate.mmstt.score_rows import score_rows

REFERENCES = ("persistence", "trend_refitted", "ridge", "ridge_chosen")
# a win needs an interval below 0 against each of these
TO_BEAT = ("trend_refitted", "ridge", "ridge_chosen")


def numbers(
    *, errors: Sequence[pd.DataFrame] | pd.DataFrame, n_tried: Mapping[str, int]
) -> pd.DataFrame:
    """Return the table, one row a domain, protocol, horizon, model and score.

    Parameters
    ----------
    errors : of all networks, protocols and seeds, and of the forecasts without a network
        (`errors.numbers`).
    n_tried : network -> configurations that were tried; 1 where it is not named.

    Returns
    -------
    `score_rows.COLUMNS`; the note on a network's RMSE over all horizons ends with that number.
    """
    table = score_rows(errors, REFERENCES, to_beat=TO_BEAT)
    tried = [f"; configurations tried: {n_tried.get(name, 1)}" for name in table["network"]]
    return table.assign(note=table["note"].where(table["note"] == "", table["note"] + tried))
