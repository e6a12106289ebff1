import numpy as np
import pandas as pd
import pytest
import torch

from faultcast.errors import ConfigError, DataError
from faultcast.io import frame_digest
from faultcast.train import eqpred
from faultcast.train.eqpred import quiet_days, run_eqpred
from faultcast.train.options import EqpredOptions
from faultcast.train.predictor import history_days, make_predictor, train_predictor
from faultcast.train.protocol import PROTOCOLS, Protocol, describe, get_protocol
from faultcast.train.splits import chronological_split


def run(cube, protocol="leak_free", seed=0, **options):
    return run_eqpred(cube, protocol=protocol, seed=seed, device="cpu", **options)


def nash_sutcliffe(target, prediction):
    return 1 - ((target - prediction) ** 2).sum() / ((target - target.mean()) ** 2).sum()


@pytest.mark.parametrize(("protocol", "days"), [("leak_free", 15), ("as_published", 7)])
def test_white_noise_is_forecast_only_with_the_leak(protocol, days):
    """The guard of the whole comparison: nothing can be known about white noise."""
    noise = np.random.default_rng(3).exponential(size=3000)
    options = EqpredOptions(smoothing_days=days, predictor_epochs=60)
    split = chronological_split(len(noise), history_days(options), (0.7, 0.1, 0.2))
    found = train_predictor(
        noise, split, get_protocol(protocol), options=options, seed=0, device="cpu"
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
    one = run(cube, **small).predictions
    two = run(make_cube(cells=cells), **small).predictions
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
    one, two = (run(c, "as_published", **small).predictions for c in (cube, make_cube(cells=cells)))
    early = one["day"].between(100, 800)
    assert (one["prediction"][early] != two["prediction"][early]).all()


@pytest.mark.parametrize("protocol", list(PROTOCOLS))
def test_same_seed_same_digests(cube, small, protocol):
    one, two, other = (run(cube, protocol, seed, **small) for seed in (0, 0, 1))
    assert frame_digest(one.predictions) == frame_digest(two.predictions)
    assert frame_digest(one.history) == frame_digest(two.history)
    assert all((one.weights[name] == two.weights[name]).all() for name in one.weights)
    assert frame_digest(one.predictions) != frame_digest(other.predictions)
    records = [{k: v for k, v in result.record.items() if k != "cost"} for result in (one, two)]
    assert records[0] == records[1]


def test_job_goes_on_after_a_kill(cube, small, tmp_path, monkeypatch):
    unbroken = run(cube, **small)
    real, calls = eqpred.train_predictor, []

    def dying(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(eqpred, "train_predictor", dying)
    with pytest.raises(KeyboardInterrupt):
        run(cube, **small, checkpoint_folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 3
    monkeypatch.setattr(eqpred, "train_predictor", real)
    resumed = run(cube, **small, checkpoint_folder=tmp_path)
    assert frame_digest(resumed.predictions) == frame_digest(unbroken.predictions)
    assert not list(tmp_path.iterdir())


def test_predictions_say_what_they_are(cube, small):
    frame = run(cube, **small).predictions
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
    frame = run(cube, "as_published", **small).predictions
    test = frame[frame["part"] == "test"]
    assert test["is_positive"].sum() == round(len(test) * frame["is_event_day"].mean())
    assert (
        test.loc[test["is_positive"], "target"].min()
        > test.loc[~test["is_positive"], "target"].max()
    )


def test_latent_norm_and_energy(cube, small):
    frame = run(cube, **small, series="latent_norm", value="log_energy").predictions
    assert (frame["target"] != frame["error"]).all()
    assert frame["prediction"].notna().any()


def test_weights_come_back_into_the_model(cube, small):
    result = run(cube, "as_published", **small)
    model = make_predictor(EqpredOptions.from_mapping(small))
    prefix = "origin00.predictor."
    model.load_state_dict(
        {
            name.removeprefix(prefix): torch.from_numpy(value)
            for name, value in result.weights.items()
            if name.startswith(prefix)
        }
    )


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
    with pytest.raises(DataError, match="needs 22 days of history"):
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
        run_eqpred(cube, protocol="leak_free", seed=0, device="tpu", **small)


def test_protocols_differ_in_each_switch_and_are_described():
    table = describe()
    assert (table["as_published"] != table["leak_free"]).all()
    assert set(table["mark"]) <= {"text", "lineage", "guess"}
    with pytest.raises(ConfigError, match="smoothing"):
        Protocol(**{**PROTOCOLS["leak_free"].__dict__, "smoothing": "sideways"})
