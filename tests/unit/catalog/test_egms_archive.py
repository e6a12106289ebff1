"""EGMS by the user's key: the registry's own entry and any other file, on a loopback server."""

import io
import logging
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hostile_server import body, hostile_server

from faultcast import logs, provenance
from faultcast.catalog.download import fetch_dataset, why_absent
from faultcast.catalog.egms_archive import fetch_archive_file
from faultcast.catalog.lock import read_lock
from faultcast.catalog.registry import load_registry
from faultcast.deformation import native_tile, read_egms
from faultcast.errors import ConfigError, DownloadError

ROOT = Path(__file__).resolve().parents[3]
KEY = "hush 7d41/%+&=é"
QUOTED = "hush+7d41%2F%25%2B%26%3D%C3%A9"
NAME = "EGMS_L3_E32N34_100km_U_2018_2022_1"
OTHER = "EGMS_L3_E40N30_100km_E_2019_2023_1"
PLACE = "/insar-api/archive/download"


def tile_zip(name=NAME):
    """Return a small level 3 file as it is delivered, 2018-2022."""
    attributes = "height,rmse,mean_velocity,mean_velocity_std,acceleration,acceleration_std"
    lines = [f"pid,easting,northing,{attributes},seasonality,seasonality_std,20180106,20180112"]
    lines += [
        f"p{k},{3_200_050 + 100 * (k % 3)},{3_400_050 + 100 * (k // 3)},{'1.0,' * 8}{k},{k}.5"
        for k in range(9)
    ]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(f"{name}.csv", "\n".join(lines) + "\n")
    return made.getvalue()


@pytest.fixture
def server():
    with hostile_server() as running:
        yield running


@pytest.fixture
def registry(server, tmp_path):
    """Return the repository's registry with the archive's host replaced by the loopback."""
    (tmp_path / "resources").mkdir()
    text = (ROOT / "resources/datasets.yaml").read_text()
    assert text.count("https://egms.land.copernicus.eu/insar-api") == 1
    path = tmp_path / "resources/datasets.yaml"
    path.write_text(text.replace("https://egms.land.copernicus.eu", server.base))
    schemas = tmp_path / "workflow/schemas"
    schemas.mkdir(parents=True)
    shutil.copy(ROOT / "workflow/schemas/datasets.schema.yaml", schemas)
    return load_registry(path)


def fetch(registry, folder):
    (path,) = fetch_dataset(registry["egms_l3_e32n34"], folder, lock_path=folder / "lock.json")
    return path


def no_key_in(folder):
    secrets = [text.encode() for text in (KEY, QUOTED, "hush")]
    for path in folder.rglob("*"):
        assert "hush" not in path.name
        assert path.is_dir() or not any(text in path.read_bytes() for text in secrets), path


def test_the_registered_tile_comes_by_the_key_and_tells_it_nowhere(
    registry, server, tmp_path, monkeypatch, caplog, capfd
):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("EGMS_TOKEN", f"{KEY}\n")
    queries = []
    answer = body(tile_zip(), Set_Cookie=f"id={QUOTED}")
    server.answers[f"{PLACE}/{NAME}.zip"] = lambda handler: (
        queries.append(handler.path.partition("?")[2]),
        answer(handler),
    )
    folder = tmp_path / "data"
    with logs.job(tmp_path / "job.log"):
        path = fetch(registry, folder)
        series, _ = read_egms(path)
        tile = native_tile(series)
        record = provenance.record({"source": path}, {"data_dir": str(folder)}, datasets=["egms"])
        tile.save(tmp_path / "tile", record)
    assert queries == [f"id={QUOTED}"]
    assert path == folder / f"deformation/egms_L3_E32N34/{NAME}.zip"
    assert (tile.n_cells, tile.component, tile.n_epochs) == (9, "U", 2)
    assert list(read_lock(folder / "lock.json")) == [
        f"egms_l3_e32n34/deformation/egms_L3_E32N34/{NAME}.zip"
    ]
    streams = capfd.readouterr()
    assert "hush" not in caplog.text + streams.out + streams.err
    no_key_in(tmp_path)
    # it is there and right: the archive is not asked again
    fetch(registry, folder)
    assert len(queries) == 1


def test_without_a_key_nothing_is_asked_and_the_way_by_hand_is_told(
    registry, server, tmp_path, monkeypatch
):
    monkeypatch.delenv("EGMS_TOKEN", raising=False)
    folder = tmp_path / "data"
    with pytest.raises(DownloadError) as raised:
        fetch(registry, folder)
    place = folder / f"deformation/egms_L3_E32N34/{NAME}.zip"
    for told in (str(raised.value), why_absent(registry["egms_l3_e32n34"], folder)):
        assert "set the environment variable EGMS_TOKEN to your key" in told
        assert "Register with the Copernicus EGMS explorer" in told
        assert f"By hand: place the file as {place}" in told
    assert server.requests == []
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(tile_zip())
    assert why_absent(registry["egms_l3_e32n34"], folder) is None
    assert fetch(registry, folder) == place
    assert server.requests == []


