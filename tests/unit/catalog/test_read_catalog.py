"""Reading of every format: values, defects, detection, bad input."""

import gzip
import logging

import catalog_samples as samples
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faultcast.catalog import FORMATS, check_events, detect_format, read_catalog
from faultcast.errors import CatalogError, FaultcastError


@pytest.mark.parametrize("name", samples.TEXTS)
@pytest.mark.parametrize("file", ["catalog.txt", "catalog.gz"])
def test_every_format_is_detected_and_read(tmp_path, name, file):
    path = samples.write(tmp_path, samples.TEXTS[name], file)
    assert detect_format(path) == name
    events, _ = read_catalog(path)
    given_format, _ = read_catalog(path, format=name)
    pd.testing.assert_frame_equal(events, given_format)
    check_events(events)
    assert len(events) >= 1
    assert (events["source"] != "").all()


def test_scec_dc_fields(tmp_path):
    events, rejected = read_catalog(samples.write(tmp_path, samples.SCEC_DC))
    assert rejected.empty
    assert events["event_id"].tolist() == [
        "3301561", "3301565", "33015670", "330156701", "301567"
    ]  # fmt: skip
    assert events["event_type"].tolist() == [
        "earthquake", "quarry_blast", "earthquake", "earthquake", "explosion"
    ]  # fmt: skip
    assert events["magnitude_type"].tolist() == ["h", "", "n", "lr", "b"]
    np.testing.assert_array_equal(events["magnitude"], [2.27, 2.26, np.nan, 3.51, 4.51])
    assert events["n_phases"].tolist() == [30, 46, 7, 107, 47]
    assert events["quality"].tolist() == ["A", "C", "A", "A", "D"]
    assert events["depth_km"].tolist() == [0.6, -1.0, 14.3, 14.3, 0.0]
    # seconds of 60.55 belong to the next minute
    assert events["time"][1] == pd.Timestamp("2001-01-01T04:14:00.55Z")


def test_scec_dc_without_geography_column(tmp_path):
    events, rejected = read_catalog(samples.write(tmp_path, samples.SCEC_DC_OLD))
    assert rejected.empty
    assert events["event_type"].tolist() == ["earthquake", "earthquake", "quarry_blast"]
    assert events["magnitude"].tolist() == [0.80, 2.14, 1.36]


def test_placeholder_magnitudes_can_be_kept(tmp_path):
    path = samples.write(tmp_path, samples.SCEC_DC)
    kept, _ = read_catalog(path, placeholder_magnitudes="keep")
    assert kept["magnitude"].tolist() == [2.27, 2.26, 0.0, 3.51, 4.51]
    with pytest.raises(CatalogError, match="'missing' or 'keep'"):
        read_catalog(path, placeholder_magnitudes="drop")


def test_scsn_fields(tmp_path):
    events, rejected = read_catalog(samples.write(tmp_path, samples.SCSN))
    assert rejected.empty
    np.testing.assert_allclose(events["latitude"], [33 + 43.44 / 60, 33.1, 34.18], atol=1e-6)
    np.testing.assert_allclose(
        events["longitude"], [-(118 + 49.92 / 60), -(115 + 58.02 / 60), -117.31], atol=1e-6
    )
    assert events["latitude"][1] == 33.1  # the double that "33.1" is
    # depth and phases touch: 14.29 km, 107 phases
    assert events["depth_km"].tolist() == [0.57, -1.04, 14.29]
    assert events["n_phases"].tolist() == [30, 46, 107]
    assert events["time"][1] == pd.Timestamp("2001-01-01T04:14:00.55Z")
    assert (events["event_type"] == "unknown").all()


def test_comcat_fields(tmp_path):
    events, _ = read_catalog(samples.write(tmp_path, samples.COMCAT))
    assert events["event_id"].tolist() == ["ci3301561", "nc10"]
    assert events["event_type"].tolist() == ["earthquake", "quarry_blast"]
    np.testing.assert_array_equal(events["horizontal_error_km"], [0.4, np.nan])
    np.testing.assert_array_equal(events["depth_error_km"], [0.8, 31.61])


