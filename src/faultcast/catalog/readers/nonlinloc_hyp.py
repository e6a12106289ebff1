"""NonLinLoc hypocentre files (`.hyp`) and the posterior samples beside them (`.scat`)."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np

from faultcast.catalog.projection import Projection
from faultcast.catalog.readers.text import load_bytes
from faultcast.errors import CatalogError

_NUMBER = r"(-?[\d.]+(?:[eE][-+]?\d+)?)"
_LINES = {
    "id": re.compile(r'^NLLOC +"([^"]+)" +"([^"]*)"', re.M),
    "public_id": re.compile(r"^PUBLIC_ID +(\S+)", re.M),
    "grid": re.compile(rf"^HYPOCENTER +x +{_NUMBER} +y +{_NUMBER} +z +{_NUMBER}", re.M),
    "geographic": re.compile(
        rf"^GEOGRAPHIC +OT +(\d+) +(\d+) +(\d+) +(\d+) +(-?\d+) +{_NUMBER} +"
        rf"Lat +{_NUMBER} +Long +{_NUMBER} +Depth +{_NUMBER}",
        re.M,
    ),
    "quality": re.compile(rf"^QUALITY .*?RMS +{_NUMBER} +Nphs +(\d+).*?Mamp +{_NUMBER}", re.M),
    "transform": re.compile(r"^TRANSFORM +(\w+)(.*)$", re.M),
    "covariance": re.compile(
        rf"^STATISTICS .*?CovXX +{_NUMBER} +XY +{_NUMBER} +XZ +{_NUMBER} +YY +{_NUMBER} +"
        rf"YZ +{_NUMBER} +ZZ +{_NUMBER}",
        re.M,
    ),
    "expectation": re.compile(
        rf"^STAT_GEOG +ExpectLat +{_NUMBER} +Long +{_NUMBER} +Depth +{_NUMBER}", re.M
    ),
}
_ELLIPSOIDS = {
    "wgs-84": "WGS84",
    "grs-80": "GRS80",
    "wgs-72": "WGS72",
    "australian": "aust_SA",
    "krasovsky": "krass",
    "international": "intl",
    "hayford-1909": "intl",
    "clarke-1880": "clrk80",
    "clarke-1866": "clrk66",
    "airy": "airy",
    "bessel": "bessel",
    "sphere": "sphere",
}
_KM_PER_DEG = 10000.0 / 90.0  # of NonLinLoc's SIMPLE transform
_SCAT_HEADER_BYTES = 16
_TOLERANCE_KM = 0.05


def parse_block(block: str) -> dict[str, Any]:
    """Return what one `NLLOC` ... `END_NLLOC` block says, times as parts.

    Raises
    ------
    ValueError
        The block has no hypocentre, or was not located.
    """
    hits = {name: pattern.search(block) for name, pattern in _LINES.items()}
    title, place, grid = hits["id"], hits["geographic"], hits["grid"]
    if title is None or place is None or grid is None:
        raise ValueError("no NLLOC, HYPOCENTER or GEOGRAPHIC line")
    if title[2] not in ("LOCATED", ""):
        raise ValueError(f"the event is {title[2]}, not LOCATED")
    quality, covariance, expectation = (hits[k] for k in ("quality", "covariance", "expectation"))
    values = [float(value) for value in place.groups()]
    magnitude = float(quality[3]) if quality else math.nan
    public_id = hits["public_id"]
    return {
        "event_id": public_id[1] if public_id else Path(title[1]).name,
        "time_parts": values[:6],
        "latitude": values[6],
        "longitude": values[7],
        "depth_km": values[8],
        "magnitude": magnitude if magnitude > -9.0 else math.nan,  # -9.9 is "none"
        "rms_s": float(quality[1]) if quality else math.nan,
        "n_phases": float(quality[2]) if quality else math.nan,
        "grid_km": [float(value) for value in grid.groups()],
        "covariance": [float(value) for value in covariance.groups()] if covariance else None,
        "expectation": [float(value) for value in expectation.groups()] if expectation else None,
        "transform": hits["transform"].groups() if hits["transform"] else None,
    }


def read_samples(path: Path) -> np.ndarray:
    """Return posterior samples x, y, z in km of the grid's frame; (n, 3) float64.

    A `.scat` file: int32 n, float32 maximum of the density, 8 bytes, then n times four float32
    (x, y, z, density), little-endian.
    """
    data = load_bytes(path)
    n_samples = int(np.frombuffer(data[:4].ljust(4, b"\0"), "<i4")[0])
    expected = _SCAT_HEADER_BYTES + 16 * n_samples
    if n_samples < 1 or len(data) < expected:
        raise CatalogError(
            f"{path} says it holds {n_samples} samples, which takes {expected} bytes; it has "
            f"{len(data)}: it is cut or no .scat file"
        )
    samples = np.frombuffer(data[_SCAT_HEADER_BYTES:expected], "<f4").reshape(-1, 4)[:, :3]
    if not np.isfinite(samples).all():
        raise CatalogError(f"{path} holds samples that are not finite: it is no .scat file")
    return samples.astype("float64")


def to_degrees(event: dict[str, Any], xy_km: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return latitude and longitude of points in an event's grid frame; (n,) each.

    Raises
    ------
    ValueError
        The TRANSFORM is of a kind not known here, or does not take the event's own grid
        position to its latitude and longitude within 50 m.
    """
    here = np.array([event["grid_km"][:2]])
    latitude, longitude = _inverse(event["transform"], here)
    if not abs(latitude[0]) <= 90.0 or not abs(longitude[0]) <= 540.0:
        raise ValueError("TRANSFORM puts the hypocentre nowhere on Earth")
    north = (latitude[0] - event["latitude"]) * _KM_PER_DEG
    east = (longitude[0] - event["longitude"]) * _KM_PER_DEG * math.cos(math.radians(latitude[0]))
    if not math.hypot(north, east) < _TOLERANCE_KM:
        raise ValueError(f"TRANSFORM puts the hypocentre {math.hypot(north, east):.2f} km off")
    return _inverse(event["transform"], xy_km)


