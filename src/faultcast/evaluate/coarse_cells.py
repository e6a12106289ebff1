"""Probabilities and labels of cells put together: 4 x 4 cells of 10 km as one of 40 km."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from faultcast.evaluate.pooled_ranks import Block, Blocks, distinct_rows


def coarse_rows(
    p: NDArray[np.float32], n_rows: int, n_columns: int, factor: int
) -> NDArray[np.float32]:
    """Return 1 - prod(1 - p) over squares of `factor` x `factor` cells, (n, coarse cells).

    Cells of a square are taken as independent. Squares at the northern and eastern border hold
    what is left of the grid.

    Parameters
    ----------
    p : (n, n_rows * n_columns) probabilities.
    """
    with np.errstate(divide="ignore"):
        log = np.log1p(-p.astype(np.float64)).reshape(len(p), n_rows, n_columns)
    return (-np.expm1(_summed(log, factor))).astype(np.float32)


def coarse_labels(
    labels: NDArray[np.bool_], n_rows: int, n_columns: int, factor: int
) -> NDArray[np.bool_]:
    """Return whether any cell of a square is positive, (n, coarse cells)."""
    grid = labels.reshape(len(labels), n_rows, n_columns)
    across = np.logical_or.reduceat(grid, np.arange(0, n_columns, factor), axis=2)
    every = np.logical_or.reduceat(across, np.arange(0, n_rows, factor), axis=1)
    return every.reshape(len(labels), -1)


def coarse_blocks(blocks: Blocks, n_rows: int, n_columns: int, factor: int) -> Blocks:
    """Return passes over the same days with cells put together; the first one is kept.

    A row that is the same on all days stays one row in memory.
    """
    kept: list[Block] = []
    for scores, labels in blocks():
        rows = coarse_rows(distinct_rows(scores), n_rows, n_columns, factor)
        every = coarse_labels(labels, n_rows, n_columns, factor)
        kept.append((np.broadcast_to(rows, every.shape), every))

    def passes() -> Iterator[Block]:
        yield from kept

    return passes


def _summed(values: NDArray[np.float64], factor: int) -> NDArray[np.float64]:
    across = np.add.reduceat(values, np.arange(0, values.shape[2], factor), axis=2)
    total = np.add.reduceat(across, np.arange(0, values.shape[1], factor), axis=1)
    return total.reshape(len(values), -1)
