"""Intervals of pooled AUC and average precision: regions x blocks of days are drawn again.

Labels overlap 39 days in 40 and neighbouring cells share sequences, so neither days nor cells are
independent. Regions (squares of cells) and blocks of days are each drawn with replacement; a
cell-day counts as often as its region was drawn times as often as its block was (two-way
resampling, Owen 2007, Ann. Appl. Stat. 1, 386). It is conservative for what does not depend on
both, and one split's interval is still a lower bound: it does not draw the split again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.evaluate.mcc_f1 import mcc_f1
from faultcast.evaluate.pooled_ranks import Blocks, PooledRanks, PositiveRanks, distinct_rows

N_QUANTILES = 128


class Draws(NamedTuple):
    """How often each region and each block of days is drawn in m resamples."""

    regions: NDArray[np.float64]
    """(m, n_regions)."""
    blocks: NDArray[np.float64]
    """(m, n_blocks)."""


class Drawn(NamedTuple):
    """A score of the whole sample, and of m resamples."""

    value: float
    draws: NDArray[np.float64]
    """(m,); empty for a score without resamples."""


class DrawnScores(NamedTuple):
    """AUC, average precision and MCC-F1 of m resamples, each (m,)."""

    auc: NDArray[np.float64]
    average_precision: NDArray[np.float64]
    mcc_f1: NDArray[np.float64]


def region_of_cells(n_rows: int, n_columns: int, side: int) -> NDArray[np.int64]:
    """Return the region of each cell, (n_rows * n_columns,): squares of `side` cells.

    Regions at the northern and eastern border hold the rest.
    """
    across = -(-n_columns // side)
    rows, columns = np.arange(n_rows) // side, np.arange(n_columns) // side
    region: NDArray[np.int64] = (rows[:, None] * across + columns).ravel()
    return region


def two_way_draws(
    n_regions: int, n_blocks: Sequence[int], n_resamples: int, seed: int
) -> list[Draws]:
    """Return draws with replacement; scores that share them are compared in pairs.

    Parameters
    ----------
    n_blocks : of each test part; regions are the same ones in all parts, blocks are drawn a part.
    """
    rng = np.random.default_rng(seed)
    regions, *blocks = (
        rng.multinomial(n, np.full(n, 1.0 / n), size=n_resamples).astype(np.float64)
        for n in (n_regions, *n_blocks)
    )
    return [Draws(regions, each) for each in blocks]


def by_block(values: NDArray[np.float64], block_days: int) -> NDArray[np.float64]:
    """Return the sums over blocks of consecutive days of values (n_days, ...)."""
    return np.add.reduceat(values, np.arange(0, len(values), block_days), axis=0)


def resampled(sums: NDArray[np.float64], draws: Draws) -> NDArray[np.float64]:
    """Return the weighted sums of (..., n_blocks, n_regions) in each resample, (m, ...).

    Raises
    ------
    DataError
        Sums and draws do not fit.
    """
    n_blocks, n_regions = sums.shape[-2:]
    if draws.blocks.shape[1] != n_blocks or draws.regions.shape[1] != n_regions:
        raise DataError(
            f"sums of {n_blocks} blocks and {n_regions} regions, draws of "
            f"{draws.blocks.shape[1]} and {draws.regions.shape[1]}: draw for the same units"
        )
    # regions that hold nothing cost nothing
    rows = sums.reshape(-1, n_regions)
    used = rows.any(axis=0)
    by_blocks = (draws.regions[:, used] @ rows[:, used].T).reshape(-1, *sums.shape[:-1])
    total: NDArray[np.float64] = np.einsum("m...b,mb->m...", by_blocks, draws.blocks)
    return total


def unit_counts(
    blocks: Blocks,
    ranks: PooledRanks | PositiveRanks,
    region: NDArray[np.int64],
    *,
    n_regions: int | None = None,
    weight: NDArray[np.float64] | None = None,
    n_quantiles: int = N_QUANTILES,
) -> NDArray[np.float64]:
    """Return positives and negatives by bin of the score, block of days and region.

    Parameters
    ----------
    blocks : the stream that was ranked; one of its blocks is one block of days here.
    ranks : of the stream. Quantiles of the positives' scores and the gaps between them are the
        bins.
    region : (n_cells,) from 0.
    n_regions : where the last of them may hold none of the cells.
    weight : (n_cells,): the weight of all cell-days in place of the number of negatives.
    n_quantiles : at most; with as many as there are distinct scores nothing is lost.

    Returns
    -------
    (2, bins, n_blocks, n_regions).
    """
    n_distinct = len(ranks.value)
    share = (np.cumsum(ranks.positive) - ranks.positive) / max(int(ranks.positive.sum()), 1)
    wanted = np.searchsorted(share, np.linspace(0.0, 1.0, n_quantiles), side="left")
    at = ranks.value[np.unique(wanted[wanted < n_distinct])]
    # a bin of its own for each chosen score keeps ties at it exact
    edges = np.unique(np.concatenate([at, np.nextafter(at, np.float32(np.inf))]))
    n_bins, n_regions = len(edges) + 1, n_regions or int(region.max()) + 1
    size = n_bins * n_regions
    tables = []
    for scores, labels in blocks():
        rows = distinct_rows(scores)
        unit = np.searchsorted(edges, rows, side="right") * n_regions + region
        weights = None if weight is None else np.broadcast_to(weight, unit.shape).ravel()
        every = np.bincount(unit.ravel(), weights, size) * (len(scores) // len(rows))
        positive = np.bincount(np.broadcast_to(unit, scores.shape)[labels], minlength=size)
        others = every - positive if weight is None else every
        tables.append(np.stack([positive, others]).reshape(2, n_bins, n_regions))
    return np.stack(tables, axis=2, dtype=np.float64)


def drawn_scores(counts: NDArray[np.float64], ranks: PooledRanks, draws: Draws) -> DrawnScores:
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
    table, whole = drawn_tables(counts, draws)
    exact = (ranks.auc, ranks.average_precision, ranks.mcc_f1)
    functions = (binned_auc, _binned_precision, _binned_mcc_f1)
    return DrawnScores(
        *(f(table) - f(whole) + value for f, value in zip(functions, exact, strict=True))
    )


def drawn_tables(
    counts: NDArray[np.float64], draws: Draws
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return `unit_counts` summed in each resample (2, m, bins), and in all (2, 1, bins)."""
    return np.moveaxis(resampled(counts, draws), 1, 0), counts.sum(axis=(2, 3))[:, None]


def binned_auc(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the AUC (m,) of positives and negatives by rising bin, (2, m, bins)."""
    positive, negative = table
    below = np.cumsum(negative, axis=1) - 0.5 * negative
    with np.errstate(invalid="ignore", divide="ignore"):
        auc: NDArray[np.float64] = (positive * below).sum(axis=1) / (
            positive.sum(axis=1) * negative.sum(axis=1)
        )
    return auc


def _binned_precision(table: NDArray[np.float64]) -> NDArray[np.float64]:
    positive, negative = table[:, :, ::-1]
    hits = np.cumsum(positive, axis=1)
    seen = hits + np.cumsum(negative, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        at_score = np.where(seen > 0, hits / seen, 0.0)
        precision: NDArray[np.float64] = (positive * at_score).sum(axis=1) / positive.sum(axis=1)
    return precision


def _binned_mcc_f1(table: NDArray[np.float64]) -> NDArray[np.float64]:
    hits, false = np.cumsum(table[:, :, ::-1], axis=2)
    every = zip(hits, false, strict=True)
    return np.array([mcc_f1(tp, fp, tp[-1], fp[-1]) for tp, fp in every])