def test_a_hand_placed_zip_that_was_cut_is_told_before_its_checksum_is_held(
    registry, tmp_path, monkeypatch
):
    monkeypatch.delenv("EGMS_TOKEN", raising=False)
    place = tmp_path / f"data/deformation/egms_L3_E32N34/{NAME}.zip"
    place.parent.mkdir(parents=True)
    place.write_bytes(tile_zip()[:-30])
    with pytest.raises(DownloadError, match=rf"{NAME}\.zip: no whole zip file came"):
        fetch(registry, tmp_path / "data")
    assert place.read_bytes() == tile_zip()[:-30]
    assert not read_lock(tmp_path / "data/lock.json")
    place.write_bytes(tile_zip())
    assert fetch(registry, tmp_path / "data") == place


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (body(b"no", status=401), "status 401"),
        (body(b"no", status=403), "status 403"),
        (body(b"<html>log in</html>", Content_Type="text/html"), "an HTML page came"),
        (body(b" \n<!DOCTYPE html>ticket"), "an HTML page came"),
        (body(b'{"message": "token expired"}'), "no whole zip file came"),
        (body(tile_zip()[:-30]), "no whole zip file came"),
    ],
)
def test_a_refused_key_is_told_and_nothing_is_kept(
    registry, server, tmp_path, monkeypatch, answer, told
):
    monkeypatch.setenv("EGMS_TOKEN", KEY)
    server.answers[f"{PLACE}/{NAME}.zip"] = answer
    folder = tmp_path / "data"
    with pytest.raises(DownloadError) as raised:
        fetch(registry, folder)
    text = str(raised.value)
    assert told in text
    assert "the key in EGMS_TOKEN was sent" in text and "no longer valid" in text
    assert "By hand: place the file as" in text
    assert "hush" not in text
    assert not list(folder.rglob("*.zip"))
    assert not read_lock(folder / "lock.json")


def test_a_mirror_is_asked_first_and_without_the_key(registry, server, tmp_path, monkeypatch):
    monkeypatch.setenv("EGMS_TOKEN", KEY)
    path = f"/m/deformation/egms_L3_E32N34/{NAME}.zip"
    server.answers[path] = body(tile_zip())
    fetch_dataset(
        registry["egms_l3_e32n34"],
        tmp_path / "data",
        mirror=f"{server.base}/m",
        lock_path=tmp_path / "data/lock.json",
    )
    assert server.requests == [(path, {}, None)]


def test_the_key_does_not_follow_a_redirect(registry, server, tmp_path, monkeypatch):
    monkeypatch.setenv("EGMS_TOKEN", KEY)
    server.answers[f"{PLACE}/{NAME}.zip"] = body(b"", status=302, Location="/elsewhere")
    server.answers["/elsewhere"] = body(tile_zip())
    fetch(registry, tmp_path / "data")
    assert [(path, query) for path, query, _ in server.requests] == [
        (f"{PLACE}/{NAME}.zip", {"id": [KEY]}),
        ("/elsewhere", {}),
    ]


@pytest.mark.parametrize(
    "name",
    [
        OTHER,
        "EGMS_L2b_022_0845_IW2_VV_2020_2024_1.zip",
        # 2015-2021: no years
        "EGMS_L3_E32N29_100km_U.zip",
        "EGMS_L2a_001_0280_IW3_VV",
    ],
)
def test_any_other_file_comes_by_the_same_key(registry, server, tmp_path, monkeypatch, name):
    monkeypatch.setenv("EGMS_TOKEN", KEY)
    stem = name.removesuffix(".zip")
    server.answers[f"{PLACE}/{stem}.zip"] = body(tile_zip(stem))
    found = fetch_archive_file(registry, name, tmp_path / "data")
    assert found == tmp_path / f"data/deformation/egms/{stem}.zip"
    assert server.requests == [(f"{PLACE}/{stem}.zip", {"id": [KEY]}, None)]
    assert list(read_lock(tmp_path / "data/lock.json")) == [
        f"egms_archive/deformation/egms/{stem}.zip"
    ]
    no_key_in(tmp_path / "data")


@pytest.mark.parametrize(
    "name",
    [
        *("", "E40N30", f"../{OTHER}", f"{OTHER}?id=1", f"{OTHER}\n"),
        *("EGMS_L3_E32N29_100km_U_2018", "EGMS_L3_E32N29_100km_U_", "EGMS_L2b_022_0845_IW2"),
    ],
)
def test_a_name_that_is_none_is_told(registry, server, tmp_path, name):
    with pytest.raises(ConfigError, match="no file of EGMS; expected a name as EGMS_L3_E32N34"):
        fetch_archive_file(registry, name, tmp_path / "data")
    assert server.requests == []


def test_no_document_puts_the_key_on_a_command_line():
    for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        assert "EGMS_TOKEN=" not in path.read_text(encoding="utf-8"), path
    assert "read -rs EGMS_TOKEN; export EGMS_TOKEN" in (ROOT / "docs/how-to.md").read_text()


def test_the_command_prints_the_place_or_says_what_to_do(registry, server, tmp_path):
    server.answers[f"{PLACE}/{OTHER}.zip"] = body(tile_zip(OTHER))
    command = [sys.executable, "-m", "faultcast.catalog.egms_archive", OTHER]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONWARNINGS": "error"}
    for key in ("", KEY):
        done = subprocess.run(
            command, cwd=tmp_path, env={**environment, "EGMS_TOKEN": key}, text=True,
            capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        if key:
            assert done.stdout.strip() == f"data/deformation/egms/{OTHER}.zip"
            assert (tmp_path / done.stdout.strip()).is_file()
        else:
            assert done.returncode == 1 and "Traceback" not in done.stderr
            assert "set the environment variable EGMS_TOKEN" in done.stderr
        assert "hush" not in done.stdout + done.stderr
