"""The convex hull of points as a body: volume, moments, which points it holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.spatial import ConvexHull, QhullError

from faultcast.errors import DataError


@dataclass(frozen=True)
class Hull:
    """A convex body.

    Attributes
    ----------
    centre : (3,), centre of mass, km
    covariance : (3, 3), of a uniform density in the body, km^2
    volume : km^3
    facets : (F, 4), outward unit normal and distance from the centre, km
    """

    centre: np.ndarray
    covariance: np.ndarray
    volume: float
    facets: np.ndarray

    def contains(self, xyz_km: np.ndarray, slack: float = 1e-9) -> np.ndarray:
        """Return for points (n, 3) whether they lie inside; `slack` is relative to the size."""
        points = np.ascontiguousarray(xyz_km, dtype=np.float64)
        reach = self.facets[:, 3] + slack * self.facets[:, 3].max()
        return np.asarray(_behind_all(points, self.centre, self.facets[:, :3].copy(), reach))

    def moved(self, centre: np.ndarray, axes: np.ndarray) -> Hull:
        """Return the body with each point x at x @ axes + centre."""
        return Hull(
            self.centre @ axes + centre,
            turned(self.covariance, axes),
            self.volume,
            np.column_stack((self.facets[:, :3] @ axes, self.facets[:, 3])),
        )


def convex_hull(xyz_km: np.ndarray) -> Hull:
    """Return the convex hull of points (n, 3).

    Raises
    ------
    DataError
        Fewer than four points, or all of them in a plane.
    """
    try:
        hull = ConvexHull(xyz_km)
    except (QhullError, ValueError) as error:
        raise DataError(
            f"no hull around {len(xyz_km)} points: they lie in a plane or on a line; a volume "
            "needs at least four points that do not"
        ) from error
    inner = xyz_km[hull.vertices].mean(axis=0)
    # tetrahedra between an inner point and the facets
    tips = xyz_km[hull.simplices] - inner
    volumes = np.abs(np.linalg.det(tips)) / 6.0
    volume = float(volumes.sum())
    sums = tips.sum(axis=1)
    offset = volumes @ sums / (4.0 * volume)
    squares = np.einsum("fva,fvb->fab", tips, tips) + np.einsum("fa,fb->fab", sums, sums)
    second = np.tensordot(volumes, squares, axes=1) / (20.0 * volume)
    centre = inner + offset
    normals = hull.equations[:, :3]
    distances = -(hull.equations[:, 3] + normals @ centre)
    return Hull(
        centre,
        second - np.outer(offset, offset),
        volume,
        np.column_stack((normals, distances)),
    )


def turned(covariance: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Return covariances (..., 3, 3) after x -> x @ axes, symmetric to the last bit."""
    result = axes.T @ covariance @ axes
    return np.asarray(0.5 * (result + np.swapaxes(result, -1, -2)))


@njit(cache=True)
def _behind_all(
    points: np.ndarray, centre: np.ndarray, normals: np.ndarray, reach: np.ndarray
) -> np.ndarray:
    inside = np.ones(len(points), np.bool_)
    for t in range(len(points)):
        x, y, z = points[t, 0] - centre[0], points[t, 1] - centre[1], points[t, 2] - centre[2]
        for f in range(len(normals)):
            if normals[f, 0] * x + normals[f, 1] * y + normals[f, 2] * z > reach[f]:
                inside[t] = False
                break
    return inside
