"""Bad input: each ends with exit 1, one message that says what to do, and nothing half-written."""

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from checkout import Checkout, copy_checkout
from disks import small_disk

pytestmark = pytest.mark.workflow

RESULTS = "results/bad"
# nothing listens on the port for discarding; a proxy of this machine must not be asked for it
NOWHERE = "http://127.0.0.1:9/"
OFFLINE = {"no_proxy": "*", "NO_PROXY": "*"}
KEY = {"MADE_UP_KEY": "hush-7d41"}
GOOD = b"t,lat,lon\n" + b"1991-01-01T00:00:00,33.5,-117\n" * 400


def failed(checkout: Checkout, *targets: str, **environment: str) -> str:
    """Run what must fail; return what the user sees."""
    done = checkout.snakemake(*targets, check=False, **environment)
    assert done.returncode == 1
    shown = done.stdout + done.stderr
    assert "Traceback" not in shown
    return shown


def made_in(folder: Path) -> set[str]:
    """Files that jobs left, but for logs and costs."""
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {str(path) for path in files if path.parts[0] not in ("logs", "benchmarks")}


def told(shown: str, log: Path) -> str:
    """Return the one message of a failed job, which stands on the screen and in its log."""
    _, *messages = log.read_text(encoding="utf-8").split("ERROR faultcast: ")
    assert len(messages) == 1
    message = messages[0].strip()
    assert f"faultcast: {message}" in shown
    return message


def test_faults_of_the_configuration_are_told_all_at_once(fresh):
    checkout = fresh.overlay(
        {
            "netwrk": {},
            "papers": {
                "kamer2020": {"period": ["1995-01-01", "1990-01-01"]},
                "eqpred": {
                    "controls": {"models": ["eqpred", "conv2d_conv1"]},
                    "variants": {"cubed": {"training": {"value": "cube"}}, "m20": {"seed": 1}},
                },
                "mmstt": {
                    "tiles": {
                        "mine": {
                            "dataset": "egms_l2b_e45n17",
                            "track": "999_0000",
                            "lattice_of": "simulated",
                        }
                    }
                },
            },
            "regions": {"simulated": {"latitude_deg": [35.0, 33.0]}},
        }
    )
    shown = failed(checkout)
    assert "the configuration has 8 fault(s)" in shown
    assert "netwrk: no such key; did you mean 'network'?" in shown
    assert (
        "papers.kamer2020.period = [1995-01-01, 1990-01-01]: the end must lie after the start"
        in shown
    )
    assert "papers.kamer2020.past_end = 1993-01-01: not inside the learning period" in shown
    assert "regions.simulated.latitude_deg = [35.0, 33.0]: the region is empty" in shown
    assert "papers.eqpred.controls.models = 'conv2d_conv1': not in faultcast.models" in shown
    assert "did you mean 'conv2d_conv1d'?" in shown
    assert "papers.eqpred.variants.cubed.training.value = 'cube': allowed are" in shown
    assert "papers.eqpred.variants.m20.seed: no such key; known here: extreme_mag" in shown
    assert "papers.mmstt.tiles.mine: no file of egms_l2b_e45n17 is of track '999_0000'" in shown
    assert not (checkout / "results").exists()


def test_unknown_model_or_study_is_told_before_anything_runs(fresh):
    for study, row in (("simulated", "transformer"), ("threshold_77", "eqpred")):
        target = f"results/tiny/train/{study}/leak_free/{row}/seed0/predictions.parquet"
        shown = failed(fresh, target)
        assert "MissingRuleException" in shown or "MissingInputException" in shown
        assert study in shown
    assert not (fresh / "results").exists()


@pytest.fixture(scope="module")
def catalogs(tmp_path_factory) -> tuple[Checkout, str]:
    """A user's own files, each faulty; one run, which goes on after each failure."""
    checkout = copy_checkout(tmp_path_factory.mktemp("catalogs"))
    files = {
        "short": "t,lat,lon\n1991-01-01T00:00:00,33.5,-117\n",
        "broken": "t,lat,lon,mag\nyesterday,33.5,-117,2\n1991-01-01T00:00:00,133,-117,2\n",
        "good": "t,lat,lon,mag\n1991-01-01T00:00:00,33.5,-117,2\n",
    }
    columns = {"time": "t", "latitude": "lat", "longitude": "lon", "magnitude": "mag"}
    for name, text in files.items():
        (checkout / f"{name}.csv").write_text(text, encoding="utf-8")
    nowhere = {"title": "Nowhere", "latitude_deg": [10, 11], "longitude_deg": [10, 11]}
    checkout = checkout.overlay(
        {
            "results": RESULTS,
            "regions": {"nowhere": nowhere},
            "catalogs": {
                name: {"path": f"{name}.csv", "format": "csv", "columns": columns} for name in files
            },
            "network": {"catalog": "good", "region": "nowhere"},
        }
    )
    shown = failed(
        checkout,
        f"{RESULTS}/catalog/short/events.parquet",
        f"{RESULTS}/catalog/broken/events.parquet",
        f"{RESULTS}/catalog/nowhere/network/events.parquet",
    )
    return checkout, shown


def test_missing_column(catalogs):
    checkout, shown = catalogs
    message = told(shown, checkout / f"{RESULTS}/logs/read_catalog/short.log")
    assert "short.csv has no column mag; it has t, lat, lon" in message
    assert "Give a column map" in message


def test_no_valid_row(catalogs):
    checkout, shown = catalogs
    message = told(shown, checkout / f"{RESULTS}/logs/read_catalog/broken.log")
    assert "broken.csv holds no valid event" in message
    assert "line 2: no time can be read in t" in message and "line 3: latitude" in message
    assert "Check the format and the column map" in message


