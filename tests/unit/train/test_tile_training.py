from dataclasses import replace

import numpy as np
import pytest
import torch
from made_up_tiles import SMALL, change_after, make_tile

from faultcast.errors import ConfigError, DataError
from faultcast.models.tile_registry import TILE_NETWORKS
from faultcast.train.tile import run_tile, tile_domains
from faultcast.train.tile_loss import as_batch, tile_loss, turned
from faultcast.train.tile_networks import make_network
from faultcast.train.tile_options import TileOptions
from faultcast.train.tile_protocol import TILE_PROTOCOLS, get_tile_protocol, tile_splits

OPTIONS = TileOptions.from_mapping(SMALL)
RIVALS = ("mmstt", "convlstm_all", "stgcn_all", "staeformer_all")


def train(tiles, model="mmstt", protocol="leak_free", **options):
    return run_tile(
        tiles, model=model, protocol=protocol, seed=0, device="cpu", **{**SMALL, **options}
    )


def told(result, origin, fold=0):
    table = result.table
    table = table[(table["origin"] == origin) & (table["fold"] == fold)]
    return table.set_index(["domain", "horizon", "cell"])["prediction"]


@pytest.mark.parametrize("model", RIVALS)
def test_what_comes_after_an_origin_changes_nothing_up_to_it(model):
    tile = make_tile()
    split = tile_splits(tile.dates, TILE_PROTOCOLS["leak_free"], OPTIONS)[0]
    origin = int(split.test[0])
    before = train({"a": tile}, model)
    after = train({"a": change_after(tile, origin + 1)}, model)
    for name in before.weights:
        if ".origin00." in name:
            np.testing.assert_array_equal(before.weights[name], after.weights[name])
    assert len(told(before, origin)) > 100
    # it has learnt something: an untrained network tells the last value
    table = before.table[before.table["fold"] == 0]
    assert (table["prediction"] - table["last"]).abs().mean() > 0.01
    assert told(before, origin).equals(told(after, origin))
    # the second fit does see them
    assert not told(before, int(split.test[-1])).equals(told(after, int(split.test[-1])))


def test_with_leaks_the_future_is_in_the_forecast():
    tile = make_tile()
    split = tile_splits(tile.dates, TILE_PROTOCOLS["with_leaks"], OPTIONS)[0]
    origin = int(split.test[0])
    last = int(max(split.train.max(), split.test.max()))
    before = train({"a": tile}, protocol="with_leaks")
    after = train({"a": change_after(tile, last + 1)}, protocol="with_leaks")
    assert not told(before, origin).equals(told(after, origin))


@pytest.mark.parametrize("key", TILE_PROTOCOLS)
def test_parts_hold_what_the_protocol_says(key):
    protocol = replace(TILE_PROTOCOLS[key], since=None)
    tile = make_tile(n_epochs=80)
    for split in tile_splits(tile.dates, protocol, OPTIONS):
        parts = [set(part.tolist()) for part in (split.train, split.validation, split.test)]
        assert all(parts) and not (
            parts[0] & parts[1] or parts[0] & parts[2] or parts[1] & parts[2]
        )
        told_first = min(parts[2]) + 1
        if protocol.windows == "random":
            assert max(parts[0]) + OPTIONS.n_out > told_first
        else:
            assert max(parts[0]) + OPTIONS.n_out < split.train_end <= told_first
            assert max(parts[1]) + OPTIONS.n_out < told_first


def test_a_run_since_a_date_uses_nothing_before_it():
    whole = make_tile(n_epochs=90)
    dates = whole.dates + (np.datetime64("2022-01-01") - whole.dates[15].to_datetime64())
    whole = replace(whole, dates=dates)
    altered = whole.displacement_mm.copy()
    altered[:15] += 30.0
    results = [
        train({"a": tile}, protocol="since_2022")
        for tile in (whole, replace(whole, displacement_mm=altered))
    ]
    assert results[0].table.equals(results[1].table)
    # origins are counted from the tile's own first epoch
    assert results[0].table["origin"].max() == whole.n_epochs - 1 - OPTIONS.n_out


def test_windows_and_loss_count_observed_values_only():
    tile = make_tile()
    rules = TILE_PROTOCOLS["leak_free"]
    split = tile_splits(tile.dates, rules, OPTIONS)[0]
    domain = tile_domains({"a": tile}, split, rules)["a"]
    windows = domain.windows(split.train, 4, 3)
    displacement, mask, _, _, targets = windows
    origin = int(split.train[2])
    raw = domain.scaling.apply(tile.displacement_mm)
    np.testing.assert_allclose(targets[2], raw[origin + 1 : origin + 4].astype(np.float32))
    assert not displacement.isnan().any() and (displacement[:, :, ~tile.mask] == 0).all()
    assert (
        targets[:, :, ~tile.mask].isnan().all() and mask[0].numpy().tolist() == tile.mask.tolist()
    )

    network = make_network("mmstt", [domain], OPTIONS).eval()
    with torch.no_grad():
        for p in network.parameters():
            p.normal_(std=0.1)
        found = tile_loss()(network, *windows)
        seen = ~targets.isnan()
        predicted = network(as_batch(*windows[:4]))
        expected = ((predicted - targets)[seen] ** 2).mean()
    torch.testing.assert_close(found, expected)
    scale = domain.scaling
    assert scale.mean == pytest.approx(np.nanmean(tile.series[: split.train_end]))
    assert scale.deviation == pytest.approx(np.nanstd(tile.series[: split.train_end]))


