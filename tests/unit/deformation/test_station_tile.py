"""Daily positions as a tile, and tiles on larger cells."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_up_stations import STEP, make_stations

from faultcast.deformation import Lattice, Tile, coarser_tile, station_tile
from faultcast.errors import DataError

# an epoch begins on the day of the step
PERIOD = ("2018-01-07", "2020-04-01")
OPTIONS = {"cell_km": 20.0, "min_share": 0.9}


def test_epochs_are_medians_of_six_days_since_the_first():
    series = make_stations()
    tile, dropped = station_tile(series, PERIOD, **OPTIONS)
    assert not len(dropped) and tile.n_cells == 12
    assert (tile.n_epochs, str(tile.dates[0])[:10]) == (135, "2018-01-12")
    epochs = []
    for last in tile.dates:
        held = (series.dates > last - pd.Timedelta(days=6)) & (series.dates <= last)
        epochs.append([np.median(row[np.isfinite(row)]) for row in series.displacement_mm[:, held]])
    expected = np.array(epochs) - epochs[0]
    cells = tile.lattice.cells_of(*series.positions_m.T)
    np.testing.assert_allclose(tile.displacement_mm.reshape(135, -1)[:, cells], expected)
    np.testing.assert_allclose(tile.height_m.ravel()[cells], series.points["height_m"])
    # the whole step lies between two epochs
    first = int((tile.dates <= pd.Timestamp(STEP, tz="UTC")).sum())
    jump = np.diff(tile.displacement_mm.reshape(135, -1)[:, cells], axis=0)
    assert np.argmax(np.abs(jump)) == (first - 1) * 12 + 3 and jump[first - 1, 3] > 35.0


def test_no_epoch_holds_a_later_day():
    series = make_stations()
    values = series.displacement_mm.copy()
    cut = pd.Timestamp("2019-03-02", tz="UTC")
    values[:, series.dates > cut] += 500.0
    tiles = [
        station_tile(one, PERIOD, **OPTIONS)[0]
        for one in (series, replace(series, displacement_mm=values))
    ]
    earlier = tiles[0].dates <= cut
    np.testing.assert_array_equal(tiles[0].series[earlier], tiles[1].series[earlier])
    assert (tiles[0].series[~earlier] != tiles[1].series[~earlier]).all()


def test_stations_left_out_are_told():
    series = make_stations()
    values, points = series.displacement_mm.copy(), series.points.copy()
    values[5, 100:400] = np.nan
    values[8] = np.nan
    values[0, :40] = np.nan
    # 0 and 2 in one cell: 2 has more epochs
    points.loc[0, ["easting_m", "northing_m"]] = points.loc[2, ["easting_m", "northing_m"]] + 10.0
    points["frame"] = np.where(np.arange(12) == 10, "igs14", "nam14")
    series = replace(series, displacement_mm=values, points=points)
    tile, dropped = station_tile(series, PERIOD, **OPTIONS)
    assert tile.n_cells == 8
    assert dropped["file"].tolist() == ["S010", "S005", "S008", "S000"]
    assert dropped["text"].tolist() == ["1.000", "0.637", "0.000", "0.963"]
    for reason, words in zip(
        dropped["reason"], ("frame", "fewer", "fewer", "has its cell"), strict=True
    ):
        assert words in reason
    alone, _ = station_tile(replace(series, displacement_mm=values * 0 + 1), PERIOD, **OPTIONS)
    assert np.nanmax(np.abs(alone.series)) == 0.0


def test_stations_are_selected_by_availability_over_the_whole_period_alone():
    series = make_stations()
    values = series.displacement_mm.copy()
    # the last 20 epochs
    values[4, series.dates >= pd.Timestamp("2019-12-01", tz="UTC")] = np.nan
    one = replace(series, displacement_mm=values)
    tile, dropped = station_tile(one, PERIOD, **OPTIONS)
    assert dropped["file"].tolist() == ["S004"]
    other = replace(series, displacement_mm=values * -7.0 + 300.0)
    again, told = station_tile(other, PERIOD, **OPTIONS)
    pd.testing.assert_frame_equal(told, dropped)
    np.testing.assert_array_equal(again.mask, tile.mask)


def test_what_makes_no_tile_of_stations():
    series = make_stations()
    for period, options, told in (
        (("2018-01-07", "2018-01-10"), OPTIONS, "holds no epoch"),
        (("2025-01-01", "2026-01-01"), OPTIONS, "no station of 12"),
        (PERIOD, {**OPTIONS, "min_share": 1.5}, "min_share = 1.5"),
        (PERIOD, {**OPTIONS, "cell_km": 0.0}, "cell_km = 0.0"),
        (PERIOD, {**OPTIONS, "cell_km": 500.0}, "at least 4; .*smaller cells of stations: cell_km"),
    ):
        with pytest.raises(DataError, match=told):
            station_tile(series, period, **options)


def test_larger_cells_hold_the_mean_of_the_covered():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(3, 5, 7))
    mask = rng.uniform(size=(5, 7)) < 0.8
    mask[:2, :2] = False
    values[:, ~mask] = np.nan
    values[1, 4, 6] = np.nan
    mask[4, 6] = True
    dates = pd.to_datetime(["2020-01-01", "2020-01-25", "2020-02-06"], utc=True).as_unit("ns")
    height = np.where(mask, rng.uniform(size=mask.shape), np.nan)
    tile = Tile(values, mask, dates, Lattice(-99.0, 19.0, 0.5, 5, 7, "EPSG:4326"), "LOS", height)
    coarse = coarser_tile(tile, 2)
    assert coarse.lattice == Lattice(-99.0, 19.0, 1.0, 3, 4, "EPSG:4326")
    for row, column in np.ndindex(3, 4):
        block = np.s_[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
        for maps, fine in [
            (coarse.height_m, height),
            *zip(coarse.displacement_mm, values, strict=True),
        ]:
            held = fine[block][np.isfinite(fine[block])]
            np.testing.assert_allclose(maps[row, column], held.mean() if held.size else np.nan)
    assert not coarse.mask[0, 0] and coarse.mask[2, 3]
    np.testing.assert_array_equal(coarser_tile(tile, 1).displacement_mm, values)
    with pytest.raises(DataError, match="factor of 0"):
        coarser_tile(tile, 0)
