"""SCSN format of the Southern California Earthquake Data Center.

Degrees and minutes to 0.01', magnitude to one decimal, no magnitude or event type. Seconds
can be 60.xx, and depth and phases can touch.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from faultcast.catalog.readers.fixed import field_numbers, match_lines
from faultcast.catalog.readers.text import CatalogText
from faultcast.catalog.readers.values import times_from_parts

START = r"\d{4} \d\d \d\d  "
PATTERN = (
    r"(?P<year>\d{4}) (?P<month>\d\d) (?P<day>\d\d) +"
    r"(?P<hour>\d\d) (?P<minute>[ \d]\d) (?P<second>[ \d]\d\.\d\d) +"
    r"(?P<latitude_deg>-?\d{1,2}) (?P<latitude_min>[ \d]\d\.\d\d) *"
    r"(?P<longitude_deg>-?\d{1,3}) (?P<longitude_min>[ \d]\d\.\d\d) "
    r"(?P<quality>[A-Z ]) *(?P<magnitude>-?\d{1,2}\.\d)? +"
    r"(?P<depth_km>-?\d{1,3}\.\d\d) *(?P<n_phases>\d{1,3}) +(?P<rms_s>\d+\.\d\d) +"
    r"(?P<event_id>\d{4,12})"
)


def read(source: CatalogText) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return columns of the event table with `line`, and the rejected lines."""
    fields, rejected = match_lines(source, PATTERN, START)
    parts = ("year", "month", "day", "hour", "minute", "second")
    frame = pd.DataFrame(
        {
            "event_id": fields["event_id"],
            "time": times_from_parts(*(field_numbers(fields, part) for part in parts)),
            "latitude": _degrees(fields, "latitude"),
            "longitude": _degrees(fields, "longitude"),
            "quality": fields["quality"],
            "line": fields["line"],
        }
    )
    for name in ("depth_km", "magnitude", "n_phases", "rms_s"):
        frame[name] = field_numbers(fields, name)
    return frame, rejected


def _degrees(fields: pd.DataFrame, name: str) -> np.ndarray:
    """Return signed degrees, NaN (rejected later) where the minutes exceed 60; (n,) float64."""
    whole = field_numbers(fields, f"{name}_deg")
    minutes = field_numbers(fields, f"{name}_min")
    minutes = np.where(minutes <= 60.0, minutes, np.nan)
    sign = np.where(fields[f"{name}_deg"].str.startswith("-").to_numpy(bool), -1.0, 1.0)
    # 0.01' is 1.7e-4 degrees; rounding gives the double nearest to the decimal number
    return np.round(sign * (np.abs(whole) + minutes / 60.0), 6)
