"""The density of a mixture at fixed points, kept up to date while kernels merge.

Sums over points run down a k-d tree whose nodes know the least density of their points: what a
kernel adds there is left out where it cannot matter.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from faultcast.faults.gaussians import LOG_PEAK, nearest, square

# A node is left out of a gain if none of the three kernels changes the summed log density of its
# points by more than this: in a first look, and before a merger.
ROUGH, PRECISE = 0.1, 1e-3
# A node is left out of an update if no density changes by more than this, relative.
_UPDATE = 1e-8


@njit(cache=True)
def least_logs(tree: tuple, density: np.ndarray) -> np.ndarray:
    """Return the log of the least density (n_nodes,) in each node of a tree."""
    start, end, _, _, first_leaf = tree
    lowest = np.empty(len(start))
    for q in range(len(start) - 1, -1, -1):
        if q >= first_leaf:
            lowest[q] = np.log(density[start[q] : end[q]].min())
        else:
            lowest[q] = min(lowest[2 * q + 1], lowest[2 * q + 2])
    return lowest


@njit(cache=True)
def log_sizes(tree: tuple) -> np.ndarray:
    """Return the log of the number of points (n_nodes,) in each node of a tree."""
    return np.log((tree[1] - tree[0]).astype(np.float64))


@njit(cache=True)
def replace(
    points: np.ndarray,
    tree: tuple,
    log_size: np.ndarray,
    trio: np.ndarray,
    density: np.ndarray,
    lowest: np.ndarray,
    floor: np.ndarray,
    tolerance: float,
    apply: bool,
) -> float:
    """Return the change of the log-likelihood when kernels 0 and 1 give way to kernel 2.

    Parameters
    ----------
    points, tree : (n, 3) in tree order
    log_size : of `log_sizes`
    trio : (3, N_COLUMNS), rows of kernels
    density : (n,) of the mixture, never below `floor` (n,)
    lowest : of `least_logs`
    tolerance : of a node, see `ROUGH`
    apply : change `density` and `lowest` accordingly
    """
    start, end, node_low, node_high, first_leaf = tree
    allowed = np.log(_UPDATE if apply else tolerance)
    stack = np.empty(128, np.int64)
    bound = np.empty(3)
    stack[0] = 0
    height = 1
    total, product = 0.0, 1.0
    while height > 0:
        height -= 1
        q = stack[height]
        least = lowest[q] + allowed
        if not apply:
            least -= log_size[q]
        far = True
        for r in range(2, -1, -1):
            bound[r] = trio[r, LOG_PEAK] - 0.5 * nearest(trio[r], node_low[q], node_high[q])
            if bound[r] > least:
                far = False
                if q < first_leaf:
                    break
        if far:
            continue
        if q < first_leaf:
            stack[height] = 2 * q + 2
            stack[height + 1] = 2 * q + 1
            height += 2
            continue
        for t in range(start[q], end[q]):
            x, y, z = points[t, 0], points[t, 1], points[t, 2]
            change = 0.0
            for r in range(3):
                if bound[r] > least:
                    value = np.exp(trio[r, LOG_PEAK] - 0.5 * square(trio[r], x, y, z))
                    change += value if r == 2 else -value
            after = max(density[t] + change, floor[t])
            product *= after / density[t]
            if product > 1e100 or product < 1e-100:
                total += np.log(product)
                product = 1.0
            if apply:
                density[t] = after
        if apply:
            _renew(tree, density, lowest, q)
    return total + np.log(product)


@njit(cache=True)
def _renew(tree: tuple, density: np.ndarray, lowest: np.ndarray, leaf: int) -> None:
    """Renew the least density of a leaf and of the nodes above it."""
    least = density[tree[0][leaf]]
    for t in range(tree[0][leaf] + 1, tree[1][leaf]):
        least = min(least, density[t])
    q, value = leaf, np.log(least)
    while lowest[q] != value:
        lowest[q] = value
        if q == 0:
            return
        q = (q - 1) // 2
        value = min(lowest[2 * q + 1], lowest[2 * q + 2])
