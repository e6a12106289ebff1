import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hostile_server import Server, Waits, body, hostile_server, ranged

from faultcast.catalog.download import fetch_dataset, file_fault, why_absent
from faultcast.catalog.registry import DataFile, Dataset, Key, load_registry
from faultcast.errors import DownloadError, OutputError

DATA = b"a catalog\n" * 1000
SHA256 = hashlib.sha256(DATA).hexdigest()
BLOB = hashlib.sha1(b"blob %d\0" % len(DATA) + DATA).hexdigest()


@pytest.fixture
def server() -> Iterator[Server]:
    with hostile_server() as running:
        yield running


def dataset(*urls: str, access: str = "open", **file: Any) -> Dataset:
    known: dict[str, Any] = {"bytes": len(DATA), "sha256": SHA256, **file}
    one = DataFile(path="set/one.csv", mirror_path="set/one.csv", urls=urls, **known)
    return Dataset(
        id="some_set",
        title="A set",
        access=access,
        licence="MIT",
        citation="Somebody",
        files=(one,),
        how="Ask somebody for it",
        key=Key("SOME_KEY", "id") if access == "key" else None,
    )


def fetch(tmp_path: Path, some: Dataset, **options: Any) -> bytes:
    options.setdefault("session", Waits().session())
    folder = tmp_path / "data"
    (path,) = fetch_dataset(some, folder, lock_path=folder / "lock.json", **options)
    assert path == folder / "set" / "one.csv"
    return path.read_bytes()


def refused(tmp_path: Path, some: Dataset, **options: Any) -> str:
    """Return the message of a fetch that fails and leaves nothing in place."""
    with pytest.raises(DownloadError) as raised:
        fetch(tmp_path, some, **options)
    assert not (tmp_path / "data" / "set" / "one.csv").exists()
    assert not list((tmp_path / "data" / "set").glob("*"))
    return str(raised.value)


def test_what_is_there_and_right_is_not_fetched(tmp_path: Path) -> None:
    place = tmp_path / "data" / "set" / "one.csv"
    place.parent.mkdir(parents=True)
    place.write_bytes(DATA)
    assert fetch(tmp_path, dataset("http://127.0.0.1:9/x")) == DATA


def test_order_mirror_then_address_then_alternates(server: Server, tmp_path: Path) -> None:
    server.answers["/c"] = body(DATA)
    some = dataset(server.base + "/a", server.base + "/b", server.base + "/c")
    server.answers["/b"] = body(DATA[:-1] + b"x")
    assert fetch(tmp_path / "1", some) == DATA
    assert server.paths() == ["/a", "/b", "/c"]
    mirror = tmp_path / "mirror"
    (mirror / "set").mkdir(parents=True)
    (mirror / "set" / "one.csv").write_bytes(DATA)
    server.requests.clear()
    assert fetch(tmp_path / "2", some, mirror=mirror) == DATA
    assert server.paths() == []
    (mirror / "set" / "one.csv").write_bytes(b"stale")
    assert fetch(tmp_path / "3", some, mirror=mirror) == DATA


