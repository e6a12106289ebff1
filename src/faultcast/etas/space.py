"""Where events happen: background and aftershock places as functions of uniform numbers.

Places are functions of uniform numbers, so that the same code simulates (random numbers) and
integrates (an even sequence).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import qmc

from faultcast.etas.parameters import EtasParameters

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Space(Protocol):
    """What the simulation asks of a space; `fault` is -1 off the faults."""

    def background(self, uniforms: Floats) -> tuple[Floats, Ints]:
        """Return places (n, 3) km and faults (n,) of background events from (n, 4) in (0, 1)."""

    def aftershocks(
        self,
        parameters: EtasParameters,
        place_km: Floats,
        fault: Ints,
        magnitude: Floats,
        uniforms: Floats,
    ) -> Floats:
        """Return places (n, 3) km of one aftershock a parent, from uniforms (n, 3) in (0, 1).

        An aftershock lies on its parent's fault.
        """


@dataclass(frozen=True)
class BoxSpace:
    """Background uniform in a box, aftershocks around their parents alike in all directions.

    Parameters
    ----------
    low_km, high_km : corners (x, y, z). Aftershocks may leave the box sideways; depth is folded
        back into it.
    """

    low_km: tuple[float, float, float]
    high_km: tuple[float, float, float]

    def background(self, uniforms: Floats) -> tuple[Floats, Ints]:
        """Return uniform places; the first uniform number is left unused."""
        low, high = np.array(self.low_km), np.array(self.high_km)
        place = low + (high - low) * uniforms[:, 1:]
        return place, np.full(len(place), -1, dtype=np.int64)

    def aftershocks(
        self,
        parameters: EtasParameters,
        place_km: Floats,
        fault: Ints,
        magnitude: Floats,
        uniforms: Floats,
    ) -> Floats:
        """Return places around the parents: power law sideways, normal in depth."""
        scale = parameters.scale_km(magnitude)
        radius, angle = power_law_radius(scale, parameters.q, uniforms[:, 0]), _angle(uniforms)
        place = place_km.copy()
        place[:, 0] += radius * np.cos(angle)
        place[:, 1] += radius * np.sin(angle)
        depth = place[:, 2] + scale * ndtri(uniforms[:, 2])
        place[:, 2] = fold(depth, self.low_km[2], self.high_km[2])
        return place


def power_law_radius(scale_km: Floats, q: float, uniform: Floats) -> Floats:
    """Return distances with the density 2 (q - 1) r / D^2 (1 + r^2 / D^2)^-q, (n,) km."""
    radius: Floats = scale_km * np.sqrt(np.expm1(-np.log(uniform) / (q - 1.0)))
    return radius


def _angle(uniforms: Floats) -> Floats:
    angle: Floats = 2.0 * np.pi * uniforms[:, 1]
    return angle


def fold(values: Floats, low: Floats | float, high: Floats | float) -> Floats:
    """Return values reflected at both ends until they lie in [low, high]."""
    width = np.subtract(high, low)
    phase = np.mod(values - low, 2.0 * width)
    folded: Floats = low + np.where(phase > width, 2.0 * width - phase, phase)
    return folded


def even_points(n_points: int, n_dimensions: int) -> Floats:
    """Return a Sobol sequence in (0, 1)^d for integrals, (n_points, d); n_points a power of 2."""
    sequence = qmc.Sobol(n_dimensions, scramble=False).random_base2(n_points.bit_length() - 1)
    points: Floats = sequence + 0.5 / n_points
    return points