def test_fdsn_fields(tmp_path):
    events, _ = read_catalog(samples.write(tmp_path, samples.FDSN))
    assert events["event_id"].tolist() == ["ci38443183", "ci38457511"]  # sorted by time
    assert events["magnitude"].tolist() == [6.4, 7.1]
    assert events["depth_km"].tolist() == [10.5, 8.0]
    assert events["event_type"].tolist() == ["unknown", "earthquake"]


def test_quakeml_fields(tmp_path):
    events, rejected = read_catalog(samples.write(tmp_path, samples.QUAKEML))
    row = events.iloc[0]
    assert row["event_id"] == "ci123"
    assert row["time"] == pd.Timestamp("2019-07-06T03:19:53.040Z")
    assert (row["depth_km"], row["depth_error_km"], row["horizontal_error_km"]) == (8, 0.5, 0.25)
    assert (row["n_phases"], row["rms_s"], row["event_type"]) == (40, 0.2, "quarry_blast")
    assert rejected["reason"].tolist() == ["the event has no origin"]
    assert rejected["text"].tolist() == ["no_origin"]


def test_nonlinloc_csv_events(tmp_path):
    events, rejected = read_catalog(samples.write(tmp_path, samples.NONLINLOC))
    assert rejected.empty
    assert events["magnitude"].tolist() == [1.44, 1.73]
    assert events["magnitude_type"].tolist() == ["amp", "dur"]
    # errH and errZ are sqrt(2.30) sigma
    np.testing.assert_allclose(events["depth_error_km"] ** 2 * 2.3, [1.53**2, 0.72**2])
    # 00:00:00.-1990 is -0.1990 s
    assert events["time"][1] == pd.Timestamp("2004-01-04T23:59:59.801Z")


def test_merged_table_gets_its_hundreds_of_phases_back(tmp_path):
    lines = samples.MERGED.splitlines()
    late = lines[1].replace(",0.57,", ",{},").replace("3301561", "{}").replace("scsn", "{}")
    rows = [late.format(k, *row) for k, row in enumerate([("9.571", "scsn"), ("-0.302", "scsn_x"),
            ("9.571", "taira_gapfill"), ("9.57", "scsn")])]  # fmt: skip
    events, _ = read_catalog(samples.write(tmp_path, "\n".join([lines[0], *rows]) + "\n"))
    assert events["depth_km"].tolist() == [9.57, -0.3, 9.571, 9.57]
    assert events["n_phases"].tolist() == [130, 230, 30, 30]


def test_named_column_maps(tmp_path):
    merged, _ = read_catalog(samples.write(tmp_path, samples.MERGED), columns="merged")
    assert merged["event_type"].tolist() == ["earthquake", "unknown"]
    np.testing.assert_array_equal(merged["magnitude"], [2.27, np.nan])
    japan, _ = read_catalog(samples.write(tmp_path, samples.JAPAN), columns="japan")
    assert japan["longitude"].tolist() == [140.568, 146.063]
    assert japan["depth_km"].isna().all()
    with pytest.raises(CatalogError, match="merged, japan, faultcast"):
        read_catalog(samples.write(tmp_path, samples.JAPAN), columns="no such map")


@pytest.mark.parametrize("mark", [";", "\t", "|", " "])
def test_own_column_map_with_any_delimiter(tmp_path, mark):
    rows = [["day", "clock", "lat", "lon", "M"], ["2001-02-03", "04:05:60.5", "34.5", "190", "3"]]
    path = samples.write(tmp_path, "\n".join(mark.join(row) for row in rows) + "\n")
    columns = {"time": ["day", "clock"], "latitude": "lat", "longitude": "lon", "magnitude": "M"}
    events, _ = read_catalog(path, columns=columns)
    assert events["time"][0] == pd.Timestamp("2001-02-03T04:06:00.5Z")
    assert events["longitude"][0] == -170.0
    assert events["event_id"][0] == "line2"


