import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.evaluate import scores
from faultcast.evaluate.eqpred import controls, reference, table1
from faultcast.evaluate.eqpred.days import climatology, collect
from faultcast.train.calibration import rolling_rate

N_DAYS = 2000


def made_up(
    seed=0,
    protocol="leak_free",
    probability=None,
    origins=((1200, 1600), (1600, 2000)),
    model="eqpred",
):
    """Predictions as a job would leave them: event days cluster, the series follows them."""
    truth = np.random.default_rng(42)
    rate = 0.03 + 0.25 * (np.arange(N_DAYS) % 200 < 20)
    event = truth.random(N_DAYS) < rate
    total = np.concatenate([[0], np.cumsum(event)])
    day = np.arange(N_DAYS)
    quiet = total[day] == total[np.maximum(day - 30, 0)]
    generator = np.random.default_rng(seed)
    target = rate + generator.normal(0, 0.02, N_DAYS)
    frames = []
    for origin, (low, high) in enumerate(origins):
        part = np.full(N_DAYS, "gap", dtype=object)
        part[: low - 10] = "validation"
        part[: low - 400] = "train"
        part[:50] = "warmup"
        part[low:high] = "test"
        p = rate if probability is None else np.full(N_DAYS, probability)
        smoothed = protocol == "as_published"
        frames.append(
            pd.DataFrame(
                {
                    "model": model,
                    "protocol": protocol,
                    "seed": seed,
                    "origin": origin,
                    "day": day,
                    "part": part,
                    "target": target,
                    "prediction": rate,
                    "error": np.full(N_DAYS, 0.25),
                    "is_positive": target > 0.1 if smoothed else event,
                    "is_detected": rate > 0.1,
                    "event_probability": np.nan if smoothed else p,
                    "is_event_day": event,
                    "is_quiet": quiet,
                    "is_complete": True,
                    "n_events": 5 + 20 * (rate > 0.1),
                }
            ).iloc[:high]
        )
    return pd.concat(frames, ignore_index=True)


PUBLISHED = pd.DataFrame({"id": ["table1.eqpred.nse", "table1.eqpred.mae"], "value": [0.9, 0.05]})


@pytest.fixture(scope="module")
def table():
    frames = [
        made_up(seed, protocol) for protocol in ("as_published", "leak_free") for seed in (0, 1)
    ]
    return table1.numbers(predictions=frames, published=PUBLISHED, n_resamples=50)


def cell(table, **where):
    chosen = table
    for name, value in where.items():
        chosen = chosen[chosen[name] == value]
    assert len(chosen) == 1
    return chosen.iloc[0]


def test_one_row_a_score_and_both_protocols(table):
    assert list(table.columns) == list(table1.COLUMNS)
    assert not table.duplicated(["model", "protocol", "days", "score"]).any()
    ours = table[table["model"] == "EQPRED"]
    series = {"MAE", "NSE", "skill over AR(10)"}
    detection = {"precision", "recall", "F1", "F0.2"}
    gains = {"information gain", "information gain over AR(10)"}
    probability = {"AUC", "AP", "Brier", "log score"} | gains
    by_protocol = ours.groupby("protocol")["score"].agg(set)
    assert by_protocol["as_published"] == series | detection
    assert by_protocol["leak_free"] == series | detection | probability
    names = set(table.loc[table["protocol"] == "leak_free", "model"])
    assert names == {"EQPRED", "EQPRED, calibrated on all past days", *reference.REFERENCES}


def test_scores_are_those_of_the_test_days(table):
    frame = made_up(0)
    test = frame[frame["part"] == "test"]
    row = cell(table, model="EQPRED", protocol="leak_free", days="event days", score="AUC")
    assert row["mean"] == pytest.approx(
        float(scores.roc_auc(test["is_event_day"], test["event_probability"]))
    )
    assert row["n_days"] == 800
    assert row["n_event_days"] == test["is_event_day"].sum()
    assert row["n_onset_days"] == (test["is_event_day"] & test["is_quiet"]).sum()
    onset = cell(table, model="EQPRED", protocol="leak_free", days="onset days", score="Brier")
    quiet = test[test["is_quiet"]]
    assert onset["mean"] == pytest.approx(
        float(scores.brier(quiet["is_event_day"], quiet["event_probability"]))
    )


def test_mean_and_deviation_over_seeds_and_interval(table):
    row = cell(table, model="EQPRED", protocol="leak_free", score="NSE")
    each = []
    for seed in (0, 1):
        test = made_up(seed).query("part == 'test'")
        each.append(float(scores.nash_sutcliffe(test["target"], test["prediction"])))
    assert row["n_seeds"] == 2
    assert row["mean"] == pytest.approx(np.mean(each))
    assert row["standard_deviation"] == pytest.approx(np.std(each, ddof=1))
    assert row["low"] < row["mean"] < row["high"]


def test_published_numbers_stand_beside_ours_only(table):
    printed = table[table["published"].notna()]
    assert set(printed["model"]) == {"EQPRED"}
    assert set(zip(printed["id"], printed["published"], strict=True)) == {
        ("table1.eqpred.nse", 0.9),
        ("table1.eqpred.mae", 0.05),
    }
    assert (table.loc[table["published"].isna(), "id"] == "").all()


def test_gain_is_over_the_better_climatology(table):
    gains = table[(table["score"] == "information gain") & (table["days"] == "event days")]
    gains = gains.set_index("model")["mean"]
    climatologies = gains[["train climatology", "rolling climatology"]]
    assert climatologies.max() == 0.0
    assert climatologies.min() < 0.0
    assert gains["EQPRED"] > 0.1  # it knows the rate here


