"""Confidence intervals of scores per event: whole sequences are drawn again.

Earthquakes come in sequences, so an interval from independent draws is too narrow. Scores per
day are drawn in blocks: `faultcast.evaluate.scores.block_weights`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from faultcast.errors import DataError

_CHUNK_VALUES = 4_000_000


class Interval(NamedTuple):
    """A mean and the ends of its percentile interval."""

    mean: float
    low: float
    high: float


def sequence_bootstrap(
    values: ArrayLike,
    sequence_ids: ArrayLike,
    n_resamples: int = 2000,
    seed: int = 0,
    *,
    level: float = 0.95,
) -> list[Interval]:
    """Return means per event and their intervals from whole sequences drawn with replacement.

    As many sequences as there are drawn; a draw's mean is its sum over its number of events.
    The columns share the draws: a column of differences gives a paired interval.

    Parameters
    ----------
    values : (n, m) scores, one row an event.
    sequence_ids : (n,) the sequence of each event, as from `link_sequences`.
    n_resamples, seed : number of draws, and their seed.
    level : coverage of the intervals.

    Returns
    -------
    One interval a column.

    Raises
    ------
    DataError
        Values are empty, not finite, or of another length than the ids.
    """
    table = np.asarray(values, dtype=float)
    _, members = np.unique(np.asarray(sequence_ids), return_inverse=True)
    if table.ndim != 2 or members.shape != table.shape[:1]:
        raise DataError(
            f"values of shape {table.shape} but sequence ids of shape {members.shape}: "
            "give one row and one id an event"
        )
    if len(table) == 0:
        raise DataError("no event to score: a mean needs at least one")
    if not np.isfinite(table).all():
        raise DataError(
            f"{(~np.isfinite(table)).sum()} of {table.size} scores are not finite: "
            "their mean has no interval"
        )
    if not 0 < level < 1:
        raise DataError(f"level is {level}: expected a coverage between 0 and 1")
    sizes = np.bincount(members).astype(float)
    sums = np.zeros((len(sizes), table.shape[1]))
    np.add.at(sums, members, table)
    generator = np.random.default_rng(seed)
    chunk = max(1, _CHUNK_VALUES // len(sizes))
    equal = np.full(len(sizes), 1.0 / len(sizes))
    draws = []
    for first in range(0, n_resamples, chunk):
        n_draws = min(chunk, n_resamples - first)
        times_drawn = generator.multinomial(len(sizes), equal, size=n_draws).astype(float)
        draws.append((times_drawn @ sums) / (times_drawn @ sizes)[:, None])
    low, high = np.quantile(np.concatenate(draws), [(1 - level) / 2, (1 + level) / 2], axis=0)
    return [
        Interval(float(mean), float(least), float(most))
        for mean, least, most in zip(table.mean(axis=0), low, high, strict=True)
    ]


def link_sequences(
    times: ArrayLike, xyz_km: ArrayLike, *, distance_km: float = 10.0, days: float = 30.0
) -> NDArray[np.int64]:
    """Return a sequence id for each event: single link in space and time.

    Two events are linked if they are at most `distance_km` and `days` apart; a sequence is
    what links connect.

    Parameters
    ----------
    times : (n,) datetime64 or days as float, in any order.
    xyz_km : (n, 2) or (n, 3) epicentres or hypocentres, km.
    distance_km, days : largest distance and time of a link, both included.

    Returns
    -------
    ids : (n,) from 0, numbered by the first event in time.

    Raises
    ------
    DataError
        Times and coordinates differ in length or are not finite.
    """
    in_days = _as_days(times)
    points = np.ascontiguousarray(xyz_km, dtype=float)
    if points.ndim != 2 or len(points) != len(in_days):
        raise DataError(
            f"{len(in_days)} times but coordinates of shape {points.shape}: "
            "expected one row of 2 or 3 coordinates an event"
        )
    if not (np.isfinite(points).all() and np.isfinite(in_days).all()):
        raise DataError("times or coordinates are not finite: keep such events aside first")
    order = np.argsort(in_days, kind="stable")
    roots = _link_sorted(in_days[order], points[order], float(distance_km) ** 2, float(days))
    # the root is the earliest member, so ids follow the first event in time
    _, labels = np.unique(roots, return_inverse=True)
    ids = np.empty(len(points), dtype=np.int64)
    ids[order] = labels
    return ids


@njit(cache=True)
def _link_sorted(
    days: NDArray[np.float64], points: NDArray[np.float64], reach_km2: float, reach_days: float
) -> NDArray[np.int64]:  # pragma: no cover - compiled
    """Union-find over events sorted by time; walks back while the time gap allows."""
    n = len(days)
    parent = np.arange(n)
    for i in range(n):
        j = i - 1
        while j >= 0 and days[i] - days[j] <= reach_days:
            gap = 0.0
            for axis in range(points.shape[1]):
                gap += (points[i, axis] - points[j, axis]) ** 2
            if gap <= reach_km2:
                a = i
                while parent[a] != a:
                    parent[a] = parent[parent[a]]
                    a = parent[a]
                b = j
                while parent[b] != b:
                    parent[b] = parent[parent[b]]
                    b = parent[b]
                parent[max(a, b)] = min(a, b)
            j -= 1
    for i in range(n):
        parent[i] = parent[parent[i]]
    return parent


def _as_days(times: ArrayLike) -> NDArray[np.float64]:
    array: NDArray[Any] = np.asarray(times)
    if array.dtype == object:
        array = np.asarray(times, dtype="datetime64[ns]")
    if array.dtype.kind == "M":
        if np.isnat(array).any():
            raise DataError("an event has no time: keep such events aside first")
        return array.astype("datetime64[ns]").astype(np.int64) / 86_400e9
    return array.astype(float)
