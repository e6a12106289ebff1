from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

from faultcast.io import frame_digest
from faultcast.train import leak_steps
from faultcast.train.eqpred import run_autoencoder, run_row
from faultcast.train.leak_steps import run_leak_steps
from faultcast.train.protocol import PROTOCOLS
from faultcast.train.step_protocols import ALL, NONE, STEPS, step_protocols

WITHOUT = "as published without "


@pytest.fixture(scope="module")
def runs(request):
    return {}


@pytest.fixture
def table(runs, make_cube, small):
    if not runs:
        runs["table"] = run_leak_steps(make_cube(), seed=0, device="cpu", **small)
    return runs["table"]


def of(table, step):
    return table[table["protocol"] == step].reset_index(drop=True)


def test_each_step_flips_its_own_switches_alone():
    protocols = {protocol.name: asdict(protocol) for protocol in step_protocols()}
    assert list(protocols) == [
        NONE, *(f"+ {step}" for step in STEPS), ALL, *(WITHOUT + step for step in STEPS),
    ]  # fmt: skip
    for step, switches in STEPS.items():
        for name, start in ((f"+ {step}", NONE), (WITHOUT + step, ALL)):
            changed = {
                key for key, value in protocols[name].items() if value != protocols[start][key]
            }
            assert changed == {"name", *switches}
    published = asdict(PROTOCOLS["as_published"])
    assert {**protocols[ALL], "name": "as_published"} == published
    # what no step flips is what a split of one cube and scores of its series need
    base = asdict(PROTOCOLS["leak_free"])
    assert {key for key, value in protocols[NONE].items() if value != base[key]} == {
        "name", "split", "scores",
    }  # fmt: skip


def test_ten_rows_on_the_same_days(table):
    assert list(dict.fromkeys(table["protocol"])) == [one.name for one in step_protocols()]
    days = ["day", "date", "part", "is_event_day", "is_quiet", "is_complete", "n_events"]
    base = of(table, NONE)
    for _, rows in table.groupby("protocol"):
        pd.testing.assert_frame_equal(rows.reset_index(drop=True)[days], base[days])
    assert base["event_probability"].isna().all()


def test_threshold_moves_the_marks_and_no_prediction(table):
    for step, start in (("+ threshold", NONE), (WITHOUT + "threshold", ALL)):
        one, other = of(table, step), of(table, start)
        same = ["target", "prediction", "error"]
        pd.testing.assert_frame_equal(one[same], other[same], check_exact=True)
        assert (one["is_positive"] != other["is_positive"]).any()


def test_smoothing_leaves_the_autoencoder_as_it_is(table):
    base = of(table, NONE)
    smoothed = of(table, "+ smoothing")
    # the autoencoder knows nothing of the smoothing, and the raw target is its error
    assert (smoothed["error"] == base["error"]).all()
    assert (base["target"] == base["error"]).all()
    assert (smoothed["target"] != base["target"]).mean() > 0.9
    # units and weights of the autoencoder follow from the days that it may see
    assert (of(table, "+ scaler")["error"] != base["error"]).all()


def test_all_steps_are_the_published_protocol_bit_for_bit(table, make_cube, small):
    common = {"protocol": "as_published", "seed": 0, "device": "cpu", **small}
    cube = make_cube()
    novelty = run_autoencoder(cube, kind="skip", **common).table
    row = run_row(cube, "eqpred", novelty, **common).table
    expected = of(table, ALL).drop(columns="protocol")
    pd.testing.assert_frame_equal(expected, row.drop(columns="protocol"), check_exact=True)


def test_each_distinct_network_is_trained_once(make_cube, small, monkeypatch):
    calls = {"train_novelty": 0, "train_predictor": 0}

    def counted(name, function):
        def call(*args, **kwargs):
            calls[name] += 1
            return function(*args, **kwargs)

        return call

    for name in calls:
        monkeypatch.setattr(leak_steps, name, counted(name, getattr(leak_steps, name)))
    run_leak_steps(make_cube(n_days=400), seed=0, device="cpu", **small)
    assert calls == {"train_novelty": 4, "train_predictor": 8}


def test_job_goes_on_after_a_kill_with_the_same_bits(make_cube, small, tmp_path, monkeypatch):
    cube = make_cube(n_days=400)
    unbroken = run_leak_steps(cube, seed=1, device="cpu", **small)
    real, calls = leak_steps.train_predictor, []

    def dying(*args, **kwargs):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(leak_steps, "train_predictor", dying)
    with pytest.raises(KeyboardInterrupt):
        run_leak_steps(cube, seed=1, device="cpu", checkpoint_folder=tmp_path, **small)
    assert len(list(tmp_path.iterdir())) == 4  # two autoencoders, two predictors
    monkeypatch.setattr(leak_steps, "train_predictor", real)
    resumed = run_leak_steps(cube, seed=1, device="cpu", checkpoint_folder=tmp_path, **small)
    assert frame_digest(resumed) == frame_digest(unbroken)
    assert not list(tmp_path.iterdir())


def test_two_sided_smoothing_alone_makes_noise_look_known(make_cube, small):
    """The step that the paper's number can rest on: days without memory, forecast well."""
    cube = make_cube(n_days=600)
    options = small | {"predictor_epochs": 20, "smoothing_days": 9}
    table = run_leak_steps(cube, seed=0, device="cpu", **options)
    test = table[table["part"] == "test"]

    def nse(step):
        rows = test[test["protocol"] == step]
        target, error = rows["target"], rows["target"] - rows["prediction"]
        return 1 - (error**2).sum() / ((target - target.mean()) ** 2).sum()

    assert nse("+ smoothing") > 0.6
    assert max(nse(step) for step in (NONE, "+ scaler", "+ selection", "+ threshold")) < 0.3
    assert nse(WITHOUT + "smoothing") < 0.3
    assert np.isclose(nse("+ threshold"), nse(NONE), atol=0.0)