def test_clustered_events_are_seen_by_the_rate_forecasts(table):
    gains = table[(table["score"] == "information gain") & (table["days"] == "event days")]
    gains = gains.set_index("model")["mean"]
    assert gains["exponentially weighted rate"] > 0.05
    assert gains["AR(10)"] > 0.05
    assert gains["exponentially weighted rate"] < gains["EQPRED"]


@pytest.mark.parametrize("forecast", [*reference.REFERENCES.values(), reference.recalibrated])
def test_references_know_no_later_day(forecast):
    frame = made_up()
    days = frame[frame["origin"] == 0].reset_index(drop=True)
    changed = days.copy()
    later = changed["day"] >= 1400
    changed.loc[later, "target"] = 9.0
    changed.loc[later, "is_event_day"] = ~changed.loc[later, "is_event_day"]
    changed.loc[later, "n_events"] = 1000
    for values in ("prediction", "probability"):
        one, two = (getattr(forecast(f), values) for f in (days, changed))
        np.testing.assert_array_equal(one[:1401], two[:1401])


def test_references_by_hand():
    frame = made_up()
    days = frame[frame["origin"] == 0].reset_index(drop=True)
    event, target = days["is_event_day"].to_numpy(), days["target"].to_numpy()
    train = reference.train_climatology(days)
    assert train.probability[0] == pytest.approx((event[:1190].sum() + 0.5) / 1191)
    assert train.prediction[0] == pytest.approx(target[:1190].mean())
    rolling = reference.rolling_climatology(days)
    np.testing.assert_array_equal(rolling.probability, rolling_rate(event))
    assert rolling.prediction[1500] == pytest.approx(target[:1500].mean())
    np.testing.assert_array_equal(reference.persistence(days).prediction[1:], target[:-1])


def test_autoregression_finds_a_planted_one():
    generator = np.random.default_rng(5)
    frame = made_up()
    days = frame[frame["origin"] == 0].reset_index(drop=True)
    series = np.zeros(len(days))
    for day in range(1, len(days)):
        series[day] = 0.8 * series[day - 1] + generator.normal()
    prediction = reference.autoregression(days.assign(target=series)).prediction
    assert np.corrcoef(prediction[20:], 0.8 * series[19:-1])[0, 1] > 0.99


def test_better_climatology_is_chosen():
    scored = collect(made_up())
    best = climatology(scored, "leak_free")
    totals = {
        one.model: scores.log_likelihood(one.event, one.probability).sum()
        for one in scored
        if one.model.endswith("climatology")
    }
    assert totals[best.model] == max(totals.values())


def oracle_of(frame):
    days = frame[frame["origin"] == 1]
    return pd.DataFrame({"day": days["day"], "probability_m3.5": days["prediction"]})


def test_controls_tell_a_leak_from_none():
    honest, oracle = made_up(), oracle_of(made_up())
    cheating = honest.copy()
    sure = np.where(cheating["is_event_day"], 0.9, 0.01)
    cheating["event_probability"] = sure
    found = {}
    for name, frame in (("honest", honest), ("cheating", cheating)):
        table = controls.numbers(
            poisson=made_up(probability=0.05), etas=frame, oracle=oracle,
            threshold_magnitude=3.5, n_resamples=100,
        )  # fmt: skip
        assert list(table.columns) == list(controls.COLUMNS)
        found[name] = table[(table["model"] == "EQPRED") & (table["control"] == "etas")].iloc[0]
        leak = controls.numbers(
            poisson=frame, etas=honest, oracle=oracle, threshold_magnitude=3.5, n_resamples=100
        )
        assert leak.loc[0, "holds"] == (leak.loc[0, "low"] <= 0 <= leak.loc[0, "high"])
    assert found["honest"]["fraction"] == pytest.approx(1.0)
    assert found["honest"]["holds"]
    assert found["cheating"]["fraction"] > 1.0
    assert not found["cheating"]["holds"]
    assert not leak.loc[0, "holds"]


@pytest.mark.parametrize("knowing", [True, False])
def test_a_share_has_an_interval_only_where_the_oracle_gains(knowing):
    frame, oracle = made_up(), oracle_of(made_up())
    if not knowing:
        frame["event_probability"] = 0.05
        oracle["probability_m3.5"] = frame["is_event_day"].mean()
    table = controls.numbers(
        poisson=frame, etas=frame, oracle=oracle, threshold_magnitude=3.5, n_resamples=100
    )
    row = table[(table["model"] == "EQPRED") & (table["control"] == "etas")].iloc[0]
    assert np.isfinite([row["fraction_low"], row["fraction_high"]]).tolist() == [knowing] * 2
    assert (row["oracle_gain"] > 0.1) == knowing


def test_bad_predictions_are_told():
    with pytest.raises(DataError, match="lack the columns is_quiet"):
        table1.numbers(predictions=made_up().drop(columns="is_quiet"))
    with pytest.raises(DataError, match="one job at least"):
        table1.numbers(predictions=[])
    shorter = made_up(seed=1, origins=((1200, 1600),))
    with pytest.raises(DataError, match="different days"):
        table1.numbers(predictions=[made_up(), shorter])
    with pytest.raises(DataError, match=r"probability_m4.0"):
        controls.numbers(
            poisson=made_up(), etas=made_up(), oracle=oracle_of(made_up()), threshold_magnitude=4.0
        )
    with pytest.raises(DataError, match="lacks 400 of the 800 test days"):
        controls.numbers(
            poisson=made_up(), etas=made_up(), oracle=oracle_of(made_up()).iloc[:1600],
            threshold_magnitude=3.5,
        )  # fmt: skip