def test_region_without_events(catalogs):
    checkout, shown = catalogs
    message = told(shown, checkout / f"{RESULTS}/logs/select_events/nowhere/network.log")
    assert "no event is left after selection: 1 given; 0 inside" in message
    assert "Widen the region" in message


def test_nothing_is_half_written_after_bad_catalogs(catalogs):
    left = made_in(catalogs[0] / RESULTS)
    assert {path.split("/")[1] for path in left} == {"good"}
    assert not [path for path in left if path.endswith(".partial")]


@pytest.fixture(scope="module")
def downloads(tmp_path_factory) -> Checkout:
    """A made-up dataset whose address answers nobody."""
    checkout = copy_checkout(tmp_path_factory.mktemp("downloads"))
    known = {"bytes": len(GOOD), "sha256": hashlib.sha256(GOOD).hexdigest()}
    registry = checkout / "resources/datasets.yaml"
    entry = {
        "title": "Made up",
        "access": "open",
        "licence": "none",
        "citation": "none",
        "base_urls": [NOWHERE],
        "files": [{"path": f"made/{name}.csv", **known} for name in ("altered", "half", "on")],
    }
    content = yaml.safe_load(registry.read_text(encoding="utf-8"))
    content["datasets"]["made_up"] = entry
    content["datasets"]["behind_a_key"] = {
        **entry,
        **{"access": "key", "key": {"environment": "MADE_UP_KEY", "parameter": "id"}},
        **{"how": "Ask somebody for a key", "files": [{"path": "made/keyed.csv", **known}]},
    }
    registry.write_text(yaml.safe_dump(content), encoding="utf-8")
    mirror = checkout / "mirror/made"
    mirror.mkdir(parents=True)
    (mirror / "altered.csv").write_bytes(GOOD.replace(b"33.5", b"34.5", 1))
    packed = gzip.compress(GOOD)
    (mirror / "half.csv.gz").write_bytes(packed[: len(packed) // 2])
    return checkout


def test_mirror_with_an_altered_and_a_cut_file(downloads):
    mirrored = downloads.overlay({"mirror": "mirror", "results": RESULTS}, "mirrored")
    files = ("altered", "half")
    shown = failed(mirrored, *(f"data/made/{name}.csv" for name in files), **OFFLINE)
    logs = downloads / f"{RESULTS}/logs/fetch_file/made"
    altered, half = (told(shown, logs / f"{name}.csv.log") for name in files)
    wrong = hashlib.sha256(GOOD.replace(b"33.5", b"34.5", 1)).hexdigest()
    right = hashlib.sha256(GOOD).hexdigest()
    assert f"wrong checksum: sha256 {right} was expected, {wrong} came" in altered
    assert "put made/altered.csv (or made/altered.csv.gz) into the mirror mirror" in altered
    assert "half.csv.gz is no whole gzip file" in half
    assert not [path for path in made_in(downloads / "data") if not path.endswith(".guard")]


def test_no_network_and_no_mirror(downloads):
    alone = downloads.overlay({"results": RESULTS}, "alone")
    shown = failed(alone, "data/made/on.csv", "data/made/keyed.csv", **OFFLINE, **KEY)
    message = told(shown, downloads / f"{RESULTS}/logs/fetch_file/made/on.csv.log")
    assert f"{NOWHERE}on.csv: no connection" in message
    assert "set the config key `mirror` to a folder or base address that holds made/on.csv" in (
        message
    )
    message = told(shown, downloads / f"{RESULTS}/logs/fetch_file/made/keyed.csv.log")
    assert (
        "set the environment variable MADE_UP_KEY to a new one. Ask somebody for a key" in message
    )
    assert not [path for path in made_in(downloads / "data") if not path.endswith(".guard")]
    # the key stands in no log and no record, neither ours nor Snakemake's
    files = [path for path in downloads.folder.rglob("*") if path.is_file()]
    parts = {part for path in files for part in path.relative_to(downloads.folder).parts}
    assert {".snakemake", "logs"} <= parts and KEY["MADE_UP_KEY"] not in shown
    assert not [path for path in files if KEY["MADE_UP_KEY"].encode() in path.read_bytes()]


def test_full_disk(fresh):
    rng = np.random.default_rng(0)
    times = pd.Timestamp("1991-01-01") + pd.to_timedelta(np.arange(8000), "h")
    events = {
        "t": times,
        "lat": rng.uniform(33, 35, 8000),
        "lon": rng.uniform(-118, -116, 8000),
    }
    pd.DataFrame(events).to_csv(fresh / "big.csv", index=False)
    columns = {"time": "t", "latitude": "lat", "longitude": "lon"}
    big = {"path": "big.csv", "format": "csv", "columns": columns}
    checkout = fresh.overlay({"results": RESULTS, "catalogs": {"big": big}})
    with small_disk(checkout / RESULTS, "size=48k"):
        shown = failed(checkout, f"{RESULTS}/catalog/big/events.parquet")
        message = told(shown, checkout / f"{RESULTS}/logs/read_catalog/big.log")
        assert made_in(checkout / RESULTS) == set()
    assert f"cannot write {RESULTS}/catalog/big/events.parquet: the disk is full" in message
    assert "free some space, or point the config key `results` elsewhere" in message


def test_read_only_disk(fresh):
    checkout = fresh.overlay({"results": RESULTS})
    with small_disk(checkout / RESULTS, "size=1m,ro"):
        shown = failed(checkout, f"{RESULTS}/scoreboard.rst")
        assert not list((checkout / RESULTS).iterdir())
    assert f"results = '{RESULTS}': cannot be written, {RESULTS} is read-only" in shown
    assert "point `results` elsewhere" in shown
