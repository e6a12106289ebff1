"""The event table's contract, regions, projection and selection."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faultcast.catalog import (
    EVENT_COLUMNS,
    Projection,
    Region,
    check_events,
    finish_events,
    select_events,
)
from faultcast.errors import CatalogError, DataError


def rows(**columns):
    n_rows = max((len(values) for values in columns.values()), default=1)
    frame = {
        "event_id": [str(k) for k in range(n_rows)],
        "time": pd.date_range("2000-01-01", periods=n_rows, freq="D", tz="UTC"),
        "latitude": [34.0] * n_rows,
        "longitude": [-117.0] * n_rows,
        "depth_km": [5.0] * n_rows,
        "magnitude": [3.0] * n_rows,
        "event_type": ["earthquake"] * n_rows,
    }
    return pd.DataFrame({**frame, **columns})


def table(**columns):
    events, rejected = finish_events(rows(**columns))
    assert rejected.empty
    return events


def test_finish_fills_sorts_and_types():
    events, rejected = finish_events(
        rows(
            time=["2000-01-02", "2000-01-01 05:00:00-08:00", "2000-01-02"],
            longitude=[-117.0, 243.5, 180.0],
            rms_s=[0.1, -1.0, 0.0],
            horizontal_error_km=[0.0, 0.5, np.inf],
        )
    )
    assert rejected.empty
    assert [*events.columns] == [*EVENT_COLUMNS]
    assert events["event_id"].tolist() == ["1", "0", "2"]  # file order kept on ties
    assert events["longitude"].tolist() == [-116.5, -117.0, -180.0]
    np.testing.assert_array_equal(events["rms_s"], [np.nan, 0.1, 0.0])
    np.testing.assert_array_equal(events["horizontal_error_km"], [0.5, np.nan, np.nan])
    assert check_events(events) is events


def test_finish_rejects_nonsense_and_keeps_the_next_of_an_id():
    frame = rows(
        event_id=["a", "a", "a", "", "d", "e", "f", "g"],
        latitude=[91.0, 34.0, 34.0, 34.0, 34.0, np.nan, 34.0, 34.0],
        depth_km=[5.0, np.nan, 5.0, 5.0, 900.0, 5.0, 5.0, 5.0],
        magnitude=[3.0, np.nan, 3.0, 3.0, 3.0, 3.0, 11.0, np.inf],
    )
    frame["line"] = np.arange(10, 18)
    events, rejected = finish_events(frame, file="x/made_up.csv")
    assert events["event_id"].tolist() == ["a"]
    assert np.isnan(events["depth_km"][0]) and np.isnan(events["magnitude"][0])
    assert dict(zip(rejected["line"], rejected["reason"], strict=True)) == {
        10: "latitude not in -90..90",
        12: "event id a was seen before",
        13: "no event id",
        14: "depth_km not in -12..800",
        15: "latitude not in -90..90",
        16: "magnitude not in -5..10",
        17: "magnitude not in -5..10",
    }
    assert set(rejected["file"]) == {"made_up.csv"}


def test_finish_accepts_an_empty_table():
    events, rejected = finish_events(rows().iloc[:0])
    assert events.empty and rejected.empty
    check_events(events)


def test_check_says_what_is_wrong():
    events = table(magnitude=[3.0, 4.0])
    with pytest.raises(CatalogError, match="lacks the columns depth_km"):
        check_events(events.drop(columns="depth_km"))
    with pytest.raises(CatalogError, match="magnitude is str"):
        check_events(events.assign(magnitude=["3", "4"]))
    with pytest.raises(CatalogError, match="not sorted"):
        check_events(events.iloc[::-1])
    with pytest.raises(CatalogError, match="repeated event ids"):
        check_events(events.assign(event_id="a"))
    with pytest.raises(CatalogError, match="row 0: latitude"):
        check_events(events.assign(latitude=99.0))


def test_region_is_half_open_on_every_axis():
    region = Region(
        latitude=(32, 36), longitude=(-120, -114), depth_km=(0, 20), start="1990-01-01",
        end=datetime.date(2019, 1, 1),
    )  # fmt: skip
    low = {"latitude": 32.0, "longitude": -120.0, "depth_km": 0.0, "time": "1990-01-01"}
    high = {"latitude": 36.0, "longitude": -114.0, "depth_km": 20.0, "time": "2019-01-01"}
    cases = [low] + [{**low, axis: high[axis]} for axis in high]
    cases += [{**low, "depth_km": np.nan}, {**low, "time": "2018-12-31T23:59:59.999"}]
    frame = pd.DataFrame(cases)
    frame["time"] = pd.to_datetime(frame["time"], utc=True, format="ISO8601")
    assert region.contains(frame).tolist() == [True] + [False] * 5 + [True]


def test_region_across_the_180th_meridian():
    region = Region(latitude=(30, 40), longitude=(170, 190))
    frame = table(longitude=[175.0, -175.0, -170.0, 169.9, 180.0])
    inside = dict(zip(frame["event_id"], region.contains(frame), strict=True))
    assert inside == {"0": True, "1": True, "2": False, "3": False, "4": True}


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"latitude": (36, 32)}, "wrong way round"),
        ({"latitude": (32, 32)}, "empty"),
        ({"latitude": (32, 96)}, "not within"),
        ({"longitude": (-120,)}, "two numbers"),
        ({"longitude": (-179, 190)}, "spans over"),
        ({"depth_km": (20, 0)}, "wrong way round"),
        ({"depth_km": (0, float("nan"))}, "not within"),
        ({"start": "2019-01-01", "end": "1990-01-01"}, "not before its end"),
        ({"start": "soon"}, "expected a date"),
        ({"start": 1990}, "expected a date"),
    ],
)
def test_region_refuses_nonsense(fault, message):
    with pytest.raises(CatalogError, match=message):
        Region(**{"latitude": (32, 36), "longitude": (-120, -114), **fault})


def test_region_from_config():
    region = Region.from_config(
        {"latitude_deg": [32, 36], "longitude_deg": [-120, -114], "start": "1990-01-01", "x": 1}
    )
    assert region == Region(latitude=(32, 36), longitude=(-120, -114), start="1990-01-01")
    assert region.centre == (34.0, -117.0)
    with pytest.raises(CatalogError, match="lacks longitude_deg"):
        Region.from_config({"latitude_deg": [32, 36]})


@given(latitude=st.floats(30.0, 40.0), longitude=st.floats(-124.0, -110.0), wide=st.booleans())
def test_projection_there_and_back(latitude, longitude, wide):
    projection = Projection.centred(35.0, -117.0, extent_deg=20.0 if wide else 5.0)
    back = projection.inverse(*projection.forward([latitude], [longitude]))
    np.testing.assert_allclose(np.ravel(back), [latitude, longitude], atol=1e-9)


def test_projection_axes_and_scale():
    projection = Region(latitude=(32, 36), longitude=(-120, -114)).projection()
    x_km, y_km = projection.forward([34.0, 34.0, 35.0], [-117.0, -116.0, -117.0])
    np.testing.assert_allclose([x_km[0], y_km[0], x_km[2]], 0.0, atol=1e-9)
    assert 92.3 < x_km[1] < 92.6  # a degree of longitude at 34 N, east
    assert 110.8 < y_km[2] < 111.0  # a degree of latitude, north


def test_a_projection_tells_how_far_it_reaches():
    projection = Projection.centred(34.0, -117.0)
    x_km, y_km = np.array([0.0, 16_600.0, -16_800.0]), np.array([0.0, -300.0, 300.0])
    reached = projection.reaches(x_km, y_km)
    assert reached.tolist() == [True, True, False]
    assert np.isfinite(projection.inverse(x_km[reached], y_km[reached])).all()
    with pytest.raises(DataError, match="too far from the projection's origin"):
        projection.inverse(x_km, y_km)


def test_projection_refuses_nonsense():
    with pytest.raises(CatalogError, match="does not understand"):
        Projection("+proj=nonsense +units=km")
    with pytest.raises(CatalogError, match="not in km"):
        Projection("+proj=tmerc +lat_0=0 +lon_0=0")
    with pytest.raises(DataError, match="1 coordinates"):
        Projection.centred(34.0, -117.0).forward([34.0, np.nan], [-117.0, -117.0])


def test_selection():
    events = table(
        magnitude=[1.0, 2.0, 3.0, np.nan, 5.0],
        event_type=["earthquake", "quarry_blast", "unknown", "earthquake", "explosion"],
        quality=["A", "A", "B", "A", "A"],
    )
    assert select_events(events)["event_id"].tolist() == ["0", "2", "3"]
    assert select_events(events, exclude_types=())["event_id"].tolist() == list("01234")
    assert select_events(events, magnitude_min=2.0)["event_id"].tolist() == ["2"]
    assert select_events(events, magnitude_max=3.0)["event_id"].tolist() == ["0"]
    assert select_events(events, event_types=["earthquake"])["event_id"].tolist() == ["0", "3"]
    assert select_events(events, qualities=["A"])["event_id"].tolist() == ["0", "3"]
    region = Region(latitude=(0, 40), longitude=(-118, -116), start="2000-01-02")
    assert select_events(events, region)["event_id"].tolist() == ["2", "3"]


def test_selection_without_events_says_at_which_step():
    events = table(magnitude=[1.0, 2.0])
    with pytest.raises(CatalogError, match=r"2 given; 0 with M >= 7"):
        select_events(events, magnitude_min=7.0)
    with pytest.raises(CatalogError, match="0 inside latitude 0 to 1, longitude 0 to 1"):
        select_events(events, Region(latitude=(0, 1), longitude=(0, 1)))
    with pytest.raises(CatalogError, match="blast do not exist"):
        select_events(events, exclude_types=["blast"])


def test_a_region_reads_as_words_in_messages():
    region = Region(latitude=(32, 36), longitude=(-120, -114), depth_km=(0, 20), end="2019-01-01")
    words = "latitude 32 to 36, longitude -120 to -114, depth 0 to 20 km, until 2019-01-01"
    assert str(region) == words
