"""Merging of kernels while the BIC falls (Kamer et al. 2020, section 3.1 iv, Eq. 3).

Best pair first, on current gains: a heap of pairs; a gain is evaluated again before its pair
merges and wherever a merge nearby has changed the mixture; when the heap is empty every pair is
evaluated once more, so that none with a positive gain is left at the end. A kernel that reaches
thousands of points is a neighbour of thousands: its pairs are not evaluated anew at every merger
but start from the gains of its parents, and are evaluated, as all, before they merge.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
from numba import njit

from faultcast.faults.boxes import boxes_overlap
from faultcast.faults.gains import gain, start, unite
from faultcast.faults.gaussians import (
    AXES,
    SIGMA,
    WEIGHT,
    find_leaves,
    index_points,
    pack,
    unpack,
)

# a merged kernel that reaches more points takes over the gains of its parents as first guesses
_LARGE = 5000
# kernels are candidates when their cuboids of +- sqrt(12) sigma overlap
REACH = float(np.sqrt(12.0))


@dataclass(frozen=True)
class Merged:
    """What merging left: `kernel_of` (K,) gives for each kernel before the one it is in now."""

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    kernel_of: np.ndarray


def merge_kernels(
    xyz_km: np.ndarray,
    weights: np.ndarray,
    means: np.ndarray,
    covariances: np.ndarray,
    *,
    floor: np.ndarray,
    labels: np.ndarray | None = None,
) -> Merged:
    """Merge Gaussian kernels until no pair that overlaps gains in BIC.

    Parameters
    ----------
    xyz_km : (n, 3)
        Points.
    weights, means, covariances : (K,), (K, 3), (K, 3, 3)
        Kernels; the backgrounds are not among them.
    floor : (n,)
        Density per km^3 that the backgrounds give each point, above 0.
    labels : (n,) int, optional
        Kernel that each point belongs to, -1 for none. With it the gain is local: the points
        of the two kernels alone; without it global: all points under the whole mixture.

    Returns
    -------
    Merged
    """
    order, points, tree = index_points(xyz_km)
    kernels, parent = _merge(
        points,
        tree,
        floor[order],
        np.asarray(weights, dtype=np.float64),
        np.asarray(means, dtype=np.float64),
        pack(covariances),
        labels[order] if labels is not None else np.full(len(points), -1),
        labels is not None,
    )
    alive = np.flatnonzero(parent < 0)
    place = np.full(len(parent), -1)
    place[alive] = np.arange(len(alive))
    root = np.arange(len(parent))
    for k in range(len(parent) - 1, -1, -1):
        if parent[k] >= 0:
            root[k] = root[parent[k]]
    left = kernels[alive]
    return Merged(left[:, WEIGHT], left[:, :3], unpack(left[:, 3:9]), place[root[: len(weights)]])


def pair_gain(
    xyz_km: np.ndarray,
    weights: np.ndarray,
    means: np.ndarray,
    covariances: np.ndarray,
    floor: np.ndarray,
    labels: np.ndarray | None = None,
) -> np.ndarray:
    """Return the BIC gain (K, K) of every merger of two kernels, NaN on the diagonal.

    Unlike in `merge_kernels` pairs that do not overlap are evaluated too. Parameters as there.
    """
    order, points, tree = index_points(xyz_km)
    return np.asarray(
        _all_gains(
            points,
            tree,
            floor[order],
            np.asarray(weights, dtype=np.float64),
            np.asarray(means, dtype=np.float64),
            pack(covariances),
            labels[order] if labels is not None else np.full(len(points), -1),
            labels is not None,
        )
    )


@njit(cache=True)
def _set_box(row: np.ndarray, axes: np.ndarray, half: np.ndarray) -> float:
    """Fill axes (3, 3) and half sides (3,) of a kernel's cuboid; return its bounding radius."""
    for a in range(3):
        half[a] = REACH * row[SIGMA + a]
        for b in range(3):
            axes[a, b] = row[AXES + 3 * a + b]
    return np.sqrt(np.sum(half * half))


@njit(cache=True)
def _touch(kernels: np.ndarray, boxes: tuple, i: int, j: int) -> bool:
    axes, half, radius = boxes
    d = 0.0
    for a in range(3):
        d += (kernels[i, a] - kernels[j, a]) ** 2
    if d > (radius[i] + radius[j]) ** 2:
        return False
    return boxes_overlap(kernels[i, :3], axes[i], half[i], kernels[j, :3], axes[j], half[j])


@njit(cache=True)
def _reach(row: np.ndarray, state: tuple) -> int:
    """Return the number of points in the leaves that a kernel reaches."""
    tree, scratch = state[1], state[7]
    reached = 0
    for s in range(find_leaves(row.reshape(1, -1), tree, scratch[0], scratch[1])):
        leaf = scratch[1][s]
        reached += tree[1][leaf] - tree[0][leaf]
    return reached


