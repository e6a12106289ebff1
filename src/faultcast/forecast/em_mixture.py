"""A Gaussian mixture fitted by expectation maximisation: as many kernels, no fault geometry."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from faultcast.errors import DataError
from faultcast.forecast.gaussians import GaussianSum, whitened

_ROWS, _COLUMNS = (0, 0, 0, 1, 1, 2), (0, 1, 2, 1, 2, 2)


def em_mixture(
    xyz_km: ArrayLike,
    n_components: int,
    *,
    max_events: int | None = 100_000,
    max_iterations: int = 100,
    tolerance: float = 1e-4,
    smallest_km: float = 0.1,
    seed: int = 0,
) -> GaussianSum:
    """Return a mixture of full covariances: one start by k-means++, then EM.

    Parts of a point that are below e^-20 of its largest are left out.

    Parameters
    ----------
    xyz_km : (n, 3) hypocentres, km.
    n_components : number of Gaussians.
    max_events : above this number a random part is fitted (cost grows with events times
        components); None for all.
    max_iterations : steps of EM.
    tolerance : or until a step gains less than this, nats per event.
    smallest_km : added in square to each variance, against collapse.
    seed : seed of the selection and the start.

    Raises
    ------
    DataError
        More components than events, or fewer than one.
    """
    from sklearn.cluster import kmeans_plusplus

    points = np.ascontiguousarray(xyz_km, dtype=float)
    if max_events is not None and len(points) > max_events:
        chosen = np.random.default_rng(seed).choice(len(points), max_events, replace=False)
        points = points[np.sort(chosen)]
    if not 1 <= n_components <= len(points):
        raise DataError(
            f"{n_components} components from {len(points)} events: choose 1..{len(points)}"
        )
    centres, _ = kmeans_plusplus(points, n_components, random_state=seed)
    _, nearest = cKDTree(centres).query(points)
    gaps = points - centres[nearest]
    products = gaps[:, _ROWS] * gaps[:, _COLUMNS]
    sums = np.column_stack((np.ones(len(points)), gaps, products))
    moments = np.zeros((n_components, 10))
    np.add.at(moments, nearest, sums)
    weights, means, covariances = _maximise(moments, centres, smallest_km)
    before = -np.inf
    for _ in range(max_iterations):
        factors, log_peak = whitened(weights, covariances)
        log_likelihood, moments = _expect(points, means, factors, log_peak)
        weights, means, covariances = _maximise(moments, means, smallest_km)
        if log_likelihood - before < tolerance * len(points):
            break
        before = log_likelihood
    return GaussianSum(weights, means, covariances)


def _maximise(
    moments: NDArray[np.float64], means: NDArray[np.float64], smallest_km: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return weights, means and covariances from moments (k, 10) about the old means."""
    # a kernel that has lost all points stays where it is, with hardly any weight
    mass = moments[:, 0].clip(min=1e-9)
    shift = moments[:, 1:4] / mass[:, None]
    covariances = np.empty((len(mass), 3, 3))
    covariances[:, _ROWS, _COLUMNS] = covariances[:, _COLUMNS, _ROWS] = (
        moments[:, 4:] / mass[:, None]
    )
    covariances -= shift[:, :, None] * shift[:, None, :]
    covariances += smallest_km**2 * np.eye(3)
    return mass / mass.sum(), means + shift, covariances


@njit(cache=True)
def _expect(
    points: NDArray[np.float64],
    means: NDArray[np.float64],
    whiten: NDArray[np.float64],
    log_peak: NDArray[np.float64],
) -> tuple[float, NDArray[np.float64]]:  # pragma: no cover - compiled
    """Return the log likelihood and each kernel's moments (k, 10) about its mean."""
    k = len(means)
    moments = np.zeros((k, 10))
    terms = np.empty(k)
    log_likelihood = 0.0
    for i in range(len(points)):
        best = -np.inf
        for c in range(k):
            dx = points[i, 0] - means[c, 0]
            dy = points[i, 1] - means[c, 1]
            dz = points[i, 2] - means[c, 2]
            a = whiten[c, 0] * dx
            b = whiten[c, 1] * dx + whiten[c, 2] * dy
            e = whiten[c, 3] * dx + whiten[c, 4] * dy + whiten[c, 5] * dz
            terms[c] = log_peak[c] - 0.5 * (a * a + b * b + e * e)
            best = max(best, terms[c])
        total = 0.0
        for c in range(k):
            terms[c] = np.exp(terms[c] - best) if terms[c] > best - 20.0 else 0.0
            total += terms[c]
        log_likelihood += best + np.log(total)
        for c in range(k):
            if terms[c] == 0.0:
                continue
            share = terms[c] / total
            dx = points[i, 0] - means[c, 0]
            dy = points[i, 1] - means[c, 1]
            dz = points[i, 2] - means[c, 2]
            row = moments[c]
            row[0] += share
            row[1] += share * dx
            row[2] += share * dy
            row[3] += share * dz
            row[4] += share * dx * dx
            row[5] += share * dx * dy
            row[6] += share * dx * dz
            row[7] += share * dy * dy
            row[8] += share * dy * dz
            row[9] += share * dz * dz
    return log_likelihood, moments
