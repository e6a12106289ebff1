"""A tree over Gaussian kernels that finds the one with the highest weight x density at a point.

A node knows the box of its kernels' means, their highest peak a = log(weight) - log(sqrt det C)
and, per axis, V_k = max(C_kk lambda), lambda the largest eigenvalue of the kernel's correlation
matrix. Since C^-1 >= D^-1/2 D^-1/2 / lambda with D = diag(C), no kernel of the node exceeds

    a - 1/2 sum_k d_k^2 / V_k,        d_k the distance from the point to the box along axis k,

and for diagonal covariances that bound is the kernel itself. Nodes are split in space where they
are wide compared with their kernels, by size where kernels of unlike size share a place.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

LEAF_SIZE = 8
# a range of one e-fold in size counts as a spatial extent of so many kernel sizes
_SIZE_SCALE = 8.0
# two entries a level of the tree are enough
STACK = 128


class KernelTree(NamedTuple):
    """Kernels in the tree's order and its nodes; a plain tuple so that numba can take it.

    `row` (n,) index of a kernel in the caller's arrays; `mean` (n, 3); `factor` (n, 6) rows of
    the inverse Cholesky factor; `spread` (n, 3) = V; `peak` (n,); `group` (n,) the event's code.
    Per node: `low` and `high` (m, 3) the box of the means, `node_spread` (m, 3), `top` (m,)
    highest peak, `first` (m,) smallest caller's row, `child` (m,) the left child (the right one
    follows it; 0 marks a leaf), `start` and `stop` (m,) its kernels.
    """

    row: np.ndarray
    mean: np.ndarray
    factor: np.ndarray
    spread: np.ndarray
    peak: np.ndarray
    group: np.ndarray
    low: np.ndarray
    high: np.ndarray
    node_spread: np.ndarray
    top: np.ndarray
    first: np.ndarray
    child: np.ndarray
    start: np.ndarray
    stop: np.ndarray


def build_tree(
    means: np.ndarray, covariances: np.ndarray, weights: np.ndarray, groups: np.ndarray
) -> KernelTree:
    """Return the tree over kernels.

    Parameters
    ----------
    means : (n, 3) float64, km, n >= 1.
    covariances : (n, 3, 3) float64, km^2, positive definite.
    weights : (n,) float64, > 0.
    groups : (n,) int64, code of the event that a kernel belongs to.
    """
    lower = np.linalg.cholesky(covariances)
    inverse = np.linalg.inv(lower)
    factor = np.column_stack([inverse[:, i, j] for i in range(3) for j in range(i + 1)])
    log_det = np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
    variances = np.diagonal(covariances, axis1=1, axis2=2)
    sigma = np.sqrt(variances)
    correlation = covariances / (sigma[:, :, None] * sigma[:, None, :])
    # a hair above the computed eigenvalue, so that rounding never cuts a winner
    inflation = np.linalg.eigvalsh(correlation)[:, 2] * (1 + 1e-9)
    spread = variances * inflation[:, None]
    peak = np.log(weights) - log_det
    log_size = 0.5 * np.log(variances.sum(axis=1))
    order, nodes = _build(np.ascontiguousarray(means), log_size)
    low, high, node_spread, top, first = _node_bounds(order, nodes, means, spread, peak)
    return KernelTree(
        order,
        means[order],
        np.ascontiguousarray(factor[order]),
        spread[order],
        peak[order],
        groups[order],
        low,
        high,
        node_spread,
        top,
        first,
        nodes[:, 2].copy(),
        nodes[:, 0].copy(),
        nodes[:, 1].copy(),
    )


@njit(cache=True)
def _build(means: np.ndarray, log_size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Split until a node holds at most LEAF_SIZE kernels; nodes: start, stop, left child."""
    n = means.shape[0]
    order = np.arange(n)
    nodes = np.zeros((4 * (n // LEAF_SIZE + 1) + 1, 3), dtype=np.int64)
    nodes[0, 1] = n
    count = 1
    current = 0
    while current < count:
        start, stop = nodes[current, 0], nodes[current, 1]
        if stop - start > LEAF_SIZE:
            members = order[start:stop].copy()
            sizes = log_size[members]
            scale = np.exp(sizes.mean())
            key = sizes
            widest = _SIZE_SCALE * (sizes.max() - sizes.min())
            for axis in range(3):
                values = means[members, axis]
                extent = (values.max() - values.min()) / scale
                if extent > widest:
                    widest = extent
                    key = values
            half = (stop - start) // 2
            order[start:stop] = members[np.argsort(key, kind="mergesort")]
            nodes[current, 2] = count
            nodes[count, 0], nodes[count, 1] = start, start + half
            nodes[count + 1, 0], nodes[count + 1, 1] = start + half, stop
            count += 2
        current += 1
    return order, nodes[:count]


@njit(cache=True)
def _node_bounds(
    order: np.ndarray,
    nodes: np.ndarray,
    means: np.ndarray,
    spread: np.ndarray,
    peak: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    m = nodes.shape[0]
    low, high, widest = np.empty((m, 3)), np.empty((m, 3)), np.empty((m, 3))
    top, first = np.empty(m), np.empty(m, dtype=np.int64)
    # children come after their parent, so a backward pass meets them first
    for node in range(m - 1, -1, -1):
        left = nodes[node, 2]
        if left > 0:
            low[node] = np.minimum(low[left], low[left + 1])
            high[node] = np.maximum(high[left], high[left + 1])
            widest[node] = np.maximum(widest[left], widest[left + 1])
            top[node] = max(top[left], top[left + 1])
            first[node] = min(first[left], first[left + 1])
            continue
        low[node], high[node], widest[node] = np.inf, -np.inf, 0.0
        top[node], first[node] = -np.inf, means.shape[0]
        for i in range(nodes[node, 0], nodes[node, 1]):
            row = order[i]
            low[node] = np.minimum(low[node], means[row])
            high[node] = np.maximum(high[node], means[row])
            widest[node] = np.maximum(widest[node], spread[row])
            top[node] = max(top[node], peak[row])
            first[node] = min(first[node], row)
    return low, high, widest, top, first


@njit(cache=True)
def kernel_value(tree: KernelTree, i: int, x: float, y: float, z: float) -> float:
    """Return log(weight x density) + 3/2 log(2 pi) of the tree's i-th kernel at a point."""
    dx, dy, dz = x - tree.mean[i, 0], y - tree.mean[i, 1], z - tree.mean[i, 2]
    u = tree.factor[i, 0] * dx
    v = tree.factor[i, 1] * dx + tree.factor[i, 2] * dy
    w = tree.factor[i, 3] * dx + tree.factor[i, 4] * dy + tree.factor[i, 5] * dz
    return tree.peak[i] - 0.5 * (u * u + v * v + w * w)


@njit(cache=True)
def _gap(low: float, high: float, box_low: float, box_high: float) -> float:
    """Return the distance between two intervals, 0 if they meet."""
    return max(low - box_high, box_low - high, 0.0)


@njit(cache=True)
def _bound(tree: KernelTree, node: int, box: np.ndarray) -> float:
    """Return what no kernel of the node exceeds anywhere in the box (2, 3)."""
    far = 0.0
    for axis in range(3):
        gap = _gap(tree.low[node, axis], tree.high[node, axis], box[0, axis], box[1, axis])
        far += gap * gap / tree.node_spread[node, axis]
    return tree.top[node] - 0.5 * far


@njit(cache=True)
def _kernel_bound(tree: KernelTree, i: int, box: np.ndarray) -> float:
    far = 0.0
    for axis in range(3):
        gap = _gap(tree.mean[i, axis], tree.mean[i, axis], box[0, axis], box[1, axis])
        far += gap * gap / tree.spread[i, axis]
    return tree.peak[i] - 0.5 * far


@njit(cache=True)
def best_kernels(
    tree: KernelTree,
    points: np.ndarray,
    values: np.ndarray,
    places: np.ndarray,
    guess: int,
    below: int,
    barred: int,
    low: np.ndarray,
    high: np.ndarray,
    stack: np.ndarray,
    bounds: np.ndarray,
) -> None:
    """Find the kernel of highest weight x density at each of some points that lie together.

    Parameters
    ----------
    tree : kernels and nodes.
    points : (g, 3) km, g >= 1; one search serves them all, so the closer the faster.
    values : (g,) in: only a kernel whose value exceeds it counts; out: the winner's value.
    places : (g,) out: the winner's place in the tree, -1 where none; of equal values the
        smallest caller's row wins.
    guess : place in the tree of an allowed kernel to begin with, or -1.
    below : only kernels whose caller's row is smaller.
    barred : code of the event whose kernels are left out, or -1.
    low, high : (3,) km, closed box in which a kernel's mean must lie.
    stack, bounds : (STACK,) int64 and float64, scratch.
    """
    box = np.empty((2, 3))
    for axis in range(3):
        box[0, axis], box[1, axis] = points[:, axis].min(), points[:, axis].max()
    places[:] = -1
    if guess >= 0:
        _try(tree, guess, points, values, places)
    worst = values.min()
    stack[0], bounds[0] = 0, np.inf
    depth = 1
    while depth > 0:
        depth -= 1
        node = stack[depth]
        # an equal bound may hide an equal kernel with a smaller row
        if bounds[depth] < worst or tree.first[node] >= below or _outside(tree, node, low, high):
            continue
        left = tree.child[node]
        if left > 0:
            near, far = left, left + 1
            near_bound, far_bound = _bound(tree, near, box), _bound(tree, far, box)
            if near_bound < far_bound:
                near, far = far, near
                near_bound, far_bound = far_bound, near_bound
            if far_bound >= worst:
                stack[depth], bounds[depth] = far, far_bound
                depth += 1
            if near_bound >= worst:
                stack[depth], bounds[depth] = near, near_bound
                depth += 1
            continue
        for i in range(tree.start[node], tree.stop[node]):
            if tree.row[i] >= below or tree.group[i] == barred or not _inside(tree, i, low, high):
                continue
            if _kernel_bound(tree, i, box) >= worst:
                _try(tree, i, points, values, places)
        worst = values.min()


@njit(cache=True)
def _try(
    tree: KernelTree, i: int, points: np.ndarray, values: np.ndarray, places: np.ndarray
) -> None:
    """Let the tree's i-th kernel compete for each point."""
    for k in range(points.shape[0]):
        trial = kernel_value(tree, i, points[k, 0], points[k, 1], points[k, 2])
        if trial > values[k] or (
            trial == values[k] and places[k] >= 0 and tree.row[i] < tree.row[places[k]]
        ):
            values[k], places[k] = trial, i


@njit(cache=True)
def _outside(tree: KernelTree, node: int, low: np.ndarray, high: np.ndarray) -> bool:
    for axis in range(3):
        if tree.low[node, axis] > high[axis] or tree.high[node, axis] < low[axis]:
            return True
    return False


@njit(cache=True)
def _inside(tree: KernelTree, i: int, low: np.ndarray, high: np.ndarray) -> bool:
    for axis in range(3):
        if tree.mean[i, axis] < low[axis] or tree.mean[i, axis] > high[axis]:
            return False
    return True
