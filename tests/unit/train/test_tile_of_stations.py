"""Networks on graphs learn on the stations of a GNSS network."""

import numpy as np
import pytest
from made_up_stations import make_stations
from made_up_tiles import SMALL

from faultcast.deformation import station_tile
from faultcast.train.tile import run_tile


@pytest.fixture(scope="module")
def stations():
    # before the step
    period = ("2018-01-01", "2019-07-01")
    return station_tile(make_stations(), period, cell_km=20.0, min_share=0.9)[0]


@pytest.mark.parametrize("model", ["stgcn_all", "staeformer_all"])
def test_networks_train_on_stations(stations, model):
    options = {**SMALL, "epochs": 20, "n_blocks": 1, "samples_per_epoch": None}
    result = run_tile({"gnss": stations}, model=model, protocol="leak_free", seed=0, **options)
    table = result.table
    assert set(table["cell"]) == set(np.flatnonzero(stations.mask))
    assert np.isfinite(table["prediction"]).all()
    # untrained, every network is persistence
    error, change = table["prediction"] - table["target"], table["last"] - table["target"]
    assert (error**2).mean() < 0.8 * (change**2).mean()
