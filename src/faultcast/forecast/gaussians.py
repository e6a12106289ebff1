"""Weighted sums of Gaussian kernels of any shape, with an optional uniform part."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import ArrayLike, NDArray

from faultcast.errors import DataError
from faultcast.forecast.density import Uniform
from faultcast.forecast.volume import Volume

_LOG_2PI = float(np.log(2.0 * np.pi))
_COVARIANCE = ["cxx", "cxy", "cxz", "cxy", "cyy", "cyz", "cxz", "cyz", "czz"]


class GaussianSum:
    """``f(x) = sum_k w_k N(x; m_k, C_k) + u / V inside the volume``.

    Weights and `uniform_weight` are scaled to sum to 1.

    Parameters
    ----------
    weights : (k,) not negative; kernels of weight 0 are left out.
    means : (k, 3) km.
    covariances : (k, 3, 3) km^2, positive definite.
    uniform_weight : u, in the unit of the weights.
    volume : where the uniform part lives; needed if u > 0.

    Raises
    ------
    DataError
        Shapes do not match, a value is not finite or a covariance not positive definite.
    """

    # a kernel's contribution beyond this many sigma is left out of `density`: at most 6e-9
    # of its peak and 7e-8 of its mass
    reach_sigma = 6.5

    def __init__(
        self,
        weights: ArrayLike,
        means: ArrayLike,
        covariances: ArrayLike,
        *,
        uniform_weight: float = 0.0,
        volume: Volume | None = None,
    ) -> None:
        amounts = np.asarray(weights, dtype=float)
        centres = np.asarray(means, dtype=float)
        spreads = np.asarray(covariances, dtype=float)
        k = len(amounts)
        if centres.shape != (k, 3) or spreads.shape != (k, 3, 3):
            raise DataError(
                f"{k} weights, means of shape {centres.shape}, covariances of shape "
                f"{spreads.shape}: expected (k,), (k, 3) and (k, 3, 3)"
            )
        if not all(np.isfinite(part).all() for part in (amounts, centres, spreads)):
            raise DataError("a kernel has a weight, mean or covariance that is not finite")
        total = amounts.sum() + uniform_weight
        if (amounts < 0).any() or uniform_weight < 0 or total <= 0:
            raise DataError("weights must not be negative and must not all be zero")
        if uniform_weight > 0 and volume is None:
            raise DataError("a uniform part needs the volume that it lives in")
        used = amounts > 0
        self.weights = amounts[used] / total
        self.means = np.ascontiguousarray(centres[used])
        self.uniform_weight = uniform_weight / total
        self.volume = volume
        self._factors = _cholesky(spreads[used])
        self._reach = self.reach_sigma * np.sqrt(np.diagonal(spreads[used], axis1=1, axis2=2))
        self._whiten, self._log_peak = whitened(self.weights, spreads[used])

    def log_density(self, xyz_km: ArrayLike) -> NDArray[np.float64]:
        """Return the log density per km^3 at points (n, 3), km; relative error below 1e-10."""
        points = np.ascontiguousarray(xyz_km, dtype=float)
        logs = _log_sum(points, self.means, self._whiten, self._log_peak)
        if self.uniform_weight > 0 and self.volume is not None:
            floor = np.log(self.uniform_weight) + Uniform(self.volume).log_density(points)
            logs = np.logaddexp(logs, floor)
        return logs

    def density(self, xyz_km: ArrayLike) -> NDArray[np.float64]:
        """Return the density per km^3 at points (n, 3), kernels cut at `reach_sigma`; (n,)."""
        points = np.ascontiguousarray(xyz_km, dtype=float)
        order = np.argsort(points[:, 0], kind="stable")
        sums = np.empty(len(points))
        sums[order] = _scatter(points[order], self.means, self._reach, self._whiten, self._log_peak)
        if self.uniform_weight > 0 and self.volume is not None:
            sums += self.uniform_weight * Uniform(self.volume).density(points)
        return sums

    def sample(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return n points drawn from the density, stratified over the kernels; (n, 3) km."""
        n_uniform = round(n * self.uniform_weight)
        chosen = stratified_choice(self.weights, n - n_uniform, rng)
        normal = rng.standard_normal((len(chosen), 3))
        points = self.means[chosen] + np.einsum("kij,kj->ki", self._factors[chosen], normal)
        if n_uniform == 0 or self.volume is None:
            return points
        return np.concatenate((points, Uniform(self.volume).sample(n_uniform, rng)))


