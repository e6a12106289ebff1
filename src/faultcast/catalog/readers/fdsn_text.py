"""Event lists in the text format of FDSN web services (bar-separated, header with "#")."""

from __future__ import annotations

import pandas as pd

from faultcast.catalog.readers import delimited
from faultcast.catalog.readers.text import CatalogText

COLUMNS: delimited.ColumnMap = {
    "event_id": "EventID",
    "time": "Time",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "depth_km": "Depth/km",
    "magnitude": "Magnitude",
    "magnitude_type": "MagType",
    "event_type": "EventType",
    "source": "Catalog",
}


def read(source: CatalogText) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return columns of the event table with `line`, and the rejected lines."""
    columns = dict(COLUMNS)
    if "Depth/km" not in source.text[:1000] and "Depth/Km" in source.text[:1000]:
        columns["depth_km"] = "Depth/Km"  # written so by some services
    optional = ("magnitude_type", "event_type", "source")
    return delimited.read(source, columns, optional=optional)
