"""What cannot be trained on is told, with what was found, what was expected and what to do."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from faultcast.errors import ConfigError, DataError
from faultcast.train import novelty, predictor
from faultcast.train.eqpred import run_autoencoder, run_row
from faultcast.train.event_days import event_days
from faultcast.train.losses import nse_loss, reconstruction_loss
from faultcast.train.novelty import cell_scale, train_novelty
from faultcast.train.options import EqpredOptions
from faultcast.train.predictor import history_days, train_predictor
from faultcast.train.protocol import get_protocol
from faultcast.train.splits import chronological_split


def autoencoder(cube, small, **changes):
    arguments = {"kind": "dense", "protocol": "leak_free", "seed": 0, "device": "cpu"}
    return run_autoencoder(cube, **{**arguments, **small, **changes})


def row(cube, small, name="maps", **changes):
    arguments = {"protocol": "leak_free", "seed": 0, "device": "cpu", **small, **changes}
    return run_row(cube, name, None, **arguments)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"window_days": "30"}, "window_days: is '30', must be a whole number"),
        ({"smoothing_days": 1.5}, "smoothing_days: is 1.5, must be a whole number"),
        ({"batch_size": None}, "batch_size: is None, must be a whole number"),
        ({"segments_per_step": True}, "segments_per_step: is True, must be a whole number"),
        ({"frames_per_epoch": 0}, "frames_per_epoch: is 0, must be at least 1"),
        ({"learning_rate": 0}, "learning_rate: is 0, must be above 0"),
        ({"mixed_precision": "no"}, "mixed_precision: is 'no', must be true or false"),
        ({"series": "error"}, "series: is 'error', allowed are reconstruction_error, latent_norm"),
        # validation would reach into the test
        ({"gap_days": -1}, "gap_days: is -1, must be at least 0"),
        ({"latent_sizes": 16}, "latent_sizes: not an option"),
        ({"test_start": "tomorrow"}, "'tomorrow' is no date of a test day; write YYYY-MM-DD"),
        ({"kind": "convv"}, "no autoencoder 'convv'; known: dense, conv, skip, vae"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_each_option_that_cannot_be(cube, small, changes, told):
    with pytest.raises(ConfigError) as caught:
        autoencoder(cube, small, **changes)
    assert told in str(caught.value)


def test_values_that_may_be_zero_or_nothing():
    options = EqpredOptions.from_mapping(
        {"gap_days": 0, "blackout_days": 0, "frames_per_epoch": None, "learning_rate": 1}
    )
    assert (options.gap_days, options.frames_per_epoch, options.learning_rate) == (0, None, 1)


def test_unknown_row(cube, small):
    with pytest.raises(ConfigError, match=r"no model 'eqpredd'; the models are .*, eqpred,"):
        row(cube, small, "eqpredd")


def test_region_whose_every_day_is_extreme(make_cube, small):
    cube = make_cube(n_days=600)
    cells = cube.cells.iloc[[0] * 600].assign(day=np.arange(600), maximum=5.0)
    every = replace(cube, cells=cells.reset_index(drop=True))
    with pytest.raises(DataError, match=r"every training day .* raise threshold_magnitude"):
        autoencoder(every, small)


@pytest.mark.parametrize(("protocol", "n_days"), [("leak_free", 70), ("as_published", 100)])
def test_scale_days_without_an_event(protocol, n_days):
    maps = np.zeros((100, 4, 5), dtype=np.float32)
    if protocol == "leak_free":
        maps[80:] = 3.0  # the future must not help
    split = chronological_split(100, 10, (0.7, 0.1, 0.2))
    with pytest.raises(DataError, match=rf"{n_days} days that give the scale .* no event there"):
        cell_scale(maps, split, get_protocol(protocol))


@pytest.mark.parametrize(
    ("masked", "told"),
    [
        (range(440, 590), "no day of the validation part has a known target"),
        (range(450), r"not one of the days .* start the test later"),
        (range(900), r"not one of the days .* raise the magnitude limit"),
        (range(439), "constant over the 1 days"),
    ],
)
def test_part_without_a_value(cube, small, masked, told):
    """Every day of it follows a large shock, whose small events went unrecorded."""
    with pytest.raises(DataError, match=told):
        row(replace(cube, incomplete_days=tuple(masked)), small, "mlp")


def test_series_that_no_network_can_learn_from():
    options = EqpredOptions(smoothing_days=7, window_days=10)
    first = history_days(options)
    split = chronological_split(500, first, (0.7, 0.1, 0.2))
    arguments = {"kind": "mlp", "options": options, "seed": 0, "device": "cpu"}
    rules = get_protocol("leak_free")
    with pytest.raises(DataError, match=f"has {first + 1} days, a prediction needs {first} days"):
        train_predictor(None, np.ones(first + 1), split, rules, **arguments)
    with pytest.raises(DataError, match="constant over the 350 days"):
        train_predictor(None, np.ones(500), split, rules, **arguments)
    broken = np.random.default_rng(0).random(500)
    broken[7] = np.nan
    with pytest.raises(DataError, match="not finite"):
        train_predictor(None, broken, split, rules, **arguments)


def too_small_for(limit, loss):
    """Return a loss on a GPU that has memory for `limit` samples."""

    def limited(model, *batch):
        if len(batch[0]) > limit:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return loss(model, *batch)

    return limited


def test_autoencoder_that_runs_out_of_memory_halves_its_batch(cube, small, monkeypatch, caplog):
    options = EqpredOptions.from_mapping({**small, "batch_size": 16, "frames_per_epoch": 64})
    days = event_days(cube, 4.5, 30)
    split = chronological_split(cube.n_days, 60, (0.7, 0.1, 0.2))
    maps = cube.to_dense(value="mean")

    def train(options):
        rules = get_protocol("leak_free")
        return train_novelty(
            maps,
            split,
            days,
            rules,
            kind="conv",
            latent_size=4,
            options=options,
            seed=0,
            device="cpu",
        )

    wanted = train(replace(options, batch_size=4))
    assert "halved" not in caplog.text
    monkeypatch.setattr(novelty, "reconstruction_loss", too_small_for(5, reconstruction_loss))
    found = train(options)
    assert [line for line in caplog.messages if "halved" in line] == [
        "autoencoder conv4: out of memory on the GPU, batch halved to 8 samples",
        "autoencoder conv4: out of memory on the GPU, batch halved to 4 samples",
    ]
    assert found.fitted.cost["batch_size"] == 4
    assert found.table.equals(wanted.table)


@pytest.mark.parametrize(("kind", "limit"), [("mlp", 2), ("lstm", 0)])
def test_predictor_that_runs_out_of_memory(kind, limit, monkeypatch, caplog):
    options = EqpredOptions(smoothing_days=7, window_days=10, segment_days=40, predictor_epochs=2)
    series = np.random.default_rng(0).random(500)
    split = chronological_split(500, history_days(options), (0.7, 0.1, 0.2))

    def train(options):
        rules = get_protocol("leak_free")
        return train_predictor(
            None, series, split, rules, kind=kind, options=options, seed=0, device="cpu"
        )

    wanted = train(replace(options, segments_per_step=2)).prediction
    monkeypatch.setattr(
        predictor, "nse_loss", lambda variance: too_small_for(limit, nse_loss(variance))
    )
    if kind == "lstm":  # takes one piece of the series after the other: nothing to halve
        with pytest.raises(DataError, match=r"single sample; make .*\(`CUDA_VISIBLE_DEVICES=`"):
            train(options)
        return
    np.testing.assert_array_equal(train(options).prediction, wanted)
    assert "batch halved to 2 samples" in caplog.text