def test_positions_read_a_file_without_header(tmp_path):
    path = samples.write(tmp_path, "# made up\n7,2000-01-01,01:14:19.41,1.40,-117.6,35.7\n")
    columns = {"event_id": 0, "time": [1, 2], "magnitude": 3, "longitude": 4, "latitude": 5}
    events, _ = read_catalog(path, columns=columns)
    assert events.loc[0, ["event_id", "magnitude", "latitude"]].tolist() == ["7", 1.4, 35.7]


def test_faulty_lines_come_back_with_line_and_reason(tmp_path, caplog):
    lines = samples.MERGED.splitlines()
    good = lines[1]
    faulty = [
        good.replace("3301561", "4").replace("33.7235", "north"),
        good.replace("3301561", "5").replace("1981-01-01T01:49", "1981-13-01T01:49"),
        good.replace("3301561", "6") + ",surplus",
        good,
        good.replace("3301561", "7").replace("33.7235", "93.7"),
        '8,"1981-01-01T01:49:29.230,33,44',
        "",
        "# a remark",
        good.replace("3301561", "9"),
    ]
    path = samples.write(tmp_path, "\n".join([*lines, *faulty]) + "\n")
    with caplog.at_level(logging.WARNING, "faultcast"):
        events, rejected = read_catalog(path)
    assert events["event_id"].tolist() == ["3301561", "9", "3301565"]
    found = dict(zip(rejected["line"], rejected["reason"], strict=True))
    assert found == {
        4: "latitude is not a number",
        5: "no time can be read in time",
        6: "18 fields, not 17",
        7: "event id 3301561 was seen before",
        8: "latitude not in -90..90",
        9: "a quote is not closed",
    }
    assert (rejected["file"] == "catalog.txt").all()
    assert rejected.loc[rejected["line"] == 4, "text"].item() == faulty[0]
    assert "6 rejected" in caplog.text


def test_spliced_line_keeps_its_complete_record(tmp_path):
    lines = samples.SCEC_DC.splitlines()
    lines[1] = lines[1][:52] + lines[4]
    del lines[4]
    events, rejected = read_catalog(samples.write(tmp_path, "\n".join(lines) + "\n"))
    assert "330156701" in events["event_id"].tolist()
    assert "3301561" not in events["event_id"].tolist()
    assert rejected["line"].tolist() == [2, 7]
    assert "spliced" in rejected["reason"][0]
    assert rejected["reason"][1] == "the footer counts 5 rows, the file holds 4: a part is missing"


@pytest.mark.parametrize("text", [samples.SCEC_DC, samples.SCSN])
def test_last_line_without_break_is_not_trusted(tmp_path, text):
    whole, _ = read_catalog(samples.write(tmp_path, text))
    end = text.rindex("\n\n###")
    cut, rejected = read_catalog(samples.write(tmp_path, text[: end - 1]))  # id or count cut by one
    assert len(cut) == len(whole) - 1
    assert "no line break" in rejected["reason"][0]
    assert "no footer" in rejected["reason"][1]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (gzip.compress(samples.MERGED.encode())[:-20], "cut or damaged"),
        (b"\x1f\x8bnonsense", "cut or damaged"),
        (b"\x00\x01\x02binary", "binary"),
        (b"just some words\n", "no known format"),
        (b"<html><body>not found</body></html>", "QuakeML"),
        (samples.MERGED.splitlines()[0].encode() + b"\n", "no valid event"),
        (samples.SCEC_DC.splitlines()[1].replace(":49", ":99").encode() + b"\n", "no valid event"),
    ],
)
def test_unusable_files_say_why(tmp_path, data, message):
    path = tmp_path / "broken.gz"
    path.write_bytes(data)
    with pytest.raises(CatalogError, match=message) as caught:
        read_catalog(path)
    assert "broken.gz" in str(caught.value)


def test_absent_file_and_folder(tmp_path):
    with pytest.raises(CatalogError, match="there is no catalog"):
        read_catalog(tmp_path / "absent.csv")
    with pytest.raises(CatalogError, match="is a folder"):
        read_catalog(tmp_path)


