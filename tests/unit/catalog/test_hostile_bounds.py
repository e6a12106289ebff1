"""Bodies cut anywhere, and bodies without end: nothing wrong in place, bounded memory and time."""

import gzip
import json
import struct
import subprocess
import sys
import textwrap
import zipfile
import zlib
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
N_PIECES, PIECE = 100, bytes(4 << 20)
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


def test_a_redirect_with_a_body_without_end_is_followed(server: Server) -> None:
    sent = []

    def redirect(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.0 302 Found\r\nLocation: /b\r\n\r\n")
        for _ in range(256):
            handler.wfile.write(bytes(1 << 20))
            sent.append(1)

    server.answers["/a"], server.answers["/b"] = redirect, body(b"found")
    assert Session().get(server.base + "/a").body == b"found"
    assert len(sent) < 64


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


def write_zip(path: Path, name: str, start: bytes = b"") -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(name, "w") as member,
    ):
        member.write(start)
        for _ in range(N_PIECES):
            member.write(PIECE)


def write_matlab(path: Path, n_rows: int) -> None:
    """Write a table of zeros, `xyz_mat` (n_rows, 3), as MATLAB v5 packs it."""
    size = n_rows * 24
    table = struct.pack("<2I 4I 2I2i 2I8s 2I", 14, 56 + size, 6, 8, 6, 0, 5, 8, n_rows, 3,
                        1, 7, b"xyz_mat", 9, size)  # fmt: skip
    packer = zlib.compressobj(1)
    pieces = [packer.compress(table)]
    for start in range(0, size, len(PIECE)):
        pieces.append(packer.compress(PIECE[: size - start]))
    packed = b"".join([*pieces, packer.flush()])
    head = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H2s", 0x0100, b"IM")
    path.write_bytes(head + struct.pack("<2I", 15, len(packed)) + packed)


@pytest.fixture(scope="module")
def bombs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 MB of zeros as gzip, as a member of a zip, as arrays and as a table of MATLAB."""
    folder = tmp_path_factory.mktemp("bombs")
    (folder / "set").mkdir()
    with gzip.open(folder / "set/one.csv.gz", "wb", compresslevel=1) as packed:
        for _ in range(N_PIECES):
            packed.write(PIECE)
    write_zip(folder / "one.zip", "a.csv")
    # enough of the format's head for numpy to make the array
    n_values = N_PIECES * len(PIECE) // 8
    head = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({n_values},)}}".ljust(117) + "\n"
    write_zip(
        folder / "one.npz", "X.npy", b"\x93NUMPY\1\0" + struct.pack("<H", 118) + head.encode()
    )
    write_matlab(folder / "one.mat", n_values // 3)
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


# name of the bomb -> what reads such files
READERS = {
    "set/one.csv.gz": (
        "read_catalog", "read_locations", "read_mechanisms", "read_egms", "read_ascii_grid",
        "partial(read_traces, projection=None)",
    ),
    "one.npz": (
        "read_mexico_city",
        "lambda path: engine_runs(data='', configurations=[], points=path)",
        "lambda path: engine_runs(data='', configurations=[], points=points, program_global=path)",
    ),
    "one.mat": ("read_landers",),
}  # fmt: skip


def test_no_reader_unpacks_a_bomb(bombs: Path) -> None:
    code = """
        from functools import partial
        import pandas
        from faultcast.catalog import read_catalog, read_locations, read_mechanisms
        from faultcast.deformation.egms import read_egms
        from faultcast.deformation.mexico_city import read_mexico_city
        from faultcast.evaluate.kamer2020.engines import engine_runs
        from faultcast.faults.landers import read_landers
        from faultcast.faults.traces import read_traces
        from faultcast.plots.relief import read_ascii_grid

        points = pandas.DataFrame(columns=["x_km", "y_km", "z_km"], dtype=float)
        before = peak_mb()  # what modules take is none of the bombs' growth
        texts = []
        for reader, path in json.loads(readers):
            try:
                eval(reader)(Path(path))
                texts.append("")
            except FaultcastError as error:
                texts.append(str(error))
            texts[-1] = f"{reader}: {texts[-1]}, {peak_mb() - before:.0f} MB"
        raise FaultcastError("\\n".join(texts))
    """
    readers = [(reader, str(bombs / name)) for name in READERS for reader in READERS[name]]
    told, growth_mb, cpu_s = in_a_child(textwrap.dedent(code), readers=json.dumps(readers))
    assert len(told.splitlines()) == len(readers) == 10
    assert all("no data packs like that" in line for line in told.splitlines()), told
    assert growth_mb < MAX_GROWTH_MB and cpu_s < MAX_CPU_S, told


def test_the_waits_of_all_attempts_stay_below_the_deadline(server: Server, tmp_path: Path) -> None:
    """Each file, each alternate and each attempt draws on one deadline."""
    server.answers["/a"] = server.answers["/b"] = body(b"", status=503, Retry_After="200")
    waits = Waits()
    some = dataset(server.base + "/a", server.base + "/b", server.base + "/c")
    refused(tmp_path, some, session=waits.session(deadline_s=700.0))
    assert sum(waits.waits) <= 700.0
