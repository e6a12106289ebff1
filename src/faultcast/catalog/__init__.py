"""Catalogs: readers, the event table, the merge, regions and projection, selection."""

from faultcast.catalog.completeness import completeness_over_time
from faultcast.catalog.locations import Locations, read_locations
from faultcast.catalog.mechanisms import read_mechanisms
from faultcast.catalog.merge import merge_catalogs, merge_files
from faultcast.catalog.place import largest_sequence, place_events
from faultcast.catalog.projection import Projection
from faultcast.catalog.read import FORMATS, detect_format, read_catalog
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
    "FORMATS",
    "Locations",
    "Projection",
    "Region",
    "check_events",
    "completeness_over_time",
    "detect_format",
    "finish_events",
    "largest_sequence",
    "merge_catalogs",
    "merge_files",
    "place_events",
    "read_catalog",
    "read_locations",
    "read_mechanisms",
    "select_events",
]
