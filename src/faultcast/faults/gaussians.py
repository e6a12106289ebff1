"""Truncated Gaussians over a k-d tree of points: the inner kernels of merging, one row each.

A Gaussian is cut off where weight x density falls below TAIL x the smallest background density
at any point: no density of a mixture of K is off by more than K x TAIL, relative.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from faultcast.faults import kdtree

TAIL = 1e-9
# columns of a kernel's row: mean 0-2, covariance 3-8 (xx xy xz yy yz zz), inverse Cholesky
# factor 9-14 (xx yx yy zx zy zz), then
LOG_PEAK, CUT, WEIGHT, N_COLUMNS = 15, 16, 17, 18
_LOG_2PI = 1.8378770664093453
_ROWS, _COLUMNS = [0, 0, 0, 1, 1, 2], [0, 1, 2, 1, 2, 2]


def index_points(xyz_km: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Return the tree order (n,), the points in that order (n, 3) and the k-d tree."""
    order, *tree = kdtree.build(np.ascontiguousarray(xyz_km))
    return order, np.ascontiguousarray(xyz_km[order]), tuple(tree)


def pack(covariances: np.ndarray) -> np.ndarray:
    """Return covariances (K, 3, 3) as (K, 6): xx xy xz yy yz zz."""
    return np.ascontiguousarray(covariances[:, _ROWS, _COLUMNS], dtype=np.float64).reshape(-1, 6)


def unpack(packed: np.ndarray) -> np.ndarray:
    """Return packed covariances (K, 6) as (K, 3, 3)."""
    return packed[:, [0, 1, 2, 1, 3, 4, 2, 4, 5]].reshape(-1, 3, 3)


@njit(cache=True)
def prepare(row: np.ndarray, tail_density: float) -> None:
    """Fill whitening factor, peak and truncation of a row that has weight, mean, covariance.

    A singular kernel has density 0 everywhere.
    """
    xx, xy, xz, yy, yz, zz = row[3:9]
    row[9:15] = 0.0
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
    row[LOG_PEAK] = np.log(row[WEIGHT]) - np.log(a * c * f) - 1.5 * _LOG_2PI
    row[CUT] = max(0.0, 2.0 * (row[LOG_PEAK] - np.log(tail_density)))


@njit(cache=True)
def combine(first: np.ndarray, second: np.ndarray, union: np.ndarray, tail_density: float) -> None:
    """Write the moment-matched union of two rows into a third."""
    w = first[WEIGHT] + second[WEIGHT]
    union[WEIGHT] = w
    f, g = first[WEIGHT] / w, second[WEIGHT] / w
    for a in range(3):
        union[a] = f * first[a] + g * second[a]
    q = 3
    for a in range(3):
        for b in range(a, 3):
            step = (first[a] - second[a]) * (first[b] - second[b])
            union[q] = f * first[q] + g * second[q] + f * g * step
            q += 1
    prepare(union, tail_density)


@njit(cache=True)
def square(row: np.ndarray, x: float, y: float, z: float) -> float:
    """Return the squared Mahalanobis distance of a point."""
    u, v, w = x - row[0], y - row[1], z - row[2]
    a = row[9] * u
    b = row[10] * u + row[11] * v
    c = row[12] * u + row[13] * v + row[14] * w
    return a * a + b * b + c * c


@njit(cache=True)
def value(row: np.ndarray, x: float, y: float, z: float) -> float:
    """Return weight x density at a point, 0 beyond the truncation."""
    q = square(row, x, y, z)
    return np.exp(row[LOG_PEAK] - 0.5 * q) if q < row[CUT] else 0.0


