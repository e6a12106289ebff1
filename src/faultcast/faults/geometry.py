"""The plane of a Gaussian kernel: orientation, size, density."""

from __future__ import annotations

import numpy as np
import pandas as pd

from faultcast.faults.mixture import Mixture

PLANE_COLUMNS = (
    "kernel",
    "weight",
    "n_events",
    "x_km",
    "y_km",
    "z_km",
    "strike_deg",
    "dip_deg",
    "length_km",
    "width_km",
    "thickness_km",
    "density_per_km3",
)


def plane_angles(normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return strike and dip, degrees, of planes with these normals.

    Parameters
    ----------
    normals : (K, 3)
        Unit vectors; x east, y north, z down.

    Returns
    -------
    strike_deg : (K,) in [0, 360), right-hand rule: the plane dips to the right of strike
    dip_deg : (K,) in [0, 90]; a horizontal plane has strike 0
    """
    # the normal that points up leans towards the dip direction
    up = np.where(normals[:, 2:3] > 0.0, -normals, normals)
    dip = np.degrees(np.arctan2(np.hypot(up[:, 0], up[:, 1]), -up[:, 2]))
    strike = np.mod(np.degrees(np.arctan2(up[:, 0], up[:, 1])) - 90.0, 360.0)
    strike = np.where(np.hypot(up[:, 0], up[:, 1]) < 1e-12, 0.0, strike)
    return np.where(strike >= 360.0, 0.0, strike), dip


def plane_table(mixture: Mixture, n_events: np.ndarray) -> pd.DataFrame:
    """Return one row a Gaussian kernel, backgrounds left out.

    Length, width and thickness are sqrt(12 eigenvalue), the sides of the uniform body of the
    same covariance (Ouillon et al. 2008); the density is events over the product of the three
    standard deviations, as Figure 11 of Kamer et al. 2020 colours it.

    Parameters
    ----------
    mixture : Mixture of K kernels
    n_events : (K,)
        Events that each kernel has won.

    Returns
    -------
    DataFrame with the columns PLANE_COLUMNS; `kernel` is the index in the mixture.
    """
    kernel = np.flatnonzero(~mixture.is_background)
    means = mixture.means[kernel]
    values, vectors = np.linalg.eigh(mixture.covariances[kernel].reshape(-1, 3, 3))
    values = np.maximum(values, 0.0)
    sides = np.sqrt(12.0 * values)
    strike, dip = plane_angles(vectors[:, :, 0])
    with np.errstate(divide="ignore", invalid="ignore"):
        density = n_events[kernel] / np.sqrt(np.prod(values, axis=1))
    columns = (
        kernel,
        mixture.weights[kernel],
        n_events[kernel],
        *means.T,
        strike,
        dip,
        sides[:, 2],
        sides[:, 1],
        sides[:, 0],
        density,
    )
    return pd.DataFrame(dict(zip(PLANE_COLUMNS, columns, strict=True)))


def plane_corners(means: np.ndarray, covariances: np.ndarray) -> np.ndarray:
    """Return the four corners (K, 4, 3), km, of each kernel's rectangle, in order around it."""
    values, vectors = np.linalg.eigh(covariances.reshape(-1, 3, 3))
    half = np.sqrt(3.0 * np.maximum(values, 0.0))
    along = vectors[:, :, 2] * half[:, 2:3]
    across = vectors[:, :, 1] * half[:, 1:2]
    return np.stack(
        [
            means + along + across,
            means + along - across,
            means - along - across,
            means - along + across,
        ],
        axis=1,
    )
