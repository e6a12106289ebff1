"""The daily cube against a plain loop, on disk, and on the real catalog."""

from collections import defaultdict

import numpy as np
import pandas as pd
import pytest

from faultcast.catalog import Region, finish_events
from faultcast.errors import CatalogError, DataError
from faultcast.grid import Cube, daily_cube
from faultcast.io import read_json, write_json

REGION = Region(latitude=(32, 36), longitude=(-120, -114), start="1990-01-01", end="1990-03-01")


def events_of(rows):
    frame = pd.DataFrame(rows, columns=["time", "latitude", "longitude", "magnitude"])
    frame["event_id"] = [f"e{i}" for i in range(len(frame))]
    return finish_events(frame)[0]


@pytest.fixture
def random_events():
    rng = np.random.default_rng(3)
    n = 3000
    day = rng.integers(-3, 62, n)
    return events_of(
        {
            "time": pd.Timestamp("1990-01-01", tz="UTC")
            + pd.to_timedelta(day * 86400 + rng.integers(0, 86400, n), unit="s"),
            "latitude": np.round(rng.normal(33.0, 0.4, n), 1),
            "longitude": np.round(rng.normal(-116.0, 0.5, n), 2),
            "magnitude": np.where(rng.random(n) < 0.1, np.nan, rng.normal(1.0, 1.0, n)),
        }
    )


