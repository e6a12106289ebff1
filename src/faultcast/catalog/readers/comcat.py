"""Comma-separated event lists of the USGS event service (ANSS ComCat)."""

from __future__ import annotations

import pandas as pd

from faultcast.catalog.readers import delimited
from faultcast.catalog.readers.text import CatalogText

COLUMNS: delimited.ColumnMap = {
    "event_id": "id",
    "time": "time",
    "latitude": "latitude",
    "longitude": "longitude",
    "depth_km": "depth",
    "magnitude": "mag",
    "magnitude_type": "magType",
    "event_type": "type",
    "n_phases": "nst",
    "rms_s": "rms",
    "horizontal_error_km": "horizontalError",
    "depth_error_km": "depthError",
}
_OPTIONAL = (
    "magnitude_type",
    "event_type",
    "n_phases",
    "rms_s",
    "horizontal_error_km",
    "depth_error_km",
)


def read(source: CatalogText) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return columns of the event table with `line`, and the rejected lines.

    `nst` counts stations, the nearest thing to phases that the format has.
    """
    frame, rejected = delimited.read(source, COLUMNS, optional=_OPTIONAL)
    frame["source"] = "comcat"
    return frame, rejected
