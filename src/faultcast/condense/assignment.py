"""Hard assignment of events to condensed kernels (Kamer et al. 2020, section 4.2, Fig 8c and d).

Sample points of each event's original PDF vote, each for the condensed kernel that is most likely
there; the event goes to the kernel with most votes. "Most likely" is the largest weight x density
(the responsibility of a mixture) or, as the paper's word "likelihood" may also be read, the
largest density.
"""

from __future__ import annotations

from typing import Literal

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
from faultcast.condense.threads import numba_threads
from faultcast.condense.tree import (
    PACKET,
    KernelTree,
    best_kernels,
    build_tree,
    empty_packet,
    fill_packet,
)
from faultcast.errors import DataError
from faultcast.location.table import kernel_arrays

_UNIFORM_STREAM = np.uint64(0x5851F42D4C957F2D)
_ANYWHERE = np.array([np.inf, np.inf, np.inf])


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
        with numba_threads(threads):
            _vote(
                tree,
                first,
                sources.weights[order],
                sources.means[order],
                np.linalg.cholesky(sources.covariances[order]),
                stream_keys(names, seed),
                won,
                n_samples,
            )
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


@njit(parallel=True, cache=True)
def _vote(
    tree: KernelTree,
    first: np.ndarray,
    weights: np.ndarray,
    means: np.ndarray,
    lower: np.ndarray,
    keys: np.ndarray,
    won: np.ndarray,
    n_samples: int,
) -> None:
    everything = tree.row.shape[0]
    for event in prange(won.shape[0]):
        normals, uniforms = np.empty((n_samples, 3)), np.empty(n_samples)
        draw_normals(keys[event], normals)
        start, stop = first[event], first[event + 1]
        share = np.cumsum(weights[start:stop])
        if stop - start > 1:
            draw_uniforms(keys[event] ^ _UNIFORM_STREAM, uniforms)
        points = np.empty((n_samples, 3))
        for k in range(n_samples):
            kernel = start
            if stop - start > 1:
                kernel += np.searchsorted(share, uniforms[k] * share[-1], side="right")
            place_point(means[kernel], lower[kernel], normals[k], points[k])
        order, first_point = split_points(points, PACKET)
        floor, votes = np.full(n_samples, -np.inf), np.empty(n_samples, dtype=np.int64)
        packet = empty_packet()
        guess = -1
        for part in range(first_point.shape[0] - 1):
            chosen = order[first_point[part] : first_point[part + 1]]
            fill_packet(packet, points, floor, chosen)
            best_kernels(tree, packet, guess, everything, -1, -_ANYWHERE, _ANYWHERE)
            guess = packet.places[0]
            votes[chosen] = packet.rows[: chosen.shape[0]]
        votes.sort()
        best, count, run = votes[0], 0, 0
        for k in range(n_samples):
            run = run + 1 if k > 0 and votes[k] == votes[k - 1] else 1
            if run > count:
                best, count = votes[k], run
        won[event, 0], won[event, 1] = best, count
