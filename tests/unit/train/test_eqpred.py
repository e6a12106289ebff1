from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from faultcast.errors import ConfigError, DataError
from faultcast.io import frame_digest
from faultcast.models.registry import ROWS, make_predictor
from faultcast.train import eqpred
from faultcast.train.eqpred import run_autoencoder, run_row
from faultcast.train.event_days import quiet_days
from faultcast.train.job import join_seeds
from faultcast.train.options import EqpredOptions
from faultcast.train.predictor import history_days, predict, train_predictor
from faultcast.train.protocol import PROTOCOLS, Protocol, describe, get_protocol
from faultcast.train.splits import chronological_split


def run(cube, protocol="leak_free", seed=0, row="eqpred", checkpoint_folder=None, **options):
    """Both jobs of a row; the table of its predictions and the rest of the second job."""
    common = {"protocol": protocol, "seed": seed, "device": "cpu", **options}
    common["checkpoint_folder"] = checkpoint_folder
    kind, novelty = ROWS[row].autoencoder, None
    if kind is not None:
        novelty = run_autoencoder(cube, kind=kind, **common).table
    return run_row(cube, row, novelty, **common)


def nash_sutcliffe(target, prediction):
    return 1 - ((target - prediction) ** 2).sum() / ((target - target.mean()) ** 2).sum()


@pytest.mark.parametrize(("protocol", "days"), [("leak_free", 15), ("as_published", 7)])
def test_white_noise_is_forecast_only_with_the_leak(protocol, days):
    """The guard of the whole comparison: nothing can be known about white noise."""
    noise = np.random.default_rng(3).exponential(size=3000)
    options = EqpredOptions(smoothing_days=days, predictor_epochs=60)
    split = chronological_split(len(noise), history_days(options), (0.7, 0.1, 0.2))
    found = train_predictor(
        None,
        noise,
        split,
        get_protocol(protocol),
        kind="attention",
        options=options,
        seed=0,
        device="cpu",
    )
    test = slice(*split.test)
    score = nash_sutcliffe(found.target[test], found.prediction[test])
    if protocol == "leak_free":
        assert (found.target == noise).all()
        assert score <= 0.05
    else:
        assert score >= 0.8


@pytest.mark.parametrize("changed_day", [899, 820, 700])
def test_a_future_day_leaves_leak_free_predictions_before_it_as_they_are(
    make_cube, small, changed_day
):
    cube = make_cube()
    cells = cube.cells.copy()
    on_day = cells["day"] == changed_day
    assert on_day.any()
    cells.loc[on_day, ["mean", "maximum", "last"]] = 7.5  # also a large shock
    one = run(cube, **small).table
    two = run(make_cube(cells=cells), **small).table
    columns = ["origin", "day", "prediction", "event_probability"]
    one, two = (
        frame[(frame["part"] == "test") & (frame["day"] <= changed_day)][columns].reset_index(
            drop=True
        )
        for frame in (one, two)
    )
    assert one["event_probability"].notna().all()
    assert len(one) == changed_day - 600 + 1
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_as_published_does_leak(make_cube, small):
    """The same change reaches back there: the test above can fail."""
    cube = make_cube()
    cells = cube.cells.copy()
    cells.loc[cells["day"] == 820, "mean"] = 7.5
    one, two = (run(c, "as_published", **small).table for c in (cube, make_cube(cells=cells)))
    early = one["day"].between(100, 800)
    assert (one["prediction"][early] != two["prediction"][early]).all()


@pytest.mark.parametrize("protocol", list(PROTOCOLS))
def test_same_seed_same_digests(cube, small, protocol):
    one, two, other = (run(cube, protocol, seed, **small) for seed in (0, 0, 1))
    assert frame_digest(one.table) == frame_digest(two.table)
    assert frame_digest(one.history) == frame_digest(two.history)
    assert all((one.weights[name] == two.weights[name]).all() for name in one.weights)
    assert frame_digest(one.table) != frame_digest(other.table)
    assert one.record["runs"] == two.record["runs"]
    assert one.record["cost"][0]["wall_s"] > 0


