"""Comma-separated event lists of the USGS event service (ANSS ComCat)."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from faultcast.catalog.readers import delimited
from faultcast.catalog.readers.text import CatalogText
from faultcast.catalog.table import finish_events

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


def read_latest(sources: Sequence[CatalogText]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one event table from files that overlap, and the rejected lines.

    Of an event in several files the version that was updated last is taken.
    """
    read_all = [
        delimited.read(source, {**COLUMNS, "updated": "updated"}, optional=_OPTIONAL)
        for source in sources
    ]
    together = pd.concat([frame for frame, _ in read_all], ignore_index=True)
    together = together.sort_values("updated", ascending=False, kind="stable")
    together = together[~together["event_id"].duplicated()].assign(source="comcat")
    events, nonsense = finish_events(together, file="comcat")
    return events, pd.concat([*(bad for _, bad in read_all), nonsense], ignore_index=True)
