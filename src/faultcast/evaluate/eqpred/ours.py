"""Our values of the numbers printed in Feng and Fox 2020."""

from __future__ import annotations

import pandas as pd

from faultcast.evaluate.eqpred import fig01 as first
from faultcast.evaluate.eqpred import fig03 as third


def numbers(fig01: pd.DataFrame, fig03: pd.DataFrame, table1: pd.DataFrame) -> pd.DataFrame:
    """Return our values by id of the printed number, from the numbers of figures and tables.

    Returns
    -------
    id, protocol, value, standard_deviation (over seeds), note.
    """
    counted = {**first.published(fig01), **third.published(fig03)}
    counts = pd.DataFrame({"id": list(counted), "value": list(counted.values())})
    printed = table1[table1["id"].fillna("") != ""]
    scores = pd.DataFrame(
        {
            "id": printed["id"],
            "protocol": printed["protocol"],
            "value": printed["mean"],
            "standard_deviation": printed["standard_deviation"],
            "note": [
                f"{row.n_event_days} event days in the test part, {row.n_seeds} seed(s)"
                for row in printed.itertuples()
            ],
        }
    )
    return pd.concat([counts.assign(protocol="as_published"), scores], ignore_index=True)