def test_gaps_filled_with_zero_are_told_and_scored():
    tile = make_tile()
    masked = train({"a": tile}, "convlstm", "chronological")
    filled = train({"a": tile}, "convlstm", "zero_filled")
    n_test = filled.table["origin"].nunique()
    assert len(filled.table) == n_test * OPTIONS.n_out * tile.mask.size
    assert len(masked.table) < n_test * OPTIONS.n_out * tile.n_cells
    outside = ~np.isin(filled.table["cell"], np.flatnonzero(tile.mask))
    assert (filled.table.loc[outside, ["target", "last"]] == 0).all().all()


@pytest.mark.parametrize("model", ["mmstt", "stgcn", "staeformer"])
def test_an_untrained_network_is_persistence_also_in_mm(model):
    tile = make_tile()
    result = train({"a": tile}, model, learning_rate=1e-30, warmup_share=0.01)
    np.testing.assert_allclose(result.table["prediction"], result.table["last"], atol=2e-4)


def test_several_domains_are_learnt_and_scored_together():
    u, e = make_tile(0), make_tile(1)
    e = replace(e, mask=u.mask, displacement_mm=u.displacement_mm[::-1].copy())
    larger = make_tile(2, n_epochs=60, n_cells=12)
    alone = train({"u": u})
    both = train({"u": u, "e": e})
    more = train({"u": u, "e": e}, also_train={"other": larger})
    assert list(both.table["domain"].cat.categories) == ["e", "u"]
    assert list(more.table["domain"].cat.categories) == ["e", "u"]
    assert not told(alone, 49).equals(told(both, 49))
    assert more.history["validation_loss"].iloc[0] != both.history["validation_loss"].iloc[0]
    # a graph has no room for other cells
    graph = train({"u": u, "e": e}, "stgcn", also_train={"other": larger})
    bare = train({"u": u, "e": e}, "stgcn")
    np.testing.assert_allclose(graph.history, bare.history, rtol=1e-4)
    with pytest.raises(DataError, match="cover other cells"):
        train({"u": u, "v": make_tile(3)}, "stgcn")


def test_other_tiles_are_seen_up_to_the_training_end_only():
    u, other = make_tile(0), make_tile(1)
    split = tile_splits(u.dates, TILE_PROTOCOLS["leak_free"], OPTIONS)[0]
    weights = [
        train({"u": u}, n_blocks=1, also_train={"o": tile}).weights
        for tile in (other, change_after(other, split.train_end))
    ]
    assert all(np.array_equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_same_seed_same_bits_and_a_killed_job_goes_on(tmp_path, monkeypatch):
    tile = make_tile()
    whole = train({"a": tile})
    steps = 0
    original = torch.Tensor.backward

    def dying(*args, **kwargs):
        nonlocal steps
        steps += 1
        if steps == 4:
            raise KeyboardInterrupt
        return original(*args, **kwargs)

    monkeypatch.setattr(torch.Tensor, "backward", dying)
    with pytest.raises(KeyboardInterrupt):
        train({"a": tile}, checkpoint_folder=tmp_path)
    monkeypatch.undo()
    resumed = train({"a": tile}, checkpoint_folder=tmp_path)
    assert resumed.table.equals(whole.table)
    assert not list(tmp_path.iterdir())
    other = run_tile({"a": tile}, model="mmstt", protocol="leak_free", seed=1, **SMALL)
    assert not other.table["prediction"].equals(whole.table["prediction"])


def test_turned_maps_stay_together():
    maps = torch.arange(12.0).reshape(1, 3, 4)
    assert all(turned(maps, draw).shape == maps.shape for draw in range(8))
    square = torch.arange(9.0).reshape(1, 3, 3)
    seen = {tuple(turned(square, draw).flatten().tolist()) for draw in range(8)}
    assert len(seen) == 8


def test_every_network_of_the_registry_trains():
    tile = make_tile()
    for model in set(TILE_NETWORKS) - set(RIVALS):
        sizes = {**SMALL["sizes"], "mmstt": dict(SMALL["sizes"]["mmstt"])}
        if "patch" in TILE_NETWORKS[model].arguments:
            sizes["mmstt"].pop("patch")
        result = train({"a": tile}, model, "chronological", epochs=1, sizes=sizes)
        assert np.isfinite(result.table["prediction"]).all()
        assert result.record["runs"][0]["n_weights"] > 0


def test_bad_input_is_told():
    tile = make_tile()
    with pytest.raises(ConfigError, match="no network 'mmst'"):
        train({"a": tile}, "mmst")
    with pytest.raises(ConfigError, match="no protocol 'leaky'"):
        get_tile_protocol("leaky")
    with pytest.raises(ConfigError, match="epoch: not an option"):
        train({"a": tile}, epoch=3)
    with pytest.raises(ConfigError, match="n_in: is 0"):
        train({"a": tile}, n_in=0)
    with pytest.raises(DataError, match="other dates"):
        train({"a": tile, "b": replace(tile, dates=tile.dates + np.timedelta64(1, "D"))})
    with pytest.raises(DataError, match="at least one"):
        train({})
    with pytest.raises(DataError, match="ends before 2022"):
        train({"a": make_tile(n_epochs=30)}, protocol="since_2022")
