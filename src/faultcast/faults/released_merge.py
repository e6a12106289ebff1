"""Merging as the released program does it: several pairs an iteration, boxes say who may."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit

from faultcast.faults.boxes import Box, enclosing_box
from faultcast.faults.gaussians import WEIGHT, unpack
from faultcast.faults.released_gains import Field
from faultcast.faults.released_state import State

# a corner this far outside of a box, relative to its sides, is inside
_SLACK = 1e-9


def merge_pass(points: np.ndarray, state: State, local: bool) -> State:
    """Merge kernels over points (n, 3) until no candidate pair gains, several pairs an iteration.

    A pair is a candidate while a corner of one kernel's box lies in the other's. One that does
    not gain is not looked at again until one of the two has merged. An iteration merges the
    best pair, then the best of those that have no positive gain with a kernel merged so far,
    and so on. The merged kernel has the moments of both and the smallest box around both boxes.
    """
    field = Field.of(points, state)
    bodies = _Bodies(state.boxes)
    K = len(state)
    alive = ~state.is_background
    pairs = np.asarray(_touching(*bodies.arrays, alive))
    unions = field.unions(pairs)
    gains = np.zeros(len(pairs))
    fresh = np.ones(len(pairs), bool)
    into = np.arange(K)
    while len(pairs):
        if local:
            # nothing that a local gain depends on has changed but for pairs with a merged kernel
            gains[fresh] = field.gains(pairs[fresh], unions[fresh], local)
        else:
            field.refresh(alive)
            gains = field.gains(pairs, unions, local)
        good = gains > 0.0
        pairs, unions, gains = pairs[good], unions[good], gains[good]
        chosen = np.asarray(_batch(pairs, gains, K))
        changed = np.zeros(K, bool)
        changed[pairs[chosen].ravel()] = True
        for e in chosen:
            i, j = pairs[e]
            field.rows[i] = unions[e]
            field.cluster[field.cluster == j] = i
            bodies.unite(i, j)
            alive[j] = False
            into[j] = i
        old = ~changed[pairs].any(axis=1)
        new = np.asarray(_touching_some(*bodies.arrays, alive, changed & alive))
        fresh = np.arange(old.sum() + len(new)) >= old.sum()
        gains = np.concatenate((gains[old], np.zeros(len(new))))
        unions = np.concatenate((unions[old], field.unions(new)))
        pairs = np.concatenate((pairs[old], new))
        order = np.lexsort((pairs[:, 1], pairs[:, 0]))
        pairs, unions, gains, fresh = pairs[order], unions[order], gains[order], fresh[order]
    return _merged(state, field.rows, bodies.boxes, into)


def _merged(state: State, rows: np.ndarray, boxes: list[Box], into: np.ndarray) -> State:
    """Return the state of the kernels left, given for each kernel (K,) the one it went into."""
    for k in range(len(into) - 1, -1, -1):
        while into[into[k]] != into[k]:
            into[k] = into[into[k]]
    gaussian = ~state.is_background
    weights, means = state.weights.copy(), state.means.copy()
    covariances = state.covariances.copy()
    weights[gaussian], means[gaussian] = rows[gaussian, WEIGHT], rows[gaussian, :3]
    covariances[gaussian] = unpack(rows[gaussian, 3:9])
    labels = np.where(state.labels >= 0, into[state.labels], -1)
    left = State(weights, means, covariances, state.is_background, boxes, labels)
    return left.kept(np.flatnonzero(into == np.arange(len(into))), labels)


@njit(cache=True)
def _batch(pairs: np.ndarray, gains: np.ndarray, n_kernels: int) -> np.ndarray:
    """Choose the mergers of one iteration among pairs (m, 2) that gain; return their indices."""
    degree = np.zeros(n_kernels + 1, np.int64)
    for e in range(len(pairs)):
        degree[pairs[e, 0] + 1] += 1
        degree[pairs[e, 1] + 1] += 1
    first = np.cumsum(degree)
    partner = np.empty(2 * len(pairs), np.int64)
    filled = first[:-1].copy()
    for e in range(len(pairs)):
        for a in range(2):
            k = pairs[e, a]
            partner[filled[k]] = pairs[e, 1 - a]
            filled[k] += 1
    free = np.ones(n_kernels, np.bool_)
    chosen = np.empty(len(pairs), np.int64)
    n = 0
    for e in np.argsort(-gains, kind="mergesort"):
        if not (free[pairs[e, 0]] and free[pairs[e, 1]]):
            continue
        chosen[n] = e
        n += 1
        for a in range(2):
            for s in range(first[pairs[e, a]], first[pairs[e, a] + 1]):
                free[partner[s]] = False
    return chosen[:n]


class _Bodies:
    """The kernels' boxes, as objects and as arrays."""

    def __init__(self, boxes: Sequence[Box]) -> None:
        self.boxes = list(boxes)
        self.arrays = (
            np.array([box.centre for box in boxes]),
            np.array([box.axes for box in boxes]),
            np.array([box.half for box in boxes]),
            np.array([box.corners() for box in boxes]),
        )

    def unite(self, i: int, j: int) -> None:
        """Put the smallest box around the corners of boxes i and j in the place of i."""
        box = enclosing_box(np.concatenate((self.arrays[3][i], self.arrays[3][j])))
        self.boxes[i] = box
        for values, value in zip(
            self.arrays, (box.centre, box.axes, box.half, box.corners()), strict=True
        ):
            values[i] = value


