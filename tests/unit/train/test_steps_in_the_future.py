"""No leak-free model shows a step before it happens: every network, every forecast without one."""

from dataclasses import replace

import numpy as np
import pytest
from made_up_tiles import SMALL, make_tile

from faultcast.forecast.tile_baselines import BASELINES, run_baselines
from faultcast.models.tile_registry import TILE_NETWORKS
from faultcast.train.tile import run_tile
from faultcast.train.tile_options import TileOptions
from faultcast.train.tile_protocol import TILE_PROTOCOLS, tile_splits

N_EPOCHS = 60
LEAK_FREE = ("leak_free", "since_2022", "chronological")
WINDOWS = {key: SMALL[key] for key in ("n_in", "n_out", "test_days", "n_blocks")} | {
    "validation_epochs": SMALL["validation_epochs"]
}


def make_pair(protocol):
    """Return a tile, the same with a step of half a metre in its test part, and the step's epoch.

    The step comes between the test origins of the first fit: some are before it, some after.
    """
    tile = make_tile(n_epochs=N_EPOCHS)
    start = TILE_PROTOCOLS[protocol].since
    used = 0
    if start is not None:
        used = 5
        tile = replace(
            tile, dates=tile.dates + (np.datetime64(start) - tile.dates[used].to_datetime64())
        )
    options = TileOptions.from_mapping(SMALL)
    split = tile_splits(tile.dates[used:], TILE_PROTOCOLS[protocol], options)[0]
    epoch = used + int(split.test[len(split.test) // 2]) + 1
    values = tile.displacement_mm.copy()
    values[epoch:] += 500.0
    return tile, replace(tile, displacement_mm=values), epoch


def compare(before, after, epoch):
    """Hold two tables of forecasts against each other, up to the step and after it."""
    keys = ["model", "origin", "horizon", "cell"]
    assert before[keys].equals(after[keys])
    known = (before["origin"] < epoch).to_numpy()
    # targets up to n_out epochs ahead hold the step already
    assert (before.loc[known, "target"] != after.loc[known, "target"]).any()
    early, late = (table.loc[known, "prediction"] for table in (before, after))
    assert len(early) > 100 and early.equals(late)
    for _, rows in after[~known].groupby("model", observed=True):
        assert (rows["prediction"] - before.loc[rows.index, "prediction"]).abs().max() > 50.0


@pytest.mark.parametrize("model", TILE_NETWORKS)
def test_no_network_shows_it(model):
    options = SMALL | {"epochs": 1}
    if "patch" in TILE_NETWORKS[model].arguments:
        sizes = {**SMALL["sizes"], "mmstt": dict(SMALL["sizes"]["mmstt"])}
        sizes["mmstt"].pop("patch")
        options |= {"sizes": sizes}
    plain, stepped, epoch = make_pair("leak_free")
    tables = [
        run_tile({"a": tile}, model=model, protocol="leak_free", seed=0, device="cpu", **options)
        for tile in (plain, stepped)
    ]
    compare(*(made.table for made in tables), epoch)


@pytest.mark.parametrize("protocol", LEAK_FREE[1:])
def test_nor_under_the_other_leak_free_protocols(protocol):
    plain, stepped, epoch = make_pair(protocol)
    tables = [
        run_tile({"a": tile}, model="mmstt", protocol=protocol, seed=0, device="cpu", **SMALL)
        for tile in (plain, stepped)
    ]
    compare(*(made.table for made in tables), epoch)


@pytest.mark.parametrize("protocol", LEAK_FREE)
def test_no_forecast_without_a_network_shows_it(protocol):
    plain, stepped, epoch = make_pair(protocol)
    before, after = (
        run_baselines(
            {"a": tile}, protocol=protocol, ridge_lags=(4, 8), reference_lags=6, **WINDOWS
        )[0]
        for tile in (plain, stepped)
    )
    assert set(before["model"]) == set(BASELINES)
    frozen = "trend_train"  # it sees nothing after training, the step neither before nor after
    compare(*(table[table["model"] != frozen] for table in (before, after)), epoch)
    part = [table.loc[table["model"] == frozen, "prediction"] for table in (before, after)]
    assert part[0][before["origin"] < epoch].equals(part[1][after["origin"] < epoch])


@pytest.mark.parametrize("leak", ["full_statics", "random_windows", "with_leaks"])
def test_a_leak_does_show_it(leak):
    """The comparison above finds what it looks for."""
    plain, stepped, epoch = make_pair("chronological")
    tables = [
        run_tile({"a": tile}, model="mmstt", protocol=leak, seed=0, device="cpu", **SMALL).table
        for tile in (plain, stepped)
    ]
    early = [table.loc[table["origin"] < epoch, "prediction"] for table in tables]
    assert not early[0].equals(early[1])