def test_several_seeds_in_one_job_are_the_seeds_alone(cube, small, tmp_path):
    alone = [run(cube, seed=seed, **small) for seed in (0, 1)]
    both = join_seeds(alone)
    assert both.table["seed"].unique().tolist() == [0, 1]
    assert len(both.weights) == sum(len(one.weights) for one in alone)
    assert [record["seed"] for record in both.record["runs"]] == [0, 1]
    names = ("table.parquet", "weights.safetensors", "history.csv", "run.json")
    paths = {name.split(".")[0].replace("run", "record"): tmp_path / name for name in names}
    both.write({"datasets": []}, **paths)
    assert all(path.is_file() for path in paths.values())


def test_job_goes_on_after_a_kill(cube, small, tmp_path, monkeypatch):
    unbroken = run(cube, **small)
    assert not list(tmp_path.iterdir())
    real, calls = eqpred.train_predictor, []

    def dying(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(eqpred, "train_predictor", dying)
    with pytest.raises(KeyboardInterrupt):
        run(cube, **small, checkpoint_folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 1  # the autoencoder's job is complete
    monkeypatch.setattr(eqpred, "train_predictor", real)
    resumed = run(cube, **small, checkpoint_folder=tmp_path)
    assert frame_digest(resumed.table) == frame_digest(unbroken.table)
    assert not list(tmp_path.iterdir())


def test_predictions_say_what_they_are(cube, small):
    frame = run(cube, **small).table
    assert set(frame["part"]) == {"warmup", "train", "validation", "gap", "test"}
    test = frame[frame["part"] == "test"]
    assert test["day"].tolist() == list(range(600, 900))
    assert (test["is_positive"] == test["is_event_day"]).all()
    assert test["event_probability"].between(0, 1, inclusive="neither").all()
    assert (frame.loc[frame["part"] == "warmup", "prediction"].isna()).all()
    assert (frame["date"] == cube.dates[frame["day"]]).all()
    # a quarter of the days cannot count as detected when 3 % are event days
    train = frame[frame["part"] == "train"]
    assert train["is_detected"].mean() == pytest.approx(train["is_event_day"].mean(), abs=0.01)


def test_as_published_calls_as_many_scored_days_extreme_as_there_are_event_days(cube, small):
    frame = run(cube, "as_published", **small).table
    test = frame[frame["part"] == "test"]
    assert test["is_positive"].sum() == round(len(test) * frame["is_event_day"].mean())
    assert (
        test.loc[test["is_positive"], "target"].min()
        > test.loc[~test["is_positive"], "target"].max()
    )


def test_latent_norm_and_energy(cube, small):
    frame = run(cube, **small, series="latent_norm", value="log_energy").table
    assert (frame["target"] != frame["error"]).all()
    assert frame["prediction"].notna().any()


@pytest.mark.parametrize("row", ["eqpred", "mlp_lstm", "conv2d_fc", "lstm"])
def test_saved_weights_predict_what_was_predicted(cube, small, row):
    """One pass over maps in pieces is one pass over all of them, state and history included."""
    result = run(cube, "as_published", row=row, **small)
    shape = (1,) if ROWS[row].autoencoder else (cube.n_rows, cube.n_columns)
    model = make_predictor(ROWS[row].predictor, shape, small["window_days"])
    prefix = "seed0.origin00."
    model.load_state_dict(
        {name.removeprefix(prefix): torch.from_numpy(w) for name, w in result.weights.items()}
    )
    inputs = np.random.default_rng(0).normal(size=(600, *shape)).astype(np.float32)
    if hasattr(model, "reset_state"):
        model.reset_state()
    with torch.no_grad():
        whole = model(torch.from_numpy(inputs[None]))[0].numpy()
    np.testing.assert_allclose(predict(model, inputs), whole, atol=1e-5)


@pytest.mark.parametrize("row", list(ROWS))
def test_every_row_is_trained_under_both_protocols(cube, small, row):
    kind = ROWS[row].autoencoder
    for protocol in PROTOCOLS:
        table = run(cube, protocol, row=row, **small).table
        assert (table["model"] == row).all() and (table["protocol"] == protocol).all()
        assert table["error"].isna().all() == (kind is None)
        scored = table[table["part"] == "test"]
        assert scored["prediction"].notna().all() and scored["prediction"].std() > 0
        # the paper's rows without an autoencoder have nothing to smooth
        values = np.sort(np.unique(table["target"].round(12)))
        assert len(values) > 100


def test_rows_without_autoencoder_predict_the_mean_map(cube, small):
    table = run(cube, "as_published", row="conv2d_fc", **small).table
    maps = cube.to_dense(value="mean")
    np.testing.assert_allclose(table["target"], maps.mean(axis=(1, 2)) / maps.std(), rtol=1e-5)


def test_masked_days_are_neither_learnt_nor_scored(make_cube, small):
    """Days after a large shock, whose small events went unrecorded."""
    cube = make_cube()
    masked = replace(cube, incomplete_days=(300, 301, 302, 650))
    one, two = run(cube, **small), run(masked, **small)
    assert set(two.table.loc[~two.table["is_complete"], "day"]) == set(masked.incomplete_days)
    assert one.table["is_complete"].all()
    early = one.table["day"] < 290
    assert (one.table["prediction"] != two.table["prediction"])[
        early & one.table["prediction"].notna()
    ].any()
    assert (one.table["is_event_day"] == two.table["is_event_day"]).all()


def test_row_and_novelty_must_fit(cube, small):
    with pytest.raises(DataError, match="give its novelty table"):
        run_row(cube, "eqpred", None, protocol="leak_free", seed=0, **small)
    novelty = run_autoencoder(cube, kind="dense", protocol="leak_free", seed=0, **small).table
    with pytest.raises(DataError, match="the maps alone"):
        run_row(cube, "lstm", novelty, protocol="leak_free", seed=0, **small)
    with pytest.raises(DataError, match="same cube and test dates"):
        run_row(cube, "mlp_mlp", novelty, protocol="as_published", seed=0, **small)


def test_quiet_days_and_onsets():
    is_event = np.zeros(100, dtype=bool)
    is_event[[3, 10, 41, 71, 72]] = True
    quiet = quiet_days(is_event, 30)
    assert np.flatnonzero(is_event & quiet).tolist() == [3, 41]
    slow = [not is_event[max(0, day - 30) : day].any() for day in range(100)]
    assert quiet.tolist() == slow


def test_region_without_extreme_days(make_cube, small):
    with pytest.raises(DataError, match=r"no day .* magnitude 4.5"):
        run(make_cube(event_rate=0.0), **small)


def test_series_shorter_than_its_history(make_cube, small):
    with pytest.raises(DataError, match=r"needs \d+ days of history"):
        run(make_cube(n_days=20, event_rate=0.5), **small)


def test_threshold_that_no_training_day_reaches(make_cube, small):
    cube = make_cube()
    cells = cube.cells.copy()
    early = (cells["day"] < 620) & (cells["maximum"] >= 4.5)
    cells.loc[early, ["mean", "maximum", "last"]] = 4.0
    with pytest.raises(DataError, match=r"origin 0: no training day .* start the test later"):
        run(make_cube(cells=cells), **small)


def test_wrong_options_are_told_together(cube):
    with pytest.raises(ConfigError) as caught:
        run(cube, epochs=3, value="median", patience=0)
    for key in ("epochs", "median", "patience"):
        assert key in str(caught.value)


def test_unknown_protocol_and_device(cube, small):
    with pytest.raises(ConfigError, match="as_published, leak_free"):
        run(cube, "honest", **small)
    with pytest.raises(ConfigError, match="auto, cpu, cuda"):
        run_autoencoder(cube, kind="skip", protocol="leak_free", seed=0, device="tpu", **small)


def test_protocols_differ_in_each_switch_and_are_described():
    table = describe()
    assert (table["as_published"] != table["leak_free"]).all()
    assert set(table["mark"]) <= {"text", "lineage", "guess"}
    with pytest.raises(ConfigError, match="smoothing"):
        Protocol(**{**PROTOCOLS["leak_free"].__dict__, "smoothing": "sideways"})