@njit(cache=True)
def nearest(row: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """Return what the squared Mahalanobis distance is nowhere below in a box."""
    u = 0.5 * (low[0] + high[0]) - row[0]
    v = 0.5 * (low[1] + high[1]) - row[1]
    w = 0.5 * (low[2] + high[2]) - row[2]
    du, dv, dw = 0.5 * (high[0] - low[0]), 0.5 * (high[1] - low[1]), 0.5 * (high[2] - low[2])
    a = abs(row[9] * u) - row[9] * du
    b = abs(row[10] * u + row[11] * v) - abs(row[10]) * du - row[11] * dv
    c = abs(row[12] * u + row[13] * v + row[14] * w)
    c -= abs(row[12]) * du + abs(row[13]) * dv + row[14] * dw
    a, b, c = max(a, 0.0), max(b, 0.0), max(c, 0.0)
    return a * a + b * b + c * c


@njit(cache=True)
def _reached(rows: np.ndarray, low: np.ndarray, high: np.ndarray) -> bool:
    """Tell whether a node's box may touch the truncated ellipsoid of one of the kernels."""
    for r in range(len(rows)):
        if nearest(rows[r], low, high) <= rows[r, CUT] * (1.0 + 1e-9):
            return True
    return False


@njit(cache=True)
def find_leaves(rows: np.ndarray, tree: tuple, stack: np.ndarray, leaves: np.ndarray) -> int:
    """Collect the leaves that the truncated kernels `rows` may reach; return how many."""
    low, high = np.empty(3), np.empty(3)
    for a in range(3):
        low[a], high[a] = np.inf, -np.inf
    diagonal = (3, 6, 8)
    for r in range(len(rows)):
        for a in range(3):
            reach = np.sqrt(rows[r, CUT] * rows[r, diagonal[a]])
            low[a] = min(low[a], rows[r, a] - reach)
            high[a] = max(high[a], rows[r, a] + reach)
    _, _, node_low, node_high, first_leaf = tree
    stack[0] = 0
    height, n = 1, 0
    while height > 0:
        height -= 1
        q = stack[height]
        apart = False
        for a in range(3):
            if node_low[q, a] > high[a] or node_high[q, a] < low[a]:
                apart = True
        if apart or not _reached(rows, node_low[q], node_high[q]):
            continue
        if q >= first_leaf:
            leaves[n] = q
            n += 1
        else:
            stack[height] = 2 * q + 2
            stack[height + 1] = 2 * q + 1
            height += 2
    return n


@njit(cache=True)
def fill_rows(
    weights: np.ndarray, means: np.ndarray, packed: np.ndarray, tail_density: float, size: int
) -> np.ndarray:
    """Return a kernel table of `size` rows, the first ones filled."""
    kernels = np.zeros((size, N_COLUMNS))
    for k in range(len(weights)):
        kernels[k, :3] = means[k]
        kernels[k, 3:9] = packed[k]
        kernels[k, WEIGHT] = weights[k]
        prepare(kernels[k], tail_density)
    return kernels


@njit(cache=True)
def memberships(
    points: np.ndarray, tree: tuple, kernels: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return all (kernel, point, weight x density) within the truncations, kernel by kernel.

    Returns
    -------
    first : (K + 1,) int64, where each kernel's entries begin
    point : (m,) int32
    values : (m,) float64
    """
    stack, leaves = np.empty(128, np.int64), np.empty(len(tree[0]), np.int64)
    first = np.zeros(len(kernels) + 1, np.int64)
    point, values = np.empty(len(points), np.int32), np.empty(len(points))
    m = 0
    for k in range(len(kernels)):
        n = find_leaves(kernels[k : k + 1], tree, stack, leaves)
        for s in range(n):
            for t in range(tree[0][leaves[s]], tree[1][leaves[s]]):
                density = value(kernels[k], points[t, 0], points[t, 1], points[t, 2])
                if density > 0.0:
                    if m == len(point):
                        point = np.append(point, np.empty(m, np.int32))
                        values = np.append(values, np.empty(m))
                    point[m] = t
                    values[m] = density
                    m += 1
        first[k + 1] = m
    return first, point[:m], values[:m]


@njit(cache=True)
def best_kernels(
    first: np.ndarray, point: np.ndarray, values: np.ndarray, background: np.ndarray
) -> np.ndarray:
    """Return the kernel of largest weight x density (n,); -1 where that is the background."""
    best = background.copy()
    label = np.full(len(background), -1, np.int64)
    for k in range(len(first) - 1):
        for e in range(first[k], first[k + 1]):
            if values[e] > best[point[e]]:
                best[point[e]] = values[e]
                label[point[e]] = k
    return label


@njit(cache=True)
def reweigh(
    weights: np.ndarray,
    first: np.ndarray,
    point: np.ndarray,
    values: np.ndarray,
    backgrounds: np.ndarray,
    least: float,
    iterations: int,
    tolerance: float,
) -> np.ndarray:
    """Re-estimate the weights of a mixture by EM, kernels kept as they are.

    Parameters
    ----------
    weights : (K + B,), of the kernels and then of the backgrounds
    first, point, values : of `memberships`
    backgrounds : (B, n), weight x density of each background at the points
    least : density given to points beyond every truncation
    iterations, tolerance : stop after so many, or when the log-likelihood gains less

    Returns
    -------
    (K + B,) weights, sum 1
    """
    K, n = len(first) - 1, backgrounds.shape[1]
    factor = np.ones(len(weights))
    total = np.empty(n)
    before = -np.inf
    for _ in range(iterations):
        total[:] = least
        for k in range(K):
            for e in range(first[k], first[k + 1]):
                total[point[e]] += factor[k] * values[e]
        for b in range(len(backgrounds)):
            total += factor[K + b] * backgrounds[b]
        log_likelihood = np.sum(np.log(total))
        if log_likelihood - before < tolerance:
            break
        before = log_likelihood
        for k in range(K):
            share = 0.0
            for e in range(first[k], first[k + 1]):
                share += values[e] / total[point[e]]
            factor[k] *= share / (n * weights[k])
        for b in range(len(backgrounds)):
            factor[K + b] *= np.sum(backgrounds[b] / total) / (n * weights[K + b])
    result = np.maximum(weights * factor, 1e-12 / n)
    return result / result.sum()