def test_missing_column_names_what_is_there(tmp_path):
    path = samples.write(tmp_path, samples.JAPAN.replace("magnitude", "size"))
    with pytest.raises(CatalogError, match="no column magnitude; it has id, time"):
        read_catalog(path, columns="japan")
    with pytest.raises(CatalogError, match="lacks latitude"):
        read_catalog(path, columns={"time": "time", "longitude": "longitude"})
    with pytest.raises(CatalogError, match="unknown size"):
        read_catalog(
            path,
            columns={"time": "time", "longitude": "x", "latitude": "y", "size": "size"},
        )
    with pytest.raises(CatalogError, match="mixes names and positions"):
        read_catalog(path, columns={"time": 1, "longitude": "x", "latitude": "y"})


def test_no_valid_row_gives_first_reasons(tmp_path):
    text = samples.JAPAN.replace("1990-", "soon-")
    with pytest.raises(CatalogError, match="line 2: no time can be read") as caught:
        read_catalog(samples.write(tmp_path, text), columns="japan")
    assert "catalog.txt" in str(caught.value)


def test_unknown_format_lists_the_known(tmp_path):
    path = samples.write(tmp_path, samples.JAPAN)
    with pytest.raises(CatalogError, match="scec_dc, scsn, comcat") as caught:
        read_catalog(path, format="zmap")
    assert all(name in str(caught.value) for name in FORMATS)


@pytest.mark.parametrize("name", [name for name in samples.TEXTS if name != "quakeml"])
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_mangled_files_never_break_the_contract(tmp_path, name, data):
    text = list(samples.TEXTS[name])
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(text) - 1))
        kind = data.draw(st.sampled_from(["put", "cut", "splice"]))
        if kind == "put":
            text[place] = data.draw(st.sampled_from(list('0159-.,:|"#\n\t e\x7fé')))
        elif kind == "cut":
            del text[place : place + data.draw(st.integers(1, 30))]
        else:
            text[place:place] = text[: data.draw(st.integers(1, 60))]
        if not text:
            return
    path = samples.write(tmp_path, "".join(text))
    try:
        events, rejected = read_catalog(path, format=data.draw(st.sampled_from([name, None])))
    except FaultcastError:
        return
    check_events(events)
    assert (rejected["reason"] != "").all()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.binary(max_size=200), name=st.sampled_from([None, *FORMATS]))
def test_junk_never_raises_anything_else(tmp_path, data, name):
    path = samples.write(tmp_path, data, "junk")
    with pytest.raises(FaultcastError):
        read_catalog(path, format=name)


def test_an_open_quote_costs_its_own_line_alone(tmp_path):
    lines = [f"e{k}|1992-06-28 11:57:0{k}|34.{k}|-116.0|5.0" for k in range(4)]
    lines[1] = lines[1].replace("e1", '"e1')
    header = "id|time|latitude|longitude|magnitude"
    for delimiter in ("|", ",", " "):
        text = "\n".join([header, *lines]).replace(" 11", "T11").replace("|", delimiter) + "\n"
        events, rejected = read_catalog(samples.write(tmp_path, text), columns="japan")
        assert events["event_id"].tolist() == ["e0", "e2", "e3"]
        assert rejected[["line", "reason"]].to_numpy().tolist() == [[3, "a quote is not closed"]]


def test_an_event_of_quakeml_that_cannot_be_read_is_aside(tmp_path):
    event = samples.QUAKEML[
        samples.QUAKEML.index("<event ") : samples.QUAKEML.index("</event>") + 8
    ]
    odd = event.replace("ci123", "ci7").replace("<value>2019-07-06", "<value>soon")
    text = samples.QUAKEML.replace("<event public", odd + "<event public", 1)
    events, rejected = read_catalog(samples.write(tmp_path, text))
    assert events["event_id"].tolist() == ["ci123"]
    assert rejected["line"].tolist() == [1, 3]
    assert "cannot be read" in rejected["reason"][0]
    assert rejected["text"].tolist() == ["ci7", "no_origin"]
