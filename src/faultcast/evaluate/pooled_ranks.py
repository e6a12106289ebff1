"""Exact ROC-AUC and average precision over days x cells that never lie in memory at once.

Both scores depend on the positives' scores and on how many values lie below, at and above each.
A first pass over the blocks keeps the scores of the positives (some thousandths of all), a second
counts all values against them by sorting one block at a time. Counts are integers, ties exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.evaluate.mcc_f1 import mcc_f1

Block = tuple[NDArray[np.float32], NDArray[np.bool_]]
"""Scores and labels of some days, both (days, cells)."""

Blocks = Callable[[], Iterable[Block]]
"""Starts a pass over all blocks; each call gives the same ones."""


class PositiveRanks(NamedTuple):
    """Distinct scores of the positives, rising, and how many positives have each, (n,)."""

    value: NDArray[np.float32]
    positive: NDArray[np.int64]


@dataclass(frozen=True)
class PooledRanks:
    """Counts at the distinct scores of the positives, rising.

    Parameters
    ----------
    value : (n,) distinct scores.
    positive : (n,) positives at each.
    negative : (n,) negatives at each.
    negative_below : (n,) negatives below each.
    n_negative : all negatives.
    """

    value: NDArray[np.float32]
    positive: NDArray[np.int64]
    negative: NDArray[np.int64]
    negative_below: NDArray[np.int64]
    n_negative: int

    @property
    def n_positive(self) -> int:
        """All positives."""
        return int(self.positive.sum())

    @property
    def auc(self) -> float:
        """Probability that a positive scores above a negative, ties count half; or NaN."""
        pairs = self.n_positive * self.n_negative
        above = self.positive * (2 * self.negative_below + self.negative)
        return float(above.sum()) / (2 * pairs) if pairs else np.nan

    @property
    def average_precision(self) -> float:
        """Sum of precision times step of recall, down the distinct scores; NaN if no positive."""
        hits = np.cumsum(self.positive[::-1])
        false = self.n_negative - self.negative_below[::-1]
        if not self.n_positive:
            return np.nan
        return float((self.positive[::-1] * (hits / (hits + false))).sum() / self.n_positive)

    @property
    def mcc_f1(self) -> float:
        """MCC-F1 metric (`mcc_f1`) with the positives' scores as thresholds; or NaN."""
        hits = np.cumsum(self.positive[::-1])
        false = self.n_negative - self.negative_below[::-1]
        return mcc_f1(hits, false, self.n_positive, self.n_negative)


def pooled_ranks(blocks: Blocks) -> PooledRanks:
    """Return the counts of a stream of blocks, which is run through twice.

    Parameters
    ----------
    blocks : gives (scores, labels), each (days, cells), of all blocks at each call. Scores that
        are one row seen for all days (`np.broadcast_to`) are sorted once.

    Raises
    ------
    DataError
        A score is not finite, shapes differ, or the second pass differs from the first.
    """
    value, positive = positive_ranks(blocks)
    below = np.zeros(len(value), dtype=np.int64)
    upto = np.zeros(len(value), dtype=np.int64)
    n_values = n_positive = 0
    for scores, labels in blocks():
        row = distinct_rows(scores)
        times = len(scores) // len(row)
        ordered = np.sort(row, axis=None)
        below += times * np.searchsorted(ordered, value, side="left")
        upto += times * np.searchsorted(ordered, value, side="right")
        n_values += scores.size
        n_positive += int(labels.sum())
    if n_positive != positive.sum() or (upto - below < positive).any():
        raise DataError(
            f"the second pass over the blocks has {n_positive} positives, the first "
            f"{positive.sum()}, or other scores: each call must give the same blocks"
        )
    seen = np.cumsum(positive) - positive
    return PooledRanks(
        value=value,
        positive=positive.astype(np.int64),
        negative=upto - below - positive,
        negative_below=below - seen,
        n_negative=n_values - n_positive,
    )


def positive_ranks(blocks: Blocks) -> PositiveRanks:
    """Return the distinct scores of the positives of a stream, which is run through once.

    Raises
    ------
    DataError
        A score is not finite, or shapes differ.
    """
    kept = [_checked(scores, labels)[labels] for scores, labels in blocks()]
    every = np.concatenate(kept) if kept else np.zeros(0, np.float32)
    return PositiveRanks(*np.unique(every, return_counts=True))


def distinct_rows(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return one row where all days are the same one in memory, else all rows."""
    same = len(scores) > 1 and scores.strides[0] == 0
    return scores[:1] if same else scores


def _checked(scores: NDArray[np.float32], labels: NDArray[np.bool_]) -> NDArray[np.float32]:
    if scores.shape != labels.shape or labels.dtype != bool:
        raise DataError(
            f"scores of shape {scores.shape} but labels of shape {labels.shape} and type "
            f"{labels.dtype}: give a score and a bool a day and cell"
        )
    finite = np.isfinite(distinct_rows(scores))
    if not finite.all():
        raise DataError(f"{(~finite).sum()} scores are not finite: they cannot be ranked")
    return scores
