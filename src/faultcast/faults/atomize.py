"""Atomization: the level of the Ward tree that holds most Gaussian kernels (section 3.1, ii)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from faultcast.faults.ward import WardTree, cut

# heights that agree to this, relative, are one level: no cut tells tied merges apart
_SAME_HEIGHT = 1e-9
# a kernel thinner than this part of the data's extent (or of its own length) is singular
_THINNEST = 1e-6


@dataclass(frozen=True)
class Capacity:
    """The holding capacity: `n_kernels` at the level with `n_clusters`, after `n_merges`."""

    n_kernels: int
    n_clusters: int
    n_merges: int


def kernel_flags(tree: WardTree, xyz_km: np.ndarray, min_points: int) -> np.ndarray:
    """Return for each merge (N - 1,) whether its points make a non-singular Gaussian kernel."""
    extent = float(np.max(np.ptp(xyz_km, axis=0)))
    return np.asarray(
        _non_singular(tree.children, tree.sizes, xyz_km, min_points, _THINNEST, extent)
    )


def capacity_curve(tree: WardTree, usable: np.ndarray) -> np.ndarray:
    """Count the kernels at every level of the tree.

    Parameters
    ----------
    tree : WardTree
    usable : (N - 1,) bool
        Merges that make a kernel.

    Returns
    -------
    ndarray (N,)
        Kernels after 0, 1, ... N - 1 merges, that is with N, N - 1, ... 1 clusters.
    """
    return np.asarray(_count_kernels(tree.children, usable, tree.n_points))


def holding_capacity(tree: WardTree, usable: np.ndarray) -> Capacity:
    """Return the holding capacity over every level; ties go to the finest level."""
    counts = capacity_curve(tree, usable)
    heights = tree.heights
    # a level is reached once all merges of its height are applied
    complete = np.append(True, np.append(heights[1:] > heights[:-1] * (1 + _SAME_HEIGHT), True))
    counts = np.where(complete, counts, -1)
    best = int(np.argmax(counts))
    return Capacity(int(counts[best]), tree.n_points - best, best)


def proto_labels(tree: WardTree, usable: np.ndarray, n_merges: int) -> np.ndarray:
    """Return each point's proto-kernel (N,) at a level; -1 for points left to the background."""
    clusters = cut(tree, n_merges)
    kernel = np.asarray(_in_kernel(tree.children, usable, n_merges, tree.n_points))
    labels = np.where(kernel, clusters, -1)
    _, dense = np.unique(labels[kernel], return_inverse=True)
    labels[kernel] = dense
    return labels


@njit(cache=True)
def _non_singular(
    children: np.ndarray,
    sizes: np.ndarray,
    points: np.ndarray,
    min_points: int,
    thinnest: float,
    extent: float,
) -> np.ndarray:
    n = len(points)
    usable = np.zeros(n - 1, np.bool_)
    mean = np.zeros((n - 1, 3))
    scatter = np.zeros((n - 1, 6))
    step = np.empty(3)
    matrix = np.empty((3, 3))
    for t in range(n - 1):
        i, j = children[t]
        size_i = 1 if i < n else sizes[i - n]
        size_j = sizes[t] - size_i
        mean_i = points[i] if i < n else mean[i - n]
        mean_j = points[j] if j < n else mean[j - n]
        for a in range(3):
            step[a] = mean_j[a] - mean_i[a]
            mean[t, a] = mean_i[a] + size_j / sizes[t] * step[a]
        q = 0
        for a in range(3):
            for b in range(a, 3):
                value = size_i * size_j / sizes[t] * step[a] * step[b]
                if i >= n:
                    value += scatter[i - n, q]
                if j >= n:
                    value += scatter[j - n, q]
                scatter[t, q] = value
                q += 1
        if sizes[t] >= min_points:
            q = 0
            for a in range(3):
                for b in range(a, 3):
                    matrix[a, b] = scatter[t, q]
                    matrix[b, a] = scatter[t, q]
                    q += 1
            least = np.linalg.eigvalsh(matrix)[0]
            trace = matrix[0, 0] + matrix[1, 1] + matrix[2, 2]
            floor = (thinnest * extent) ** 2 * (sizes[t] - 1)
            usable[t] = least > floor and least > thinnest**2 * trace
    return usable


@njit(cache=True)
def _count_kernels(children: np.ndarray, usable: np.ndarray, n: int) -> np.ndarray:
    counts = np.zeros(n, np.int64)
    for t in range(n - 1):
        change = 1 if usable[t] else 0
        for c in children[t]:
            if c >= n and usable[c - n]:
                change -= 1
        counts[t + 1] = counts[t] + change
    return counts


@njit(cache=True)
def _in_kernel(children: np.ndarray, usable: np.ndarray, n_merges: int, n: int) -> np.ndarray:
    """Tell for each point whether its cluster after `n_merges` merges is a kernel."""
    kernel = np.zeros(n + n_merges, np.bool_)
    below = np.zeros(n + n_merges, np.bool_)
    for t in range(n_merges - 1, -1, -1):
        node = n + t
        if not below[node]:
            kernel[node] = usable[t]
        for c in children[t]:
            kernel[c] = kernel[node]
            below[c] = True
    return kernel[:n]
