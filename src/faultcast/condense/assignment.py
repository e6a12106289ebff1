"""Hard assignment of events to condensed kernels (Kamer et al. 2020, section 4.2, Fig 8c and d).

Sample points of each event's original PDF vote, each for the condensed kernel that is most likely
there; the event goes to the kernel with most votes. "Most likely" is the largest weight x density
(the responsibility of a mixture) or, as the paper's word "likelihood" may also be read, the
largest density.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numba
import numpy as np
import pandas as pd
from numba import njit, prange

from faultcast.condense.points import (
    draw_normals,
    draw_uniforms,
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
    spatial_order,
)
from faultcast.errors import DataError
from faultcast.location.table import kernel_arrays
from faultcast.threads import numba_threads

_UNIFORM_STREAM = np.uint64(0x5851F42D4C957F2D)


def assign_events(
    kernels: pd.DataFrame,
    condensed: pd.DataFrame,
    n_samples: int = 1000,
    seed: int = 0,
    rule: Literal["weight_density", "density"] = "weight_density",
    *,
    threads: int = 2,
) -> pd.DataFrame:
    """Assign each event to the condensed kernel that wins most of its sample points.

    Parameters
    ----------
    kernels : the original location kernels; an event's points are drawn from its mixture, from a
        stream of (seed, event_id), so that neither row order nor threads matter.
    condensed : what `condense` returned.
    n_samples : points an event.
    seed : of the points.
    rule : what makes a kernel win a point: its weight x density, or its density alone.
    threads : numba threads; the result does not depend on it.

    Returns
    -------
    one row an event, in the order of their first kernels: event_id, kernel (row in `condensed`),
    n_samples_won. Of equal counts the kernel first in `condensed` wins.

    Raises
    ------
    DataError
        A table cannot be used, or an option makes no sense.
    """
    if rule not in ("weight_density", "density"):
        raise DataError(f"rule is {rule!r}; expected 'weight_density' or 'density'")
    if n_samples < 1:
        raise DataError(f"n_samples is {n_samples}; expected 1 or more")
    sources = kernel_arrays(kernels)
    targets = kernel_arrays(condensed, "the condensed table")
    used = np.flatnonzero(targets.weights > 0)
    codes, names = pd.factorize(kernels["event_id"].to_numpy(dtype=object))
    if len(names) and not used.size:
        raise DataError("the condensed table has no kernel with weight, so no event fits one")
    won = np.zeros((len(names), 2), dtype=np.int64)
    if len(names):
        order = np.lexsort((kernels["component"].to_numpy(), codes))
        first = np.searchsorted(codes[order], np.arange(len(names) + 1))
        weights = targets.weights[used]
        tree = build_tree(
            targets.means[used],
            targets.covariances[used],
            weights if rule == "weight_density" else np.ones_like(weights),
            np.zeros(used.size, dtype=np.int64),
        )
        events = _Mixtures(
            first,
            sources.weights[order],
            sources.means[order],
            np.linalg.cholesky(sources.covariances[order]),
            stream_keys(names, seed),
        )
        # neighbours one after the other find the same part of the tree in the processor's cache
        turn = spatial_order(events.mean[first[:-1]], np.zeros(len(names)))
        with numba_threads(threads), numba.parallel_chunksize(CHUNK):
            _vote(tree, events, turn, won, n_samples)
    return pd.DataFrame(
        {
            "event_id": pd.Series(names, dtype="str"),
            "kernel": used[won[:, 0]] if len(names) else won[:, 0],
            "n_samples_won": won[:, 1],
        }
    )


def count_events(condensed: pd.DataFrame, assignment: pd.DataFrame) -> pd.DataFrame:
    """Return `condensed` with the column n_events, the events assigned to each kernel."""
    counts = np.bincount(assignment["kernel"].to_numpy(), minlength=len(condensed))
    if len(counts) > len(condensed):
        raise DataError(
            f"the assignment names kernel {len(counts) - 1}, the condensed table has "
            f"{len(condensed)} rows; pass the table that the events were assigned to"
        )
    return condensed.assign(n_events=counts)


class _Mixtures(NamedTuple):
    """Location PDFs of events, for numba: event i has the components first[i] to first[i + 1].

    `first` (events + 1,); `weight` (n,), `mean` (n, 3), `lower` (n, 3, 3) Cholesky factors of the
    components; `key` (events,) of the random streams.
    """

    first: np.ndarray
    weight: np.ndarray
    mean: np.ndarray
    lower: np.ndarray
    key: np.ndarray


@njit(parallel=True, cache=True)
def _vote(
    tree: KernelTree, events: _Mixtures, turn: np.ndarray, won: np.ndarray, n_samples: int
) -> None:
    """Fill `won` (events, 2): the kernel's row and its votes; `turn` is the order of serving."""
    for t in prange(turn.shape[0]):
        event = turn[t]
        points = _sample_points(events, event, n_samples)
        won[event, 0], won[event, 1] = _most_frequent(_winners(tree, points))


@njit(cache=True)
def _sample_points(events: _Mixtures, event: int, n_samples: int) -> np.ndarray:
    """Return points (n_samples, 3) of an event's mixture, from its own stream."""
    normals, uniforms = np.empty((n_samples, 3)), np.empty(n_samples)
    draw_normals(events.key[event], normals)
    start, stop = events.first[event], events.first[event + 1]
    several = stop - start > 1
    share = np.cumsum(events.weight[start:stop])
    if several:
        draw_uniforms(events.key[event] ^ _UNIFORM_STREAM, uniforms)
    points = np.empty((n_samples, 3))
    for k in range(n_samples):
        kernel = start
        if several:
            kernel += np.searchsorted(share, uniforms[k] * share[-1], side="right")
        place_point(events.mean[kernel], events.lower[kernel], normals[k], points[k])
    return points


@njit(cache=True)
def _winners(tree: KernelTree, points: np.ndarray) -> np.ndarray:
    """Return the row of the kernel that wins each point."""
    order, first = split_points(points, PACKET)
    floor, votes = np.full(len(points), -np.inf), np.empty(len(points), dtype=np.int64)
    anywhere = np.full(3, np.inf)
    packet = empty_packet()
    guess = -1
    for part in range(first.shape[0] - 1):
        chosen = order[first[part] : first[part + 1]]
        fill_packet(packet, points, floor, chosen)
        best_kernels(tree, packet, guess, tree.row.shape[0], -1, -anywhere, anywhere)
        guess = packet.places[0]
        for j in range(chosen.shape[0]):
            votes[chosen[j]] = packet.rows[j]
    return votes


@njit(cache=True)
def _most_frequent(votes: np.ndarray) -> tuple[int, int]:
    """Return the smallest of the most frequent values, and its count."""
    votes.sort()
    best, count, run = votes[0], 0, 0
    for k in range(votes.shape[0]):
        run = run + 1 if k > 0 and votes[k] == votes[k - 1] else 1
        if run > count:
            best, count = votes[k], run
    return best, count
