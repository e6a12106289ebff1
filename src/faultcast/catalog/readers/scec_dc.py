"""SCEC_DC format of the Southern California Earthquake Data Center, both layouts.

`YYYY/MM/DD HH:mm:SS.ss ET [GT] MAG M LAT LON DEPTH Q EVID NPH NGRM`; files before about 2016
lack the GT column and have le / re / qb in ET. The magnitude type can be empty, and the last
columns move right where an id has nine digits, so lines are matched, not cut.
"""

from __future__ import annotations

import pandas as pd

from faultcast.catalog.readers.fixed import field_numbers, match_lines
from faultcast.catalog.readers.text import CatalogText
from faultcast.catalog.readers.values import event_types, times_from_parts

START = r"\d{4}/\d\d/\d\d "
PATTERN = (
    r"(?P<year>\d{4})/(?P<month>\d\d)/(?P<day>\d\d) "
    r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d\.\d\d) "
    r"(?P<event_type>[a-z]{2}) (?: (?P<geography>[a-z ]) )?"
    r" *(?P<magnitude>-?\d{1,2}\.\d\d)? +(?P<magnitude_type>[a-zA-Z]{1,2})? +"
    r"(?P<latitude>-?\d{1,2}\.\d{3}) +(?P<longitude>-?\d{1,3}\.\d{3}) +"
    r"(?P<depth_km>-?\d{1,3}\.\d) (?P<quality>[A-Z ]) +"
    r"(?P<event_id>\d{4,12}) +(?P<n_phases>\d+) +\d+"
)


def read(source: CatalogText) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return columns of the event table with `line`, and the rejected lines."""
    fields, rejected = match_lines(source, PATTERN, START)
    parts = ("year", "month", "day", "hour", "minute", "second")
    frame = pd.DataFrame(
        {
            "event_id": fields["event_id"],
            "time": times_from_parts(*(field_numbers(fields, part) for part in parts)),
            "magnitude_type": fields["magnitude_type"],
            "event_type": event_types(fields["event_type"]),
            "quality": fields["quality"],
            "line": fields["line"],
        }
    )
    for name in ("latitude", "longitude", "depth_km", "magnitude", "n_phases"):
        frame[name] = field_numbers(fields, name)
    return frame, rejected