def test_a_mirror_may_hold_gzip_of_a_file(server: Server, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    (mirror / "set").mkdir(parents=True)
    (mirror / "set" / "one.csv.gz").write_bytes(gzip.compress(DATA))
    assert fetch(tmp_path / "1", dataset(), mirror=mirror) == DATA
    server.answers["/m/set/one.csv.gz"] = body(gzip.compress(DATA))
    assert fetch(tmp_path / "2", dataset(), mirror=server.base + "/m/") == DATA
    assert server.paths() == ["/m/set/one.csv", "/m/set/one.csv.gz"]


def test_half_a_gzip_file_and_a_gzip_bomb_are_refused(tmp_path: Path) -> None:
    packed = tmp_path / "mirror" / "set" / "one.csv.gz"
    packed.parent.mkdir(parents=True)
    packed.write_bytes(gzip.compress(DATA)[:-20])
    assert "no whole gzip file" in refused(tmp_path, dataset(), mirror=tmp_path / "mirror")
    packed.write_bytes(gzip.compress(bytes(50_000_000)))
    told = refused(tmp_path, dataset(), mirror=tmp_path / "mirror")
    assert f"more than the {len(DATA)} bytes" in told
    unknown = dataset(bytes=None, sha256=None)
    session = Waits().session(max_bytes=1000)
    assert "more than the 1000 bytes" in refused(
        tmp_path, unknown, mirror=tmp_path / "mirror", session=session
    )


def test_a_wrong_checksum_says_what_was_expected_and_what_came(
    server: Server, tmp_path: Path
) -> None:
    wrong = DATA[:-1] + b"x"
    server.answers["/a"] = body(wrong)
    told = refused(tmp_path, dataset(server.base + "/a"))
    assert SHA256 in told
    assert hashlib.sha256(wrong).hexdigest() in told
    assert "some_set: set/one.csv cannot be fetched" in told


def test_a_git_blob_sha1_alone_is_held_to(server: Server, tmp_path: Path) -> None:
    server.answers["/a"] = body(DATA)
    some = dataset(server.base + "/a", bytes=None, sha256=None, git_blob_sha1=BLOB)
    assert fetch(tmp_path, some) == DATA
    place = tmp_path / "data" / "set" / "one.csv"
    place.write_bytes(b"edited")
    assert fetch(tmp_path, some) == DATA
    wrong = dataset(server.base + "/a", bytes=None, sha256=None, git_blob_sha1="0" * 40)
    assert f"git blob sha1 {'0' * 40} was expected, {BLOB} came" in refused(tmp_path / "2", wrong)


def test_half_a_file_is_finished_by_the_next_run(server: Server, tmp_path: Path) -> None:
    server.answers["/a"] = [ranged(DATA, cut=4000), body(b"", status=404)]
    some = dataset(server.base + "/a")
    refused(tmp_path, some)
    server.answers["/a"] = ranged(DATA)
    assert fetch(tmp_path, some) == DATA
    assert server.requests[-1][2] == "bytes=4000-"


def test_a_wrong_beginning_is_thrown_away(server: Server, tmp_path: Path) -> None:
    server.answers["/a"] = [ranged(b"z" * len(DATA), cut=4000), body(b"", status=404)]
    some = dataset(server.base + "/a")
    refused(tmp_path, some)
    server.answers["/a"] = ranged(DATA)
    assert fetch(tmp_path, some) == DATA
    assert [asked for _, _, asked in server.requests][-2:] == ["bytes=4000-", None]


def test_an_unknown_checksum_is_recorded_and_held_to(server: Server, tmp_path: Path) -> None:
    server.answers["/a"] = body(DATA)
    some = dataset(server.base + "/a", bytes=None, sha256=None)
    assert fetch(tmp_path, some) == DATA
    recorded = json.loads((tmp_path / "data" / "lock.json").read_text())
    assert recorded == {"some_set/set/one.csv": {"bytes": len(DATA), "sha256": SHA256}}
    (tmp_path / "data" / "set" / "one.csv").unlink()
    server.answers["/a"] = body(DATA[:-1] + b"x")
    told = refused(tmp_path, some)
    assert "recorded in" in told
    assert "delete that entry" in told
    server.answers["/a"] = body(DATA)
    assert fetch(tmp_path, some) == DATA


def test_no_network_and_no_mirror_names_the_config_key(tmp_path: Path) -> None:
    told = refused(tmp_path, dataset("http://127.0.0.1:9/a"))
    assert "no connection" in told
    assert "set the config key `mirror` to a folder or base address that holds set/one.csv" in told


def test_a_mirror_that_is_no_folder(tmp_path: Path) -> None:
    told = refused(tmp_path, dataset(), mirror=tmp_path / "none")
    assert "there is no such folder; mend the config key `mirror`" in told


def test_manual_says_how_and_where(tmp_path: Path) -> None:
    some = dataset(access="manual")
    told = refused(tmp_path, some)
    assert "Ask somebody for it" in told
    assert str(tmp_path / "data" / "set" / "one.csv") in told
    assert why_absent(some, tmp_path / "data") in told


def test_a_hand_placed_file_that_is_wrong_is_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "data" / "set" / "one.csv"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"mine")
    with pytest.raises(DownloadError, match=r"one\.csv: 10000 bytes were expected, 4 came"):
        fetch(tmp_path, dataset(access="manual"))
    assert place.read_bytes() == b"mine"


