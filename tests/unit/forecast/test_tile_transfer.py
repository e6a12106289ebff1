from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from faultcast.deformation import egms_series, native_tile
from faultcast.errors import DataError
from faultcast.forecast.tile_transfer import apply_baselines, apply_network, later_windows
from faultcast.synthetic.displacement import displacement_tile
from faultcast.train.tile import run_tile
from faultcast.train.tile_options import TileOptions
from faultcast.train.tile_protocol import TILE_PROTOCOLS, tile_splits

WINDOWS = {"n_in": 4, "n_out": 3}
SMALL = {
    **WINDOWS,
    "epochs": 2,
    "samples_per_epoch": 16,
    "learning_rate": 0.01,
    "sizes": {"tile_conv_lstm": {"hidden": 4, "layers": 1}},
}


def make_tile(step="2021-06-01", seed=0, n_epochs=60):
    table, _ = displacement_tile(
        step_time=pd.Timestamp(step, tz="UTC"), seed=seed, n_epochs=n_epochs, n_cells=8
    )
    return native_tile(egms_series(table, "U", f"made up {seed}"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    tile = make_tile()
    result = run_tile({"a": tile}, model="convlstm", protocol="chronological", seed=0, **SMALL)
    folder = tmp_path_factory.mktemp("trained")
    names = ("table.parquet", "weights.safetensors", "history.csv", "run.json")
    paths = [str(folder / name) for name in names]
    kinds = ("table", "weights", "history", "record")
    result.write({}, **dict(zip(kinds, paths, strict=True)))
    return tile, result.table, paths[1], paths[3]


def test_the_same_tile_is_forecast_as_after_training(trained):
    tile, table, weights, record = trained
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
        shown = [t.loc[t["origin"] < first, "prediction"] for t in (before, after)]
        assert shown[0].equals(shown[1]) and len(shown[0])
        later = [t.loc[t["origin"] >= first, "prediction"] for t in (before, after)]
        assert not later[0].equals(later[1])
    assert set(tables[0]["origin"]) == set(tables[1]["origin"])


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
