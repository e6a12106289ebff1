"""The volume in which spatial forecasts are compared: a box in degrees and depth."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from faultcast.catalog import Projection, Region
from faultcast.errors import DataError

_EDGE_POINTS = 400
_ROUNDING_DEG = 1e-9


class Volume:
    """A latitude-longitude-depth box seen in the km coordinates of a projection.

    Parameters
    ----------
    region : the box; its depth must be bounded, its times play no part.
    projection : to the km coordinates of the densities.

    Raises
    ------
    DataError
        The region has no depth range.
    """

    def __init__(self, region: Region, projection: Projection) -> None:
        if region.depth_km is None:
            raise DataError("the target volume has no depth range: give the region's depth_km")
        self.region = region
        self.projection = projection
        self.depth_km: tuple[float, float] = region.depth_km

    @cached_property
    def size_km3(self) -> float:
        """Volume in the projected coordinates, in which densities integrate to 1."""
        (south, north), (west, east) = self.region.latitude, self.region.longitude
        step = np.linspace(0.0, 1.0, _EDGE_POINTS, endpoint=False)
        up = south + (north - south) * step
        right = west + (east - west) * step
        latitude = np.concatenate(
            (np.full_like(step, south), up, np.full_like(step, north), up[0] + north - up)
        )
        longitude = np.concatenate(
            (right, np.full_like(step, east), right[0] + east - right, np.full_like(step, west))
        )
        x_km, y_km = self.projection.forward(latitude, longitude)
        area = 0.5 * abs(np.sum(x_km * np.roll(y_km, -1) - y_km * np.roll(x_km, -1)))
        return float(area * (self.depth_km[1] - self.depth_km[0]))

    def contains(self, xyz_km: ArrayLike) -> NDArray[np.bool_]:
        """Return which points (n, 3), km, lie inside; half-open but for 1e-9 degrees."""
        points = np.asarray(xyz_km, dtype=float)
        (south, north), (west, east) = self.region.latitude, self.region.longitude
        inside = (points[:, 2] >= self.depth_km[0]) & (points[:, 2] < self.depth_km[1])
        latitude, longitude = self.projection.inverse(points[inside, 0], points[inside, 1])
        # an event on the edge must not fall out because its projection was turned back
        up, right = latitude - south + _ROUNDING_DEG, (longitude - west + _ROUNDING_DEG) % 360.0
        inside[inside] = (up >= 0.0) & (up < north - south) & (right < east - west)
        return inside