def turned_covariance(event: dict[str, Any]) -> np.ndarray | None:
    """Return an event's covariance, printed in the grid's frame, along east, north and down.

    Returns
    -------
    (6,) km^2: xx, xy, xz, yy, yz, zz; None where the block has none.

    Raises
    ------
    ValueError
        The covariance, the grid's turn or the place that they belong to makes no sense.
    """
    latitude, *place = event["expectation"] or (0.0,)
    if not (abs(latitude) <= 90.0 and np.isfinite(place).all()):
        raise ValueError(f"STAT_GEOG gives {event['expectation']}, no place on Earth")
    if event["covariance"] is None:
        return None
    cxx, cxy, cxz, cyy, cyz, czz = event["covariance"]
    full = np.array([[cxx, cxy, cxz], [cxy, cyy, cyz], [cxz, cyz, czz]])
    turn = np.eye(3)
    turn[:2, :2] = _turn(_settings(event["transform"]) if event["transform"] else {})
    if not (np.isfinite(full).all() and np.isfinite(turn).all()):
        raise ValueError("CovXX to ZZ or RotCW is not finite")
    return np.asarray((turn @ full @ turn.T)[np.triu_indices(3)])


def _settings(transform: tuple[str, str]) -> dict[str, str]:
    words = transform[1].split()
    return dict(zip(words[::2], words[1::2], strict=False))


def _turn(settings: dict[str, str]) -> np.ndarray:
    """Return the matrix that takes x, y of the grid, turned clockwise, to east and north."""
    turn = math.radians(float(settings.get("RotCW", settings.get("rotCW", 0.0))))
    return np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])


def _inverse(transform: tuple[str, str] | None, xy_km: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if transform is None:
        raise ValueError("no TRANSFORM line, which samples need")
    kind, settings = transform[0], _settings(transform)
    latitude0 = float(settings.get("LatOrig", "nan"))
    longitude0 = float(settings.get("LongOrig", "nan"))
    east, north = _turn(settings) @ xy_km.T
    if kind == "SIMPLE":
        cosine = math.cos(math.radians(latitude0))
        return latitude0 + north / _KM_PER_DEG, longitude0 + east / (_KM_PER_DEG * cosine)
    ellipsoid = _ELLIPSOIDS.get(settings.get("RefEllipsoid", "").lower(), "WGS84")
    origin = f"+lat_0={latitude0} +lon_0={longitude0} +ellps={ellipsoid} +units=km"
    projections = {
        "LAMBERT": f"+proj=lcc +lat_1={settings.get('FirstStdParal')} "
        f"+lat_2={settings.get('SecondStdParal')} {origin}",
        "TRANS_MERC": f"+proj=tmerc +k=1 {origin}",
        "AZIMUTHAL_EQUIDIST": f"+proj=aeqd {origin}",
    }
    if kind not in projections:
        raise ValueError(f"TRANSFORM {kind} is not one of SIMPLE, {', '.join(projections)}")
    return Projection(projections[kind]).inverse(east, north)
