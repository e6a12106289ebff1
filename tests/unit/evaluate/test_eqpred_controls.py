import numpy as np
import pandas as pd
import pytest
from made_up_eqpred import made_up

from faultcast.evaluate.eqpred import controls

TITLES = {"eqpred": "EQPRED", "conv2d_conv1d": "Conv2D+Conv1D", "conv2d_lstm_ae": "Conv2D+LSTM"}


def job(model, probability, seed=0):
    frame = made_up(seed, model=model)
    return frame.assign(event_probability=np.where(frame["is_event_day"], *probability))


def table_of(poisson, etas):
    days = made_up().query("origin == 1")
    oracle = pd.DataFrame({"day": days["day"], "probability_m3.5": days["prediction"]})
    return controls.numbers(
        poisson=poisson, etas=etas, oracle=oracle, threshold_magnitude=3.5, n_resamples=300
    )


# probabilities of event days and of others
BLIND, LEAKING = (0.05, 0.05), (0.5, 0.04)


@pytest.fixture(scope="module")
def table():
    poisson = [job(key, BLIND, seed) for key in TITLES for seed in (0, 1)]
    poisson[2:4] = [job("conv2d_conv1d", LEAKING, seed) for seed in (0, 1)]
    # wrong on every day: no leak, whatever else it is
    poisson[4:] = [job("conv2d_lstm_ae", (0.01, 0.3), seed) for seed in (0, 1)]
    return table_of(poisson, [job(key, BLIND) for key in TITLES])


def test_titles_and_references_once(table):
    for _, rows in table.groupby("control"):
        assert not rows.duplicated(["model", "days"]).any()
        assert set(TITLES.values()) < set(rows["model"])
    seeds = table.set_index(["control", "model"])["n_seeds"]
    assert (seeds.loc["poisson"] == 2).all()
    assert (seeds.loc["etas"] == 1).all()


def test_only_a_gain_above_the_bound_fails(table):
    poisson = table[table["control"] == "poisson"].set_index(["model", "days"])
    for days in ("event days", "onset days"):
        leak, wrong = poisson.loc[("Conv2D+Conv1D", days)], poisson.loc[("Conv2D+LSTM", days)]
        assert leak["low"] > 0
        assert not leak["holds"]
        assert not leak["holds_family"]
        assert wrong["high"] < 0
        assert wrong["holds"]
        assert wrong["holds_family"]
    assert table.loc[table["control"] == "etas", "holds"].all()


def test_family_counts_networks_and_sets_of_days(table):
    # three rows, and the first calibrated on all past days; on event and on onset days
    assert (table["n_comparisons"] == 8).all()
    assert (table["margin_family"] <= table["margin"]).all()
    poisson = table[table["control"] == "poisson"]
    np.testing.assert_array_equal(poisson["margin"], poisson["low"])


def test_a_gain_that_one_test_calls_a_leak_need_not_stand_out_of_the_family():
    """A small gain: above 0 in 95 % of the resamples, not in the share that eight tests ask."""
    draws = np.random.default_rng(1).normal(2.4, 1.0, 4000)
    alone = controls._condition(draws, has_oracle=False, n_comparisons=1)
    among = controls._condition(draws, has_oracle=False, n_comparisons=8)
    assert not alone["holds"]
    assert not alone["holds_family"]
    assert not among["holds"]
    assert among["holds_family"]
    assert among["margin_family"] == pytest.approx(np.percentile(draws, 2.5 / 8))
