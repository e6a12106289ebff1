import io
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hostile_server import Server, Waits, body, hostile_server, ranged

from faultcast.catalog.transfer import Session
from faultcast.catalog.web import _WebOnly, shown
from faultcast.errors import DownloadError

DATA = bytes(range(256)) * 40


@pytest.fixture
def server() -> Iterator[Server]:
    with hostile_server() as running:
        yield running


def test_a_whole_body_arrives(server: Server, tmp_path: Path) -> None:
    server.answers["/a"] = body(DATA)
    Session().download(server.base + "/a", tmp_path / "a", size=len(DATA))
    assert (tmp_path / "a").read_bytes() == DATA


def test_html_is_refused_by_its_type_and_by_its_start(server: Server, tmp_path: Path) -> None:
    server.answers["/typed"] = body(b"<p>log in</p>", Content_Type="text/html; charset=utf-8")
    server.answers["/untyped"] = body(b"\n <!DOCTYPE HTML><title>log in</title>")
    for path in ("/typed", "/untyped"):
        with pytest.raises(DownloadError, match="HTML page came where data was expected"):
            Session().download(server.base + path, tmp_path / "a")
        assert not (tmp_path / "a").exists()
    Session().download(server.base + "/untyped", tmp_path / "a", allow_html=True)


@pytest.mark.parametrize("status", [204, 404, 413])
def test_statuses_that_no_retry_mends(server: Server, tmp_path: Path, status: int) -> None:
    server.answers["/a"] = body(b"", status=status)
    with pytest.raises(DownloadError, match=f"status {status}"):
        Session().download(server.base + "/a", tmp_path / "a")
    assert server.paths() == ["/a"]


def test_errors_of_the_server_are_retried_with_growing_waits(
    server: Server, tmp_path: Path
) -> None:
    failing = body(b"", status=503)
    server.answers["/a"] = [failing, body(b"", status=500), body(DATA)]
    waits = Waits()
    waits.session(backoff_s=2.0).download(server.base + "/a", tmp_path / "a")
    assert waits.waits == [2.0, 4.0]
    server.answers["/a"] = failing
    with pytest.raises(DownloadError, match=r"status 503 .*\(4 attempts\)"):
        waits.session().download(server.base + "/a", tmp_path / "a")


def test_retry_after_is_honoured_as_number_and_as_date(server: Server, tmp_path: Path) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    server.answers["/a"] = [
        body(b"", status=429, Retry_After="17"),
        body(b"", status=503, Retry_After=later),
        body(DATA),
    ]
    waits = Waits()
    waits.session().download(server.base + "/a", tmp_path / "a")
    assert waits.waits[0] == 17.0
    assert 90 < waits.waits[1] <= 100


def test_a_wait_past_the_deadline_is_not_begun(server: Server, tmp_path: Path) -> None:
    server.answers["/a"] = body(b"", status=429, Retry_After="7200")
    waits = Waits()
    with pytest.raises(DownloadError, match="asks to wait 7200 s, which is past the deadline"):
        waits.session(deadline_s=60.0).download(server.base + "/a", tmp_path / "a")
    assert waits.waits == []


def test_a_slow_drip_ends_at_the_deadline(server: Server, tmp_path: Path) -> None:
    def drip(handler: Any) -> None:
        for piece in (b"HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\n", *[b"x"] * 200):
            handler.wfile.write(piece)
            time.sleep(0.02)

    server.answers["/a"] = drip
    begun = time.monotonic()
    with pytest.raises(DownloadError, match=r"deadline of 0\.3 s"):
        Session(deadline_s=0.3).download(server.base + "/a", tmp_path / "a")
    assert time.monotonic() - begun < 2


def test_headers_that_never_end_stop_at_the_deadline(server: Server, tmp_path: Path) -> None:
    def drip(handler: Any) -> None:
        for _ in range(100):
            handler.wfile.write(b"H")
            time.sleep(0.02)

    server.answers["/a"] = drip
    begun = time.monotonic()
    with pytest.raises(DownloadError):
        Session(deadline_s=0.3, timeout_s=0.1, attempts=2).download(
            server.base + "/a", tmp_path / "a"
        )
    assert time.monotonic() - begun < 2.5


def test_a_cut_body_is_resumed(server: Server, tmp_path: Path) -> None:
    server.answers["/a"] = [ranged(DATA, cut=3000), ranged(DATA, cut=3000), ranged(DATA)]
    Waits().session().download(server.base + "/a", tmp_path / "a", size=len(DATA))
    assert (tmp_path / "a").read_bytes() == DATA
    assert [asked for _, _, asked in server.requests] == [None, "bytes=3000-", "bytes=6000-"]


