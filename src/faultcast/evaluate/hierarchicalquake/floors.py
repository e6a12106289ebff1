"""Floors of HierarchicalQuake: pooled AUC and average precision of forecasts without a network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as student

from faultcast.errors import DataError
from faultcast.evaluate.hierarchicalquake.floor_choice import (
    FloorOptions,
    fitted_floors,
    stream,
)
from faultcast.evaluate.pooled_ranks import PooledRanks, pooled_ranks
from faultcast.evaluate.region_blocks import (
    DrawnScores,
    drawn_scores,
    region_of_cells,
    two_way_draws,
    unit_counts,
)
from faultcast.forecast.cell_maps import cell_sizes_km
from faultcast.grid import Cube, WindowLabels
from faultcast.train.day_parts import DayParts

REFERENCE = "smoothed_map"
"""The honest map: from train days, smoothed, its settings chosen on validation."""

SCORES = ("auc", "average_precision")
COLUMNS = (
    "origin", "first_day", "floor", "choice", "score", "value", "low", "high", "difference",
    "difference_low", "difference_high", "n_positive", "prevalence",
)  # fmt: skip


def numbers(
    *,
    cube: Cube,
    labels: WindowLabels,
    parts: Sequence[DayParts],
    options: FloorOptions,
    region_km: float = 80.0,
    n_resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the scores of all floors on the test days of all origins.

    Parameters
    ----------
    cube, labels : the catalog, and the labels of the same cube.
    parts : of each origin, as from `rolling_parts`.
    options : what the floors choose from.
    region_km : side of the regions that are drawn; days are drawn in `options.block_days`.
    n_resamples, level, seed : of the two-way resampling (`region_blocks`).

    Returns
    -------
    `COLUMNS`, one row an origin, floor and score. `difference` is to the smoothed map of the
    same origin, its interval from the same draws.

    Raises
    ------
    DataError
        No part, or the test days of an origin hold no event.
    """
    if not parts:
        raise DataError("no origin to score: give at least one set of parts")
    side = max(1, round(region_km / max(cell_sizes_km(cube))))
    region = region_of_cells(cube.n_rows, cube.n_columns, side)
    tails = [(1.0 - level) / 2.0, (1.0 + level) / 2.0]
    rows = []
    for each in parts:
        days = each.days("test")
        n_blocks = -(-len(days) // options.block_days)
        draws = two_way_draws(int(region.max()) + 1, n_blocks, n_resamples, seed)
        found: dict[str, tuple[str, PooledRanks, DrawnScores]] = {}
        for fitted in fitted_floors(cube, labels, each, options):
            blocks = stream(fitted.floor, labels, days, options.block_days)
            ranks = pooled_ranks(blocks)
            if not ranks.n_positive:
                raise DataError(
                    f"origin {each.origin}: no event of M >= {labels.magnitude_min:g} in the test "
                    f"days {each.test}: there is nothing to rank"
                )
            drawn = drawn_scores(unit_counts(blocks, ranks, region), ranks, draws)
            found[fitted.key] = (fitted.choice, ranks, drawn)
        _, reference, reference_drawn = found[REFERENCE]
        for key, (choice, ranks, drawn) in found.items():
            for score in SCORES:
                value = getattr(ranks, score)
                low, high = _quantiles(getattr(drawn, score), tails)
                gap = getattr(drawn, score) - getattr(reference_drawn, score)
                gap_low, gap_high = _quantiles(gap, tails)
                rows.append(
                    (
                        *(each.origin, f"{cube.dates[each.test[0]]:%Y-%m-%d}", key, choice, score),
                        *(value, low, high, value - getattr(reference, score), gap_low, gap_high),
                        *(
                            ranks.n_positive,
                            ranks.n_positive / (ranks.n_positive + ranks.n_negative),
                        ),
                    )
                )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def over_origins(table: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Return mean, range and paired difference over the origins, one row a floor and score.

    Parameters
    ----------
    table : of `numbers`.
    level : of the interval of the mean difference: Student's t with n_origins - 1 degrees of
        freedom over the origins (NaN for one). Train days of later origins hold those of earlier
        ones, so it too is a lower bound.
    """
    rows = []
    for (floor, score), group in table.groupby(["floor", "score"], sort=False):
        n, gap = len(group), group["difference"]
        half = np.nan
        if n > 1:
            half = float(student.ppf((1.0 + level) / 2.0, n - 1) * gap.std(ddof=1) / np.sqrt(n))
        rows.append(
            {
                "floor": floor,
                "score": score,
                "mean": group["value"].mean(),
                "least": group["value"].min(),
                "most": group["value"].max(),
                "difference": gap.mean(),
                "difference_low": gap.mean() - half,
                "difference_high": gap.mean() + half,
                "n_origins": n,
            }
        )
    return pd.DataFrame(rows)


def _quantiles(values: NDArray[np.float64], tails: list[float]) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    low, high = np.quantile(known, tails) if len(known) else (np.nan, np.nan)
    return float(low), float(high)
