from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_up_stations import STEP, make_stations
from made_up_tiles import SMALL

from faultcast.deformation import egms_series, native_tile, station_tile
from faultcast.errors import DataError
from faultcast.forecast.deformation_baselines import fit_pooled_ridge
from faultcast.forecast.tile_transfer import apply_baselines, apply_network, later_windows
from faultcast.synthetic.displacement import displacement_tile
from faultcast.train.tile import run_tile
from faultcast.train.tile_options import TileOptions
from faultcast.train.tile_protocol import TILE_PROTOCOLS, tile_splits
from faultcast.train.tile_table import step_domains

WINDOWS = {"n_in": 4, "n_out": 3}


def make_tile(step="2021-06-01", seed=0, n_epochs=60):
    table, _ = displacement_tile(
        step_time=pd.Timestamp(step, tz="UTC"), seed=seed, n_epochs=n_epochs, n_cells=8
    )
    return native_tile(egms_series(table, "U", f"made up {seed}"))


def train(model, folder):
    tile = make_tile()
    result = run_tile({"a": tile}, model=model, protocol="chronological", seed=0, **SMALL)
    names = ("table.parquet", "weights.safetensors", "history.csv", "run.json")
    paths = [str(folder / name) for name in names]
    kinds = ("table", "weights", "history", "record")
    result.write({}, **dict(zip(kinds, paths, strict=True)))
    return tile, result.table, paths[1], paths[3]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return train("convlstm", tmp_path_factory.mktemp("trained"))


@pytest.fixture(scope="module")
def trained_on_graph(tmp_path_factory):
    return train("stgcn_all", tmp_path_factory.mktemp("graph"))


@pytest.fixture(scope="module")
def stations():
    period = ("2018-01-07", "2020-04-01")
    return station_tile(make_stations(), period, cell_km=10.0, min_share=0.9)[0]


@pytest.mark.parametrize("network", ["trained", "trained_on_graph"])
def test_the_same_tile_is_forecast_as_after_training(network, request):
    tile, table, weights, record = request.getfixturevalue(network)
    again = apply_network(weights, record, tile, {"a": tile})
    keys = ["origin", "horizon", "cell"]
    both = table.merge(again, on=keys, suffixes=("", "_again"))
    assert len(both) == len(table) < len(again)
    np.testing.assert_allclose(both["prediction"], both["prediction_again"], atol=1e-5)


def test_windows_with_a_step_stand_apart_and_no_forecast_shows_it_before(trained):
    tile, _, weights, record = trained
    other = make_tile("2015-06-01", seed=3)
    # a step a hundred times larger
    first = int((other.dates <= pd.Timestamp("2015-06-01", tz="UTC")).sum())
    values = other.displacement_mm.copy()
    values[first:] += 500.0
    larger = replace(other, displacement_mm=values)
    steps = {"b": "2015-06-01"}
    tables = [
        make(one)
        for one in (other, larger)
        for make in (
            lambda t: apply_network(weights, record, tile, {"b": t}, steps=steps),
            lambda t: apply_baselines(tile, {"b": t}, steps=steps, ridge_lags=(4,), **WINDOWS),
        )
    ]
    for before, after in (tables[::2], tables[1::2]):
        held = before[before["domain"] == "b, step"]
        assert set(held["origin"]) == {first - 3, first - 2, first - 1}
        assert before.loc[before["domain"] == "b", "origin"].max() == first - 4
        assert before.loc[before["domain"] == "b, after the step", "origin"].min() == first
        shown = [t.loc[t["origin"] < first, "prediction"] for t in (before, after)]
        assert shown[0].equals(shown[1]) and len(shown[0])
        later = [t.loc[t["origin"] >= first, "prediction"] for t in (before, after)]
        assert not later[0].equals(later[1])
    assert set(tables[0]["origin"]) == set(tables[1]["origin"])