@njit(cache=True)
def _corner_inside(
    centre: np.ndarray, axes: np.ndarray, half: np.ndarray, corners: np.ndarray
) -> bool:
    """Tell whether one of the corners (8, 3) lies in a box."""
    for c in range(8):
        inside = True
        for a in range(3):
            off = 0.0
            for b in range(3):
                off += axes[a, b] * (corners[c, b] - centre[b])
            if abs(off) > half[a] * (1.0 + _SLACK) + 1e-12:
                inside = False
                break
        if inside:
            return True
    return False


@njit(cache=True)
def _touch(
    centre: np.ndarray, axes: np.ndarray, half: np.ndarray, corners: np.ndarray, i: int, j: int
) -> bool:
    apart = np.sqrt(np.sum((centre[i] - centre[j]) ** 2))
    reach = np.sqrt(np.sum(half[i] ** 2)) + np.sqrt(np.sum(half[j] ** 2))
    if apart > reach * (1.0 + 1e-6) + 1e-9:
        return False
    return _corner_inside(centre[i], axes[i], half[i], corners[j]) or _corner_inside(
        centre[j], axes[j], half[j], corners[i]
    )


@njit(cache=True)
def _touching(
    centre: np.ndarray, axes: np.ndarray, half: np.ndarray, corners: np.ndarray, alive: np.ndarray
) -> np.ndarray:
    """Return the pairs (m, 2) of boxes `alive` with a corner of one in the other."""
    return _touching_some(centre, axes, half, corners, alive, alive)


@njit(cache=True)
def _touching_some(
    centre: np.ndarray,
    axes: np.ndarray,
    half: np.ndarray,
    corners: np.ndarray,
    alive: np.ndarray,
    some: np.ndarray,
) -> np.ndarray:
    """Return the pairs (m, 2; ascending) of `_touching` with at least one member in `some`."""
    found = np.empty((64, 2), np.int64)
    m = 0
    for i in range(len(centre)):
        if not some[i]:
            continue
        for j in range(len(centre)):
            if j == i or not alive[j] or (some[j] and j < i):
                continue
            if _touch(centre, axes, half, corners, i, j):
                if m == len(found):
                    found = np.concatenate((found, np.empty_like(found)))
                found[m, 0], found[m, 1] = min(i, j), max(i, j)
                m += 1
    return found[:m].copy()
