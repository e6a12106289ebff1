"""Weights of a fault network re-estimated from events, its kernels kept as they are.

A network that was built on condensed loci weighs its kernels by loci. Expectation maximisation
on the weights alone, backgrounds among them, gives those that make the events most likely; the
likelihood has a single maximum.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from faultcast.errors import DataError
from faultcast.faults.mixture import Mixture, whitening

REACH_SIGMA = 6.5
"""Beyond this many sigma a kernel has no part in an event; at most 7e-8 of its mass lies there."""


def reestimated_weights(
    mixture: Mixture,
    xyz_km: ArrayLike,
    *,
    tolerance: float = 1e-7,
    max_iterations: int = 1000,
) -> NDArray[np.float64]:
    """Return the weights (k,) of a network's kernels and backgrounds for events, sum 1.

    Parameters
    ----------
    mixture : the network; its weights are where the iteration starts.
    xyz_km : (n, 3) events, km. One beyond all kernels and backgrounds has no say.
    tolerance : the iteration ends when it gains less than this, nats per event.
    max_iterations : or after so many steps.

    Raises
    ------
    DataError
        No event lies near any kernel or in any background.
    """
    points = np.ascontiguousarray(xyz_km, dtype=float)
    points = points[np.argsort(points[:, 0], kind="stable")]
    gaussian = ~mixture.is_background
    factors, peaks = whitening(np.ones(int(gaussian.sum())), mixture.covariances[gaussian])
    axes_sigma = np.sqrt(np.diagonal(mixture.covariances[gaussian], axis1=1, axis2=2))
    kernels = (points, mixture.means[gaussian], REACH_SIGMA * axes_sigma, factors, peaks)
    rows, values = np.empty(0, np.int64), np.empty(0)
    counts = _gather(*kernels, rows, values)
    rows, values = np.empty(counts.sum(), np.int64), np.empty(counts.sum())
    _gather(*kernels, rows, values)
    parts = [(np.flatnonzero(gaussian), counts, rows, values)]
    for k, body in zip(np.flatnonzero(mixture.is_background), mixture.backgrounds, strict=True):
        inside = np.flatnonzero(body.contains(points))
        density = np.full(len(inside), 1.0 / body.volume)
        parts.append((np.array([k]), np.array([len(inside)]), inside, density))
    order, counts, rows, values = (np.concatenate(column) for column in zip(*parts, strict=True))
    if counts.sum() == 0:
        raise DataError(
            f"none of {len(points)} events lies near a kernel of the network: are both in the "
            "same projection?"
        )
    starts = np.concatenate(([0], np.cumsum(counts)))
    found = np.empty(len(order))
    found[order] = _climb(
        mixture.weights[order], starts, rows, values, len(points), tolerance, max_iterations
    )
    return found / found.sum()


@njit(cache=True)
def _gather(
    points: NDArray[np.float64],
    means: NDArray[np.float64],
    reach: NDArray[np.float64],
    factors: NDArray[np.float64],
    peaks: NDArray[np.float64],
    rows: NDArray[np.int64],
    values: NDArray[np.float64],
) -> NDArray[np.int64]:  # pragma: no cover - compiled
    """Count the points near each kernel; write rows and densities where room is given."""
    counts = np.zeros(len(means), np.int64)
    at = 0
    for k in range(len(means)):
        if peaks[k] == -np.inf:
            continue
        f = factors[k]
        first = np.searchsorted(points[:, 0], means[k, 0] - reach[k, 0])
        last = np.searchsorted(points[:, 0], means[k, 0] + reach[k, 0])
        for i in range(first, last):
            dy = points[i, 1] - means[k, 1]
            dz = points[i, 2] - means[k, 2]
            if abs(dy) > reach[k, 1] or abs(dz) > reach[k, 2]:
                continue
            dx = points[i, 0] - means[k, 0]
            a = f[0, 0] * dx
            b = f[1, 0] * dx + f[1, 1] * dy
            c = f[2, 0] * dx + f[2, 1] * dy + f[2, 2] * dz
            gap = a * a + b * b + c * c
            if gap > REACH_SIGMA * REACH_SIGMA:
                continue
            if len(rows) > 0:
                rows[at], values[at] = i, np.exp(peaks[k] - 0.5 * gap)
            at += 1
            counts[k] += 1
    return counts


@njit(cache=True)
def _climb(
    weights: NDArray[np.float64],
    starts: NDArray[np.int64],
    rows: NDArray[np.int64],
    values: NDArray[np.float64],
    n_points: int,
    tolerance: float,
    max_iterations: int,
) -> NDArray[np.float64]:  # pragma: no cover - compiled
    """Improve the weights by EM; the densities by kernel are a sparse matrix."""
    found = weights.copy()
    before = -np.inf
    for _ in range(max_iterations):
        density = np.zeros(n_points)
        for k in range(len(found)):
            for j in range(starts[k], starts[k + 1]):
                density[rows[j]] += found[k] * values[j]
        total, used = 0.0, 0
        for i in range(n_points):
            if density[i] > 0.0:
                total += np.log(density[i])
                density[i] = 1.0 / density[i]
                used += 1
        if total - before < tolerance * used:
            break
        before = total
        for k in range(len(found)):
            share = 0.0
            for j in range(starts[k], starts[k + 1]):
                share += values[j] * density[rows[j]]
            found[k] *= share / used
    return found