def test_a_key_is_named_sent_and_never_told(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    some = dataset(server.base + "/a", access="key")
    assert "environment variable SOME_KEY" in refused(tmp_path, some, environ={})
    assert server.requests == []
    server.answers["/a"] = [body(b"", status=500), body(b"", status=403)]
    told = refused(tmp_path, some, environ={"SOME_KEY": "hush"})
    assert server.requests[0][1] == {"id": ["hush"]}
    server.answers["/a"] = body(DATA)
    assert fetch(tmp_path, some, environ={"SOME_KEY": "hush"}) == DATA
    assert "hush" not in told + caplog.text


def test_why_absent_asks_no_network(tmp_path: Path) -> None:
    assert why_absent(dataset("http://127.0.0.1:9/a"), tmp_path) is None
    manual, key = dataset(access="manual"), dataset(access="key")
    assert "Ask somebody" in (why_absent(manual, tmp_path) or "")
    assert "SOME_KEY" in (why_absent(key, tmp_path, environ={}) or "")
    assert why_absent(key, tmp_path, environ={"SOME_KEY": "x"}) is None
    assert why_absent(manual, tmp_path, mirror="https://example.org/") is None
    (tmp_path / "mirror" / "set").mkdir(parents=True)
    assert why_absent(manual, tmp_path, mirror=tmp_path / "mirror") is not None
    (tmp_path / "mirror" / "set" / "one.csv.gz").touch()
    assert why_absent(manual, tmp_path, mirror=tmp_path / "mirror") is None


def test_only_some_files(server: Server, tmp_path: Path) -> None:
    server.answers["/a"] = body(DATA)
    some = dataset(server.base + "/a")
    other = replace(some.files[0], path="set/two.csv", urls=(server.base + "/none",))
    both = replace(some, files=(*some.files, other))
    options = {"lock_path": tmp_path / "lock.json", "session": Waits().session()}
    paths = fetch_dataset(both, tmp_path, only=["*/one.*"], **options)
    assert [path.name for path in paths] == ["one.csv"]
    with pytest.raises(DownloadError, match=r"no file matches '1999'; it has set/one\.csv"):
        fetch_dataset(both, tmp_path, only=["1999"], **options)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(OutputError, match="config key `data_dir`"):
        fetch(tmp_path, dataset("http://127.0.0.1:9/a"))


@pytest.mark.real_data
def test_real_files_from_the_mirror(shared_data: Path, tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[3]
    registry = load_registry(root / "resources" / "datasets.yaml")
    options = {"mirror": shared_data, "lock_path": tmp_path / "lock.json"}
    for name in ("landers", "scedc_older", "nll_scatter_sample", "focal_mechanisms_supplement"):
        paths = fetch_dataset(registry[name], tmp_path, **options)
        assert len(paths) == len(registry[name].files)
    paths = fetch_dataset(registry["scedc_dc"], tmp_path, only=["*/1981.catalog"], **options)
    assert paths[0].read_bytes().startswith(b"#")
    assert not (tmp_path / "lock.json").exists()  # the registry knows them all


@pytest.mark.real_data
def test_every_file_of_the_mirror_has_its_place_in_the_registry(shared_data: Path) -> None:
    root = Path(__file__).resolve().parents[3]
    registry = load_registry(root / "resources" / "datasets.yaml")
    held = {file.mirror_path: file for entry in registry.values() for file in entry.files}
    for path in shared_data.rglob("*"):
        name = path.relative_to(shared_data).as_posix()
        if path.is_dir() or "LICENSE" in name.upper():
            continue
        if path.name in ("README.md", "SHA256SUMS", "MANIFEST.csv"):
            continue
        if name in held:
            assert file_fault(path, held[name]) is None, name
        else:
            assert name.removesuffix(".gz") in held, name