def test_a_graph_network_is_put_on_the_graph_of_stations(trained_on_graph, stations):
    tile, _, weights, record = trained_on_graph
    assert stations.n_cells == 12 and max(stations.mask.shape) > max(tile.mask.shape)
    table = apply_network(weights, record, tile, {"g": stations}, steps={"g": STEP})
    assert set(table["domain"]) == set(step_domains("g"))
    assert set(table["cell"]) == set(np.flatnonzero(stations.mask))
    # the same stations elsewhere in the map have the same graph, stations further apart another
    moved, stretched = (place(stations, *how) for how in ((1, 2), (0, 0, 2)))
    told = [
        apply_network(weights, record, tile, {"g": one})["prediction"].to_numpy()
        for one in (stations, moved, stretched)
    ]
    np.testing.assert_allclose(told[0], told[1], atol=1e-4)
    assert np.abs(told[0] - told[2]).max() > 1e-3


def place(tile, rows, columns, stretch=1):
    """Return a tile whose cells lie elsewhere; stretched, every second column."""
    n_rows, n_columns = tile.mask.shape[0] + rows, stretch * tile.mask.shape[1] + columns
    values = np.full((tile.n_epochs, n_rows, n_columns), np.nan)
    values[:, rows:, columns::stretch] = tile.displacement_mm
    mask = np.isfinite(values).any(axis=0)
    lattice = replace(tile.lattice, n_rows=n_rows, n_columns=n_columns)
    return replace(
        tile, displacement_mm=values, mask=mask, lattice=lattice, height_m=np.zeros(mask.shape)
    )


def test_weights_of_nodes_fit_no_other_tile(tmp_path, stations):
    tile, _, weights, record = train("staeformer", tmp_path)
    with pytest.raises(DataError, match="they fit no other tile"):
        apply_network(weights, record, tile, {"g": stations})


def test_a_tile_of_half_a_year_is_forecast_with_as_many_lags_as_networks_read():
    tile, short = make_tile(), make_tile("2018-03-01", seed=5, n_epochs=13)
    table = apply_baselines(tile, {"s": short}, ridge_lags=(12, 30), **WINDOWS)
    split = tile_splits(
        tile.dates, TILE_PROTOCOLS["chronological"], TileOptions.from_mapping(WINDOWS)
    )[0]
    ridge = fit_pooled_ridge(tile.series, split.train_end, n_lags=4, n_out=3)
    rows = table[(table["model"] == "ridge_chosen") & (table["origin"] == 7)]
    expected = ridge.predict(short.series, np.array([7]))[0].ravel()
    np.testing.assert_allclose(rows["prediction"], expected, rtol=1e-5)
    # a line, without a cycle
    rows = table[(table["model"] == "trend_refitted") & (table["origin"] == 7)]
    line = np.polynomial.polynomial.polyfit(short.years[:8], short.series[:8], 1)
    expected = np.polynomial.polynomial.polyval(short.years[8:11], line).T.ravel()
    # where no value is missing
    whole = np.isfinite(expected)
    assert whole.mean() > 0.5
    np.testing.assert_allclose(rows["prediction"][whole], expected[whole], rtol=1e-4, atol=1e-4)


def test_priors_of_another_tile_come_from_before_its_windows():
    tile = make_tile()
    options = TileOptions.from_mapping(WINDOWS)
    split = tile_splits(tile.dates, TILE_PROTOCOLS["chronological"], options)[0]
    train_end, origins = later_windows(tile, tile, split, options)
    assert train_end == split.train_end and origins[0] == train_end - 1
    earlier = make_tile("2010-06-01", seed=1)
    train_end, origins = later_windows(earlier, tile, split, options)
    assert train_end == 36 and origins[-1] == 60 - 1 - 3


def test_what_does_not_fit_is_told(trained, tmp_path):
    tile, _, weights, record = trained
    table, _ = displacement_tile(
        step_time=pd.Timestamp("2021-06-01", tz="UTC"), seed=0, n_epochs=60, n_cells=20
    )
    large = native_tile(egms_series(table, "U", "large"))
    with pytest.raises(DataError, match="choose a smaller tile"):
        apply_network(weights, record, tile, {"b": large})
    with pytest.raises(DataError, match="train it anew"):
        apply_network(tmp_path / "none.safetensors", record, tile, {"b": tile})
    options = TileOptions.from_mapping({"n_in": 8, "n_out": 5})
    split = tile_splits(tile.dates, TILE_PROTOCOLS["chronological"], options)[0]
    with pytest.raises(DataError, match="too few"):
        later_windows(make_tile("2010-01-01", n_epochs=10), tile, split, options)
