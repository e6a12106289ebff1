"""How far events lie from the principal plane of the kernel that they fall to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faultcast.faults.mixture import Mixture


def plane_distances(mixture: Mixture, xyz_km: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each point's distance from its kernel's plane, NaN in the background; (n,) km.

    The kernel is the one of the largest weight x density; its plane goes through its mean along
    the two axes of the largest eigenvalues of its covariance.
    """
    kernel = mixture.labels(xyz_km)
    normals = np.linalg.eigh(mixture.covariances)[1][:, :, 0]
    distances = np.abs(np.einsum("ni,ni->n", xyz_km - mixture.means[kernel], normals[kernel]))
    return np.where(mixture.is_background[kernel], np.nan, distances)
