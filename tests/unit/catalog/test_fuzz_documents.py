"""Whole documents with damage anywhere: an error in words, or a table that keeps its rules."""

import gzip
import json

import catalog_samples as samples
import fuzzing
import pytest
from hypothesis import given
from test_locations import HYP, X_KM, Y_KM, write_hyp, write_scat

from faultcast.catalog.locations import read_locations
from faultcast.catalog.lock import read_lock
from faultcast.catalog.mechanisms import read_mechanisms
from faultcast.catalog.read import read_catalog
from faultcast.catalog.registry import load_registry
from faultcast.catalog.table import check_events
from faultcast.errors import FaultcastError

pytestmark = [pytest.mark.fuzz, pytest.mark.filterwarnings("error::RuntimeWarning")]

_DOCUMENTS = {
    **{name: text.encode() for name, text in samples.TEXTS.items()},
    "japan": samples.JAPAN.encode(),
    "gzip": gzip.compress(samples.MERGED.encode(), mtime=0),
}
_QUAKEML_EVENT = samples.QUAKEML[
    samples.QUAKEML.index("<event ") : samples.QUAKEML.index("</event>")
]
_DOCUMENTS["quakeml"] = samples.QUAKEML.replace(
    "</eventParameters>",
    "".join(_QUAKEML_EVENT.replace("ci123", f"ci{k}") + "</event>" for k in (200, 300))
    + "</eventParameters>",
).encode()


@pytest.mark.parametrize("name", _DOCUMENTS)
def test_damaged_catalog(tmp_path, name):
    path = tmp_path / "damaged"

    @fuzzing.fuzzed(fuzzing.N_DOCUMENTS)
    @given(numbers=fuzzing.edits)
    def check(numbers):
        path.write_bytes(fuzzing.edit_all(_DOCUMENTS[name], numbers))
        fuzzing.done[f"{name} document", "edited documents"] += 1
        try:
            with fuzzing.bounded():
                events, rejected = read_catalog(path)
        except FaultcastError as error:
            fuzzing.done[f"{name} document", "refused"] += 1
            assert path.name in str(error)
            return
        _check(events, rejected, path.name)

    check()


def _check(events, rejected, *names):
    check_events(events)
    assert rejected["file"].isin(names).all()
    assert (rejected["line"] >= 1).all()
    assert (rejected["reason"] != "").all()


@pytest.mark.parametrize("damaged", ["hyp", "scat"])
def test_damaged_nonlinloc(tmp_path, damaged):
    write_hyp(tmp_path)
    write_scat(tmp_path, [[X_KM, Y_KM, 8.5], [0.0, 0.0, 7.0]])
    path = tmp_path / f"a.{damaged}"
    whole = path.read_bytes()
    if damaged == "hyp":  # the kinds of TRANSFORM, and a second event
        lambert = "LAMBERT RefEllipsoid WGS-84 LatOrig 34 LongOrig -117 FirstStdParal 33 "
        other = HYP.format(x=0.0, y=0.0).replace("made_up", "other")
        whole += other.replace("SIMPLE LatOrig", lambert + "SecondStdParal 35 LatOrig").encode()

    @fuzzing.fuzzed(fuzzing.N_DOCUMENTS)
    @given(numbers=fuzzing.edits)
    def check(numbers):
        path.write_bytes(fuzzing.edit_all(whole, numbers))
        fuzzing.done[damaged, "edited documents"] += 1
        try:
            with fuzzing.bounded():
                found = read_locations(tmp_path / "a.hyp")
        except FaultcastError:
            fuzzing.done[damaged, "refused"] += 1
            return
        _check(found.events, found.rejected, "a.hyp")
        for table in (found.covariances, found.samples):
            if table is not None:
                assert table["event_id"].isin(found.events["event_id"]).all()
                assert table["latitude"].between(-90.0, 90.0).all()
                assert table.notna().all().all()

    check()


