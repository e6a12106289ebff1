"""A balanced k-d tree as flat arrays, for kernels compiled by numba.

Node `q` has the children `2 q + 1` and `2 q + 2` and holds the points `order[start[q]:end[q]]`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

LEAF_SIZE = 8


@njit(cache=True)
def _select(
    order: np.ndarray, points: np.ndarray, axis: int, first: int, last: int, middle: int
) -> None:
    """Quickselect: bring the element of rank `middle` of order[first:last] to its place."""
    low, high = first, last - 1
    while low < high:
        pivot = points[order[(low + high) // 2], axis]
        i, j = low, high
        while i <= j:
            while points[order[i], axis] < pivot:
                i += 1
            while points[order[j], axis] > pivot:
                j -= 1
            if i <= j:
                order[i], order[j] = order[j], order[i]
                i += 1
                j -= 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            return


@njit(cache=True)
def build(points: np.ndarray) -> tuple:
    """Build the tree of `points` (n, 3).

    Returns
    -------
    order : (n,) int64, points in tree order
    start, end : (n_nodes,) int64, range of each node in `order`
    low, high : (n_nodes, 3) float64, bounds of the points of each node
    first_leaf : int, nodes from here on are leaves
    """
    n = points.shape[0]
    first_leaf = 0
    while n > LEAF_SIZE * (first_leaf + 1):
        first_leaf = 2 * first_leaf + 1
    n_nodes = 2 * first_leaf + 1
    order = np.arange(n)
    start = np.zeros(n_nodes, np.int64)
    end = np.zeros(n_nodes, np.int64)
    low = np.empty((n_nodes, 3))
    high = np.empty((n_nodes, 3))
    end[0] = n
    for q in range(n_nodes):
        for a in range(3):
            low[q, a] = np.inf
            high[q, a] = -np.inf
        for t in range(start[q], end[q]):
            for a in range(3):
                value = points[order[t], a]
                low[q, a] = min(low[q, a], value)
                high[q, a] = max(high[q, a], value)
        if q < first_leaf:
            axis = 0
            for a in range(1, 3):
                if high[q, a] - low[q, a] > high[q, axis] - low[q, axis]:
                    axis = a
            middle = (start[q] + end[q]) // 2
            _select(order, points, axis, start[q], end[q], middle)
            start[2 * q + 1], end[2 * q + 1] = start[q], middle
            start[2 * q + 2], end[2 * q + 2] = middle, end[q]
    return order, start, end, low, high, first_leaf
