"""Adaptive kernels: each source's bandwidth follows the distance to its neighbours.

Helmstetter, Kagan and Jackson 2007: narrow where events are dense, wide where they are
sparse; here with isotropic Gaussians in three dimensions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from faultcast.errors import DataError
from faultcast.forecast.gaussians import GaussianSum

SMALLEST_KM = 0.5
"""The least bandwidth, as in Helmstetter et al. 2007."""


def adaptive_kernels(
    xyz_km: ArrayLike,
    neighbours: int,
    *,
    weights: ArrayLike | None = None,
    smallest_km: float = SMALLEST_KM,
) -> GaussianSum:
    """Return isotropic Gaussians whose bandwidth is the distance to a near neighbour.

    Parameters
    ----------
    xyz_km : (n, 3) sources, km.
    neighbours : which neighbour sets the bandwidth, from 1.
    weights : (n,) not negative; None for equal ones. Sources of weight 0 are no neighbours.
    smallest_km : the least bandwidth.

    Raises
    ------
    DataError
        There are not more than `neighbours` sources.
    """
    sources = np.asarray(xyz_km, dtype=float)
    amounts = np.ones(len(sources)) if weights is None else np.asarray(weights, dtype=float)
    sources, amounts = sources[amounts > 0], amounts[amounts > 0]
    bandwidths = neighbour_distances(sources, [neighbours])[:, 0].clip(min=smallest_km)
    return isotropic_kernels(sources, bandwidths, amounts)


def isotropic_kernels(
    xyz_km: NDArray[np.float64], bandwidths_km: NDArray[np.float64], weights: ArrayLike
) -> GaussianSum:
    """Return isotropic Gaussians, each with a bandwidth of its own; all arguments (n, ...)."""
    return GaussianSum(weights, xyz_km, bandwidths_km[:, None, None] ** 2 * np.eye(3))


def neighbour_distances(
    xyz_km: NDArray[np.float64], neighbours: Sequence[int]
) -> NDArray[np.float64]:
    """Return each point's distance to some of its neighbours, itself left out.

    Parameters
    ----------
    xyz_km : (n, 3).
    neighbours : (k,) which ones, from 1.

    Returns
    -------
    (n, k) km.

    Raises
    ------
    DataError
        There are not more points than the farthest neighbour asked for.
    """
    if not 1 <= min(neighbours) <= max(neighbours) < len(xyz_km):
        raise DataError(
            f"neighbours {list(neighbours)} of {len(xyz_km)} sources set the bandwidth: "
            f"choose from 1..{len(xyz_km) - 1}"
        )
    distances, _ = cKDTree(xyz_km).query(xyz_km, k=[k + 1 for k in neighbours])
    return np.asarray(distances)
