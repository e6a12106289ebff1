"""Errors of forecasts of tiles, summed over cells: all that tables and intervals need."""

from __future__ import annotations

import pandas as pd

from faultcast.errors import DataError
from faultcast.train.tile_table import COLUMNS

KEYS = ["domain", "protocol", "model", "seed", "fold", "origin", "horizon"]
SUMS = (
    "n", "squared", "absolute", "target", "target_squared", "change", "change_squared",
)  # fmt: skip


def numbers(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return sums over the cells of each forecast.

    Parameters
    ----------
    predictions : `train.tile_table.COLUMNS`, mm.

    Returns
    -------
    `KEYS`, then `n` (values told), the sums of squared and absolute errors (mm^2, mm), of the
    target and its square, and of the change since the last observed value and its square.

    Raises
    ------
    DataError
        A column is missing, or a prediction is not finite.
    """
    lacking = [name for name in COLUMNS if name not in predictions]
    if lacking or not len(predictions):
        raise DataError(
            f"{len(predictions)} predictions without the columns {lacking}: give the table that "
            "a training or the forecasts without a network left"
        )
    exact = predictions[["target", "prediction", "last"]].astype("float64")
    error = exact["prediction"] - exact["target"]
    if error.isna().any():
        raise DataError(
            f"{int(error.isna().sum())} of {len(error)} predictions or targets are not finite"
        )
    change = exact["target"] - exact["last"]
    terms = predictions[KEYS].assign(
        n=1,
        squared=error**2,
        absolute=error.abs(),
        target=exact["target"],
        target_squared=exact["target"] ** 2,
        change=change,
        change_squared=change**2,
    )
    summed = terms.groupby(KEYS, observed=True, sort=True)[list(SUMS)].sum().reset_index()
    return summed.astype(dict.fromkeys(KEYS[:3], "str"))
