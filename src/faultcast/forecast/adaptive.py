"""Adaptive kernels: each source's bandwidth follows the distance to its neighbours.

Helmstetter, Kagan and Jackson 2007: narrow where events are dense, wide where they are
sparse; here with isotropic Gaussians in three dimensions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from faultcast.errors import DataError
from faultcast.forecast.gaussians import GaussianSum


def adaptive_kernels(
    xyz_km: ArrayLike,
    neighbours: int,
    *,
    weights: ArrayLike | None = None,
    smallest_km: float = 0.5,
) -> GaussianSum:
    """Return isotropic Gaussians whose bandwidth is the distance to a near neighbour.

    Parameters
    ----------
    xyz_km : (n, 3) sources, km.
    neighbours : which neighbour sets the bandwidth, from 1.
    weights : (n,) not negative; None for equal ones. Sources of weight 0 are no neighbours.
    smallest_km : the least bandwidth (0.5 km in Helmstetter et al. 2007).

    Raises
    ------
    DataError
        There are not more than `neighbours` sources.
    """
    sources = np.asarray(xyz_km, dtype=float)
    amounts = np.ones(len(sources)) if weights is None else np.asarray(weights, dtype=float)
    sources, amounts = sources[amounts > 0], amounts[amounts > 0]
    if not 1 <= neighbours < len(sources):
        raise DataError(
            f"neighbour {neighbours} of {len(sources)} sources sets the bandwidth: "
            f"choose 1..{len(sources) - 1}"
        )
    bandwidths = neighbour_distances(sources, neighbours).clip(min=smallest_km)
    return GaussianSum(amounts, sources, bandwidths[:, None, None] ** 2 * np.eye(3))


def neighbour_distances(xyz_km: NDArray[np.float64], neighbours: int) -> NDArray[np.float64]:
    """Return each point's distance to its `neighbours`-th neighbour, itself left out; (n,) km."""
    distances, _ = cKDTree(xyz_km).query(xyz_km, k=[neighbours + 1])
    return np.asarray(distances[:, 0])
