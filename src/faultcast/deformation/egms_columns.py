"""Columns of EGMS files, under the names of both releases, and the facts in a file's name."""

from __future__ import annotations

import re
from typing import NamedTuple

import pandas as pd

from faultcast.errors import DataError

ALIASES: dict[str, tuple[str, ...]] = {
    "pid": ("pid",),
    "easting_m": ("easting",),
    "northing_m": ("northing",),
    "latitude": ("latitude",),
    "longitude": ("longitude",),
    "height_m": ("height_ortho", "height"),
    "height_ellipsoid_m": ("height_ellipse", "height_wgs84"),
    "rmse_mm": ("rmse_ts", "rmse"),
    "temporal_coherence": ("temporal_coherence",),
    "amplitude_dispersion": ("amplitude_dispersion",),
    "incidence_angle_deg": ("incidence_angle",),
    "track_angle_deg": ("track_angle",),
    "los_east": ("los_east",),
    "los_north": ("los_north",),
    "los_up": ("los_up",),
    "velocity_mm_a": ("mean_velocity",),
    "velocity_std_mm_a": ("mean_velocity_std",),
    "acceleration_mm_a2": ("acceleration",),
    "acceleration_std_mm_a2": ("acceleration_std",),
    "seasonal_mm": ("seasonality",),
    "seasonal_std_mm": ("seasonality_std",),
    "gnss_velocity_mm_a": ("gnss_velocity",),
    "gnss_velocity_north_mm_a": ("gnss_velocity_n",),
    "gnss_velocity_east_mm_a": ("gnss_velocity_e",),
    "gnss_velocity_up_mm_a": ("gnss_velocity_u",),
}
"""Our name -> the names in the files, 2020-2024 before 2018-2022. Velocity, acceleration and
seasonality are fitted by EGMS to the WHOLE series: as inputs of a forecast they leak."""

REQUIRED = ("pid", "easting_m", "northing_m")
IGNORED = ("mp_type", "line", "pixel")
_DATE = re.compile(r"\d{8}")
# pandas writes a second 20200121 as 20200121.1, and dates of its own with hyphens
_LIKE_A_DATE = re.compile(r"\d{8}\.\d+|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[ T].*)?")
# years and version follow but for the first releases, up to 2015-2021
_L3 = re.compile(r"EGMS_L3_(?P<tile>E\d+N\d+)_100km_(?P<component>[UE])(?![^\W_])")


class Layout(NamedTuple):
    """Where things stand in a file: our name -> its column; its date columns, in time."""

    attributes: dict[str, str]
    date_columns: list[str]
    dates: pd.DatetimeIndex
    unknown: list[str]


def layout(name: str, header: list[str]) -> Layout:
    """Return where attributes and dates stand, by name and never by position.

    Raises
    ------
    DataError
        A required column is missing, a name stands twice, there is no date column, a column is
        named like a date in another form, or eight digits make no date.
    """
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        kind = "the date" if _DATE.fullmatch(twice[0]) else "the column"
        raise DataError(
            f"{name} has {kind} {', '.join(twice[:3])} more than once: which one holds?"
        )
    present = {
        ours: found[0]
        for ours, theirs in ALIASES.items()
        if (found := [column for column in theirs if column in header])
    }
    missing = [ALIASES[ours][0] for ours in REQUIRED if ours not in present]
    if missing:
        raise DataError(
            f"{name} has no column {', '.join(missing)}; it has {', '.join(header)[:200]}. "
            "Expected an EGMS table as delivered"
        )
    if odd := [column for column in header if _LIKE_A_DATE.fullmatch(column)]:
        raise DataError(
            f"{name} has {len(odd)} column(s) that look like dates and are not eight digits "
            f"(YYYYMMDD): {', '.join(odd[:3])}. pandas names a second 20200121 so: 20200121.1. "
            "Name each date once, as delivered, or remove the column"
        )
    columns = sorted(column for column in header if _DATE.fullmatch(column))
    if not columns:
        raise DataError(
            f"{name} has no date column (YYYYMMDD, eight digits); its last columns are "
            f"{', '.join(header[-3:])}. Expected an EGMS table with its time series"
        )
    dates = pd.to_datetime(pd.Index(columns), format="%Y%m%d", utc=True, errors="coerce")
    if dates.isna().any():
        bad = [column for column, is_bad in zip(columns, dates.isna(), strict=True) if is_bad]
        raise DataError(f"{name}: the column {bad[0]} is eight digits but no date (YYYYMMDD)")
    known = {*present.values(), *columns, *IGNORED}
    unknown = [column for column in header if column not in known]
    return Layout(present, columns, pd.DatetimeIndex(dates).as_unit("ns"), unknown)


def component_of(name: str, header: list[str], component: str | None) -> str:
    """Return the component by the file's name and columns, or the one that is given.

    Raises
    ------
    DataError
        The name tells none and none is given, or both and they differ.
    """
    match = _L3.search(name)
    told = match["component"] if match else None
    if "los_up" in header:
        told = "LOS"
    if told is None and component is None:
        raise DataError(
            f"the name of {name} does not tell the component (EGMS_L3_<tile>_100km_<U|E>...): "
            "keep the delivered name, or give component='U' or 'E'"
        )
    if None not in (told, component) and told != component:
        raise DataError(f"{name} holds component {told}, not {component}")
    return told or str(component)
