"""A planted fault network: points, whose they are, and the density that they were drawn from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

Floats = NDArray[np.float64]
_LOG_2PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True)
class PlantedNetwork:
    """Points and the truth behind them.

    Attributes
    ----------
    xyz_km : (n, 3), z down
    labels : (n,) int; 0 .. n_faults - 1 a fault, n_faults the noise
    strike_deg, dip_deg, length_km, width_km : (n_faults,); dip as drawn, beyond 90 too
    centres_km : (n_faults, 3)
    frames : (n_faults, 3, 3); rows along strike, across the plane, along dip
    thickness_km : of the slab that is uniform across the plane
    scatter_km : isotropic normal scatter, 1 sigma, added to points uniform on the slab
    noise_box_km : (2, 3), lower and upper corner of the uniform noise
    gaussians : means (n_faults, 3) and covariances (n_faults, 3, 3) that elliptic faults are
        drawn from; None for rectangles
    """

    xyz_km: Floats
    labels: NDArray[np.int64]
    strike_deg: Floats
    dip_deg: Floats
    length_km: Floats
    width_km: Floats
    centres_km: Floats
    frames: Floats
    thickness_km: float
    scatter_km: float
    noise_box_km: Floats
    gaussians: tuple[Floats, Floats] | None

    def true_log_parts(self) -> Floats:
        """Return log(weight x density per km^3) of each part at the points, (n, n_faults + 1).

        Weights are the parts of the points. Nothing is estimated from the points: with equal
        costs no labels are right more often, on average, than the largest of each row.
        """
        n = len(self.length_km)
        share = np.bincount(self.labels, minlength=n + 1) / len(self.labels)
        parts = np.empty((len(self.labels), n + 1))
        for k in range(n):
            if self.gaussians is None:
                parts[:, k] = self._slab(k)
            else:
                parts[:, k] = self._normal(self.gaussians[0][k], self.gaussians[1][k])
        low, high = self.noise_box_km
        inside = np.all((self.xyz_km >= low) & (self.xyz_km <= high), axis=1)
        parts[:, n] = np.where(inside, -np.sum(np.log(high - low)), -np.inf)
        with np.errstate(divide="ignore"):
            return parts + np.log(share)

    def true_labels(self) -> NDArray[np.int64]:
        """Return the labels (n,) that the true parameters give the points."""
        return np.argmax(self.true_log_parts(), axis=1)

    def _slab(self, k: int) -> Floats:
        """Return the log density (n,) of a uniform slab under isotropic normal scatter."""
        off = (self.xyz_km - self.centres_km[k]) @ self.frames[k].T
        sides = (self.length_km[k], self.thickness_km, self.width_km[k])
        density = np.zeros(len(off))
        for axis, side in enumerate(sides):
            # symmetric: on the negative side the tails do not cancel
            x = -np.abs(off[:, axis])
            if side == 0.0:
                density -= 0.5 * (x / self.scatter_km) ** 2
                density -= np.log(self.scatter_km) + 0.5 * _LOG_2PI
                continue
            above = log_ndtr((x + 0.5 * side) / self.scatter_km)
            below = log_ndtr((x - 0.5 * side) / self.scatter_km)
            density += above + np.log1p(-np.exp(below - above)) - np.log(side)
        return density

    def _normal(self, mean: Floats, covariance: Floats) -> Floats:
        """Return the log density (n,) of a normal distribution."""
        factor = np.linalg.cholesky(covariance)
        white = np.linalg.solve(factor, (self.xyz_km - mean).T)
        return -0.5 * np.sum(white**2, axis=0) - np.sum(np.log(np.diag(factor))) - 1.5 * _LOG_2PI
