from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from faultcast.deformation import egms_series, gather, native_tile
from faultcast.errors import DataError
from faultcast.forecast.deformation_baselines import fit_pooled_ridge, persistence, trend_annual
from faultcast.forecast.tile_baselines import BASELINES, lags_that_fit, run_baselines
from faultcast.synthetic.displacement import displacement_tile
from faultcast.train.tile_data import make_domain
from faultcast.train.tile_loss import tile_loss
from faultcast.train.tile_networks import make_network
from faultcast.train.tile_options import TileOptions
from faultcast.train.tile_protocol import TILE_PROTOCOLS, tile_splits

SMALL = {"n_in": 4, "n_out": 3, "test_days": 60, "n_blocks": 2, "validation_epochs": 8}
LAGS = {"ridge_lags": (4, 8, 50), "reference_lags": 10}


def make_tile(seed=0):
    table, _ = displacement_tile(
        step_time=pd.Timestamp("2021-06-01", tz="UTC"), seed=seed, n_epochs=60, n_cells=8,
        share_missing_values=0.02,
    )  # fmt: skip
    return native_tile(egms_series(table, "U", "made up"))


def test_the_table_holds_the_forecasts_of_each_fit():
    tile = make_tile()
    table, validation = run_baselines({"a": tile}, protocol="leak_free", **LAGS, **SMALL)
    options = TileOptions.from_mapping(SMALL)
    assert set(table["model"]) == set(BASELINES) and set(table["seed"]) == {-1}
    lags = validation.set_index("model")["n_lags"]
    assert lags["ridge"].tolist() == [10, 10] and set(lags["ridge_chosen"]) <= {4, 8, 10}
    for fold, split in enumerate(tile_splits(tile.dates, TILE_PROTOCOLS["leak_free"], options)):
        ridge = fit_pooled_ridge(tile.series, split.train_end, n_lags=10, n_out=3)
        expected = {
            "persistence": persistence(tile.series, split.test, 3),
            "trend_refitted": trend_annual(tile.series, tile.years, split.test, 3),
            "ridge": ridge.predict(tile.series, split.test),
        }
        target = gather(tile.series, split.test, 1, 3)
        for name, told in expected.items():
            rows = table[(table["model"] == name) & (table["fold"] == fold)]
            mse = ((rows["prediction"] - rows["target"]).astype(float) ** 2).mean()
            assert mse == pytest.approx(np.nanmean((told - target) ** 2), rel=1e-5)
            assert len(rows) == np.isfinite(target).sum()


def test_the_loss_on_validation_is_that_of_networks():
    tile = make_tile()
    _, validation = run_baselines({"a": tile}, protocol="chronological", **LAGS, **SMALL)
    options = TileOptions.from_mapping({**SMALL, "sizes": {"tile_conv_lstm": {"hidden": 2}}})
    split = tile_splits(tile.dates, TILE_PROTOCOLS["chronological"], options)[0]
    domain = make_domain(tile, split.train_end, TILE_PROTOCOLS["chronological"])
    # an untrained network is persistence
    network = make_network("convlstm", [domain], options).eval()
    *windows, targets = domain.windows(split.validation[split.validation >= 9], 4, 3)
    expected = tile_loss()(network, *windows, targets)
    found = validation[validation["model"] == "persistence"].iloc[0]
    assert found["loss"] == pytest.approx(expected.item(), rel=1e-5)
    assert found["n_values"] == int((~torch.isnan(targets)).sum())


def test_cells_filled_with_zero_are_told_exactly():
    tile = make_tile()
    table, _ = run_baselines({"a": tile}, protocol="zero_filled", **LAGS, **SMALL)
    outside = table[~table["cell"].isin(np.flatnonzero(tile.mask))]
    assert len(outside) and (outside[["target", "prediction", "last"]] == 0).all().all()


def test_the_future_changes_no_forecast_before_it():
    tile = make_tile()
    origin = 52
    values = tile.displacement_mm.copy()
    values[origin + 1 :] += 40.0
    tables = [
        run_baselines({"a": one}, protocol="leak_free", **LAGS, **SMALL)[0]
        for one in (tile, replace(tile, displacement_mm=values))
    ]
    before = [table.loc[table["origin"] <= origin, "prediction"] for table in tables]
    assert before[0].equals(before[1]) and len(before[0])


def test_too_short_a_series_for_every_lag_is_told():
    options = TileOptions.from_mapping(SMALL)
    split = tile_splits(make_tile().dates, TILE_PROTOCOLS["leak_free"], options)[0]
    assert lags_that_fit((4, 36, 37), split, 3) == [4, 36]
    with pytest.raises(DataError, match=r"none of \[60\] lags"):
        lags_that_fit((60,), split, 3)