def test_a_server_that_cannot_resume_sends_anew(server: Server, tmp_path: Path) -> None:
    server.answers["/a"] = [ranged(DATA, cut=3000), body(DATA)]
    Waits().session().download(server.base + "/a", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == DATA
    (tmp_path / "b").write_bytes(DATA + b"too long")
    server.answers["/b"] = [body(b"", status=416), body(DATA)]
    Waits().session().download(server.base + "/b", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == DATA


def test_wrong_lengths_are_refused(server: Server, tmp_path: Path) -> None:
    server.answers["/a"] = body(DATA)
    with pytest.raises(DownloadError, match="10240 bytes are announced, 100 at most"):
        Session().download(server.base + "/a", tmp_path / "a", size=100)
    with pytest.raises(DownloadError, match="10240 bytes came, 20000 were expected"):
        Session().download(server.base + "/a", tmp_path / "a", size=20000)
    assert not (tmp_path / "a").exists()


def test_an_endless_body_stops_at_the_size_cap(server: Server, tmp_path: Path) -> None:
    def endless(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n" + DATA * 10)

    server.answers["/a"] = endless
    with pytest.raises(DownloadError, match="more than the 5000 bytes"):
        Session(max_bytes=5000).download(server.base + "/a", tmp_path / "a")


@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://example.org/x", "data:,x"])
def test_redirects_leave_the_web_for_nothing(server: Server, tmp_path: Path, target: str) -> None:
    server.answers["/a"] = body(b"", status=302, Location=target)
    with pytest.raises(DownloadError, match="only http and https are followed"):
        Session().download(server.base + "/a", tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_redirects_on_the_web_are_followed(server: Server, tmp_path: Path) -> None:
    server.answers["/a"] = body(b"", status=302, Location="/b")
    server.answers["/b"] = body(DATA)
    Session().download(server.base + "/a", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == DATA


@pytest.mark.parametrize("header", ["Location", "URI"])
def test_no_redirect_leads_from_https_to_http(header: str) -> None:
    """The server of these tests speaks http alone, so the handler is asked for its decision."""
    request = urllib.request.Request("https://example.org/a?id=hush")
    headers = Message()
    headers[header] = "HTTP://example.org/hush"
    with pytest.raises(DownloadError, match="a: redirects from https to http") as raised:
        _WebOnly().http_error_302(request, io.BytesIO(), 302, "", headers)
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize(
    ("first", "then"),
    [("https:", "https://b.org/b"), ("http:", "http://b.org/b"), ("http:", "https://b.org/b")],
)
def test_redirects_that_lose_no_encryption_are_followed(first: str, then: str) -> None:
    request = urllib.request.Request(f"{first}//example.org/a")
    following = _WebOnly().redirect_request(request, io.BytesIO(), 302, "", Message(), then)
    assert following.full_url == then


def test_no_file_address_is_ever_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    with pytest.raises(DownloadError):
        Waits().session().download((tmp_path / "secret").as_uri(), tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_nobody_listens(tmp_path: Path) -> None:
    waits = Waits()
    with pytest.raises(DownloadError, match="no connection"):
        waits.session().download("http://127.0.0.1:9/a", tmp_path / "a")
    assert waits.waits == [1.0, 2.0, 4.0]


def test_a_key_is_sent_and_never_told(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    server.answers["/a"] = [body(b"", status=503), body(b"", status=404)]
    with pytest.raises(DownloadError) as raised:
        Waits().session().download(
            server.base + "/a?x=1", tmp_path / "a", parameters={"id": "hush"}
        )
    assert server.requests[0][1] == {"x": ["1"], "id": ["hush"]}
    assert "hush" not in str(raised.value) + caplog.text
    assert shown("https://me:hush@example.org/a?id=hush#hush") == "https://example.org/a"


def test_a_fault_of_the_disk_is_no_network_error(server: Server, tmp_path: Path) -> None:
    server.answers["/a"] = body(DATA)
    with pytest.raises(IsADirectoryError):
        Session().download(server.base + "/a", tmp_path)


def test_an_address_with_a_password_is_refused_without_telling_it(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="holds a user name or password") as raised:
        Session().download("https://me:hush@example.org/a", tmp_path / "a")
    assert "hush" not in str(raised.value)


def test_a_length_that_is_none_is_no_length(server: Server, tmp_path: Path) -> None:
    def odd(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: many\r\n\r\n" + DATA)

    server.answers["/a"] = odd
    Session().download(server.base + "/a", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == DATA


def test_redirects_in_a_circle_end(server: Server, tmp_path: Path) -> None:
    server.answers["/a"] = body(b"", status=302, Location="/a")
    with pytest.raises(DownloadError, match="status 302"):
        Session().download(server.base + "/a", tmp_path / "a")
    assert len(server.paths()) < 12