@njit(cache=True)
def _all_gains(
    points: np.ndarray,
    tree: tuple,
    floor: np.ndarray,
    weights: np.ndarray,
    means: np.ndarray,
    packed: np.ndarray,
    member: np.ndarray,
    local: bool,
) -> np.ndarray:
    kernels, state = start(points, tree, floor, weights, means, packed, member)
    gains = np.full((len(weights), len(weights)), np.nan)
    for i in range(len(weights)):
        for j in range(i):
            gains[i, j] = gains[j, i] = gain(kernels, i, j, state, local)
    return gains


@njit(cache=True)
def _merge(
    points: np.ndarray,
    tree: tuple,
    floor: np.ndarray,
    weights: np.ndarray,
    means: np.ndarray,
    packed: np.ndarray,
    member: np.ndarray,
    local: bool,
) -> tuple[np.ndarray, np.ndarray]:
    kernels, state = start(points, tree, floor, weights, means, packed, member)
    K = len(weights)
    size = len(kernels)
    parent = np.full(size, -1, np.int64)
    merged = np.zeros((size, 2), np.int64)
    boxes = (np.zeros((size, 3, 3)), np.zeros((size, 3)), np.zeros(size))
    for k in range(K):
        boxes[2][k] = _set_box(kernels[k], boxes[0][k], boxes[1][k])
    # a pair: its members, its gain, how many mergers were done when that was evaluated, and
    # the next pair of either member; entry 0 is none
    first, second, gains, stamp, next_1, next_2 = [0], [0], [0.0], [0], [0], [0]
    pairs = np.zeros(size, np.int64)
    heap = [(0.0, 0)]
    heap.pop()
    alive = np.empty(size, np.int64)
    guess = np.full(size, -np.inf)
    n_alive, n_kernels, n_merges, fresh = 0, K, 0, 0
    while True:
        for j in range(fresh, n_kernels):
            large = j >= K and not local and _reach(kernels[j], state) > _LARGE
            if large:
                for member_of in range(2):
                    a = merged[j - K, member_of]
                    e = pairs[a]
                    while e > 0:
                        other = second[e] if first[e] == a else first[e]
                        guess[other] = max(guess[other], gains[e])
                        e = next_1[e] if first[e] == a else next_2[e]
            for s in range(n_alive):
                i = alive[s]
                if not _touch(kernels, boxes, i, j):
                    continue
                e = len(gains)
                if large and guess[i] > -np.inf:
                    g, when = guess[i], -1
                else:
                    g, when = gain(kernels, i, j, state, local), n_merges
                first.append(i)
                second.append(j)
                gains.append(g)
                stamp.append(when)
                next_1.append(pairs[i])
                next_2.append(pairs[j])
                pairs[i] = e
                pairs[j] = e
                if g > 0.0:
                    heappush(heap, (-g, e))
            if large:
                guess[:] = -np.inf
            alive[n_alive] = j
            n_alive += 1
        fresh = n_kernels
        chosen = 0
        while len(heap) > 0 and chosen == 0:
            negative, e = heappop(heap)
            i, j = first[e], second[e]
            if parent[i] >= 0 or parent[j] >= 0 or -negative != gains[e]:
                continue
            if local or stamp[e] == n_merges:
                chosen = e
                continue
            gains[e] = gain(kernels, i, j, state, local)
            stamp[e] = n_merges
            if gains[e] > 0.0:
                heappush(heap, (-gains[e], e))
        if chosen == 0 and not local:
            for e in range(1, len(gains)):
                i, j = first[e], second[e]
                if parent[i] >= 0 or parent[j] >= 0 or stamp[e] == n_merges:
                    continue
                gains[e] = gain(kernels, i, j, state, local)
                stamp[e] = n_merges
                if gains[e] > 0.0:
                    heappush(heap, (-gains[e], e))
            if len(heap) > 0:
                continue
        if chosen == 0:
            return kernels[:n_kernels], parent[:n_kernels]
        i, j = first[chosen], second[chosen]
        unite(kernels, i, j, n_kernels, state, local)
        boxes[2][n_kernels] = _set_box(kernels[n_kernels], boxes[0][n_kernels], boxes[1][n_kernels])
        parent[i] = n_kernels
        parent[j] = n_kernels
        merged[n_kernels - K, 0] = i
        merged[n_kernels - K, 1] = j
        kept = 0
        for s in range(n_alive):
            if parent[alive[s]] < 0:
                alive[kept] = alive[s]
                kept += 1
        n_alive = kept
        n_kernels += 1
        n_merges += 1
