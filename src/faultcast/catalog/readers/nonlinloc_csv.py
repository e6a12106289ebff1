"""NonLinLoc catalogs as CSV, with 68 % confidence ellipsoids."""

from __future__ import annotations

import numpy as np
import pandas as pd

from faultcast.catalog.readers import delimited
from faultcast.catalog.readers.text import CatalogText

COLUMNS: delimited.ColumnMap = {
    "event_id": "publicId",
    "time": "date-time",
    "latitude": "latitude",
    "longitude": "longitude",
    "depth_km": "depth",
    "n_phases": "Nphs",
    "rms_s": "RMS",
    "horizontal_error_km": "errH",
    "depth_error_km": "errZ",
    "amplitude_magnitude": "Mamp",
    "duration_magnitude": "Mdur",
    "expected_latitude": "expect_lat",
    "expected_longitude": "expect_lon",
    "expected_depth_km": "expect_z",
    "azimuth1_deg": "EllipsoidAz1",
    "dip1_deg": "EllipsoidDip1",
    "length1_km": "EllipsoidLen1",
    "azimuth2_deg": "EllipsoidAz2",
    "dip2_deg": "EllipsoidDip2",
    "length2_km": "EllipsoidLen2",
    "length3_km": "EllipsoidLen3",
}
CHI_SQUARE_68 = 3.53
"""68 % point of chi-square with 3 degrees of freedom, as NonLinLoc takes it."""

_CHI_SQUARE_68_PLANE = 2.30

COVARIANCE = ("cxx", "cxy", "cxz", "cyy", "cyz", "czz")
_NO_MAGNITUDE = -9.0  # NonLinLoc writes -9.9


def read(source: CatalogText) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return columns of the event table, the ellipsoid's columns and `line`; rejected lines.

    The hypocentre is the one of maximum likelihood. errH and errZ are sqrt(2.30) sigma (of the
    longest horizontal axis, and of depth): the event table has them as 1 sigma. The magnitude is
    the amplitude magnitude, else the duration magnitude; -9.9 is "none".
    """
    frame, rejected = delimited.read(source, COLUMNS)
    amplitude = frame["amplitude_magnitude"].to_numpy()
    duration = frame["duration_magnitude"].to_numpy()
    has_amplitude, has_duration = amplitude > _NO_MAGNITUDE, duration > _NO_MAGNITUDE
    frame["magnitude"] = np.select([has_amplitude, has_duration], [amplitude, duration], np.nan)
    frame["magnitude_type"] = np.select([has_amplitude, has_duration], ["amp", "dur"], "")
    frame["event_type"] = "earthquake"
    for name in ("horizontal_error_km", "depth_error_km"):
        frame[name] /= np.sqrt(_CHI_SQUARE_68_PLANE)
    frame["source"] = "nonlinloc"
    return frame, rejected


def ellipsoid_covariances(frame: pd.DataFrame) -> np.ndarray:
    """Return the covariances of 68 % ellipsoids, km^2; (n, 3, 3), x east, y north, z down.

    An axis with azimuth a (from north) and dip d (down) points along (cos d sin a,
    cos d cos a, sin d); the third is the first times the second. The variance along an axis is
    Len^2 / 3.53 (Lomax et al. 2000, NonLinLoc). NaN where an axis length is not positive, or an
    angle or a length not finite.
    """
    first, second = (
        _axis(frame[f"azimuth{k}_deg"].to_numpy(), frame[f"dip{k}_deg"].to_numpy()) for k in (1, 2)
    )
    third = np.cross(first, second)
    third /= np.maximum(np.linalg.norm(third, axis=1, keepdims=True), 1e-12)
    axes = np.stack([first, second, third], axis=1)
    lengths = frame[["length1_km", "length2_km", "length3_km"]].to_numpy("float64")
    usable = (np.isfinite(lengths) & (lengths > 0.0)).all(axis=1)
    variances = np.where(usable[:, None], lengths, np.nan) ** 2 / CHI_SQUARE_68
    return np.einsum("nk,nki,nkj->nij", variances, axes, axes)


def _axis(azimuth_deg: np.ndarray, dip_deg: np.ndarray) -> np.ndarray:
    azimuth, dip = (
        np.radians(np.where(np.isfinite(angle), angle, np.nan)) for angle in (azimuth_deg, dip_deg)
    )
    horizontal = np.cos(dip)
    return np.stack(
        [horizontal * np.sin(azimuth), horizontal * np.cos(azimuth), np.sin(dip)], axis=1
    )
