"""Density and labels of a mixture at many points, kernels left out where they cannot matter.

A k-d tree over the points is descended with the list of kernels that may count in a node: bounds
of their squared distance to the node's box tell which ones stay far below the largest.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from faultcast.faults import kdtree

# A term below the largest by more than this, as logarithm, is left out: exp(-45) is 3e-20, so
# that 10,000 of them change no density by more than rounding does.
NEGLIGIBLE = 45.0


@njit(cache=True)
def scan_points(
    points: np.ndarray,
    means: np.ndarray,
    factors: np.ndarray,
    peaks: np.ndarray,
    uniform: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return log density, label of the largest term and its responsibility, (n,) each.

    Parameters
    ----------
    points : (n, 3), km
    means, factors, peaks : (K, 3), (K, 3, 3), (K,)
        Gaussians: means, inverse Cholesky factors and log(weight x peak density).
    uniform : (n, B)
        Log of weight x density of the backgrounds; their labels follow those of the Gaussians.
        A point at which all is zero has the density -inf and no responsibility (NaN).
    """
    n, K, B = len(points), len(means), uniform.shape[1]
    density, label, best = np.empty(n), np.empty(n, np.int64), np.empty(n)
    order, start, end, low, high, first_leaf = kdtree.build(points)
    # per depth, as one path down the tree is under way at a time: the kernels that may count
    depths = 2
    while 2 ** (depths - 2) <= first_leaf + 1:
        depths += 1
    listed, n_listed = np.empty((depths, K), np.int64), np.zeros(depths, np.int64)
    listed[0], n_listed[0] = np.arange(K), K
    terms = np.empty(K + B)
    stack, depth = np.zeros(2 * depths, np.int64), np.ones(2 * depths, np.int64)
    height = 1
    while height > 0:
        height -= 1
        q, d = stack[height], depth[height]
        above = listed[d - 1, : n_listed[d - 1]]
        n_listed[d] = _possible(above, means, factors, peaks, low[q], high[q], terms, listed[d])
        if q < first_leaf:
            stack[height], stack[height + 1] = 2 * q + 2, 2 * q + 1
            depth[height] = depth[height + 1] = d + 1
            height += 2
            continue
        kernels = listed[d, : n_listed[d]]
        for i in order[start[q] : end[q]]:
            density[i], label[i], best[i] = _at_point(
                points[i], kernels, means, factors, peaks, uniform[i], terms
            )
    return density, label, best


@njit(cache=True)
def _possible(
    kernels: np.ndarray,
    means: np.ndarray,
    factors: np.ndarray,
    peaks: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    ceilings: np.ndarray,
    found: np.ndarray,
) -> int:
    """Collect the kernels that may count at a point of a box; return how many."""
    x, y, z = 0.5 * (low + high)
    dx, dy, dz = 0.5 * (high - low)
    least = -np.inf
    for s in range(len(kernels)):
        k = kernels[s]
        f, mean = factors[k], means[k]
        u, v, w = x - mean[0], y - mean[1], z - mean[2]
        a = abs(f[0, 0] * u)
        b = abs(f[1, 0] * u + f[1, 1] * v)
        c = abs(f[2, 0] * u + f[2, 1] * v + f[2, 2] * w)
        da = f[0, 0] * dx
        db = abs(f[1, 0]) * dx + f[1, 1] * dy
        dc = abs(f[2, 0]) * dx + abs(f[2, 1]) * dy + f[2, 2] * dz
        far = (a + da) ** 2 + (b + db) ** 2 + (c + dc) ** 2
        near = max(a - da, 0.0) ** 2 + max(b - db, 0.0) ** 2 + max(c - dc, 0.0) ** 2
        ceilings[s] = peaks[k] - 0.5 * near
        least = max(least, peaks[k] - 0.5 * far)
    m = 0
    for s in range(len(kernels)):
        if ceilings[s] > least - NEGLIGIBLE:
            found[m] = kernels[s]
            m += 1
    return m


@njit(cache=True)
def _at_point(
    point: np.ndarray,
    kernels: np.ndarray,
    means: np.ndarray,
    factors: np.ndarray,
    peaks: np.ndarray,
    uniform: np.ndarray,
    terms: np.ndarray,
) -> tuple[float, int, float]:
    """Return log density, label and its responsibility at one point."""
    top, label = -np.inf, 0
    m = len(kernels)
    for s in range(m):
        k = kernels[s]
        f = factors[k]
        x, y, z = point[0] - means[k, 0], point[1] - means[k, 1], point[2] - means[k, 2]
        u = f[0, 0] * x
        v = f[1, 0] * x + f[1, 1] * y
        w = f[2, 0] * x + f[2, 1] * y + f[2, 2] * z
        terms[s] = peaks[k] - 0.5 * (u * u + v * v + w * w)
        if terms[s] > top:
            top, label = terms[s], k
    for b in range(len(uniform)):
        terms[m + b] = uniform[b]
        if uniform[b] > top:
            top, label = uniform[b], len(means) + b
    if top == -np.inf:
        return -np.inf, label, np.nan
    total = 0.0
    for s in range(m + len(uniform)):
        if terms[s] - top > -NEGLIGIBLE:
            total += np.exp(terms[s] - top)
    return top + np.log(total), label, 1.0 / total