def test_damaged_transform(tmp_path):
    """Samples need the TRANSFORM line, whose every word goes to the projection."""
    write_scat(tmp_path, [[X_KM, Y_KM, 8.5], [0.0, 0.0, 7.0]])
    path = tmp_path / "a.hyp"
    before, after = HYP.format(x=0.0, y=0.0).encode().split(b"TRANSFORM  ")
    tail = after[after.index(b"\n") :]
    lines = (
        b"SIMPLE LatOrig 34.1 LongOrig -116.9 RotCW 10.0",
        b"LAMBERT RefEllipsoid WGS-84 LatOrig 34.1 LongOrig -116.9 FirstStdParal 33 "
        b"SecondStdParal 35 RotCW 0",
        b"TRANS_MERC RefEllipsoid Clarke-1880 LatOrig 34.1 LongOrig -116.9 RotCW 0",
        b"AZIMUTHAL_EQUIDIST RefEllipsoid WGS-84 LatOrig 34.1 LongOrig -116.9 RotCW 0",
    )

    @fuzzing.fuzzed(fuzzing.N_DOCUMENTS)
    @given(numbers=fuzzing.edits)
    def check(numbers):
        line = fuzzing.edit_all(lines[sum(numbers) % len(lines)], numbers, binary=False)
        path.write_bytes(before + b"TRANSFORM  " + line + tail)
        fuzzing.done["TRANSFORM of hyp", "edited documents"] += 1
        try:
            with fuzzing.bounded():
                found = read_locations(path)
        except FaultcastError:
            fuzzing.done["TRANSFORM of hyp", "refused"] += 1
            return
        if found.samples is not None:
            assert found.samples.notna().all().all()
            assert found.samples["latitude"].between(-90.0, 90.0).all()

    check()


def test_damaged_mechanisms(tmp_path):
    path = tmp_path / "damaged"

    @fuzzing.fuzzed(fuzzing.N_DOCUMENTS)
    @given(numbers=fuzzing.edits)
    def check(numbers):
        path.write_bytes(fuzzing.edit_all(samples.HASH.encode(), numbers))
        fuzzing.done["mechanisms document", "edited documents"] += 1
        try:
            with fuzzing.bounded():
                mechanisms, rejected = read_mechanisms(path)
        except FaultcastError:
            fuzzing.done["mechanisms document", "refused"] += 1
            return
        assert mechanisms["time"].notna().all() and mechanisms["time"].is_monotonic_increasing
        assert mechanisms["strike_deg"].between(0.0, 360.0, inclusive="left").all()
        assert mechanisms["dip_deg"].between(0.0, 90.0).all()
        assert (mechanisms["event_id"] != "").all()
        assert not mechanisms.isin([float("inf"), -float("inf")]).any().any()
        assert (rejected["reason"] != "").all() and (rejected["line"] >= 1).all()

    check()


_REGISTRY = b"""\
datasets:
  made_up_events:
    title: Events made up for this test
    access: open
    licence: CC0-1.0
    citation: Nobody (2026)
    base_urls: [https://example.org/data/]
    files:
      - path: made_up/a.csv
        bytes: 100
      - path: made_up/b.csv
        query:
          service: https://example.org/fdsnws/event/1/
          start: "1990-01-01"
          end: "1991-01-01"
          latitude_deg: [32.0, 36.5]
          longitude_deg: [-121.0, -114.0]
          magnitude_min: 2.5
  behind_a_key:
    title: Tiles
    access: key
    licence: CC-BY-4.0
    citation: Nobody (2026)
    key: {environment: MADE_UP_KEY, parameter: id}
    files:
      - path: tiles/a.zip
        urls: [https://example.org/tiles/a.zip]
"""


def test_damaged_registry(tmp_path):
    path = tmp_path / "datasets.yaml"
    schema = samples.Path(__file__).parents[3] / "workflow/schemas/datasets.schema.yaml"
    path.write_bytes(_REGISTRY)
    assert len(load_registry(path, schema_path=schema)) == 2

    @fuzzing.fuzzed(fuzzing.N_DOCUMENTS)
    @given(numbers=fuzzing.edits)
    def check(numbers):
        path.write_bytes(fuzzing.edit_all(_REGISTRY, numbers))
        fuzzing.done["registry", "edited documents"] += 1
        try:
            with fuzzing.bounded():
                load_registry(path, schema_path=schema)
        except FaultcastError:
            fuzzing.done["registry", "refused"] += 1

    check()


def test_damaged_lock_file(tmp_path):
    path = tmp_path / "lock.json"
    whole = json.dumps({"set/a.csv": {"bytes": 12, "sha256": "ab" * 32}}).encode()

    @fuzzing.fuzzed(fuzzing.N_DOCUMENTS)
    @given(numbers=fuzzing.edits)
    def check(numbers):
        path.write_bytes(fuzzing.edit_all(whole, numbers))
        fuzzing.done["lock file", "edited documents"] += 1
        try:
            with fuzzing.bounded():
                read_lock(path)
        except FaultcastError:
            fuzzing.done["lock file", "refused"] += 1

    check()
