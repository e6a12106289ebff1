"""The BIC gain of merging two kernels, global and local (Kamer et al. 2020, Eq. 3).

The state that gains depend on is a tuple of arrays, for numba: points in tree order, the tree, the
log size of its nodes, the mixture's density at each point, its least log in each node, the
background's density, the smallest one that counts, the points of each kernel as linked lists (with
counts, owner, mean and scatter).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from faultcast.faults.gaussians import (
    CUT,
    LOG_PEAK,
    N_COLUMNS,
    TAIL,
    WEIGHT,
    combine,
    fill_rows,
    find_leaves,
    nearest,
    square,
    value,
)
from faultcast.faults.mixture_density import least_logs, log_sizes, replace


@njit(cache=True)
def _join(first: np.ndarray, n_1: int, second: np.ndarray, n_2: int) -> np.ndarray:
    """Return mean and scatter (9,) of two sets of points together."""
    joint = np.zeros(9)
    n = n_1 + n_2
    if n == 0:
        return joint
    q = 3
    for a in range(3):
        joint[a] = (n_1 * first[a] + n_2 * second[a]) / n
        for b in range(a, 3):
            step = (first[a] - second[a]) * (first[b] - second[b])
            joint[q] = first[q] + second[q] + n_1 * n_2 / n * step
            q += 1
    return joint


@njit(cache=True)
def _log_sum(row: np.ndarray, sums: np.ndarray, n: int) -> float:
    """Return the sum of log density over n points, from their mean and scatter (9,)."""
    spread = np.empty(6)
    q = 3
    for a in range(3):
        for b in range(a, 3):
            spread[q - 3] = sums[q] + n * (sums[a] - row[a]) * (sums[b] - row[b])
            q += 1
    xx, xy, xz, yy, yz, zz = spread
    a, b, c, d, e, f = row[9:15]
    total = a * a * xx
    total += b * b * xx + 2.0 * b * c * xy + c * c * yy
    total += d * d * xx + e * e * yy + f * f * zz
    total += 2.0 * (d * e * xy + d * f * xz + e * f * yz)
    return n * (row[LOG_PEAK] - np.log(row[WEIGHT])) - 0.5 * total


@njit(cache=True)
def _overlap_sum(
    points: np.ndarray,
    tree: tuple,
    own: np.ndarray,
    other: np.ndarray,
    ratio: float,
    k: int,
    many: bool,
    members: tuple,
) -> float:
    """Return the sum of log(1 + ratio other / own) over the points of kernel k.

    A kernel with `many` points is searched for those within the truncation of the other.
    """
    head, _, _, following, owner, _ = members
    shift = np.log(ratio) + (other[LOG_PEAK] - np.log(other[WEIGHT]))
    shift -= own[LOG_PEAK] - np.log(own[WEIGHT])
    total = 0.0
    if not many:
        t = head[k]
        while t >= 0:
            x, y, z = points[t, 0], points[t, 1], points[t, 2]
            step = shift - 0.5 * (square(other, x, y, z) - square(own, x, y, z))
            total += np.log1p(np.exp(step)) if step < 30.0 else step
            t = following[t]
        return total
    begin, end, low, high, first_leaf = tree
    stack = np.empty(128, np.int64)
    stack[0] = 0
    height = 1
    while height > 0:
        height -= 1
        q = stack[height]
        if nearest(other, low[q], high[q]) >= other[CUT]:
            continue
        if q < first_leaf:
            stack[height] = 2 * q + 2
            stack[height + 1] = 2 * q + 1
            height += 2
            continue
        for t in range(begin[q], end[q]):
            if owner[t] != k:
                continue
            x, y, z = points[t, 0], points[t, 1], points[t, 2]
            distance = square(other, x, y, z)
            if distance < other[CUT]:
                step = shift - 0.5 * (distance - square(own, x, y, z))
                total += np.log1p(np.exp(step)) if step < 30.0 else step
    return total


@njit(cache=True)
def _local_gain(
    points: np.ndarray,
    tree: tuple,
    trio: np.ndarray,
    members: tuple,
    i: int,
    j: int,
) -> float:
    """Return the BIC gain of a merger over the points of the two clusters alone.

    log(a + b) = log a + log(1 + b / a): the first part has a closed form in the moments of the
    points, the second matters only where the kernels overlap.
    """
    _, _, count, _, _, sums = members
    n_i, n_j = count[i], count[j]
    n = n_i + n_j
    if n == 0:
        return 0.0
    gain = 5.0 * np.log(n) + _log_sum(trio[2], _join(sums[i], n_i, sums[j], n_j), n)
    if n_i > 0:
        gain -= n_i * np.log(n_i / n) + _log_sum(trio[0], sums[i], n_i)
    if n_j > 0:
        gain -= n_j * np.log(n_j / n) + _log_sum(trio[1], sums[j], n_j)
    if n_i > 0 and n_j > 0:
        gain -= _overlap_sum(points, tree, trio[0], trio[1], n_j / n_i, i, n_i > 4 * n_j, members)
        gain -= _overlap_sum(points, tree, trio[1], trio[0], n_i / n_j, j, n_j > 4 * n_i, members)
    return gain


@njit(cache=True)
def gain(kernels: np.ndarray, i: int, j: int, state: tuple, local: bool, tolerance: float) -> float:
    """Return the BIC gain of merging kernels i and j as the mixture is now.

    `tolerance` is that of `mixture_density.replace`; the local gain is exact.
    """
    points, tree, log_size, density, lowest, floor, tail_density, members = state
    trio = np.empty((3, N_COLUMNS))
    trio[0] = kernels[i]
    trio[1] = kernels[j]
    combine(trio[0], trio[1], trio[2], tail_density)
    if local:
        return _local_gain(points, tree, trio, members, i, j)
    change = replace(points, tree, log_size, trio, density, lowest, floor, tolerance, False)
    return change + 5.0 * np.log(len(points))


@njit(cache=True)
def guess(kernels: np.ndarray, i: int, j: int, state: tuple) -> float:
    """Return the gain that points which each belong to one kernel alone would give.

    It has a closed form in the weights and peaks of the kernels. Where kernels overlap, the
    true gain is higher.
    """
    union = np.empty(N_COLUMNS)
    n = len(state[0])
    combine(kernels[i], kernels[j], union, state[6])
    loss = -union[WEIGHT] * union[LOG_PEAK]
    for row in (kernels[i], kernels[j]):
        loss += row[WEIGHT] * row[LOG_PEAK]
    return 5.0 * np.log(n) - n * loss


@njit(cache=True)
def start(
    points: np.ndarray,
    tree: tuple,
    floor: np.ndarray,
    weights: np.ndarray,
    means: np.ndarray,
    packed: np.ndarray,
    member: np.ndarray,
) -> tuple:
    """Return the kernel table (room for all mergers) and the state that gains depend on."""
    size = max(2 * len(weights) - 1, 1)
    tail_density = TAIL * floor.min()
    kernels = fill_rows(weights, means, packed, tail_density, size)
    scratch = (np.empty(128, np.int64), np.empty(len(tree[0]), np.int64))
    density = floor.copy()
    for k in range(len(weights)):
        n = find_leaves(kernels[k : k + 1], tree, scratch[0], scratch[1])
        for s in range(n):
            leaf = scratch[1][s]
            for t in range(tree[0][leaf], tree[1][leaf]):
                density[t] += value(kernels[k], points[t, 0], points[t, 1], points[t, 2])
    log_size, lowest = log_sizes(tree), least_logs(tree, density)
    # the points of each kernel as linked lists, so that two are united at no cost
    head = np.full(size, -1, np.int64)
    tail = np.full(size, -1, np.int64)
    count = np.zeros(size, np.int64)
    following = np.full(len(points), -1, np.int64)
    for t in range(len(points) - 1, -1, -1):
        k = member[t]
        if k >= 0:
            following[t] = head[k]
            if head[k] < 0:
                tail[k] = t
            head[k] = t
            count[k] += 1
    owner = member.copy()
    sums = np.zeros((size, 9))
    one = np.zeros(9)
    seen = np.zeros(size, np.int64)
    for t in range(len(points)):
        k = member[t]
        if k >= 0:
            one[:3] = points[t]
            sums[k] = _join(sums[k], seen[k], one, 1)
            seen[k] += 1
    members = (head, tail, count, following, owner, sums)
    return kernels, (points, tree, log_size, density, lowest, floor, tail_density, members)


@njit(cache=True)
def unite(kernels: np.ndarray, i: int, j: int, m: int, state: tuple, local: bool) -> None:
    """Merge kernels i and j into row m: the mixture's density, the lists of points."""
    points, tree, log_size, density, lowest, floor, tail_density, members = state
    head, tail, count, following, owner, sums = members
    combine(kernels[i], kernels[j], kernels[m], tail_density)
    if not local:
        trio = np.empty((3, N_COLUMNS))
        trio[0] = kernels[i]
        trio[1] = kernels[j]
        trio[2] = kernels[m]
        replace(points, tree, log_size, trio, density, lowest, floor, 0.0, True)
        return
    head[m] = head[i] if head[i] >= 0 else head[j]
    tail[m] = tail[j] if tail[j] >= 0 else tail[i]
    if head[i] >= 0 and head[j] >= 0:
        following[tail[i]] = head[j]
    count[m] = count[i] + count[j]
    sums[m] = _join(sums[i], count[i], sums[j], count[j])
    t = head[m]
    while t >= 0:
        owner[t] = m
        t = following[t]