def kernel_table_density(kernels: pd.DataFrame) -> GaussianSum:
    """Return location or condensed kernels, each with its own covariance, as a density.

    Parameters
    ----------
    kernels : table with `weight`, `x_km`, `y_km`, `z_km` and the covariance `cxx` ... `czz`.
    """
    covariances = kernels[_COVARIANCE].to_numpy(float).reshape(-1, 3, 3)
    return GaussianSum(
        kernels["weight"].to_numpy(float), kernels[["x_km", "y_km", "z_km"]], covariances
    )


def whitened(
    weights: NDArray[np.float64], covariances: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what a kernel's log density is made of.

    Parameters
    ----------
    weights : (k,) positive.
    covariances : (k, 3, 3) km^2, positive definite.

    Returns
    -------
    whiten : (k, 6), the lower triangle of the inverse Cholesky factor, row by row.
    log_peak : (k,), log of weight x density at the mean.
    """
    factors = _cholesky(covariances)
    inverse = np.linalg.inv(factors)[:, (0, 1, 1, 2, 2, 2), (0, 0, 1, 0, 1, 2)]
    log_volume = np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
    return np.ascontiguousarray(inverse), np.log(weights) - 1.5 * _LOG_2PI - log_volume


def _cholesky(covariances: NDArray[np.float64]) -> NDArray[np.float64]:
    try:
        return np.asarray(np.linalg.cholesky(covariances), dtype=float)
    except np.linalg.LinAlgError as error:
        raise DataError(
            "a kernel's covariance is not positive definite: leave flat kernels out or give "
            "them a thickness"
        ) from error


def stratified_choice(
    weights: NDArray[np.float64], n: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return n indices, one from each nth part of the summed weights; (n,)."""
    edges = np.cumsum(weights)
    levels = (np.arange(n) + rng.random(n)) / n * edges[-1]
    return np.minimum(np.searchsorted(edges, levels, side="right"), len(weights) - 1)


@njit(cache=True)
def _log_sum(
    points: NDArray[np.float64],
    means: NDArray[np.float64],
    whiten: NDArray[np.float64],
    log_peak: NDArray[np.float64],
) -> NDArray[np.float64]:  # pragma: no cover - compiled
    """Log of the sum over kernels, the running maximum taken out; terms e^-40 below it skipped."""
    logs = np.empty(len(points))
    for i in range(len(points)):
        best, total = -np.inf, 0.0
        for k in range(len(means)):
            dx = points[i, 0] - means[k, 0]
            dy = points[i, 1] - means[k, 1]
            dz = points[i, 2] - means[k, 2]
            a = whiten[k, 0] * dx
            b = whiten[k, 1] * dx + whiten[k, 2] * dy
            c = whiten[k, 3] * dx + whiten[k, 4] * dy + whiten[k, 5] * dz
            term = log_peak[k] - 0.5 * (a * a + b * b + c * c)
            if term > best:
                total = total * np.exp(best - term) + 1.0
                best = term
            elif term > best - 40.0:
                total += np.exp(term - best)
        logs[i] = best + np.log(total) if total > 0.0 else -np.inf
    return logs


@njit(cache=True)
def _scatter(
    points: NDArray[np.float64],
    means: NDArray[np.float64],
    reach: NDArray[np.float64],
    whiten: NDArray[np.float64],
    log_peak: NDArray[np.float64],
) -> NDArray[np.float64]:  # pragma: no cover - compiled
    """Add each kernel to the points in its box; points sorted by x."""
    sums = np.zeros(len(points))
    for k in range(len(means)):
        first = np.searchsorted(points[:, 0], means[k, 0] - reach[k, 0])
        last = np.searchsorted(points[:, 0], means[k, 0] + reach[k, 0])
        for i in range(first, last):
            dy = points[i, 1] - means[k, 1]
            dz = points[i, 2] - means[k, 2]
            if abs(dy) > reach[k, 1] or abs(dz) > reach[k, 2]:
                continue
            dx = points[i, 0] - means[k, 0]
            a = whiten[k, 0] * dx
            b = whiten[k, 1] * dx + whiten[k, 2] * dy
            c = whiten[k, 3] * dx + whiten[k, 4] * dy + whiten[k, 5] * dz
            sums[i] += np.exp(log_peak[k] - 0.5 * (a * a + b * b + c * c))
    return sums
