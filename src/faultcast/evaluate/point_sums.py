"""Log score and squared error of probabilities, summed by day and region.

Both are sums over cell-days, so their means, skills and information gains on any resample of
regions and blocks of days follow from these sums: 47 million cell-days become 950 x 800 numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.evaluate.pooled_ranks import Blocks, distinct_rows

P_LEAST = 1e-9
"""Probabilities are clipped to [1e-9, 1 - 1e-9] in the log score."""


@dataclass(frozen=True)
class PointSums:
    """Sums over the cells of each region on each day, (n_days, n_regions).

    Parameters
    ----------
    log_score : log of the probability of what happened, nats.
    squared_error : (p - label)^2.
    positive : positive labels.
    n_cells : (n_regions,) cells.
    """

    log_score: NDArray[np.float64]
    squared_error: NDArray[np.float64]
    positive: NDArray[np.float64]
    n_cells: NDArray[np.int64]


def point_sums(
    blocks: Blocks, region: NDArray[np.int64], *, forecast: NDArray[np.float32] | None = None
) -> PointSums:
    """Return the sums of a stream of probabilities and labels.

    Parameters
    ----------
    blocks : gives (probabilities, labels), each (days, cells).
    region : (n_cells,) of each cell, from 0.
    forecast : (n_cells,) in place of the stream's probabilities: the same on all days.

    Raises
    ------
    DataError
        A probability is not in [0, 1].
    """
    n_regions = int(region.max()) + 1
    order = np.argsort(region, kind="stable")
    first = np.searchsorted(region[order], np.arange(n_regions))
    n_cells = np.bincount(region, minlength=n_regions)
    if not n_cells.all():
        raise DataError("a region has no cell: number the regions without gaps")

    def by_region(values: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.add.reduceat(values[:, order], first, axis=1, dtype=np.float64)

    logs, squares, hits = [], [], []
    for scores, labels in blocks():
        p = distinct_rows(scores) if forecast is None else forecast[None]
        if not ((p >= 0) & (p <= 1)).all():
            raise DataError(
                f"scores lie in [{p.min():g}, {p.max():g}]: probabilities in [0, 1] are needed"
            )
        log, square = np.empty((2, len(labels), n_regions))
        log[:] = by_region(_log_of_none(p))
        square[:] = by_region(p * p)
        # the positives are few: each takes back what it got as a negative
        day, cell = np.nonzero(labels)
        at = np.broadcast_to(p, labels.shape)[day, cell]
        where = day * n_regions + region[cell]
        size = len(labels) * n_regions
        change = np.log(at.clip(P_LEAST)) - _log_of_none(at)
        log += np.bincount(where, change, size).reshape(log.shape)
        square += np.bincount(where, 1.0 - 2.0 * at, size).reshape(log.shape)
        logs.append(log)
        squares.append(square)
        hits.append(np.bincount(where, minlength=size).reshape(log.shape).astype(np.float64))
    return PointSums(np.concatenate(logs), np.concatenate(squares), np.concatenate(hits), n_cells)


def _log_of_none(p: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return log(1 - p), p clipped; in float32, 1 - 1e-9 would be 1."""
    with np.errstate(divide="ignore"):
        log: NDArray[np.float32] = np.log1p(-p.clip(P_LEAST))
    return np.maximum(log, np.float32(np.log(P_LEAST)))
