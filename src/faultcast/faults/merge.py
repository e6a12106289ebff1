"""Merging of kernels while the BIC falls (Kamer et al. 2020, section 3.1 iv, Eq. 3).

The best pair merges first: a heap of pairs, whose gains are looked at roughly when a pair first
meets and precisely before it merges, again if a merger nearby has changed the mixture since. When
the heap is empty every pair whose surroundings have changed is evaluated once more, so that none
with a positive gain is left. What a merged kernel has to gain from its neighbours is not evaluated
at once: a pair starts from the gain that the neighbour had with a parent or, if it had none and
the kernel meets many, from a closed form. (Up to 100 kernels every gain is current at any time.)

Local gains stand on the points of two kernels alone. Those of large pairs are larger for their
number of points only, so the gain of a point decides there: small structures merge first, as in a
bottom-up method they should, and no kernel of thousands of points swallows its neighbours singly.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
from numba import njit, prange

from faultcast.faults.boxes import boxes_overlap
from faultcast.faults.gains import gain, guess, start, unite
from faultcast.faults.gaussians import WEIGHT, index_points, pack, unpack
from faultcast.faults.mixture_density import PRECISE, ROUGH

# so few kernels are all looked at again after each merger
_FEW = 100
# a new kernel that meets more others starts from guesses
_MANY = 64
# stamps of pairs that were never evaluated, or never precisely
_GUESSED, _ROUGH = -2, -1
# kernels are candidates when their cuboids of +- sqrt(12) sigma overlap
REACH = float(np.sqrt(12.0))
# of `pair_gain`, nats
_EXACT = 1e-9


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
def _set_box(row: np.ndarray, boxes: tuple, k: int) -> None:
    """Fill centre, axes, half sides, and extent along x, y, z of kernel k's cuboid."""
    centre, axes, half, extent, _ = boxes
    centre[k] = row[:3]
    matrix = np.empty((3, 3))
    q = 3
    for a in range(3):
        for b in range(a, 3):
            matrix[a, b] = matrix[b, a] = row[q]
            q += 1
    values, vectors = np.linalg.eigh(matrix)
    for a in range(3):
        half[k, a] = REACH * np.sqrt(max(values[a], 0.0))
        for b in range(3):
            axes[k, a, b] = vectors[b, a]
    for b in range(3):
        extent[k, b] = np.sum(np.abs(axes[k, :, b]) * half[k])


@njit(cache=True)
def _touching(
    centre: np.ndarray,
    axes: np.ndarray,
    half: np.ndarray,
    extent: np.ndarray,
    k: int,
    others: np.ndarray,
    found: np.ndarray,
) -> int:
    """Collect the others whose cuboids touch that of kernel k; return how many."""
    x, y, z = centre[k]
    u, v, w = extent[k]
    n = 0
    for i in others:
        if (
            abs(centre[i, 0] - x) <= extent[i, 0] + u
            and abs(centre[i, 1] - y) <= extent[i, 1] + v
            and abs(centre[i, 2] - z) <= extent[i, 2] + w
        ):
            found[n] = i
            n += 1
    m = 0
    for s in range(n):
        i = found[s]
        if boxes_overlap(centre[i], axes[i], half[i], centre[k], axes[k], half[k]):
            found[m] = i
            m += 1
    return m


@njit(cache=True)
def _priority(gain: float, i: int, j: int, state: tuple, local: bool) -> float:
    """Return what decides which pair merges first: the gain, if local that of a point."""
    if not local:
        return gain
    count = state[7][2]
    return gain / max(count[i] + count[j], 1)


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
            gains[i, j] = gains[j, i] = gain(kernels, i, j, state, local, _EXACT)
    return gains


@njit(cache=True, parallel=True)
def _look_at(kernels: np.ndarray, members: np.ndarray, state: tuple) -> np.ndarray:
    """Return rough global gains (m,) of pairs of kernels `members` (m, 2), many at once."""
    # a parallel loop takes arrays from outside, but no tuple in a tuple
    points, tree, log_size, density, lowest, floor, tail_density, lists = state
    begin, end, low, high, first_leaf = tree
    head, tail, count, following, owner, sums = lists
    gains = np.empty(len(members))
    for s in prange(len(members)):
        inner = (
            points,
            (begin, end, low, high, first_leaf),
            log_size,
            density,
            lowest,
            floor,
            tail_density,
            (head, tail, count, following, owner, sums),
        )
        gains[s] = gain(kernels, members[s, 0], members[s, 1], inner, False, ROUGH)
    return gains


@njit(cache=True)
def _inherit(pairs: tuple, latest: np.ndarray, parent: int, inherited: np.ndarray) -> None:
    """Note what each neighbour of a merged kernel had to gain from it, if more than noted."""
    first, second, gains, _, next_1, next_2 = pairs
    e = latest[parent]
    while e > 0:
        other = second[e] if first[e] == parent else first[e]
        if not inherited[other] >= gains[e]:
            inherited[other] = gains[e]
        e = next_1[e] if first[e] == parent else next_2[e]


@njit(cache=True)
def _forget(pairs: tuple, latest: np.ndarray, parent: int, inherited: np.ndarray) -> None:
    """Undo `_inherit`."""
    first, second, _, _, next_1, next_2 = pairs
    e = latest[parent]
    while e > 0:
        inherited[second[e] if first[e] == parent else first[e]] = np.nan
        e = next_1[e] if first[e] == parent else next_2[e]


