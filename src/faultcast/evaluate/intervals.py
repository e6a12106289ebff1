"""Confidence intervals of mean scores whose values depend on their neighbours.

Earthquakes come in sequences and days in spells, so an interval from independent draws is too
narrow. Days are drawn again in blocks, events in whole sequences.
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


def moving_block_bootstrap(
    values: ArrayLike,
    block_length: int,
    n_resamples: int = 2000,
    seed: int = 0,
    *,
    baseline: ArrayLike | None = None,
    level: float = 0.95,
) -> Interval:
    """Return the mean of a series and its interval from blocks drawn with replacement.

    Blocks wrap around the end (the circular variant of Politis and Romano 1992), so every
    value is drawn equally often and the draws centre on the mean.

    Parameters
    ----------
    values : (n,) scores in order of time.
    block_length : values a block; longer than the memory of the series, at most n.
    n_resamples : number of draws.
    seed : seed of the draws.
    baseline : (n,) scores of another model; the interval is that of the mean paired
        difference ``values - baseline``.
    level : coverage of the interval.

    Raises
    ------
    DataError
        `values` is empty, not finite or of another shape than `baseline`; the block is
        shorter than 1 or longer than the series.
    """
    differences = _paired(values, baseline)
    n = len(differences)
    if not 1 <= block_length <= n:
        raise DataError(f"block_length is {block_length}, the series has {n} values: choose 1..{n}")
    n_blocks = -(-n // block_length)
    n_left = n - (n_blocks - 1) * block_length
    sums = np.concatenate(([0.0], np.cumsum(np.concatenate((differences, differences)))))
    whole = sums[block_length : block_length + n] - sums[:n]
    part = sums[n_left : n_left + n] - sums[:n]
    starts = np.random.default_rng(seed).integers(n, size=(n_resamples, n_blocks))
    draws = (whole[starts[:, :-1]].sum(axis=1) + part[starts[:, -1]]) / n
    return _percentiles(differences.mean(), draws, level)


def sequence_bootstrap(
    values: ArrayLike,
    sequence_ids: ArrayLike,
    n_resamples: int = 2000,
    seed: int = 0,
    *,
    baseline: ArrayLike | None = None,
    level: float = 0.95,
) -> Interval:
    """Return the mean per event and its interval from whole sequences drawn with replacement.

    As many sequences as there are drawn; a draw's mean is its sum over its number of events.

    Parameters
    ----------
    values : (n,) one score an event.
    sequence_ids : (n,) the sequence of each event, as from `link_sequences`.
    n_resamples, seed, baseline, level : as in `moving_block_bootstrap`.

    Raises
    ------
    DataError
        Values are empty, not finite, or of another length than the ids.
    """
    differences = _paired(values, baseline)
    return sequence_bootstrap_many(
        differences[:, None], sequence_ids, n_resamples, seed, level=level
    )[0]


def sequence_bootstrap_many(
    values: ArrayLike,
    sequence_ids: ArrayLike,
    n_resamples: int = 2000,
    seed: int = 0,
    *,
    level: float = 0.95,
) -> list[Interval]:
    """Return what `sequence_bootstrap` gives for each column of (n, m), from the same draws."""
    table = np.asarray(values, dtype=float)
    for column in table.T:
        _paired(column, None)
    _, members = np.unique(np.asarray(sequence_ids), return_inverse=True)
    if table.ndim != 2 or members.shape != table.shape[:1]:
        raise DataError(
            f"values of shape {table.shape} but sequence ids of shape {members.shape}: "
            "give one id an event"
        )
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
    means = np.concatenate(draws)
    return [
        _percentiles(column.mean(), drawn, level)
        for column, drawn in zip(table.T, means.T, strict=True)
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


def _paired(values: ArrayLike, baseline: ArrayLike | None) -> NDArray[np.float64]:
    scores = np.asarray(values, dtype=float)
    if baseline is not None:
        other = np.asarray(baseline, dtype=float)
        if other.shape != scores.shape:
            raise DataError(
                f"values have shape {scores.shape}, the baseline {other.shape}: "
                "paired scores need one of each"
            )
        scores = scores - other
    if scores.ndim != 1 or len(scores) == 0:
        raise DataError(f"expected a series of at least one value, found shape {scores.shape}")
    if not np.isfinite(scores).all():
        raise DataError(
            f"{(~np.isfinite(scores)).sum()} of {len(scores)} scores are not finite: "
            "their mean has no interval"
        )
    return scores


def _percentiles(mean: float, draws: NDArray[np.float64], level: float) -> Interval:
    if not 0 < level < 1:
        raise DataError(f"level is {level}: expected a coverage between 0 and 1")
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(mean), float(low), float(high))
