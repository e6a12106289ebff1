"""The synthetic fault networks of Kamer et al. 2020 (Figures 2 to 5, section 3.2).

Random rectangular planes, points uniform on them with 0.5 km of isotropic scatter, and uniform
noise in the box of those points. The draws follow the released script, so that a seed gives the
published sets: 20 faults, seed 1, spread 1 has 609 points at 0.1 per km^2 and 5 % noise.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from faultcast.errors import DataError
from faultcast.synthetic.planted_network import PlantedNetwork

SCATTER_KM = 0.5
_SLAB_KM = 0.1
# points per km^2 of the 15 sampling densities of section 3.2
DENSITIES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0)


def paper_network(
    *,
    n_faults: int = 20,
    seed: int = 1,
    spread: float = 1.0,
    points_per_km2: float = 1.0,
    noise: float = 0.05,
    shape: Literal["rectangle", "ellipse"] = "rectangle",
) -> PlantedNetwork:
    """Draw a planted fault network as the paper's script does.

    Parameters
    ----------
    n_faults : int
    seed : int
        Of the Mersenne twister; every plane draws its points from the same stream again.
    spread : float
        Scale of the region that the faults lie in.
    points_per_km2 : float
        Points a square kilometre of fault plane.
    noise : float
        Part of all points that is uniform noise, in [0, 1).
    shape : "rectangle" or "ellipse"
        Ellipses are normal samples with the moments of the rectangle's.

    Raises
    ------
    DataError
        An argument out of its range.
    """
    if n_faults < 1 or points_per_km2 <= 0 or not 0 <= noise < 1 or spread <= 0:
        raise DataError(
            f"cannot plant n_faults={n_faults}, points_per_km2={points_per_km2}, noise={noise}, "
            f"spread={spread}: expected at least one fault, a positive density and spread, and "
            "noise in [0, 1)"
        )
    if shape not in ("rectangle", "ellipse"):
        raise DataError(f"shape is {shape!r}; expected 'rectangle' or 'ellipse'")
    # the released script's stream is the legacy one; a Generator would give other networks
    stream = np.random.RandomState(seed)
    strike = 180.0 * (stream.random_sample(n_faults) - 0.5)
    dip = 45.0 + 90.0 * stream.random_sample(n_faults)
    length = 20.0 + 20.0 * stream.random_sample(n_faults)
    width = 5.0 + 10.0 * stream.random_sample(n_faults)
    depth = 10.0 * stream.random_sample(n_faults)
    extent = spread * stream.random_sample(2)
    shift = np.column_stack(
        (
            extent[0] * stream.random_sample(n_faults) * n_faults * length.mean(),
            extent[1] * stream.random_sample(n_faults) * n_faults * width.mean(),
            10.0 * stream.random_sample(n_faults),
        )
    )
    shift[:, 2] -= depth
    frames = _frames(strike, dip)
    planes, means, covariances = [], [], []
    for k in range(n_faults):
        stream_k = np.random.RandomState(seed)
        n = round(points_per_km2 * length[k] * width[k])
        points = _slab(stream_k, n, frames[k], length[k], width[k])
        if shape == "ellipse":
            means.append(points.mean(axis=0))
            covariances.append(np.cov(points.T))
            points = stream_k.multivariate_normal(means[k], covariances[k], n)
        planes.append(points + shift[k])
    points = np.concatenate(planes)
    labels = np.repeat(np.arange(n_faults), [len(plane) for plane in planes])
    n_noise = round(len(points) * noise / (1.0 - noise))
    low, high = points.min(axis=0), points.max(axis=0)
    uniform = low + (high - low) * stream.random_sample((n_noise, 3))
    return PlantedNetwork(
        np.concatenate((points, uniform)),
        np.append(labels, np.full(n_noise, n_faults)),
        strike,
        dip,
        length,
        width,
        centres_km=shift,
        frames=frames,
        thickness_km=_SLAB_KM,
        scatter_km=SCATTER_KM,
        noise_box_km=np.array((low, high)),
        gaussians=(shift + np.array(means), np.array(covariances)) if shape == "ellipse" else None,
    )


def _frames(strike: np.ndarray, dip: np.ndarray) -> np.ndarray:
    """Return the axes (n, 3, 3) of planes: rows along strike, across, along dip."""
    turn, tilt = np.radians(90.0 - strike)[:, None], np.radians(dip - 90.0)[:, None]
    level = np.zeros_like(turn)
    along = np.hstack((np.cos(turn), np.sin(turn), level))
    across = np.hstack((-np.sin(turn), np.cos(turn), level))
    down = np.array([0.0, 0.0, 1.0])
    return np.stack(
        (
            along,
            np.cos(tilt) * across + np.sin(tilt) * down,
            np.cos(tilt) * down - np.sin(tilt) * across,
        ),
        axis=1,
    )


def _slab(
    stream: np.random.RandomState, n: int, frame: np.ndarray, length: float, width: float
) -> np.ndarray:
    """Return the points (n, 3) of one rectangle about its own centre."""
    flat = (stream.random_sample((3, n)).T - 0.5) * (length, _SLAB_KM, width)
    return flat @ frame + SCATTER_KM * stream.standard_normal((n, 3))
