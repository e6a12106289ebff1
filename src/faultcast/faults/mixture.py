"""A mixture of Gaussian kernels and uniform backgrounds: densities, labels, BIC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faultcast.faults.backgrounds import Background, inside, move_backgrounds
from faultcast.faults.hull import turned
from faultcast.faults.mixture_scan import scan_points

_LOG_2PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True)
class Mixture:
    """Kernels of a fault network, K of them: Gaussians first, then the backgrounds.

    Attributes
    ----------
    weights : (K,), sum 1
    means : (K, 3), km
    covariances : (K, 3, 3), km^2; a background's is that of a uniform density in its body
    is_background : (K,) bool
    backgrounds : the B bodies in which the backgrounds' densities are uniform
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    is_background: np.ndarray
    backgrounds: Sequence[Background]

    def __len__(self) -> int:
        return len(self.weights)

    def log_density(self, xyz_km: np.ndarray) -> np.ndarray:
        """Return the log density (n,) per km^3 of the mixture at points (n, 3)."""
        return self.scan(xyz_km)[0]

    def labels(self, xyz_km: np.ndarray) -> np.ndarray:
        """Return the kernel of largest weight x density (n,) at points (n, 3)."""
        return self.scan(xyz_km)[1]

    def scan(self, xyz_km: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return log density, label and the label's responsibility, (n,) each."""
        gaussian = ~self.is_background
        factors, peaks = whitening(self.weights[gaussian], self.covariances[gaussian])
        volumes = np.array([background.volume for background in self.backgrounds])
        levels = np.log(self.weights[self.is_background]) - np.log(volumes)
        uniform = np.where(inside(self.backgrounds, xyz_km).T, levels, -np.inf)
        points = np.ascontiguousarray(xyz_km, dtype=np.float64)
        return scan_points(points, self.means[gaussian], factors, peaks, uniform)

    def moved(self, centre: np.ndarray, axes: np.ndarray) -> Mixture:
        """Return the mixture with each point x at x @ axes + centre."""
        return Mixture(
            self.weights,
            self.means @ axes + centre,
            turned(self.covariances, axes),
            self.is_background,
            move_backgrounds(self.backgrounds, centre, axes),
        )


def whitening(weights: np.ndarray, covariances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return inverse Cholesky factors (K, 3, 3) and log(weight x peak density) (K,).

    A singular kernel has density 0 everywhere: its peak is -inf.
    """
    factors = np.zeros((len(weights), 3, 3))
    peaks = np.full(len(weights), -np.inf)
    for k, covariance in enumerate(covariances):
        if weights[k] <= 0.0:
            continue
        try:
            factor = np.linalg.cholesky(covariance)
        except np.linalg.LinAlgError:
            continue
        factors[k] = np.linalg.inv(factor)
        peaks[k] = np.log(weights[k]) - np.sum(np.log(np.diag(factor))) - 1.5 * _LOG_2PI
    return factors, peaks


def n_parameters(n_kernels: int) -> int:
    """Return the free parameters of a mixture: ten a kernel, background too, less one."""
    return 10 * n_kernels - 1


def bic(log_likelihood: float, n_kernels: int, n_points: int) -> float:
    """Return the BIC of Eq. 2 (half of the usual scale): -log L + k / 2 log N."""
    return -log_likelihood + 0.5 * n_parameters(n_kernels) * float(np.log(n_points))


def assemble(
    weights: np.ndarray,
    means: np.ndarray,
    covariances: np.ndarray,
    backgrounds: Sequence[Background],
    background_weights: np.ndarray,
) -> Mixture:
    """Put Gaussian kernels and backgrounds into one mixture, Gaussians first."""
    centres = np.array([background.centre for background in backgrounds])
    spreads = np.array([background.covariance for background in backgrounds])
    return Mixture(
        np.concatenate((weights, background_weights)),
        np.concatenate((means.reshape(-1, 3), centres.reshape(-1, 3))),
        np.concatenate((covariances.reshape(-1, 3, 3), spreads.reshape(-1, 3, 3))),
        np.arange(len(weights) + len(backgrounds)) >= len(weights),
        backgrounds,
    )
