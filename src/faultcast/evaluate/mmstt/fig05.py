"""MM-STT, figure 5: RMSE over the horizon."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from faultcast.evaluate.mmstt.score_rows import score_rows


def numbers(*, errors: Sequence[pd.DataFrame] | pd.DataFrame) -> pd.DataFrame:
    """Return the RMSE of each horizon with its interval, by domain, protocol and model.

    Parameters
    ----------
    errors : of the networks and of the forecasts without one (`errors.numbers`).

    Returns
    -------
    domain, protocol_title, model, network, key, horizon (epochs), mean, standard_deviation, low,
    high in mm.
    """
    horizons = range(1, 1 + int(max(table["horizon"].max() for table in _tables(errors))))
    table = score_rows(errors, (), horizons=horizons, n_resamples=500)
    table = table[(table["score"] == "RMSE") & (table["horizon"] != "all")]
    table = table.assign(horizon=table["horizon"].astype(int))
    return table[
        [
            "domain", "protocol_title", "model", "network", "key", "horizon", "mean",
            "standard_deviation", "low", "high",
        ]
    ].reset_index(drop=True)  # fmt: skip


def _tables(errors: Sequence[pd.DataFrame] | pd.DataFrame) -> Sequence[pd.DataFrame]:
    return [errors] if isinstance(errors, pd.DataFrame) else errors
