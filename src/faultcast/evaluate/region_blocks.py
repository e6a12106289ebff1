"""Intervals of pooled AUC and average precision: regions x blocks of days are drawn again.

Labels overlap 39 days in 40 and neighbouring cells share sequences, so neither days nor cells are
independent. Regions (squares of cells) and blocks of days are each drawn with replacement; a
cell-day counts as often as its region was drawn times as often as its block was (two-way
resampling, Owen 2007, Ann. Appl. Stat. 1, 386). It is conservative for what does not depend on
both, and one split's interval is still a lower bound: it does not draw the split again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.evaluate.pooled_ranks import Blocks, PooledRanks

N_QUANTILES = 256


class Draws(NamedTuple):
    """How often each region and each block of days is drawn in m resamples."""

    regions: NDArray[np.float64]
    """(m, n_regions)."""
    blocks: NDArray[np.float64]
    """(m, n_blocks)."""


class DrawnScores(NamedTuple):
    """AUC and average precision of m resamples, each (m,)."""

    auc: NDArray[np.float64]
    average_precision: NDArray[np.float64]


def region_of_cells(n_rows: int, n_columns: int, side: int) -> NDArray[np.int64]:
    """Return the region of each cell, (n_rows * n_columns,): squares of `side` cells.

    Regions at the northern and eastern border hold the rest.
    """
    across = -(-n_columns // side)
    rows, columns = np.arange(n_rows) // side, np.arange(n_columns) // side
    region: NDArray[np.int64] = (rows[:, None] * across + columns).ravel()
    return region


def two_way_draws(n_regions: int, n_blocks: int, n_resamples: int, seed: int) -> Draws:
    """Return draws with replacement; scores that share them are compared in pairs."""
    rng = np.random.default_rng(seed)
    return Draws(
        *(
            rng.multinomial(n, np.full(n, 1.0 / n), size=n_resamples).astype(np.float64)
            for n in (n_regions, n_blocks)
        )
    )


def unit_counts(
    blocks: Blocks, ranks: PooledRanks, region: NDArray[np.int64], *, n_quantiles: int = N_QUANTILES
) -> NDArray[np.int64]:
    """Return positives and negatives by block of days, region and bin of the score.

    Parameters
    ----------
    blocks : the stream that was ranked; one of its blocks is one block of days here.
    ranks : of the stream. Quantiles of the positives' scores and the gaps between them are the
        bins.
    region : (n_cells,) from 0.
    n_quantiles : at most; with as many as there are distinct scores nothing is lost.

    Returns
    -------
    (2, n_blocks, n_regions, bins).
    """
    n_distinct = len(ranks.value)
    share = (np.cumsum(ranks.positive) - ranks.positive) / max(ranks.n_positive, 1)
    wanted = np.searchsorted(share, np.linspace(0.0, 1.0, n_quantiles), side="left")
    at = ranks.value[np.unique(wanted[wanted < n_distinct])]
    # a bin of its own for each chosen score keeps ties at it exact
    edges = np.unique(np.concatenate([at, np.nextafter(at, np.float32(np.inf))]))
    width, n_regions = len(edges) + 1, int(region.max()) + 1
    tables = []
    for scores, labels in blocks():
        same = len(scores) > 1 and scores.strides[0] == 0
        rows = scores[:1] if same else scores
        unit = region * width + np.searchsorted(edges, rows, side="right")
        size = n_regions * width
        every = np.bincount(unit.ravel(), minlength=size) * (len(scores) // len(rows))
        positive = np.bincount(np.broadcast_to(unit, scores.shape)[labels], minlength=size)
        tables.append(np.stack([positive, every - positive]).reshape(2, n_regions, width))
    return np.stack(tables, axis=1)


def drawn_scores(counts: NDArray[np.int64], ranks: PooledRanks, draws: Draws) -> DrawnScores:
    """Return the scores of each resample.

    A resample's score is taken from the bins; what the bins lose on the whole sample (some
    1e-4) is added back.

    Parameters
    ----------
    counts : of `unit_counts`.
    ranks : exact counts of the same stream.
    draws : of `two_way_draws`, for as many regions and blocks.

    Raises
    ------
    DataError
        Counts and draws do not fit.
    """
    _, n_blocks, n_regions, _ = counts.shape
    if draws.blocks.shape[1] != n_blocks or draws.regions.shape[1] != n_regions:
        raise DataError(
            f"counts of {n_blocks} blocks and {n_regions} regions, draws of "
            f"{draws.blocks.shape[1]} and {draws.regions.shape[1]}: draw for the same units"
        )
    weights = (draws.blocks[:, :, None] * draws.regions[:, None, :]).reshape(len(draws.blocks), -1)
    by_unit = counts.reshape(2, n_blocks * n_regions, -1).astype(np.float64)
    table = np.stack([weights @ each for each in by_unit])
    auc, precision = _binned(table)
    whole_auc, whole_precision = _binned(counts.sum(axis=(1, 2))[:, None].astype(np.float64))
    return DrawnScores(
        auc - whole_auc + ranks.auc, precision - whole_precision + ranks.average_precision
    )


def _binned(table: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return AUC and average precision of positives and negatives by bin, (2, m, bins)."""
    positive, negative = table
    below = np.cumsum(negative, axis=1) - negative
    n_positive, n_negative = positive.sum(axis=1), negative.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        auc = (positive * (below + 0.5 * negative)).sum(axis=1) / (n_positive * n_negative)
        hits = np.cumsum(positive[:, ::-1], axis=1)
        seen = hits + np.cumsum(negative[:, ::-1], axis=1)
        at_score = np.where(seen > 0, hits / seen, 0.0)
        precision = (positive[:, ::-1] * at_score).sum(axis=1) / n_positive
    return auc, precision
