"""Line formats: mutated lines among whole ones are refused with their reason and harm no other."""

import re

import catalog_samples as samples
import fuzzing
import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from faultcast.catalog.locations import read_locations
from faultcast.catalog.mechanisms import read_mechanisms
from faultcast.catalog.read import read_catalog
from faultcast.catalog.table import check_events

pytestmark = [pytest.mark.fuzz, pytest.mark.filterwarnings("error::RuntimeWarning")]

_OWN_HEADER = (
    "event_id,time,latitude,longitude,depth_km,magnitude,magnitude_type,event_type,quality,"
    "n_phases,rms_s,horizontal_error_km,depth_error_km,source"
)
_OWN = (
    "1992-06-28T11:57:34.130000Z,34.2,-116.437,0.97,7.3,w,earthquake,A,60,0.15,0.3,1.0,scsn",
    "1992-06-28T15:05:30.730000Z,34.203,-116.827,5.3,6.3,w,quarry_blast,,,,,,",
)
_PARKED = "{id}"


def _parts(text: str, ids: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return header lines, and the lines of events with a mark where their id stands."""
    lines = text.splitlines()
    marked = [re.sub(rf"(?<![\w.-]){ids[0]}(?![\w.-])", _PARKED, line, count=1) for line in lines]
    first = next(k for k, line in enumerate(marked) if _PARKED in line)
    events = [marked[first]]
    for name in ids[1:]:
        found = (re.sub(rf"(?<![\w.-]){name}(?![\w.-])", _PARKED, line, count=1) for line in lines)
        events.append(next(line for line in found if _PARKED in line))
    return lines[:first], events


_FORMATS = {
    "scec_dc": _parts(samples.SCEC_DC, ("3301561", "3301565", "33015670", "330156701", "301567")),
    "scec_dc_old": _parts(samples.SCEC_DC_OLD, ("2038429", "2038431", "2038433")),
    "scsn": _parts(samples.SCSN, ("3301561", "3301565", "33015670")),
    "comcat": _parts(samples.COMCAT, ("ci3301561", "nc10")),
    "fdsn_text": _parts(samples.FDSN, ("ci38457511", "ci38443183")),
    "nonlinloc_csv": _parts(samples.NONLINLOC, ("594", "826")),
    "merged": _parts(samples.MERGED, ("3301561", "3301565")),
    "japan": _parts(samples.JAPAN, ("0", "1")),
    "faultcast": ([_OWN_HEADER], [f"{_PARKED},{line}" for line in _OWN]),
    "mechanisms": _parts(samples.HASH, ("37300744", "37375872")),
    "locations": _parts(samples.NONLINLOC, ("594",)),
}
_MAPS = ("merged", "japan", "faultcast")
_FIXED = ("scec_dc", "scec_dc_old", "scsn")


def _id(number: int) -> str:
    # far from each other, so that an edit of one hardly makes another
    return str(1_000_000 + number * 7_368_787 % 9_000_000)


def _file(name: str, numbers: list[int]) -> tuple[bytes, list[str], int]:
    """Return a file in which whole lines stand between edited ones, the ids of the whole ones."""
    header, events = _FORMATS[name]
    lines, whole, n_edited = [], [], 0
    for place, number in enumerate(numbers):
        template = events[number % len(events)]
        clean = template.replace(_PARKED, _id(2 * place)).encode()
        damaged = fuzzing.edit(clean, number, binary=False)
        n_edited += damaged != clean
        lines += [damaged, events[0].replace(_PARKED, _id(2 * place + 1)).encode()]
        whole.append(_id(2 * place + 1))
    body = b"\n".join([*(line.encode() for line in header), *lines]) + b"\n"
    if name in _FIXED:
        body += b"\n### Number of rows returned:%d\n" % len(lines)
    return body, whole, n_edited


def _read(name: str, path) -> tuple[pd.DataFrame, pd.DataFrame]:
    if name == "mechanisms":
        return read_mechanisms(path)
    if name == "locations":
        found = read_locations(path)
        return found.events, found.rejected
    if name in _MAPS:
        return read_catalog(path, format="csv", columns=name)
    return read_catalog(path, format=name.removesuffix("_old"))


def _n_data_lines(data: bytes, n_header: int) -> int:
    text = data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    return sum(
        bool(line.strip()) and not line.startswith("#") for line in text.split("\n")[n_header:]
    )


@pytest.mark.parametrize("name", _FORMATS)
def test_mutated_lines_harm_no_other(tmp_path, name):
    path = tmp_path / "mutated.txt"

    @fuzzing.fuzzed(fuzzing.N_LINES // fuzzing.LINES_A_FILE)
    @given(numbers=fuzzing.line_edits)
    def check(numbers):
        data, whole, n_edited = _file(name, numbers)
        path.write_bytes(data)
        fuzzing.done[name, "edited lines"] += n_edited
        with fuzzing.bounded():
            events, rejected = _read(name, path)
        fuzzing.done[name, "rows rejected"] += len(rejected)
        _check_rejected(rejected, path.name, data)
        if name == "mechanisms":
            assert not events.isin([np.inf, -np.inf]).any().any()
        else:
            check_events(events)
        accounted = len(events) + len(rejected)
        assert accounted >= _n_data_lines(data, len(_FORMATS[name][0])), (
            "a line was lost in silence"
        )
        again = rejected["reason"].str.contains("seen before").sum()
        found = set(events["event_id"])
        lost = [event_id for event_id in whole if event_id not in found]
        assert len(lost) <= again, f"whole lines were lost with a damaged one: {lost}"
        clean = events[events["event_id"].isin(whole)]
        for column in ("latitude", "time"):  # whole lines are all alike
            assert (clean[column] == clean[column].iloc[0]).all()

    check()


def _check_rejected(rejected: pd.DataFrame, name: str, data: bytes) -> None:
    n_lines = data.count(b"\n") + data.count(b"\r") + 1
    assert (rejected["file"] == name).all()
    assert rejected["line"].between(1, n_lines).all()
    assert (rejected["reason"] != "").all()
    assert (rejected["text"].str.len() <= 200).all()
