"""Simple smoothed seismicity, TripleS (Zechar and Jordan 2010), in three dimensions.

Every past hypocentre becomes an isotropic Gaussian of one bandwidth:
``f(x) = sum_i w_i N(x; x_i, h^2 I)``, as Kamer et al. 2020 use it in section 5.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from faultcast.errors import DataError
from faultcast.forecast.gaussians import GaussianSum, stratified_choice

RELATIVE_ERROR = 1e-6
"""Bound on the part of a density that the truncated sum leaves out."""


class TripleS:
    """Isotropic Gaussians of one bandwidth on weighted sources.

    Parameters
    ----------
    xyz_km : (n, 3) sources, km.
    bandwidth_km : standard deviation of each kernel on each axis.
    weights : (n,) not negative; None for equal ones.
    """

    def __init__(
        self, xyz_km: ArrayLike, bandwidth_km: float, weights: ArrayLike | None = None
    ) -> None:
        if not bandwidth_km > 0:
            raise DataError(f"the bandwidth is {bandwidth_km} km: expected a positive number")
        self.sources, self.weights = _checked(xyz_km, weights)
        self.bandwidth_km = float(bandwidth_km)

    def log_density(self, xyz_km: ArrayLike) -> NDArray[np.float64]:
        """Return the log density per km^3 at points (n, 3), km; error below 1e-6."""
        return triple_s_log_densities(xyz_km, self.sources, [self.bandwidth_km], self.weights)[:, 0]

    def density(self, xyz_km: ArrayLike) -> NDArray[np.float64]:
        """Return the density per km^3 at points (n, 3), kernels cut at 6.5 sigma; (n,)."""
        covariance = np.eye(3) * self.bandwidth_km**2
        kernels = np.broadcast_to(covariance, (len(self.sources), 3, 3))
        return GaussianSum(self.weights, self.sources, kernels).density(xyz_km)

    def sample(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return n points; equal generators give the same draws scaled by the bandwidth."""
        chosen = stratified_choice(self.weights, n, rng)
        return self.sources[chosen] + self.bandwidth_km * rng.standard_normal((n, 3))


def triple_s_log_densities(
    points_km: ArrayLike,
    sources_km: ArrayLike,
    bandwidths_km: ArrayLike,
    weights: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Return TripleS log densities per km^3 at many bandwidths in one sweep; (n, n_bandwidths).

    A source is left out for a point and a bandwidth if all such sources together add less
    than `RELATIVE_ERROR` of the nearest source's part: with d0 its distance and w0 its weight,
    those beyond ``d^2 > d0^2 + 2 h^2 log(sum w / (w0 RELATIVE_ERROR))``. So the tails, which
    decide the score of a target far from any source, stay exact.

    Parameters
    ----------
    points_km : (n, 3).
    sources_km : (n_sources, 3).
    bandwidths_km : (n_bandwidths,) in any order.
    weights : (n_sources,) or None.
    """
    sources, amounts = _checked(sources_km, weights)
    points = np.ascontiguousarray(points_km, dtype=float)
    bandwidths = np.asarray(bandwidths_km, dtype=float)
    if bandwidths.ndim != 1 or not (bandwidths > 0).all():
        raise DataError(f"bandwidths must be a list of positive km, found {bandwidths_km!r}")
    nearest_km, nearest = cKDTree(sources).query(points)
    along_x = np.argsort(sources[:, 0], kind="stable")
    widest_first = np.argsort(-bandwidths, kind="stable")
    sums = _sweep(
        points,
        sources[along_x],
        amounts[along_x],
        bandwidths[widest_first],
        nearest_km**2,
        -np.log(amounts[nearest] * RELATIVE_ERROR),
    )
    h = bandwidths[widest_first]
    logs = np.empty_like(sums)
    logs[:, widest_first] = (
        np.log(sums)
        - 0.5 * (nearest_km[:, None] / h) ** 2
        - 1.5 * np.log(2.0 * np.pi)
        - 3.0 * np.log(h)
    )
    return logs


def _checked(
    xyz_km: ArrayLike, weights: ArrayLike | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    sources = np.ascontiguousarray(xyz_km, dtype=float)
    if sources.ndim != 2 or sources.shape[1] != 3 or len(sources) == 0:
        raise DataError(f"sources have shape {sources.shape}: expected (n, 3) with n > 0")
    amounts = np.ones(len(sources)) if weights is None else np.asarray(weights, dtype=float)
    if amounts.shape != (len(sources),):
        raise DataError(f"{len(sources)} sources but weights of shape {amounts.shape}")
    if not (np.isfinite(sources).all() and np.isfinite(amounts).all() and (amounts >= 0).all()):
        raise DataError("a source or weight is not finite, or a weight negative")
    if not (amounts > 0).any():
        raise DataError("all weights are zero: no source is left")
    used = amounts > 0
    if not used.all():
        sources, amounts = sources[used], amounts[used]
    return sources, amounts / amounts.sum()


@njit(cache=True)
def _sweep(
    points: NDArray[np.float64],
    sources: NDArray[np.float64],
    weights: NDArray[np.float64],
    bandwidths: NDArray[np.float64],
    nearest_km2: NDArray[np.float64],
    log_ratio: NDArray[np.float64],
) -> NDArray[np.float64]:  # pragma: no cover - compiled
    """Sum of w exp(-(d^2 - d0^2) / 2 h^2); sources sorted by x, bandwidths falling."""
    n_bandwidths = len(bandwidths)
    sums = np.zeros((len(points), n_bandwidths))
    rates = 0.5 / bandwidths**2
    cuts = np.empty(n_bandwidths)
    for i in range(len(points)):
        for b in range(n_bandwidths):
            # never below the nearest itself, whatever its rounding
            cuts[b] = nearest_km2[i] * (1.0 + 1e-9) + 1e-9 + log_ratio[i] / rates[b]
        reach = np.sqrt(cuts[0])
        first = np.searchsorted(sources[:, 0], points[i, 0] - reach)
        last = np.searchsorted(sources[:, 0], points[i, 0] + reach)
        for j in range(first, last):
            gap = (
                (points[i, 0] - sources[j, 0]) ** 2
                + (points[i, 1] - sources[j, 1]) ** 2
                + (points[i, 2] - sources[j, 2]) ** 2
            )
            for b in range(n_bandwidths):
                if gap > cuts[b]:
                    break
                sums[i, b] += weights[j] * np.exp((nearest_km2[i] - gap) * rates[b])
    return sums
