"""Condensation: badly located kernels give their weight to better located ones.

Kamer et al. (2015), as section 4.2 of Kamer, Ouillon and Sornette (2020) extends it to mixtures.
Kernels are ranked by s = sqrt(trace(covariance)), the largest gives first. Its targets are the
kernels of strictly smaller s whose mean lies in the axis-aligned cube source +- 4 s and which
belong to another event. Each sample point of the source's Gaussian goes to the kernel with the
largest weight x density there, the source with the weight it has by then, the targets with their
first weight; the source's weight is split in these shares.

Which target wins a point thus does not depend on what has been passed on so far, only whether the
source beats it does. So the winners are found in parallel, block by block of ranks, each with the
weight above which the source keeps the point; a sequential sweep then passes the weights down.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numba
import numpy as np
import pandas as pd
from numba import njit, prange

from faultcast.condense.points import (
    draw_normals,
    normal_design,
    place_point,
    split_points,
    stream_keys,
)
from faultcast.condense.tree import (
    CHUNK,
    PACKET,
    KernelTree,
    best_kernels,
    build_tree,
    empty_packet,
    fill_packet,
)
from faultcast.errors import DataError
from faultcast.location.table import KERNEL_COLUMNS, kernel_arrays
from faultcast.threads import numba_threads

CUBE_SIZES = 4.0
# sources whose winners are held at a time: 12 bytes a point of each
_BLOCK = 65_536


def condense(
    kernels: pd.DataFrame,
    method: Literal["deterministic", "monte_carlo"] = "deterministic",
    n_samples: int = 100,
    seed: int = 0,
    *,
    threads: int = 2,
) -> pd.DataFrame:
    """Return the condensed kernels: the same places and shapes, new weights, none of weight 0.

    Parameters
    ----------
    kernels : table of location kernels.
    method : "deterministic" takes the fixed points of `normal_design` for every kernel;
        "monte_carlo" draws each kernel's own from (seed, event_id, component).
    n_samples : points a kernel.
    seed : of the Monte Carlo; without effect on the other method.
    threads : numba threads; the result does not depend on it.

    Returns
    -------
    rows of `kernels` whose weight is not 0, in their order, index reset. The weights' sum is
    kept. The result of a kernel does not depend on the order of rows.

    Raises
    ------
    DataError
        The table cannot be used (see `kernel_arrays`), or an option makes no sense.
    """
    if method not in ("deterministic", "monte_carlo"):
        raise DataError(f"method is {method!r}; expected 'deterministic' or 'monte_carlo'")
    if n_samples < 1:
        raise DataError(f"n_samples is {n_samples}; expected 1 or more")
    arrays = kernel_arrays(kernels)
    used = np.flatnonzero(arrays.weights > 0)
    size = location_size(arrays.covariances)[used]
    ids = kernels["event_id"].to_numpy(dtype=object)[used]
    components = kernels["component"].to_numpy()[used]
    condensed = kernels[list(KERNEL_COLUMNS)].iloc[used]
    if used.size == 0:
        return condensed.reset_index(drop=True)
    # ties of size and of the contest are settled by names, never by the order of rows
    groups, names = pd.factorize(ids, sort=True)
    rank = np.lexsort((components, groups, size))
    keys = np.empty(0, dtype=np.uint64)
    if method == "monte_carlo":
        event = np.char.add(names.astype(str)[groups[rank]], "/")
        keys = stream_keys(np.char.add(event, components[rank].astype(str)), seed)
    weights = arrays.weights[used][rank]
    with numba_threads(threads):
        _transfer(
            arrays.means[used][rank],
            arrays.covariances[used][rank],
            weights,
            groups[rank].astype(np.int64),
            size[rank],
            normal_design(n_samples),
            keys,
        )
    final = np.empty_like(weights)
    final[rank] = weights
    condensed = condensed.assign(weight=final)
    return condensed[final > 0].reset_index(drop=True)


def location_size(covariances: np.ndarray) -> np.ndarray:
    """Return s = sqrt(trace), km, of (n, 3, 3) covariances, to 10 significant digits.

    Equal kernels must stay equal when rounding made their last digits differ.
    """
    size = np.sqrt(np.trace(covariances, axis1=1, axis2=2))
    unit = 10.0 ** (np.floor(np.log10(size)) - 9)
    return np.asarray(np.round(size / unit) * unit)


class _Sources(NamedTuple):
    """What kernels bring when they give, in rank order, smallest s first; for numba.

    `mean` (n, 3), `lower` (n, 3, 3) Cholesky factor, `log_weight` (n,) at first, `peak` (n,) of
    log(weight x density), `group` (n,) event's code, `size` (n,) s, `below` (n,): targets rank
    below it, `key` (n,) of the random stream, or empty where the points are fixed.
    """

    mean: np.ndarray
    lower: np.ndarray
    log_weight: np.ndarray
    peak: np.ndarray
    group: np.ndarray
    size: np.ndarray
    below: np.ndarray
    key: np.ndarray


def _transfer(
    means: np.ndarray,
    covariances: np.ndarray,
    weights: np.ndarray,
    groups: np.ndarray,
    size: np.ndarray,
    design: np.ndarray,
    keys: np.ndarray,
) -> None:
    """Pass the weights down the ranks, in place; all arrays in rank order, smallest s first."""
    tree = build_tree(means, covariances, weights, groups)
    lower = np.linalg.cholesky(covariances)
    log_weight = np.log(weights)
    peak = log_weight - np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
    # first rank of each group of equal sizes
    below = np.searchsorted(size, size, side="left")
    sources = _Sources(means, lower, log_weight, peak, groups, size, below, keys)
    for stop in range(len(weights), 0, -_BLOCK):
        start = max(0, stop - _BLOCK)
        winner = np.empty((stop - start, len(design)), dtype=np.int32)
        needed = np.empty((stop - start, len(design)))
        # neighbours one after the other find the same part of the tree in the processor's cache
        turn = np.argsort(tree.place[start:stop])
        with numba.parallel_chunksize(CHUNK):
            _find_winners(tree, sources, start, turn, design, winner, needed)
        _sweep(start, weights, winner, needed)


@njit(parallel=True, cache=True)
def _find_winners(
    tree: KernelTree,
    sources: _Sources,
    start: int,
    turn: np.ndarray,
    design: np.ndarray,
    winner: np.ndarray,
    needed: np.ndarray,
) -> None:
    """Serve the sources from rank `start` on, in the order `turn` (sources,)."""
    for t in prange(turn.shape[0]):
        i = turn[t]
        _winners_of_one(tree, sources, start + i, design, winner[i], needed[i])


@njit(cache=True)
def _winners_of_one(
    tree: KernelTree,
    sources: _Sources,
    source: int,
    design: np.ndarray,
    winner: np.ndarray,
    needed: np.ndarray,
) -> None:
    """Find, for each point of a source, the best target and the log weight that beats it.

    `winner` (points,) is the target's rank, -1 where the source wins with its first weight
    already (weights only grow before their kernel's turn).
    """
    winner[:] = -1
    below = sources.below[source]
    if below == 0:
        return
    normals = design
    if sources.key.shape[0] > 0:
        normals = np.empty_like(design)
        draw_normals(sources.key[source], normals)
    mean, reach = sources.mean[source], CUBE_SIZES * sources.size[source]
    low, high = mean - reach, mean + reach
    points, own = np.empty_like(design), np.empty(design.shape[0])
    for k in range(design.shape[0]):
        z = normals[k]
        place_point(mean, sources.lower[source], z, points[k])
        own[k] = sources.peak[source] - 0.5 * (z[0] * z[0] + z[1] * z[1] + z[2] * z[2])
    order, first = split_points(points, PACKET)
    packet = empty_packet()
    guess = -1
    for part in range(first.shape[0] - 1):
        chosen = order[first[part] : first[part + 1]]
        fill_packet(packet, points, own, chosen)
        best_kernels(tree, packet, guess, below, sources.group[source], low, high)
        for j in range(chosen.shape[0]):
            if packet.places[j] >= 0:
                k = chosen[j]
                guess = packet.places[j]
                winner[k] = packet.rows[j]
                needed[k] = sources.log_weight[source] + packet.best[j] - own[k]


@njit(cache=True)
def _sweep(start: int, weights: np.ndarray, winner: np.ndarray, needed: np.ndarray) -> None:
    n_points = winner.shape[1]
    for i in range(winner.shape[0] - 1, -1, -1):
        source = start + i
        log_weight = np.log(weights[source])
        share = weights[source] / n_points
        kept = n_points
        for k in range(n_points):
            if winner[i, k] >= 0 and needed[i, k] > log_weight:
                weights[winner[i, k]] += share
                kept -= 1
        if kept < n_points:
            weights[source] *= kept / n_points
