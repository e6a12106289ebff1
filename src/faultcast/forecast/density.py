"""Spatial densities: what every one can do, the uniform one, the mass inside a volume, a floor."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from faultcast.errors import DataError
from faultcast.forecast.volume import Volume


class Density(Protocol):
    """A probability density of hypocentres over space, per km^3."""

    def log_density(self, xyz_km: ArrayLike) -> NDArray[np.float64]:
        """Return the log density per km^3 at points (n, 3), km; (n,)."""

    def sample(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return n points drawn from the density, (n, 3) km."""

    def density(self, xyz_km: ArrayLike) -> NDArray[np.float64]:
        """Return the density per km^3, far tails cut: for sums over many points; (n,)."""


class Uniform:
    """The same density everywhere in a volume, none outside."""

    def __init__(self, volume: Volume) -> None:
        self.volume = volume

    def log_density(self, xyz_km: ArrayLike) -> NDArray[np.float64]:
        """Return -log(volume) inside and -inf outside, per km^3; (n,)."""
        inside = self.volume.contains(xyz_km)
        return np.where(inside, -np.log(self.volume.size_km3), -np.inf)

    def density(self, xyz_km: ArrayLike) -> NDArray[np.float64]:
        """Return 1 / volume inside and 0 outside, per km^3; (n,)."""
        return np.exp(self.log_density(xyz_km))

    def sample(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return n points drawn evenly from the volume, (n, 3) km."""
        region, projection = self.volume.region, self.volume.projection
        corner_latitudes = np.linspace(*region.latitude, 50)
        corners = projection.forward(
            np.concatenate([corner_latitudes] * 2 + [np.repeat(region.latitude, 50)]),
            np.concatenate(
                [np.repeat(region.longitude, 50), np.tile(np.linspace(*region.longitude, 50), 2)]
            ),
        )
        low = np.array([corners[0].min(), corners[1].min(), self.volume.depth_km[0]])
        high = np.array([corners[0].max(), corners[1].max(), self.volume.depth_km[1]])
        kept: list[NDArray[np.float64]] = []
        while sum(map(len, kept)) < n:
            points = low + (high - low) * rng.random((n, 3))
            kept.append(points[self.volume.contains(points)])
        return np.concatenate(kept)[:n]


class Mass(NamedTuple):
    """Probability inside a volume and the standard error of its estimate."""

    inside: float
    standard_error: float


def mass_inside(
    density: Density, volume: Volume, *, n_samples: int = 100_000, seed: int = 0
) -> Mass:
    """Return the integral of a density over a volume, from points drawn from the density.

    The standard error is that of independent draws, sqrt(m (1 - m) / n); the draws of
    Gaussian sums are stratified over their kernels and do better.

    Raises
    ------
    DataError
        Not a single draw falls inside.
    """
    points = density.sample(n_samples, np.random.default_rng(seed))
    inside = float(volume.contains(points).mean())
    if inside == 0.0:
        raise DataError(
            f"none of {n_samples} points drawn from the density lies in the target volume: "
            "are both in the same projection?"
        )
    return Mass(inside, float(np.sqrt(inside * (1.0 - inside) / n_samples)))


def with_floor(
    log_density: ArrayLike, mass: float, floor_weight: float, volume: Volume
) -> NDArray[np.float64]:
    """Return the log density renormalised to a volume and mixed with a uniform floor.

    ``log((1 - w) f / m + w / V)``: it integrates to 1 over the volume.

    Parameters
    ----------
    log_density : log f per km^3 at points inside the volume, any shape.
    mass : the integral m of f over the volume.
    floor_weight : w in [0, 1).
    """
    if not 0.0 <= floor_weight < 1.0:
        raise DataError(f"floor weight is {floor_weight}: expected 0 <= weight < 1")
    shape = np.asarray(log_density, dtype=float) + np.log1p(-floor_weight) - np.log(mass)
    if floor_weight == 0.0:
        return shape
    return np.logaddexp(shape, np.log(floor_weight) - np.log(volume.size_km3))
