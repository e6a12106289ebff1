"""Bodies cut anywhere, and bodies without end: nothing wrong in place, bounded memory and time."""

import gzip
import json
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile_server import Answer, Server, Waits, body, hostile_server, ranged
from test_download import DATA, dataset, fetch, refused

from faultcast.catalog.transfer import Session
from faultcast.errors import DownloadError

MAX_GROWTH_MB = 100.0
MAX_CPU_S = 20.0
CUTS = [len(DATA) * percent // 100 for percent in range(100)]


@pytest.fixture
def server() -> Iterator[Server]:
    with hostile_server() as running:
        yield running


def chunked(data: bytes, size: int = 700) -> Answer:
    """Send `data` in chunks without a length and without the last, empty chunk."""

    def send(handler: Any) -> None:
        handler.protocol_version = "HTTP/1.1"
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for first in range(0, len(data), size):
            piece = data[first : first + size]
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        handler.close_connection = True

    return send


def unmeasured(data: bytes) -> Answer:
    """Send `data` and hang up: without a length, only the checksum tells that it was cut."""

    def send(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n" + data)

    return send


@pytest.mark.parametrize(
    "kind", [ranged, body, chunked, unmeasured], ids=lambda kind: kind.__name__
)
def test_a_body_cut_at_every_percent_is_refused_and_then_finished(
    server: Server, tmp_path: Path, kind: Any
) -> None:
    some = dataset(server.base + "/a")
    for cut in CUTS:
        folder = tmp_path / str(cut)
        if kind is ranged:
            server.answers["/a"] = [ranged(DATA, cut=cut), body(b"", status=404)]
        elif kind is body:
            server.answers["/a"] = body(DATA[:cut], length=len(DATA))
        else:
            server.answers["/a"] = kind(DATA[:cut])
        refused(folder, some)
        server.answers["/a"] = ranged(DATA)
        assert fetch(folder, some) == DATA


@pytest.mark.parametrize("kind", [body, chunked], ids=lambda kind: kind.__name__)
def test_a_cut_body_of_unknown_checksum_is_not_recorded(
    server: Server, tmp_path: Path, kind: Any
) -> None:
    unknown = dataset(server.base + "/a", bytes=None, sha256=None)
    for cut in CUTS[::10]:
        server.answers["/a"] = (
            kind(DATA[:cut], length=len(DATA)) if kind is body else (kind(DATA[:cut]))
        )
        refused(tmp_path, unknown)
        assert not (tmp_path / "data/lock.json").exists()


def endless(handler: Any) -> None:
    """Send until the other side hangs up."""
    handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
    while True:
        handler.wfile.write(bytes(1 << 20))


def test_an_answer_without_end_is_not_kept_in_memory(server: Server) -> None:
    server.answers["/query"] = endless
    with pytest.raises(DownloadError, match=f"more than the {64 << 20} bytes expected at most"):
        Session().get(server.base + "/query")


def in_a_child(code: str, **names: str) -> tuple[str, float, float]:
    """Run `code` with `names`; return its error's text, its growth in MB, its CPU seconds."""
    # VmHWM and not ru_maxrss, which a child takes over from its parent
    program = """
        import json, re, sys, time
        from pathlib import Path
        from faultcast.catalog.download import fetch_dataset
        from faultcast.catalog.registry import DataFile, Dataset
        from faultcast.catalog.transfer import Session
        from faultcast.deformation.archive import read_members
        from faultcast.errors import FaultcastError
        import pooch

        def peak_mb():
            status = Path("/proc/self/status").read_text()
            return int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) / 1024

        def fetched(folder, *urls, mirror=None, **known):
            file = DataFile(path="set/one.csv", mirror_path="set/one.csv", urls=urls, **known)
            entry = Dataset(id="s", title="", access="open", licence="", citation="", files=(file,))
            session = Session(deadline_s=60, max_bytes=50_000_000)
            lock = Path(folder, "lock.json")
            fetch_dataset(entry, folder, mirror=mirror, lock_path=lock, session=session)

        globals().update(json.loads(sys.argv[1]))
        before, told = peak_mb(), ""
        try:
            exec(sys.argv[2])
        except FaultcastError as error:
            told = str(error)
        print(json.dumps([told, peak_mb() - before, time.process_time()]))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), json.dumps(names), code],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    told, growth_mb, cpu_s = json.loads(done.stdout)
    return told, growth_mb, cpu_s


@pytest.fixture(scope="module")
def bombs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 MB of zeros as gzip, and as a member of a zip, each below 2 MB."""
    folder = tmp_path_factory.mktemp("bombs")
    (folder / "set").mkdir()
    with (
        gzip.open(folder / "set/one.csv.gz", "wb", compresslevel=1) as packed,
        zipfile.ZipFile(folder / "one.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("a.csv", "w") as member,
    ):
        for _ in range(100):
            packed.write(bytes(4 << 20))
            member.write(bytes(4 << 20))
    assert max(path.stat().st_size for path in folder.rglob("*.*")) < 4 << 20
    return folder


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("fetched(folder, mirror=bombs)", "more than the 50000000 bytes expected at most"),
        ("fetched(folder, mirror=bombs, bytes=10)", "more than the 10 bytes expected at most"),
        ("fetched(folder, url)", "more than the 50000000 bytes expected at most"),
        ("read_members(bombs + '/one.zip', '.csv')", "no data packs like that"),
    ],
    ids=["gzip", "gzip of known size", "endless", "zip"],
)
def test_bombs_take_neither_memory_nor_time(
    server: Server, tmp_path: Path, bombs: Path, code: str, expected: str
) -> None:
    server.answers["/a"] = endless
    told, growth_mb, cpu_s = in_a_child(
        code, folder=str(tmp_path / "data"), bombs=str(bombs), url=server.base + "/a"
    )
    assert expected in told
    assert growth_mb < MAX_GROWTH_MB and cpu_s < MAX_CPU_S
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in left) <= 50_000_000
    assert not [path for path in left if path.name == "one.csv"]


def test_the_waits_of_all_attempts_stay_below_the_deadline(server: Server, tmp_path: Path) -> None:
    """Each file, each alternate and each attempt draws on one deadline."""
    server.answers["/a"] = server.answers["/b"] = body(b"", status=503, Retry_After="200")
    waits = Waits()
    some = dataset(server.base + "/a", server.base + "/b", server.base + "/c")
    refused(tmp_path, some, session=waits.session(deadline_s=700.0))
    assert sum(waits.waits) <= 700.0
