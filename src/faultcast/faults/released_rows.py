"""Densities of the released engine: Gaussians over a k-d tree of points, one row each.

A row is that of `gaussians`. A Gaussian is left out where weight x density is below `TAIL` x the
smallest density that the backgrounds (or else the program's floor) give any point, so no density
of a mixture of K is off by more than K x TAIL, relative.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from faultcast.faults.exact import background_density
from faultcast.faults.gaussians import (
    CUT,
    LOG_PEAK,
    N_COLUMNS,
    WEIGHT,
    find_leaves,
    pack,
    prepare,
    square,
    value,
)
from faultcast.faults.released_state import State

FLOOR = float(np.finfo(np.float64).eps)
TAIL = 1e-12


def uniform_density(points: np.ndarray, state: State) -> np.ndarray:
    """Return weight x density (B, n) of the backgrounds of a state at points (n, 3)."""
    kernels = np.flatnonzero(state.is_background).tolist()
    return background_density(points, [state.boxes[k] for k in kernels], state.weights[kernels])


def tail_density(uniform: np.ndarray) -> float:
    """Return weight x density below which Gaussians are left out, given `uniform_density`."""
    return TAIL * float(np.maximum(uniform.sum(axis=0), FLOOR).min())


def gaussian_rows(state: State, tail: float) -> np.ndarray:
    """Return the rows (K, N_COLUMNS) of a state's kernels; zeros for the backgrounds."""
    rows = np.zeros((len(state), N_COLUMNS))
    gaussian = ~state.is_background
    rows[gaussian, :3] = state.means[gaussian]
    rows[gaussian, 3:9] = pack(state.covariances[gaussian])
    rows[gaussian, WEIGHT] = state.weights[gaussian]
    _fill(rows, gaussian, tail)
    return rows


@njit(cache=True)
def _fill(rows: np.ndarray, gaussian: np.ndarray, tail: float) -> None:
    for k in range(len(rows)):
        if gaussian[k]:
            prepare(rows[k], tail)


@njit(cache=True)
def total_density(
    points: np.ndarray, tree: tuple, rows: np.ndarray, alive: np.ndarray, uniform: np.ndarray
) -> np.ndarray:
    """Return the density (n,) of all kernels `alive` (K,) on top of `uniform` (n,)."""
    total = uniform.copy()
    stack, leaves = np.empty(128, np.int64), np.empty(len(tree[0]), np.int64)
    for k in range(len(rows)):
        if not alive[k] or rows[k, CUT] == 0.0:
            continue
        for s in range(find_leaves(rows[k : k + 1], tree, stack, leaves)):
            for t in range(tree[0][leaves[s]], tree[1][leaves[s]]):
                total[t] += value(rows[k], points[t, 0], points[t, 1], points[t, 2])
    return total


@njit(cache=True)
def best_kernels(
    points: np.ndarray, tree: tuple, rows: np.ndarray, label: np.ndarray, best: np.ndarray
) -> None:
    """Set label and density (n,) of each point where a Gaussian's is the highest yet.

    Points that nothing reaches go to the Gaussian of highest log density.
    """
    stack, leaves = np.empty(128, np.int64), np.empty(len(tree[0]), np.int64)
    for k in range(len(rows)):
        if rows[k, CUT] == 0.0:
            continue
        for s in range(find_leaves(rows[k : k + 1], tree, stack, leaves)):
            for t in range(tree[0][leaves[s]], tree[1][leaves[s]]):
                own = value(rows[k], points[t, 0], points[t, 1], points[t, 2])
                if own > best[t]:
                    best[t] = own
                    label[t] = k
    for t in range(len(points)):
        if best[t] > 0.0:
            continue
        highest = -np.inf
        for k in range(len(rows)):
            if rows[k, LOG_PEAK] > -np.inf and rows[k, WEIGHT] > 0.0:
                own = rows[k, LOG_PEAK] - 0.5 * square(
                    rows[k], points[t, 0], points[t, 1], points[t, 2]
                )
                if own > highest:
                    highest = own
                    label[t] = k
