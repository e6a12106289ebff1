"""A box in space and time, half-open on every axis."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from faultcast.catalog.projection import Projection
from faultcast.errors import CatalogError

_KEYS = ("latitude_deg", "longitude_deg", "depth_km", "start", "end")


@dataclass(frozen=True)
class Region:
    """A region: low <= value < high on every axis.

    Parameters
    ----------
    latitude, longitude : (low, high) in degrees; longitudes are east, and a region across the
        180th meridian is given as, say, (170, 190).
    depth_km : (low, high), positive down, or None for any depth, unknown ones too.
    start, end : first moment inside and first moment after, whatever pandas.Timestamp reads
        (a date is its midnight UTC), or None for no bound.

    Raises
    ------
    CatalogError
        An axis is empty, the wrong way round or out of range.

    Examples
    --------
    >>> Region(latitude=(32, 36), longitude=(-120, -114), start="1990-01-01", end="2019-01-01").end
    Timestamp('2019-01-01 00:00:00+0000', tz='UTC')
    """

    latitude: tuple[float, float]
    longitude: tuple[float, float]
    depth_km: tuple[float, float] | None = None
    start: pd.Timestamp | None = None
    end: pd.Timestamp | None = None

    def __post_init__(self) -> None:
        # frozen: the checked values are put in place once, here
        put = object.__setattr__
        put(self, "latitude", _axis("latitude", self.latitude, -90.0, 90.0))
        put(self, "longitude", _axis("longitude", self.longitude, -180.0, 360.0))
        if self.longitude[1] - self.longitude[0] > 360.0:
            raise CatalogError(f"the region's longitude {self.longitude} spans over 360 degrees")
        if self.depth_km is not None:
            put(self, "depth_km", _axis("depth_km", self.depth_km, -100.0, 6400.0))
        put(self, "start", _moment("start", self.start))
        put(self, "end", _moment("end", self.end))
        if self.start is not None and self.end is not None and not self.start < self.end:
            raise CatalogError(
                f"the region's start {self.start} is not before its end {self.end}: "
                "swap them, or make the period longer"
            )

    @classmethod
    def from_config(cls, mapping: Mapping[str, Any]) -> Region:
        """Return the region that a mapping from the configuration describes.

        Keys: `latitude_deg`, `longitude_deg` (each [low, high]); optional `depth_km`, `start`,
        `end`. Other keys are left to whoever put them there.
        """
        for key in _KEYS[:2]:
            if key not in mapping:
                raise CatalogError(
                    f"the region lacks {key}: give [low, high] in degrees; it has "
                    f"{', '.join(map(str, mapping)) or 'no keys'}"
                )
        return cls(
            latitude=mapping["latitude_deg"],
            longitude=mapping["longitude_deg"],
            depth_km=mapping.get("depth_km"),
            start=mapping.get("start"),
            end=mapping.get("end"),
        )

    def __str__(self) -> str:
        parts = [
            f"latitude {self.latitude[0]:g} to {self.latitude[1]:g}",
            f"longitude {self.longitude[0]:g} to {self.longitude[1]:g}",
        ]
        if self.depth_km is not None:
            parts.append(f"depth {self.depth_km[0]:g} to {self.depth_km[1]:g} km")
        if self.start is not None:
            parts.append(f"from {self.start:%Y-%m-%d}")
        if self.end is not None:
            parts.append(f"until {self.end:%Y-%m-%d}")
        return ", ".join(parts)

    @property
    def centre(self) -> tuple[float, float]:
        """Latitude and longitude of the middle, degrees."""
        return sum(self.latitude) / 2.0, sum(self.longitude) / 2.0

    def projection(self) -> Projection:
        """Return the projection to km with its origin at the region's middle."""
        extent = max(high - low for low, high in (self.latitude, self.longitude))
        return Projection.centred(*self.centre, extent_deg=extent)

    def contains(self, events: pd.DataFrame) -> np.ndarray:
        """Return which rows of an event table lie inside; (n,) bool.

        Where the region bounds depth or time, a row without one is outside.
        """
        inside = _within(events["latitude"].to_numpy("float64"), self.latitude)
        longitude = events["longitude"].to_numpy("float64")
        inside_longitude = _within(longitude, self.longitude)
        if self.longitude[1] > 180.0:
            inside_longitude |= _within(longitude + 360.0, self.longitude)
        inside &= inside_longitude
        if self.depth_km is not None:
            inside &= _within(events["depth_km"].to_numpy("float64"), self.depth_km)
        if self.start is not None:
            inside &= (events["time"] >= self.start).to_numpy()
        if self.end is not None:
            inside &= (events["time"] < self.end).to_numpy()
        return inside


def _within(values: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    return np.asarray((values >= bounds[0]) & (values < bounds[1]))


def _axis(name: str, bounds: Any, lowest: float, highest: float) -> tuple[float, float]:
    try:
        low, high = (float(bound) for bound in bounds)
    except (TypeError, ValueError) as error:
        raise CatalogError(
            f"the region's {name} is {bounds!r}; expected two numbers, low and high"
        ) from error
    if not (math.isfinite(low) and math.isfinite(high) and lowest <= low and high <= highest):
        raise CatalogError(
            f"the region's {name} ({low:g}, {high:g}) is not within {lowest:g}..{highest:g}"
        )
    if not low < high:
        raise CatalogError(
            f"the region's {name} ({low:g}, {high:g}) is empty or the wrong way round: "
            "give the lower bound first"
        )
    return low, high


def _moment(name: str, value: Any) -> pd.Timestamp | None:
    if value is None:
        return None
    try:
        if isinstance(value, (int, float)):
            # pandas would take 1990 for nanoseconds since 1970
            raise TypeError
        moment = pd.Timestamp(value)
    except (TypeError, ValueError) as error:
        raise CatalogError(
            f"the region's {name} is {value!r}; expected a date such as 1990-01-01"
        ) from error
    if moment is pd.NaT:
        raise CatalogError(f"the region's {name} is no date")
    return moment.tz_localize("UTC") if moment.tzinfo is None else moment.tz_convert("UTC")
