"""A user's key goes to the server that it is for, and into nothing that is written or told."""

import logging

import pytest
import yaml
from hostile_server import body, hostile_server
from test_download import DATA, dataset, fetch

from faultcast import logs, provenance
from faultcast.catalog.lock import read_lock
from faultcast.errors import DownloadError
from faultcast.io import write_json

KEY = "hush-7d41"


def _raw(text):
    def send(handler):
        handler.wfile.write(text.encode())
        handler.close_connection = True

    return send


def _repeating(status):
    """Answer with the key in the reason, the headers and the page."""

    def send(handler):
        handler.send_response(status, f"the key {KEY} is bad")
        handler.send_header("ETag", f'"{KEY}"')
        handler.send_header("Content-Length", "9")
        handler.end_headers()
        handler.wfile.write(KEY.encode())

    return send


_ANSWERS = {
    "forbidden": _repeating(403),
    "absent": _repeating(404),
    "too large": _repeating(413),
    "too many": _repeating(429),
    "broken": _repeating(500),
    "overloaded": _repeating(503),
    "unheard of": _repeating(499),
    "no data": _repeating(204),
    "cut": body(DATA[:50], length=len(DATA)),
    "too much": body(DATA * 2),
    "html": body(f"<html>{KEY}</html>".encode()),
    "no http": _raw(f"{KEY} is no status line\r\n\r\n"),
    "bad length": _raw(f"HTTP/1.1 200 OK\r\nContent-Length: {KEY}\r\n\r\nx"),
    "to a file": body(b"", status=302, Location=f"file:///etc/passwd?id={KEY}"),
    "to nowhere": body(b"", status=302, Location=f"http://127.0.0.1:port/?id={KEY}"),
    "in circles": body(b"", status=302, Location=f"/a?id={KEY}"),
    "to a path, compressed": body(b"", status=302, Location=f"/{KEY}/compressed"),
    "to a path, endless": body(b"", status=302, Location=f"/{KEY}/endless"),
    "to a path, to a file": body(b"", status=302, Location=f"/{KEY}/file"),
    "compressed": body(DATA, Content_Encoding="gzip"),
}


@pytest.mark.parametrize("what", _ANSWERS)
def test_no_answer_makes_a_key_public(tmp_path, caplog, capfd, what):
    caplog.set_level(logging.DEBUG)
    with hostile_server() as server, pytest.raises((DownloadError, SystemExit)) as raised:
        server.answers = {
            "/a": _ANSWERS[what],
            f"/{KEY}/compressed": body(DATA, Content_Encoding="gzip"),
            f"/{KEY}/endless": body(DATA * 2),
            f"/{KEY}/file": body(b"", status=302, Location="file:///etc/passwd"),
        }
        some = dataset(server.base + "/a", access="key")
        with logs.job(tmp_path / "job.log"):
            fetch(tmp_path, some, environ={"SOME_KEY": KEY})
    assert server.requests[0][1] == {"id": [KEY]}
    log = (tmp_path / "job.log").read_text()
    assert "set the environment variable SOME_KEY" in log
    streams = capfd.readouterr()
    for told in (str(raised.value), log, caplog.text, streams.out, streams.err):
        assert KEY not in told
    assert not (tmp_path / "data/set/one.csv").exists()
    left = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert not any(KEY.encode() in path.read_bytes() for path in left if path.suffix != ".partial")


def test_what_is_written_after_a_fetch_holds_no_key(tmp_path, monkeypatch):
    monkeypatch.setenv("SOME_KEY", KEY)
    with hostile_server() as server:
        server.answers["/a"] = body(DATA)
        some = dataset(server.base + "/a", access="key", bytes=None, sha256=None)
        fetch(tmp_path, some)
        assert server.requests[0][1] == {"id": [KEY]}
    folder = tmp_path / "data"
    config = {"data_dir": str(folder), "mirror": None}
    record = provenance.record(
        {"file": folder / "set/one.csv"}, {"config": config}, datasets=["some_set"]
    )
    write_json(record, folder / "run.json")
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    assert list(read_lock(folder / "lock.json")) == ["some_set/set/one.csv"]
    for path in folder.rglob("*"):
        assert KEY not in path.name
        assert path.is_dir() or KEY.encode() not in path.read_bytes()
