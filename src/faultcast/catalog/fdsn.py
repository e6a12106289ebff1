"""Event queries to an FDSN web service, as text over plain HTTP.

A long query is asked in windows of time. A window that holds too many events for the service
is halved; the rows of each are checked against the service's own count, where it has one.
See the FDSN web service specification 1.2 (fdsnws-event).
"""

from __future__ import annotations

import logging
import urllib.parse
from datetime import datetime, timedelta
from pathlib import Path

from faultcast.catalog.registry import EventQuery
from faultcast.catalog.transfer import Reply, Session
from faultcast.catalog.web import shown
from faultcast.errors import DownloadError

LIMIT = 20_000  # events an answer of the ANSS service; others allow as many or more
HEADER = (
    "#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|MagType|"
    "Magnitude|MagAuthor|EventLocationName"
)
_N_SEPARATORS = HEADER.count("|")
_NO_COUNT = (400, 404, 405, 501)
_log = logging.getLogger(__name__)


def fetch_events(query: EventQuery, path: Path, session: Session, *, limit: int = LIMIT) -> int:
    """Write the events of `query` to `path` as one FDSN text file; return their number.

    Rows are sorted by time and id; an event that two windows return stands once.

    Raises
    ------
    DownloadError
        The service fails, a window's rows and count disagree twice, or no event is found.
    """
    rows: dict[str, str] = {}
    windows = _windows(query)
    while windows:
        start, end = windows.pop()
        found = _ask(query, start, end, session, limit)
        if found is None:
            windows.extend(_halves(query, start, end))
            continue
        _log.info("%s to %s: %d events", start, end, len(found))
        rows.update(found)
    end_text = _iso(query.end)
    kept = sorted((row.split("|")[1], name) for name, row in rows.items())
    kept = [(time, name) for time, name in kept if time < end_text]
    if not kept:
        raise DownloadError(
            f"{shown(query.service)}: no event from {query.start:%Y-%m-%d} to "
            f"{query.end:%Y-%m-%d}, M >= {query.magnitude_min:g} in this box; check the query"
        )
    path.write_text("\n".join([HEADER, *(rows[name] for _, name in kept)]) + "\n", "utf-8")
    return len(kept)


def _windows(query: EventQuery) -> list[tuple[datetime, datetime]]:
    """Cut the query's time into windows, the first one last (they are popped)."""
    step = timedelta(days=query.window_days)
    windows = []
    start = query.start
    while start < query.end:
        windows.append((start, min(start + step, query.end)))
        start += step
    return windows[::-1]


def _halves(query: EventQuery, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    middle = start + timedelta(seconds=int((end - start).total_seconds()) // 2)
    if middle == start:
        raise DownloadError(
            f"{shown(query.service)}: too many events within one second at {start}; raise the "
            "query's magnitude_min"
        )
    return [(middle, end), (start, middle)]


def _ask(
    query: EventQuery, start: datetime, end: datetime, session: Session, limit: int
) -> dict[str, str] | None:
    """Return the rows of one window by event id; None if there are too many for one answer."""
    found: dict[str, str] = {}
    for _ in range(2):  # the catalog may change between the two requests
        count = _count(query, start, end, session)
        if count is not None and count > limit:
            return None
        if count == 0:
            return {}
        reply = session.get(
            _address(query, "query", start, end, format="text", orderby="time-asc", limit=limit),
            accept=(200, 204, 400, 413),
        )
        if _too_many(reply):
            return None
        found = _rows(query, reply)
        if count is None and len(found) >= limit:
            return None
        if count in (None, len(found)):
            return found
    raise DownloadError(
        f"{shown(query.service)}: {len(found)} events came from {start} to {end}, but the service "
        f"counts {count}; try again later"
    )


def _count(query: EventQuery, start: datetime, end: datetime, session: Session) -> int | None:
    """Return the service's own count; None if it has no such method or says too many."""
    reply = session.get(_address(query, "count", start, end), accept=(200, 204, 413, *_NO_COUNT))
    if reply.status == 204:
        return 0
    text = reply.body.decode("utf-8", "replace").strip()
    return int(text) if reply.status == 200 and text.isdigit() else None


def _too_many(reply: Reply) -> bool:
    if reply.status not in (400, 413):
        return False
    text = reply.body.decode("utf-8", "replace").lower()
    if reply.status == 413 or "exceeds search limit" in text or "too many" in text:
        return True
    raise DownloadError(f"the event service refuses the query: {' '.join(text.split())[:300]}")


def _rows(query: EventQuery, reply: Reply) -> dict[str, str]:
    """Return the rows of an answer by event id."""
    if reply.status == 204:
        return {}
    lines = reply.body.decode("utf-8", "replace").splitlines()
    if not lines or not lines[0].lstrip().lower().startswith("#eventid"):
        start = lines[0][:80] if lines else "(nothing)"
        raise DownloadError(
            f"{shown(query.service)}: FDSN text was expected, beginning with #EventID; this came: "
            f"{start!r}"
        )
    rows = [line.strip() for line in lines[1:] if line.strip() and not line.startswith("#")]
    for row in rows:
        if row.count("|") < _N_SEPARATORS:
            raise DownloadError(f"{shown(query.service)}: a row is cut: {row[:120]!r}")
    return {row.split("|")[0]: row for row in rows}


def _address(
    query: EventQuery, method: str, start: datetime, end: datetime, **more: str | int
) -> str:
    low_latitude, high_latitude = query.latitude_deg
    low_longitude, high_longitude = query.longitude_deg
    parameters = {
        "starttime": _iso(start),
        "endtime": _iso(end),
        "minlatitude": low_latitude,
        "maxlatitude": high_latitude,
        "minlongitude": low_longitude,
        "maxlongitude": high_longitude,
        "minmagnitude": query.magnitude_min,
        **more,
    }
    return f"{query.service}{method}?{urllib.parse.urlencode(parameters)}"


def _iso(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S")
