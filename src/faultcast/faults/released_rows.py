"""Densities of the released engine: Gaussians over a k-d tree of points, one row each.

A row is that of `gaussians`, with the inverse Cholesky factor (lower; xx yx yy zx zy zz) in place
of the precision: thin kernels keep their digits. A Gaussian is left out where weight x density is
below `TAIL` x the smallest density that the backgrounds (or else the program's floor) give any
point, so no density of a mixture of K is off by more than K x TAIL, relative.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from faultcast.faults.exact import background_density
from faultcast.faults.gaussians import (
    AXES,
    CUT,
    LOG_PEAK,
    N_COLUMNS,
    SIGMA,
    WEIGHT,
    find_leaves,
    pack,
)
from faultcast.faults.released_state import State

FLOOR = float(np.finfo(np.float64).eps)
TAIL = 1e-12
_LOG_2PI = 1.8378770664093453


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
            factorize(rows[k], tail)


@njit(cache=True)
def factorize(row: np.ndarray, tail: float) -> None:
    """Fill what follows from weight and moments; a singular kernel reaches no point."""
    xx, xy, xz, yy, yz, zz = row[3:9]
    row[LOG_PEAK], row[CUT] = -np.inf, 0.0
    if not (xx > 0.0 and row[WEIGHT] > 0.0):
        return
    a = np.sqrt(xx)
    b, d = xy / a, xz / a
    if not yy - b * b > 0.0:
        return
    c = np.sqrt(yy - b * b)
    e = (yz - b * d) / c
    if not zz - d * d - e * e > 0.0:
        return
    f = np.sqrt(zz - d * d - e * e)
    row[9] = 1.0 / a
    row[10] = -b / (a * c)
    row[11] = 1.0 / c
    row[12] = (b * e - c * d) / (a * c * f)
    row[13] = -e / (c * f)
    row[14] = 1.0 / f
    row[LOG_PEAK] = np.log(row[WEIGHT]) - np.log(a) - np.log(c) - np.log(f) - 1.5 * _LOG_2PI
    row[CUT] = max(0.0, 2.0 * (row[LOG_PEAK] - np.log(tail)))
    matrix = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
    values, vectors = np.linalg.eigh(matrix)
    for k in range(3):
        row[SIGMA + k] = np.sqrt(max(values[k], 0.0))
        for q in range(3):
            row[AXES + 3 * k + q] = vectors[q, k]


@njit(cache=True)
def unite(first: np.ndarray, second: np.ndarray, union: np.ndarray, tail: float) -> None:
    """Write the moment-matched union of two rows into a third."""
    weight = first[WEIGHT] + second[WEIGHT]
    f, g = first[WEIGHT] / weight, second[WEIGHT] / weight
    union[WEIGHT] = weight
    q = 3
    for a in range(3):
        union[a] = f * first[a] + g * second[a]
        for b in range(a, 3):
            step = (first[a] - second[a]) * (first[b] - second[b])
            union[q] = f * first[q] + g * second[q] + f * g * step
            q += 1
    factorize(union, tail)


@njit(cache=True)
def square(row: np.ndarray, point: np.ndarray) -> float:
    """Return the squared Mahalanobis distance of a point (3,)."""
    x, y, z = point[0] - row[0], point[1] - row[1], point[2] - row[2]
    u = row[9] * x
    v = row[10] * x + row[11] * y
    w = row[12] * x + row[13] * y + row[14] * z
    return u * u + v * v + w * w


@njit(cache=True)
def density(row: np.ndarray, point: np.ndarray) -> float:
    """Return weight x density at a point (3,), 0 beyond the truncation."""
    q = square(row, point)
    return np.exp(row[LOG_PEAK] - 0.5 * q) if q < row[CUT] else 0.0


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
                total[t] += density(rows[k], points[t])
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
                value = density(rows[k], points[t])
                if value > best[t]:
                    best[t] = value
                    label[t] = k
    for t in range(len(points)):
        if best[t] > 0.0:
            continue
        highest = -np.inf
        for k in range(len(rows)):
            if rows[k, LOG_PEAK] > -np.inf and rows[k, WEIGHT] > 0.0:
                value = rows[k, LOG_PEAK] - 0.5 * square(rows[k], points[t])
                if value > highest:
                    highest = value
                    label[t] = k
