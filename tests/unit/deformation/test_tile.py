"""Tiles: lattices, padding, means, what is kept on disk."""

import numpy as np
import pandas as pd
import pytest
from made_up_egms import made_up_table

from faultcast.deformation import (
    Lattice,
    PointSeries,
    Tile,
    egms_series,
    level3_tile,
    mean_tile,
    native_lattice,
    native_tile,
    tile_lattice,
)
from faultcast.errors import DataError

DATES = pd.date_range("2020-01-01", periods=3, freq="6D", tz="UTC")


def points_at(positions, values, dates=DATES):
    positions = np.asarray(positions, float)
    points = pd.DataFrame(
        {
            "pid": [str(k) for k in range(len(positions))],
            "easting_m": positions[:, 0],
            "northing_m": positions[:, 1],
            "height_m": np.arange(len(positions), dtype=float),
        }
    )
    return PointSeries(points, dates, np.asarray(values, float), "U", name="made up")


@pytest.fixture
def series():
    table = made_up_table(rows=5, columns=3, n_epochs=4)
    return egms_series(table.drop(index=[4, 13]), "U", "made up")


def test_native_cells_lie_where_they_were(series):
    tile = native_tile(series)
    # 5 x 3 cells in the middle of the next multiple of a patch
    assert tile.lattice == Lattice(4_597_000.0 - 200, 1_739_700.0 - 100, 100.0, 8, 8)
    assert tile.n_cells == 13
    east, north = tile.lattice.centres()
    for k in range(series.n_points):
        row, column = np.argwhere(
            (east == series.positions_m[k, 0]) & (north == series.positions_m[k, 1])
        )[0]
        assert tile.mask[row, column]
        np.testing.assert_array_equal(
            tile.displacement_mm[:, row, column], series.displacement_mm[k]
        )
        assert tile.height_m[row, column] == series.points["height_m"][k]
    assert np.isnan(tile.displacement_mm[:, ~tile.mask]).all()
    rows, columns = np.nonzero(tile.mask)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (1, 5, 2, 4)


def test_sizes_of_the_padding(series):
    assert native_lattice(series, patch=1).shape == (5, 5)
    assert native_lattice(series, n_cells=12).shape == (12, 12)
    with pytest.raises(DataError, match="covers 5 cells; 4 do not hold them"):
        native_lattice(series, n_cells=4)


def test_maps_and_series_are_each_other(series):
    tile = native_tile(series)
    np.testing.assert_array_equal(tile.to_map(tile.series), tile.displacement_mm)
    with pytest.raises(DataError, match="12 values for 13 covered cells"):
        tile.to_map(np.zeros((2, 12)))


def test_means_of_cells_are_half_open_and_leave_gaps_out():
    lattice = Lattice(0.0, 0.0, 10.0, 2, 3)
    series = points_at(
        # two in one cell, one on an edge, one outside, two more cells
        [[1, 1], [9.9, 9.9], [10, 0], [30, 5], [25, 15], [1, 11]],
        [[1, 2, np.nan], [3, np.nan, np.nan], [5, 5, 5], [9, 9, 9], [7, 8, 9], [0, 0, 0]],
    )
    tile = mean_tile(series, lattice)
    assert tile.mask.tolist() == [[True, True, False], [True, False, True]]
    np.testing.assert_array_equal(tile.displacement_mm[:, 0, 0], [2, 2, np.nan])
    np.testing.assert_array_equal(tile.displacement_mm[:, 0, 1], [5, 5, 5])
    np.testing.assert_array_equal(tile.displacement_mm[:, 1, 2], [7, 8, 9])
    np.testing.assert_array_equal(tile.height_m[0], [0.5, 2.0, np.nan])