@njit(cache=True)
def _meet(
    kernels: np.ndarray,
    boxes: tuple,
    k: int,
    alive: np.ndarray,
    inherited: np.ndarray,
    pairs: tuple,
    latest: np.ndarray,
    state: tuple,
    local: bool,
) -> int:
    """Add the pairs of kernel k with those alive that it touches; return the first pair."""
    first, second, gains, stamp, next_1, next_2 = pairs
    begin = len(gains)
    centre, axes, half, extent, found = boxes
    n = _touching(centre, axes, half, extent, k, alive, found)
    for s in range(n):
        i = found[s]
        first.append(i)
        second.append(k)
        gains.append(inherited[i])
        stamp.append(_GUESSED)
        next_1.append(latest[i])
        next_2.append(latest[k])
        latest[i] = latest[k] = len(gains) - 1
    many = len(gains) - begin > _MANY
    for e in range(begin, len(gains)):
        if local:
            gains[e] = gain(kernels, first[e], k, state, True, ROUGH)
        elif np.isnan(gains[e]):
            if many:
                gains[e] = guess(kernels, first[e], k, state)
            else:
                gains[e] = gain(kernels, first[e], k, state, False, ROUGH)
                stamp[e] = _ROUGH
    return begin


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
    """Return all kernels that ever were, and the one that each merged into (-1: none)."""
    kernels, state = start(points, tree, floor, weights, means, packed, member)
    K, size = len(weights), len(kernels)
    parent = np.full(size, -1, np.int64)
    boxes = (
        np.empty((size, 3)),
        np.empty((size, 3, 3)),
        np.empty((size, 3)),
        np.empty((size, 3)),
        np.empty(size, np.int64),
    )
    # a pair: its members, its gain, how many mergers were done when that was evaluated, and the
    # next pair of either member; entry 0 is none
    pairs = ([0], [0], [0.0], [0], [0], [0])
    first, second, gains, stamp, _, _ = pairs
    latest = np.zeros(size, np.int64)
    inherited = np.full(size, np.nan)
    heap = [(0.0, 0)]
    heap.pop()
    alive, place = np.empty(size, np.int64), np.empty(size, np.int64)
    # mergers done when the surroundings of a kernel last changed
    changed = np.zeros(size, np.int64)
    n_alive, n_kernels, fresh = 0, K, 0
    i, j = -1, -1
    while True:
        for k in range(fresh, n_kernels):
            _set_box(kernels[k], boxes, k)
            if k >= K:
                _inherit(pairs, latest, i, inherited)
                _inherit(pairs, latest, j, inherited)
            begin = _meet(
                kernels, boxes, k, alive[:n_alive], inherited, pairs, latest, state, local
            )
            if k >= K:
                _forget(pairs, latest, i, inherited)
                _forget(pairs, latest, j, inherited)
            for e in range(begin, len(gains)):
                changed[first[e]] = n_kernels - K
                if gains[e] > 0.0:
                    heappush(heap, (-_priority(gains[e], first[e], k, state, local), e))
            changed[k] = n_kernels - K
            alive[n_alive] = k
            place[k] = n_alive
            n_alive += 1
        fresh = n_kernels
        if K <= _FEW and not local:
            for e in range(1, len(gains)):
                i, j = first[e], second[e]
                if parent[i] < 0 and parent[j] < 0:
                    gains[e] = gain(kernels, i, j, state, local, PRECISE)
                    stamp[e] = n_kernels - K
                    if gains[e] > 0.0:
                        heappush(heap, (-gains[e], e))
        chosen = 0
        while len(heap) > 0 and chosen == 0:
            negative, e = heappop(heap)
            i, j = first[e], second[e]
            if parent[i] >= 0 or parent[j] >= 0:
                continue
            if negative != -_priority(gains[e], i, j, state, local):
                continue
            if local or stamp[e] >= max(changed[i], changed[j]):
                chosen = e
                continue
            guessed = stamp[e] == _GUESSED
            gains[e] = gain(kernels, i, j, state, local, ROUGH if guessed else PRECISE)
            stamp[e] = _ROUGH if guessed else n_kernels - K
            if gains[e] > 0.0:
                heappush(heap, (-_priority(gains[e], i, j, state, local), e))
        if chosen == 0:
            if local:
                return kernels[:n_kernels], parent[:n_kernels]
            stale = [0]
            for e in range(1, len(gains)):
                i, j = first[e], second[e]
                if parent[i] < 0 and parent[j] < 0 and stamp[e] < max(changed[i], changed[j]):
                    stale.append(e)
            members = np.empty((len(stale) - 1, 2), np.int64)
            for s in range(1, len(stale)):
                members[s - 1, 0], members[s - 1, 1] = first[stale[s]], second[stale[s]]
            found = _look_at(kernels, members, state)
            for s in range(1, len(stale)):
                e = stale[s]
                gains[e] = found[s - 1]
                stamp[e] = n_kernels - K
                if gains[e] > 0.0:
                    stamp[e] = _ROUGH
                    heappush(heap, (-gains[e], e))
            if len(heap) > 0:
                continue
            return kernels[:n_kernels], parent[:n_kernels]
        i, j = first[chosen], second[chosen]
        unite(kernels, i, j, n_kernels, state, local)
        parent[i] = parent[j] = n_kernels
        n_kernels += 1
        for a in (i, j):
            n_alive -= 1
            alive[place[a]] = alive[n_alive]
            place[alive[n_alive]] = place[a]
