"""Map projection between degrees and km, by a PROJ string that tables carry with them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyproj
from numpy.typing import ArrayLike

from faultcast.errors import CatalogError, DataError

_WIDEST_TRANSVERSE_MERCATOR_DEG = 12.0


@dataclass(frozen=True)
class Projection:
    """A projection to km, x east and y north of its origin.

    Parameters
    ----------
    crs : PROJ string with `+units=km`.

    Raises
    ------
    CatalogError
        PROJ does not understand the string, or its unit is not km.

    Examples
    --------
    >>> Projection.centred(34.0, -117.0).forward([34.0], [-117.0])
    (array([0.]), array([0.]))
    """

    crs: str

    def __post_init__(self) -> None:
        _proj(self.crs)

    @classmethod
    def centred(cls, latitude: float, longitude: float, extent_deg: float = 1.0) -> Projection:
        """Return a projection with its origin at a point, on the WGS84 ellipsoid.

        Transverse Mercator (scale true to 0.1 % within 280 km of the meridian), or azimuthal
        equidistant where `extent_deg`, the larger side of the region, is above 12 degrees.
        """
        kind = "tmerc" if extent_deg <= _WIDEST_TRANSVERSE_MERCATOR_DEG else "aeqd"
        return cls(
            f"+proj={kind} +lat_0={latitude:.10g} +lon_0={longitude:.10g} "
            "+x_0=0 +y_0=0 +ellps=WGS84 +units=km +no_defs"
        )

    def forward(self, latitude: ArrayLike, longitude: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Return x and y in km of points in degrees, each (n,) float64."""
        x_km, y_km = _proj(self.crs)(_finite(longitude), _finite(latitude))
        return _projected(x_km), _projected(y_km)

    def inverse(self, x_km: ArrayLike, y_km: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Return latitude and longitude in degrees of points in km, each (n,) float64."""
        longitude, latitude = _proj(self.crs)(_finite(x_km), _finite(y_km), inverse=True)
        return _projected(latitude), _projected(longitude)

    def reaches(self, x_km: ArrayLike, y_km: ArrayLike) -> np.ndarray:
        """Return which points in km have a latitude and longitude, (n,) bool.

        Transverse Mercator ends some 16,700 km east and west of its origin.
        """
        longitude, latitude = _proj(self.crs)(_finite(x_km), _finite(y_km), inverse=True)
        return np.asarray(np.isfinite(longitude) & np.isfinite(latitude))


@lru_cache(maxsize=32)
def _proj(crs: str) -> pyproj.Proj:
    try:
        proj = pyproj.Proj(crs)
    except pyproj.exceptions.ProjError as error:
        raise CatalogError(f"PROJ does not understand the projection {crs!r}: {error}") from error
    if "+units=km" not in crs:
        raise CatalogError(f"the projection {crs!r} is not in km: give it +units=km")
    return proj


def _finite(values: ArrayLike) -> np.ndarray:
    array = np.atleast_1d(np.asarray(values, dtype="float64"))
    if not np.isfinite(array).all():
        raise DataError(f"{int((~np.isfinite(array)).sum())} coordinates to project are not finite")
    return array


def _projected(values: np.ndarray) -> np.ndarray:
    if not np.isfinite(values).all():
        raise DataError("coordinates lie too far from the projection's origin to be projected")
    return np.asarray(values, dtype="float64")
