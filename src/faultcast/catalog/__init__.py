"""Catalogs: the event table, regions and projection, selection."""

from faultcast.catalog.projection import Projection
from faultcast.catalog.region import Region
from faultcast.catalog.select import select_events
from faultcast.catalog.table import (
    EVENT_COLUMNS,
    EVENT_TYPES,
    check_events,
    finish_events,
)

__all__ = [
    "EVENT_COLUMNS",
    "EVENT_TYPES",
    "Projection",
    "Region",
    "check_events",
    "finish_events",
    "select_events",
]