@pytest.mark.parametrize("n_cells", [32, 64, 128])
def test_coarse_lattices_cover_the_whole_tile(n_cells):
    rng = np.random.default_rng(1)
    positions = rng.integers(0, 1000, (500, 2)) * 100 + [4_500_050, 1_700_050]
    values = rng.normal(size=(500, 3))
    tile = mean_tile(
        points_at(positions, values), tile_lattice(points_at(positions, values), n_cells)
    )
    assert tile.displacement_mm.shape == (3, n_cells, n_cells)
    assert tile.lattice.west == 4_500_000
    size = 100_000 / n_cells
    slow = {}
    for (x, y), value in zip(positions, values, strict=True):
        cell = int((y - 1_700_000) // size), int((x - 4_500_000) // size)
        slow.setdefault(cell, []).append(value)
    assert {tuple(cell) for cell in np.argwhere(tile.mask)} == set(slow)
    for (row, column), members in slow.items():
        np.testing.assert_allclose(tile.displacement_mm[:, row, column], np.mean(members, axis=0))


def test_small_areas_stay_native_and_whole_tiles_are_averaged(series):
    assert level3_tile(series).lattice == native_tile(series).lattice
    wide = points_at([[50, 50], [1650, 50], [3250, 50], [6450, 50], [50, 3250]], np.zeros((5, 3)))
    assert level3_tile(wide).lattice == tile_lattice(wide, 64)
    assert level3_tile(wide, 128).lattice.cell == 100.0


def test_points_that_fit_no_lattice():
    values = np.zeros((5, 3))
    off = points_at([[50, 50], [150, 50], [250, 50], [350, 50], [377.3, 50]], values)
    with pytest.raises(DataError, match=r"1 points lie off the centres of 100 m cells"):
        native_lattice(off)
    twice = points_at([[50, 50], [150, 50], [250, 50], [350, 50], [150, 50]], values)
    with pytest.raises(DataError, match="the points 1 and 4 are the same cell"):
        native_tile(twice)
    apart = points_at([[50, 50], [150, 50], [250, 50], [350, 50], [100_050, 50]], values)
    with pytest.raises(DataError, match="reaches over the edge"):
        tile_lattice(apart)
    elsewhere = points_at([[50, 50], [150, 50], [250, 50], [350, 50], [4e14, 50]], values)
    with pytest.raises(DataError, match="remove the points that lie elsewhere"):
        native_tile(elsewhere)
    with pytest.raises(DataError, match="the lattice in EPSG:4326"):
        mean_tile(twice, Lattice(0, 0, 1, 2, 2, "EPSG:4326"))


def test_a_tile_comes_back_from_disk(series, tmp_path):
    values = series.displacement_mm.copy()
    values[3, 2] = np.nan
    tile = native_tile(PointSeries(series.points, series.dates, values, "U", name="gap"))
    tile.save(tmp_path / "tile", {"dataset": "made up"})
    back = Tile.load(tmp_path / "tile")
    for name in ("displacement_mm", "mask", "height_m"):
        np.testing.assert_array_equal(getattr(back, name), getattr(tile, name))
    assert back.dates.equals(tile.dates)
    assert (back.lattice, back.component, back.name) == (tile.lattice, "U", "gap")
    (tmp_path / "tile" / "tile.json").unlink()
    with pytest.raises(DataError, match=r"tile\.json is missing"):
        Tile.load(tmp_path / "tile")


def test_what_is_no_tile(series):
    tile = native_tile(series)
    with pytest.raises(DataError, match="values stand outside the mask"):
        Tile(
            np.zeros_like(tile.displacement_mm),
            tile.mask,
            tile.dates,
            tile.lattice,
            "U",
            tile.height_m,
        )
    with pytest.raises(DataError, match="they must agree"):
        Tile(tile.displacement_mm[1:], tile.mask, tile.dates, tile.lattice, "U", tile.height_m)
    with pytest.raises(DataError, match="dates must increase"):
        points_at([[1, 1]], [[1, 2, 3]], DATES[::-1])
    with pytest.raises(DataError, match="2020-01-07 stands twice"):
        points_at([[1, 1]], [[1, 2, 3]], DATES[[0, 1, 1]])
    with pytest.raises(DataError, match="one row a point"):
        points_at([[1, 1]], [[1, 2]])


def test_degrees_of_the_cells():
    # the middle of Ustica
    lattice = Lattice(4_598_300.0, 1_741_200.0, 100.0, 1, 1)
    latitude, longitude = lattice.degrees()
    assert latitude[0, 0] == pytest.approx(38.704, abs=0.01)
    assert longitude[0, 0] == pytest.approx(13.171, abs=0.01)
