"""A fault network whose kernels have Student-t tails in place of Gaussian ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from faultcast.errors import DataError
from faultcast.forecast.density import Uniform
from faultcast.forecast.gaussians import GaussianSum, stratified_choice, whitened


class StudentSum:
    """The kernels of a sum of Gaussians as multivariate t of the same means and covariances.

    A kernel's scale matrix is ``S = C (v - 2) / v``, its density
    ``G((v + 3) / 2) / (G(v / 2) (v pi)^1.5 |S|^0.5) (1 + d^2 / v)^(-(v + 3) / 2)`` with d^2 the
    squared Mahalanobis distance by S. Weights and the uniform part stay.

    Parameters
    ----------
    gaussians : the sum whose kernels are replaced.
    degrees_of_freedom : v, above 2; the larger, the nearer to Gaussian.
    """

    def __init__(self, gaussians: GaussianSum, degrees_of_freedom: float) -> None:
        if not degrees_of_freedom > 2:
            raise DataError(
                f"{degrees_of_freedom} degrees of freedom: a kernel has a covariance above 2 only"
            )
        self.gaussians = gaussians
        self.degrees_of_freedom = float(degrees_of_freedom)
        self._scales = gaussians.covariances * (1.0 - 2.0 / self.degrees_of_freedom)

    def log_density(self, xyz_km: ArrayLike) -> NDArray[np.float64]:
        """Return the log density per km^3 at points (n, 3), km; (n,)."""
        points = np.asarray(xyz_km, dtype=float)
        v, kernels = self.degrees_of_freedom, self.gaussians
        whiten, log_peak = whitened(kernels.weights, self._scales)
        # the Gaussian's constant gives way to that of the t
        peaks = (
            log_peak + 1.5 * np.log(2.0 / v) + float(gammaln((v + 3.0) / 2.0) - gammaln(v / 2.0))
        )
        logs = np.full(len(points), -np.inf)
        if kernels.uniform_weight > 0 and kernels.volume is not None:
            uniform = Uniform(kernels.volume).log_density(points)
            logs = np.log(kernels.uniform_weight) + uniform
        for mean, w, peak in zip(kernels.means, whiten, peaks, strict=True):
            x, y, z = (points - mean).T
            gap = (w[0] * x) ** 2 + (w[1] * x + w[2] * y) ** 2
            gap += (w[3] * x + w[4] * y + w[5] * z) ** 2
            logs = np.logaddexp(logs, peak - 0.5 * (v + 3.0) * np.log1p(gap / v))
        return logs

    def density(self, xyz_km: ArrayLike) -> NDArray[np.float64]:
        """Return the density per km^3 at points (n, 3); (n,)."""
        return np.exp(self.log_density(xyz_km))

    def sample(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return n points drawn from the density, stratified over the kernels; (n, 3) km."""
        v, kernels = self.degrees_of_freedom, self.gaussians
        n_uniform = round(n * kernels.uniform_weight)
        chosen = stratified_choice(kernels.weights, n - n_uniform, rng)
        factors = np.linalg.cholesky(self._scales)[chosen]
        normal = rng.standard_normal((len(chosen), 3))
        stretch = np.sqrt(v / rng.chisquare(v, len(chosen)))
        points = kernels.means[chosen] + stretch[:, None] * np.einsum("kij,kj->ki", factors, normal)
        if n_uniform == 0 or kernels.volume is None:
            return points
        return np.concatenate((points, Uniform(kernels.volume).sample(n_uniform, rng)))
