"""Displacement series at points: EGMS cells and scatterers, GNSS stations."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.errors import DataError

EGMS_CRS = "EPSG:3035"
FEW_CELLS_CURE = (
    "take a larger area (or smaller cells of stations: cell_km) or another tile, or leave the tile "
    "out of papers.mmstt.tiles (name: null)"
)


@dataclass(frozen=True)
class PointSeries:
    """Displacement of points over epochs; what graph models run on, and what grids are made of.

    Parameters
    ----------
    points : one row a point: `pid` (str, unique), `easting_m`, `northing_m` in `crs` (NaN where a
        source gives no position), `height_m` (NaN if unknown), and what else the source gives.
    dates : (n_epochs,) UTC, increasing, not always evenly spaced.
    displacement_mm : (n_points, n_epochs), NaN where nothing was measured.
    component : "U" up, "E" east, "N" north, or "LOS" towards the satellite.
    crs : of the positions, as pyproj reads it; "" where positions are unknown.
    name : what the series are called in messages and tables.
    is_dated : False where a source gives no calendar: then only the spacing of `dates` has a
        meaning, and nothing may be made of the day of the year.
    source : file that they were read from, for messages; it goes into no output.
    """

    points: pd.DataFrame = field(repr=False)
    dates: pd.DatetimeIndex = field(repr=False)
    displacement_mm: NDArray[np.float64] = field(repr=False)
    component: str
    crs: str = EGMS_CRS
    name: str = ""
    is_dated: bool = True
    source: str = ""

    def __post_init__(self) -> None:
        expected = (len(self.points), len(self.dates))
        if self.displacement_mm.shape != expected:
            raise DataError(
                f"{self.name}: values of shape {self.displacement_mm.shape} for {expected[0]} "
                f"points and {expected[1]} dates: give one row a point and one column a date"
            )
        check_dates(self.dates, self.name)

    @property
    def where(self) -> str:
        """What messages call the series: the file's path where there is one, else the name."""
        return self.source or self.name

    @property
    def n_points(self) -> int:
        """Number of points."""
        return len(self.points)

    @property
    def years(self) -> NDArray[np.float64]:
        """(n_epochs,) years of 365.25 days since the first epoch."""
        return years_since_first(self.dates)

    @property
    def positions_m(self) -> NDArray[np.float64]:
        """(n_points, 2) easting and northing in `crs`."""
        return self.points[["easting_m", "northing_m"]].to_numpy(np.float64)


def check_dates(dates: pd.DatetimeIndex, name: str) -> None:
    """Raise DataError unless dates are UTC, more than none, and each later than the one before."""
    if not len(dates) or str(dates.tz) != "UTC" or dates.hasnans:
        raise DataError(f"{name}: {len(dates)} dates in zone {dates.tz}: give one or more, in UTC")
    if not (dates.is_monotonic_increasing and dates.is_unique):
        twice = dates[dates.duplicated()].strftime("%Y-%m-%d").tolist()
        raise DataError(
            f"{name}: dates must increase"
            + (f"; {', '.join(twice[:3])} stands twice" if twice else ", sort them first")
        )


def years_since_first(dates: pd.DatetimeIndex) -> NDArray[np.float64]:
    """Return (n,) years of 365.25 days since the first date."""
    return np.asarray((dates - dates[0]) / pd.Timedelta(days=365.25), dtype=np.float64)
