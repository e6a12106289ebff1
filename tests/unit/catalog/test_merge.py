"""The merge rule on small tables, and files in their order."""

import catalog_samples as samples
import numpy as np
import pandas as pd
import pytest

from faultcast.catalog import check_events, finish_events, merge_catalogs, merge_files
from faultcast.catalog.merge import snapshot_order, southern_california_ids
from faultcast.errors import CatalogError


def table(ids, days, **columns):
    frame = pd.DataFrame({"event_id": ids, "latitude": 34.0, "longitude": -117.0, "depth_km": 5.0})
    frame["time"] = pd.Timestamp("2000-01-01", tz="UTC") + pd.to_timedelta(days, unit="D")
    return finish_events(frame.assign(**columns))[0]


def test_later_tables_fill_only_what_none_before_covers():
    # the first covers days 0-1 and 10-11; the deleted event 9 inside must not come back
    first = table(["0", "1", "10", "11"], [0.0, 1.0, 10.0, 11.0], source="first")
    second = table(["0", "9", "5", "6", "12"], [0.0, 0.5, 5.0, 6.0, 12.0], source="second")
    third = table(["7", "5b"], [7.0, 5.5], source="third")
    events, rejected = merge_catalogs([first, second, third])
    check_events(events)
    assert rejected.empty
    assert events["event_id"].tolist() == ["0", "1", "5", "6", "7", "10", "11", "12"]
    assert events["source"].tolist() == [
        "first", "first", "second", "second", "third", "first", "first", "second"
    ]  # fmt: skip


def test_an_event_moved_out_of_coverage_is_not_taken_twice():
    first = table(["0", "1"], [0.0, 1.0])
    second = table(["1", "2"], [1.1, 5.0])  # the same event at another origin time
    events, rejected = merge_catalogs([first, second])
    assert events["event_id"].tolist() == ["0", "1", "2"]
    assert events["time"][1] == pd.Timestamp("2000-01-02", tz="UTC")
    assert rejected.empty


def test_fill_never_extends_the_catalog():
    first = table(["1", "2"], [1.0, 10.0])
    fill = table(["0", "5", "11"], [0.0, 5.0, 11.0])
    events, _ = merge_catalogs([first], fill=[fill])
    assert events["event_id"].tolist() == ["1", "5", "2"]


def test_magnitudes_and_types_by_id():
    located = table(list("abcde"), range(5), magnitude=[2.3, 2.3, 0.0, 1.5, np.nan])
    typed = table(
        list("abce"),
        [0, 1, 2, 4],
        magnitude=[2.27, 2.47, np.nan, 3.14],
        magnitude_type=["h", "l", "n", "w"],
        event_type=["earthquake", "quarry_blast", "earthquake", "earthquake"],
    )
    older = table(["a", "d"], [0, 3], magnitude=[2.31, 1.48], magnitude_type=["c", "l"])
    events, _ = merge_catalogs([located], [typed, older])
    # b disagrees by more than rounding: the hypocentre's magnitude stays; c is a placeholder
    np.testing.assert_array_equal(events["magnitude"], [2.27, 2.3, np.nan, 1.48, 3.14])
    assert events["magnitude_type"].tolist() == ["h", "l", "n", "l", "w"]
    assert events["event_type"].tolist() == [
        "earthquake", "quarry_blast", "earthquake", "unknown", "earthquake"
    ]  # fmt: skip


def test_errors_by_id_first_table_first():
    located = table(list("abc"), range(3), horizontal_error_km=[np.nan, 9.0, 9.0])
    latest = table(["a"], [0], horizontal_error_km=[0.4], depth_error_km=[0.8])
    older = table(["a", "b"], [0, 1], horizontal_error_km=[0.5, np.nan], depth_error_km=[1.0, 2.0])
    events, _ = merge_catalogs([located], errors=[latest, older])
    np.testing.assert_array_equal(events["horizontal_error_km"], [0.4, 9.0, 9.0])
    np.testing.assert_array_equal(events["depth_error_km"], [0.8, 2.0, np.nan])


def test_ids_of_the_southern_california_network():
    comcat = table(["ci12", "nc13", "cigs1", "ci14"], range(4))
    assert southern_california_ids(comcat)["event_id"].tolist() == ["12", "14"]


def test_snapshots_from_late_to_early():
    names = ["x/2019.asof20191015.catalog.gz", "2019.asof20250226.catalog", "2018.catalog.gz"]
    assert sorted(names, key=snapshot_order) == [names[2], names[1], names[0]]


def test_merge_of_files(tmp_path):
    scsn = samples.write(tmp_path, samples.SCSN, "2001.catalog.gz")
    current = samples.write(tmp_path, samples.SCEC_DC, "2001.asof20200101.catalog")
    newer = samples.COMCAT.replace("0.4,0.8", "0.3,0.7").replace("2016-02", "2019-02")
    comcat = [
        samples.write(tmp_path, samples.COMCAT, "b.csv"),
        samples.write(tmp_path, newer, "a.csv"),
    ]
    events, rejected = merge_files([scsn], [current], comcat)
    check_events(events)
    assert rejected.empty
    # SCSN hypocentres up to its last event, SCEC_DC's after it
    assert events["source"].tolist() == ["scsn"] * 3 + ["scec_dc_20200101"] * 2
    np.testing.assert_array_equal(events["magnitude"], [2.27, 2.26, np.nan, 3.51, 4.51])
    assert events["depth_km"].tolist() == [0.57, -1.04, 14.29, 14.3, 0.0]
    # the version of the event that ComCat updated last
    assert events["horizontal_error_km"][0] == 0.3
    kept, _ = merge_files([scsn], [current], placeholder_magnitudes="keep")
    assert kept["magnitude"][2] == 0.0


def test_merge_of_nothing():
    with pytest.raises(CatalogError, match="nothing to merge"):
        merge_files([], [])
    with pytest.raises(CatalogError, match="nothing to merge"):
        merge_catalogs([])
