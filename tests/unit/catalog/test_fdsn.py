from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hostile_server import Server, Waits, body, hostile_server

from faultcast.catalog.fdsn import HEADER, fetch_events
from faultcast.catalog.registry import EventQuery
from faultcast.errors import DownloadError

ROWS = [
    f"ci{day:03d}|2000-{1 + day // 28:02d}-{1 + day % 28:02d}T12:00:00|35.0|-118.0|7.5|ci|ci|ci"
    f"|ci|ml|2.{day % 10}|ci|somewhere"
    for day in range(200)
]


class Service:
    """A small event service: `limit` events an answer, both ends of the time included."""

    def __init__(self, server: Server, *, limit: int = 10**6, too_many: Any = None) -> None:
        self.limit = limit
        self.too_many = too_many or body(b"matching events exceeds search limit", status=400)
        server.answers["/query"] = self.query
        server.answers["/count"] = self.count

    def rows(self, handler: Any) -> list[str]:
        asked = parse_qs(urlsplit(handler.path).query)
        start, end = asked["starttime"][0], asked["endtime"][0]
        return [row for row in ROWS if start <= row.split("|")[1] <= end]

    def query(self, handler: Any) -> None:
        rows = self.rows(handler)
        if len(rows) > self.limit:
            return self.too_many(handler)
        if not rows:
            return body(b"", status=204)(handler)
        return body("\n".join([HEADER, *rows, ""]).encode(), Content_Type="text/plain")(handler)

    def count(self, handler: Any) -> None:
        body(str(len(self.rows(handler))).encode())(handler)


@pytest.fixture
def server() -> Iterator[Server]:
    with hostile_server() as running:
        yield running


def query(server: Server) -> EventQuery:
    return EventQuery(
        service=server.base + "/",
        start=datetime(2000, 1, 1, tzinfo=UTC),
        end=datetime(2000, 7, 1, tzinfo=UTC),
        latitude_deg=(32.0, 36.0),
        longitude_deg=(-120.0, -114.0),
        magnitude_min=2.0,
        window_days=60,
    )


def read_rows(path: Path) -> list[str]:
    header, *rows = path.read_text().splitlines()
    assert header == HEADER
    return rows


EXPECTED = [row for row in ROWS if row.split("|")[1] < "2000-07-01"]


def test_windows_are_joined(server: Server, tmp_path: Path) -> None:
    Service(server)
    assert fetch_events(query(server), tmp_path / "a", Waits().session()) == len(EXPECTED)
    assert read_rows(tmp_path / "a") == EXPECTED
    assert server.paths().count("/count") == 4
    sent = server.requests[0][1]
    assert sent["minmagnitude"] == ["2.0"]
    assert sent["maxlongitude"] == ["-114.0"]


def test_a_window_that_counts_too_many_is_halved_before_it_is_asked(
    server: Server, tmp_path: Path
) -> None:
    Service(server, limit=10)
    fetch_events(query(server), tmp_path / "a", Waits().session(), limit=10)
    assert read_rows(tmp_path / "a") == EXPECTED


@pytest.mark.parametrize("status", [400, 413])
def test_a_service_without_count_says_too_many(server: Server, tmp_path: Path, status: int) -> None:
    Service(server, limit=10, too_many=body(b"Too many events", status=status))
    server.answers["/count"] = body(b"no such method", status=404)
    fetch_events(query(server), tmp_path / "a", Waits().session())
    assert read_rows(tmp_path / "a") == EXPECTED


def test_a_silent_limit_without_count_is_noticed(server: Server, tmp_path: Path) -> None:
    service = Service(server)

    def truncated(handler: Any) -> None:
        rows = service.rows(handler)[:10]
        answer = "\n".join([HEADER, *rows]).encode() if rows else b""
        body(answer, status=200 if rows else 204)(handler)

    server.answers["/query"] = truncated
    server.answers["/count"] = body(b"", status=400)
    fetch_events(query(server), tmp_path / "a", Waits().session(), limit=10)
    assert read_rows(tmp_path / "a") == EXPECTED


def test_rows_that_disagree_with_the_count_are_refused(server: Server, tmp_path: Path) -> None:
    Service(server)
    server.answers["/count"] = body(b"57")
    with pytest.raises(DownloadError, match=r"56 events came from .* counts 57"):
        fetch_events(query(server), tmp_path / "a", Waits().session())
    assert not (tmp_path / "a").exists()


def test_an_event_at_the_seam_of_two_windows_stands_once(server: Server, tmp_path: Path) -> None:
    Service(server)
    at_noon = replace(query(server), start=datetime(2000, 1, 2, 12, tzinfo=UTC), window_days=1)
    fetch_events(at_noon, tmp_path / "a", Waits().session())
    assert read_rows(tmp_path / "a") == EXPECTED[1:]


def test_no_event_at_all(server: Server, tmp_path: Path) -> None:
    server.answers["/count"] = body(b"", status=204)
    with pytest.raises(DownloadError, match="no event from 2000-01-01 to 2000-07-01"):
        fetch_events(query(server), tmp_path / "a", Waits().session())


def test_what_is_no_fdsn_text_is_refused(server: Server, tmp_path: Path) -> None:
    server.answers["/count"] = body(b"", status=404)
    for answer, told in (
        (body(b"<html>log in</html>"), "FDSN text was expected"),
        (body(b""), r"this came: '\(nothing\)'"),
        (body(f"{HEADER}\nci1|2000-01-01T00:00:00|35".encode()), "a row is cut"),
        (body(b"bad minmagnitude", status=400), "refuses the query: bad minmagnitude"),
        (body(b"", status=404), "status 404"),
    ):
        server.answers["/query"] = answer
        with pytest.raises(DownloadError, match=told):
            fetch_events(query(server), tmp_path / "a", Waits().session())


def test_too_many_within_a_second(server: Server, tmp_path: Path) -> None:
    server.answers["/count"] = body(b"30000")
    with pytest.raises(DownloadError, match="raise the query's magnitude_min"):
        fetch_events(query(server), tmp_path / "a", Waits().session())


def test_a_busy_service_is_waited_for(server: Server, tmp_path: Path) -> None:
    service = Service(server)
    server.answers["/query"] = [body(b"", status=429, Retry_After="30"), service.query]
    waits = Waits()
    fetch_events(query(server), tmp_path / "a", waits.session())
    assert waits.waits == [30.0]
    assert read_rows(tmp_path / "a") == EXPECTED
