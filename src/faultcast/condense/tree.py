"""A tree over Gaussian kernels that finds the one with the highest weight x density at a point.

An entry of the tree, a kernel or a block of entries, knows the box of its kernels' means, their
highest peak a = log(weight) - log(sqrt det C) and, per axis, V_k = max(C_kk lambda), lambda the
largest eigenvalue of the kernel's correlation matrix. Since C^-1 >= D^-1/2 D^-1/2 / lambda with
D = diag(C), no kernel of the entry exceeds

    a - 1/2 sum_k d_k^2 / V_k,        d_k the distance from the point to the box along axis k,

and for diagonal covariances that bound is the kernel itself. A block holds FANOUT entries, column
by column, so that the processor bounds eight of them at once; the levels lie one after the other
and need no pointers. Kernels are sorted in space where a block is wide compared with them, by
size where kernels of unlike size share a place.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

FANOUT = 32
PACKET = 32
# neighbouring sources or events that a thread takes at once
CHUNK = 64
# a range of one e-fold in size counts as a spatial extent of so many kernel sizes
_SIZE_SCALE = 8.0
# rounding never cuts a winner: added to the log of the bound
_SLACK = 1e-9
_NO_GROUP = -2
_N_BOUNDS = 10
# below any log density; a score of minus infinity marks what is not allowed
_LEAST = -1e300
# levels of the largest tree (32^7 kernels) times the entries of a block
_STACK = 7 * FANOUT


class KernelTree(NamedTuple):
    """Kernels in the tree's order and their bounds; a plain tuple so that numba can take it.

    `row` (n,) int64, index of a kernel in the caller's arrays; `place` (n,) int64, its inverse;
    `exact` (n, 10): mean, peak, rows of the inverse Cholesky factor. Per block: `bounds`
    (m, 10, FANOUT): low and high corner of the means' box, 1 / (2 V), a; `first` (m, FANOUT) int32,
    smallest caller's row; `group` (m, FANOUT) int32, the event's code of a kernel, none above the
    lowest level. `level` (levels,) int64: number of the first block of each, kernels first.
    """

    row: np.ndarray
    place: np.ndarray
    exact: np.ndarray
    bounds: np.ndarray
    first: np.ndarray
    group: np.ndarray
    level: np.ndarray


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
    log_det = np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
    variances = np.diagonal(covariances, axis1=1, axis2=2)
    sigma = np.sqrt(variances)
    correlation = covariances / (sigma[:, :, None] * sigma[:, None, :])
    # a hair above the computed eigenvalue, against rounding
    inflation = np.linalg.eigvalsh(correlation)[:, 2] * (1 + 1e-9)
    peak = np.log(weights) - log_det
    order = spatial_order(np.ascontiguousarray(means), 0.5 * np.log(variances.sum(axis=1)))
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    factor = [inverse[:, i, j] for i in range(3) for j in range(i + 1)]
    exact = np.column_stack([means, peak, *factor])[order]
    half = 0.5 / (variances * inflation[:, None])
    bounds = np.column_stack([means, means, half, peak + _SLACK])[order]
    return KernelTree(order, place, exact, *_blocks(bounds, order, groups[order]))


@njit(cache=True)
def spatial_order(means: np.ndarray, log_size: np.ndarray) -> np.ndarray:
    """Return the rows in an order in which every FANOUT^k, counted from 0, lie together.

    Parameters
    ----------
    means : (n, 3) km.
    log_size : (n,) log of the kernels' sizes, in km: how far "together" is, and split by too.
    """
    n = means.shape[0]
    order = np.arange(n)
    starts, stops = np.empty(128, dtype=np.int64), np.empty(128, dtype=np.int64)
    starts[0], stops[0] = 0, n
    depth = 1
    while depth > 0:
        depth -= 1
        start, stop = starts[depth], stops[depth]
        if stop - start <= FANOUT:
            continue
        unit = FANOUT
        while unit * FANOUT < stop - start:
            unit *= FANOUT
        middle = start + unit * ((stop - start + unit - 1) // unit // 2)
        members = order[start:stop].copy()
        key = log_size[members]
        scale = np.exp(key.mean())
        widest = _SIZE_SCALE * (key.max() - key.min())
        for axis in range(3):
            values = means[members, axis]
            extent = (values.max() - values.min()) / scale
            if extent > widest:
                widest, key = extent, values
        order[start:stop] = members[np.argsort(key, kind="mergesort")]
        starts[depth], stops[depth] = start, middle
        starts[depth + 1], stops[depth + 1] = middle, stop
        depth += 2
    return order


def _blocks(
    bounds: np.ndarray, first: np.ndarray, group: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return bounds, first, group and level of all levels from those of the kernels (n, ...)."""
    filler = np.repeat([np.inf, -np.inf, np.inf, -np.inf], [3, 3, 3, 1])
    parts, level = [], [0]
    while True:
        n_blocks = -(-len(bounds) // FANOUT)
        full = np.tile(filler, (n_blocks * FANOUT, 1))
        full[: len(bounds)] = bounds
        full = full.reshape(n_blocks, FANOUT, _N_BOUNDS)
        rows = np.full(n_blocks * FANOUT, np.iinfo(np.int32).max, dtype=np.int32)
        rows[: len(first)] = first
        codes = np.full(n_blocks * FANOUT, _NO_GROUP, dtype=np.int32)
        codes[: len(group)] = group
        columns = np.ascontiguousarray(full.transpose(0, 2, 1))
        parts.append((columns, rows.reshape(-1, FANOUT), codes.reshape(-1, FANOUT)))
        if n_blocks == 1:
            return (
                np.concatenate([part[0] for part in parts]),
                np.concatenate([part[1] for part in parts]),
                np.concatenate([part[2] for part in parts]),
                np.array(level),
            )
        level.append(level[-1] + n_blocks)
        bounds = np.column_stack(
            [
                full[:, :, :3].min(axis=1),
                full[:, :, 3:6].max(axis=1),
                full[:, :, 6:9].min(axis=1),
                full[:, :, 9].max(axis=1),
            ]
        )
        first = rows.reshape(-1, FANOUT).min(axis=1)
        group = np.empty(0, dtype=np.int32)


class Packet(NamedTuple):
    """Points that one search serves: a plain tuple of arrays (PACKET,), filled for each search.

    `x`, `y`, `z` km; `best` in: only a kernel whose log value exceeds it counts, out: the
    winner's; `places` out: the winner's place in the tree, -1 where none; `rows` out: its caller's
    row. Of equal values the smallest row wins. The rest is scratch. Unused points have the
    best value infinity.
    """

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    best: np.ndarray
    places: np.ndarray
    rows: np.ndarray
    scores: np.ndarray
    stack: np.ndarray
    stack_level: np.ndarray
    stack_bound: np.ndarray


@njit(cache=True)
def empty_packet() -> Packet:
    """Return a packet to be filled."""
    return Packet(
        np.empty(PACKET), np.empty(PACKET), np.empty(PACKET), np.empty(PACKET),
        np.empty(PACKET, dtype=np.int64), np.empty(PACKET, dtype=np.int64), np.empty(FANOUT),
        np.empty(_STACK, dtype=np.int64), np.empty(_STACK, dtype=np.int64), np.empty(_STACK),
    )  # fmt: skip


@njit(cache=True)
def fill_packet(packet: Packet, points: np.ndarray, floor: np.ndarray, chosen: np.ndarray) -> None:
    """Put the chosen rows of points (n, 3), 1 to PACKET of them, and their floors (n,) in."""
    n = chosen.shape[0]
    for k in range(PACKET):
        row = chosen[min(k, n - 1)]
        packet.x[k], packet.y[k], packet.z[k] = points[row, 0], points[row, 1], points[row, 2]
        packet.best[k] = floor[row] if k < n else np.inf
        packet.places[k] = packet.rows[k] = -1


@njit(cache=True)
def best_kernels(
    tree: KernelTree,
    packet: Packet,
    guess: int,
    below: int,
    barred: int,
    low: np.ndarray,
    high: np.ndarray,
) -> None:
    """Find the kernel of highest weight x density at each point of a packet.

    Parameters
    ----------
    tree : kernels and blocks.
    packet : the closer its points lie together, the faster.
    guess : place in the tree of an allowed kernel to begin with, or -1.
    below : only kernels whose caller's row is smaller.
    barred : code of the event whose kernels are left out, or -1.
    low, high : (3,) km, closed box in which a kernel's mean must lie.
    """
    box = (
        packet.x.min(), packet.x.max(), packet.y.min(), packet.y.max(), packet.z.min(),
        packet.z.max(),
    )  # fmt: skip
    allowed = (low[0], high[0], low[1], high[1], low[2], high[2])
    stack, stack_level, stack_bound = packet.stack, packet.stack_level, packet.stack_bound
    scores = packet.scores
    if guess >= 0:
        _try(tree, guess, packet)
    worst = _lowest(packet.best)
    stack[0], stack_level[0], stack_bound[0] = (
        tree.bounds.shape[0] - 1, tree.level.shape[0] - 1, np.inf,
    )  # fmt: skip
    depth = 1
    while depth > 0:
        depth -= 1
        # an equal bound may hide an equal kernel with a smaller row
        if stack_bound[depth] < worst:
            continue
        block, level = stack[depth], stack_level[depth]
        _score(tree.bounds, tree.first, tree.group, block, box, allowed, below, barred, scores)
        if level == 0:
            for j in range(FANOUT):
                if scores[j] >= worst:
                    _try(tree, FANOUT * block + j, packet)
                    worst = _lowest(packet.best)
            continue
        child = tree.level[level - 1] + FANOUT * (block - tree.level[level])
        bottom = depth
        for j in range(FANOUT):
            if scores[j] >= worst:
                # the most promising is popped first
                k = depth
                while k > bottom and stack_bound[k - 1] > scores[j]:
                    stack[k], stack_bound[k] = stack[k - 1], stack_bound[k - 1]
                    k -= 1
                stack[k], stack_bound[k] = child + j, scores[j]
                stack_level[depth] = level - 1
                depth += 1


@njit(cache=True, inline="always")
def _score(
    bounds: np.ndarray,
    first: np.ndarray,
    group: np.ndarray,
    block: int,
    box: tuple[float, ...],
    allowed: tuple[float, ...],
    below: int,
    barred: int,
    scores: np.ndarray,
) -> None:
    """Write what no kernel of each of the block's entries exceeds anywhere in the box."""
    for j in range(FANOUT):
        low_x, low_y, low_z = bounds[block, 0, j], bounds[block, 1, j], bounds[block, 2, j]
        high_x, high_y, high_z = bounds[block, 3, j], bounds[block, 4, j], bounds[block, 5, j]
        gap_x = max(max(low_x - box[1], box[0] - high_x), 0.0)
        gap_y = max(max(low_y - box[3], box[2] - high_y), 0.0)
        gap_z = max(max(low_z - box[5], box[4] - high_z), 0.0)
        far = (
            gap_x * gap_x * bounds[block, 6, j]
            + gap_y * gap_y * bounds[block, 7, j]
            + gap_z * gap_z * bounds[block, 8, j]
        )
        fits = (
            (first[block, j] < below)
            & (group[block, j] != barred)
            & (low_x <= allowed[1]) & (high_x >= allowed[0])
            & (low_y <= allowed[3]) & (high_y >= allowed[2])
            & (low_z <= allowed[5]) & (high_z >= allowed[4])
        )  # fmt: skip
        scores[j] = bounds[block, 9, j] - far if fits else -np.inf


@njit(cache=True, inline="always")
def _try(tree: KernelTree, i: int, packet: Packet) -> None:
    """Let the tree's i-th kernel compete for each point."""
    exact = tree.exact
    best, places, rows, row = packet.best, packet.places, packet.rows, tree.row[i]
    for k in range(PACKET):
        dx, dy, dz = packet.x[k] - exact[i, 0], packet.y[k] - exact[i, 1], packet.z[k] - exact[i, 2]
        u = exact[i, 4] * dx
        v = exact[i, 5] * dx + exact[i, 6] * dy
        w = exact[i, 7] * dx + exact[i, 8] * dy + exact[i, 9] * dz
        trial = exact[i, 3] - 0.5 * (u * u + v * v + w * w)
        before = best[k]
        wins = (trial > before) | ((trial == before) & (row < rows[k]))
        best[k] = trial if wins else before
        places[k] = i if wins else places[k]
        rows[k] = row if wins else rows[k]


@njit(cache=True, fastmath={"nnan", "nsz"})
def _lowest(values: np.ndarray) -> float:
    """Return the minimum, at least _LEAST; the flags let the processor take eight at a time."""
    lowest = np.inf
    for k in range(PACKET):
        lowest = min(lowest, values[k])
    return max(lowest, _LEAST)