def slow_cube(events):
    """Loop over events; cells by decimal arithmetic on the printed numbers."""
    cells = defaultdict(list)
    for event in events.itertuples():
        day = (event.time - REGION.start).days
        row = int((round(event.latitude * 100) - 3200) // 10)
        column = int((round(event.longitude * 100) + 12000) // 10)
        inside = 0 <= day < 59 and 0 <= row < 40 and 0 <= column < 60
        if inside and event.magnitude == event.magnitude:
            cells[day, row, column].append(min(max(event.magnitude, 0.0), 10.0))
    return cells


def test_agrees_with_the_plain_loop(random_events):
    cube = daily_cube(random_events, REGION)
    slow = slow_cube(random_events)
    assert cube.shape == (59, 40, 60)
    assert len(cube.cells) == len(slow) > 1000
    assert cube.cells["count"].max() > 2
    for cell in cube.cells.itertuples():
        values = slow[cell.day, cell.row, cell.column]
        assert cell.count == len(values)
        assert cell.last == values[-1]
        assert cell.maximum == max(values)
        assert cell.mean == pytest.approx(sum(values) / len(values))
        assert cell.energy == pytest.approx(sum(10 ** (1.5 * m) for m in values))


def test_events_exactly_on_edges_and_at_midnight():
    events = events_of(
        {
            "time": ["1990-01-01", "1990-01-02", "1990-01-31", "1990-03-01", "1990-02-01"],
            "latitude": [32.0, 32.7, 35.9, 35.0, 36.0],
            "longitude": [-120.0, -119.3, -114.1, -115.0, -115.0],
            "magnitude": [1.0, 2.0, 3.0, 4.0, 5.0],
        }
    )
    cells = daily_cube(events, REGION, cell_deg=0.1).cells
    assert cells[["day", "row", "column"]].to_numpy().tolist() == [
        [0, 0, 0],
        [1, 7, 7],
        [30, 39, 59],
    ]


def test_magnitudes_are_clipped_and_unknown_ones_left_out():
    events = events_of(
        {
            "time": ["1990-01-01T01", "1990-01-01T02", "1990-01-01T03"],
            "latitude": [33.05] * 3,
            "longitude": [-116.05] * 3,
            "magnitude": [-1.0, 10.0, np.nan],
        }
    )
    cube = daily_cube(events, REGION)
    cell = cube.cells.iloc[0]
    assert (cell["count"], cell["mean"], cell["last"]) == (2, 5.0, 10.0)
    assert cell["energy"] == pytest.approx(1 + 1e15)
    assert cube.n_without_magnitude == 1


def test_dense_window_holds_the_cells_and_zero_elsewhere(random_events):
    cube = daily_cube(random_events, REGION)
    dense = cube.to_dense(10, 20, value="maximum")
    assert dense.shape == (20, 40, 60)
    assert dense.dtype == np.float32
    part = cube.cells[(cube.cells["day"] >= 10) & (cube.cells["day"] < 30)]
    expected = np.zeros((20, 40, 60), np.float32)
    for cell in part.itertuples():
        expected[cell.day - 10, cell.row, cell.column] = cell.maximum
    np.testing.assert_array_equal(dense, expected)
    assert cube.to_dense(value="count").sum() == cube.cells["count"].sum()
    np.testing.assert_allclose(
        cube.event_rate(10, 20), cube.to_dense(10, 20, value="count").mean(axis=0)
    )


@pytest.mark.parametrize("window", [(-1, 5), (0, 60), (0, 0), (59, None)])
def test_a_window_outside_is_refused(random_events, window):
    with pytest.raises(DataError, match="not inside the cube"):
        daily_cube(random_events, REGION).to_dense(*window)


def test_an_unknown_value_is_refused(random_events):
    with pytest.raises(DataError, match="choose one of energy, mean"):
        daily_cube(random_events, REGION).to_dense(value="median")


def test_save_and_load_give_the_same_cube(random_events, tmp_path):
    cube = daily_cube(random_events, REGION)
    cube.save(tmp_path / "cube")
    again = Cube.load(tmp_path / "cube")
    pd.testing.assert_frame_equal(again.cells, cube.cells)
    assert again.grid() == cube.grid()
    assert again.dates[-1] == pd.Timestamp("1990-02-28", tz="UTC")
    (tmp_path / "cube" / "grid.json").unlink()
    with pytest.raises(DataError, match=r"grid\.json is missing"):
        Cube.load(tmp_path / "cube")


def test_km_cells_hold_the_same_events(random_events):
    cube = daily_cube(random_events, REGION, cell_km=10.0)
    degrees = daily_cube(random_events, REGION)
    assert cube.unit == "km"
    assert "+units=km" in cube.crs
    assert cube.cells["count"].sum() == degrees.cells["count"].sum()
    assert (cube.cells[["row", "column"]] >= 0).all(axis=None)
    # about 444 x 566 km
    assert 44 <= cube.n_rows <= 47
    assert 56 <= cube.n_columns <= 59


def test_a_region_across_the_date_line():
    events = events_of(
        {
            "time": ["1990-01-01", "1990-01-02"],
            "latitude": [51.05, 51.05],
            "longitude": [179.95, -179.95],
            "magnitude": [4.0, 4.0],
        }
    )
    region = Region(latitude=(51, 52), longitude=(179, 181), start="1990-01-01", end="1990-02-01")
    assert daily_cube(events, region).cells["column"].tolist() == [9, 10]


def test_refuses_two_sizes_no_period_and_an_empty_region(random_events):
    with pytest.raises(DataError, match="exclude each other"):
        daily_cube(random_events, REGION, cell_deg=0.1, cell_km=10)
    endless = Region(latitude=(32, 36), longitude=(-120, -114))
    with pytest.raises(CatalogError, match="start and end"):
        daily_cube(random_events, endless)
    empty = Region(latitude=(0, 1), longitude=(0, 1), start="1990-01-01", end="1990-03-01")
    with pytest.raises(CatalogError, match="no event with a magnitude"):
        daily_cube(random_events, empty)


@pytest.mark.real_data
def test_counts_of_the_real_catalog(shared_data):
    raw = pd.read_csv(
        shared_data / "merged" / "socal_1981_2020.csv.gz",
        usecols=["evid", "time", "latitude", "longitude", "mag", "mag_type", "event_type"],
        dtype={"evid": str},
        keep_default_na=True,
    )
    raw = raw[raw["event_type"] != "qb"]
    raw["magnitude"] = raw["mag"].where(raw["mag_type"] != "n")
    raw["time"] = pd.to_datetime(raw["time"], utc=True, format="ISO8601")
    region = Region(latitude=(32, 36), longitude=(-120, -114), start="1990-01-01", end="2019-01-01")
    cube = daily_cube(raw, region, cell_deg=0.1)
    assert cube.shape == (10_592, 40, 60)
    assert cube.cells["count"].sum() == 443_219
    assert len(cube.cells) == 235_743
    assert len(cube.cells[["row", "column"]].drop_duplicates()) == 1_651
    assert cube.cells["day"].nunique() == 10_592
    # placeholders are few: 445,656 events without the quarry blasts
    assert cube.n_without_magnitude == 445_656 - 443_219


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("n_days", 10), ("n_days", 1e9), ("n_days", "many"), ("unit", "miles"), ("crs", None),
        ("row_edges", [1.0, 0.0]), ("start", "1990-01-01"), ("incomplete_days", [99]), ("more", 1),
    ],
)  # fmt: skip
def test_a_definition_that_contradicts_its_cells_is_told(random_events, tmp_path, key, value):
    daily_cube(random_events, REGION).save(tmp_path)
    write_json({**read_json(tmp_path / "grid.json"), key: value}, tmp_path / "grid.json")
    with pytest.raises(DataError, match=r"is no cube|damaged or of another kind"):
        Cube.load(tmp_path)
