"""Which regions a region of HierarchicalQuake attends to."""

from __future__ import annotations

import numpy as np
import pandas as pd

from faultcast.errors import DataError

COLUMNS = (
    "form", "head", "query", "query_row", "query_column", "key_row", "key_column", "weight",
    "ratio", "key_rate", "day_to_day", "effective_regions", "rate_correlation", "n_days",
)  # fmt: skip
_MAP = ["form", "head", "query"]


def numbers(attention: pd.DataFrame) -> pd.DataFrame:
    """Return each map of weights, and what it comes to.

    Parameters
    ----------
    attention : of `diagnostics`.

    Returns
    -------
    `COLUMNS`. `ratio` is the weight over that of a query which attends to all regions alike. Of a
    whole map, and the same in all of its rows: `day_to_day`, the share of the weight that lies
    elsewhere on a single day; `effective_regions`, exp of the weights' entropy (all regions if
    alike, 1 if one alone);
    `rate_correlation`, Spearman's between weight and the key region's train rate.

    Raises
    ------
    DataError
        There are no weights.
    """
    if attention.empty:
        raise DataError("no attention weights to show: give those of the diagnostics")
    parts = []
    for _, one in attention.groupby(_MAP, sort=False):
        weight = one["weight"].to_numpy()
        known = weight[weight > 0]
        alike = one["key_rate"].nunique() < 2 or len(np.unique(weight)) < 2
        parts.append(
            one.assign(
                ratio=weight * len(one),
                effective_regions=float(np.exp(-(known * np.log(known)).sum())),
                rate_correlation=(
                    float("nan")
                    if alike
                    else one["weight"].corr(one["key_rate"], method="spearman")
                ),
            )
        )
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]
