"""What a few regions of HierarchicalQuake attend to, averaged over test days."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.models.regional_attention import REGION

COLUMNS = (
    "head", "query", "query_row", "query_column", "key_row", "key_column", "weight",
    "key_rate", "day_to_day", "n_days",
)  # fmt: skip
QUERIES = ("most active", "median", "least active")


class Attends(Protocol):
    """What gives attention weights of days, as `QuakeForecast` does."""

    def attention(self, days: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the weights of some days, (n, heads, regions, regions), row-major."""


def region_rates(rate: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rate of each region of 8 x 8 cells, events a day.

    Parameters
    ----------
    rate : (rows, columns) of the cells; those that fill no region are left out.

    Returns
    -------
    (rows // 8, columns // 8).
    """
    r, c = rate.shape[0] // REGION, rate.shape[1] // REGION
    inner = rate[: r * REGION, : c * REGION]
    summed: NDArray[np.float64] = inner.reshape(r, REGION, c, REGION).sum(axis=(1, 3))
    return summed


def query_regions(rates: NDArray[np.float64]) -> dict[str, tuple[int, int]]:
    """Return row and column of the regions shown, by their rate: most, median, least active.

    Of equal regions the first in row-major order stands; the median is the upper of two.
    """
    order = np.argsort(-rates.ravel(), kind="stable")
    chosen = order[0], order[(len(order) - 1) // 2], np.argmin(rates)
    rows, columns = np.unravel_index(np.array(chosen, dtype=np.int64), rates.shape)
    return dict(zip(QUERIES, zip(rows.tolist(), columns.tolist(), strict=True), strict=True))


def attention_table(
    network: Attends, rate: NDArray[np.float64], days: NDArray[np.int64], *, n_days: int = 20
) -> pd.DataFrame:
    """Return what the regions of `query_regions` attend to.

    Parameters
    ----------
    network : gives the weights.
    rate : (rows, columns), events a day of train days; chooses the regions.
    days : increasing; `n_days` of them, spread evenly, are averaged.

    Returns
    -------
    `COLUMNS`: one row a head, query and key. `weight` sums to 1 over the keys. `day_to_day`, the
    same for all keys: how much of it lies elsewhere on a single day, half the sum of absolute
    differences to the mean, averaged over the days; 0 for a network that attends to the same on
    all.

    Raises
    ------
    DataError
        There is no day, or the network's regions are not those of the map.
    """
    rates = region_rates(rate)
    queries = query_regions(rates)
    if not len(days):
        raise DataError("no day to take attention weights of: give at least one")
    chosen = days[np.unique(np.linspace(0, len(days) - 1, n_days).round().astype(np.int64))]
    tokens = [row * rates.shape[1] + column for row, column in queries.values()]
    # a day at a time: weights of all pairs are 5 MB a day at the paper's size
    weights = np.concatenate(
        [network.attention(chosen[i : i + 1])[:, :, tokens] for i in range(len(chosen))]
    ).astype(np.float64)
    if weights.shape[-1] != rates.size:
        raise DataError(
            f"the network attends to {weights.shape[-1]} regions, the map of {rate.shape[0]} x "
            f"{rate.shape[1]} cells has {rates.size}: give the map that it was trained with"
        )
    mean = weights.mean(axis=0)
    moved = 0.5 * np.abs(weights - mean).sum(axis=3).mean(axis=0)
    key_row, key_column = (index.ravel() for index in np.indices(rates.shape))
    parts = [
        pd.DataFrame(
            {
                "head": head,
                "query": name,
                "query_row": row,
                "query_column": column,
                "key_row": key_row,
                "key_column": key_column,
                "weight": mean[head, number],
                "key_rate": rates.ravel(),
                "day_to_day": moved[head, number],
                "n_days": len(chosen),
            }
        )
        for head in range(len(mean))
        for number, (name, (row, column)) in enumerate(queries.items())
    ]
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]
