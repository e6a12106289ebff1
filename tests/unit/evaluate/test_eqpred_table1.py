import numpy as np
import pandas as pd
import pytest
from made_up_eqpred import made_up

from faultcast.errors import ConfigError, DataError
from faultcast.evaluate import scores
from faultcast.evaluate.eqpred import controls, reference, table1
from faultcast.evaluate.eqpred.days import climatology, collect
from faultcast.train.calibration import rolling_rate

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


def test_rows_are_those_of_the_registry_and_references_stand_once():
    frames = [
        made_up(seed, protocol, model=model, noise=0.01)
        for model in ("eqpred", "conv2d_conv1d", "mlp")
        for protocol in ("as_published", "leak_free")
        for seed in (0, 1)
    ]
    table = table1.numbers(predictions=frames, n_resamples=20)
    names = ["MLP", "Conv2D+Conv1D", "EQPRED"]
    for protocol, first in (
        ("as_published", "train climatology"),
        ("leak_free", "EQPRED, calibrated on all past days"),
    ):
        rows = table[table["protocol"] == protocol]
        models = list(dict.fromkeys(rows["model"]))
        assert models[:4] == [*names, first]
        assert set(models[3:]) - {first} == set(reference.REFERENCES) - {first}
        assert not rows.duplicated(["model", "days", "score"]).any()
        assert (rows["n_seeds"] == 2)[rows["mean"].notna()].all()
    assert "MAE" not in set(table.loc[table["key"] == "mlp", "score"])
    # on EQPRED's series, whatever stands first
    alone = table1.numbers(predictions=[f for f in frames if (f["model"] == "eqpred").all()])
    columns = ["model", "protocol", "days", "score", "mean", "standard_deviation"]
    pd.testing.assert_frame_equal(
        *(f[f["key"] == ""][columns].reset_index(drop=True) for f in (table, alone))
    )


def by_hand(frame):
    """Skill over AR(10), day by day, for one origin."""
    total = reference_total = 0.0
    for _, days in frame.groupby("origin"):
        y = days["target"].to_numpy()
        part = days["part"].to_numpy()
        rows = [d for d in range(10, len(y)) if part[d] in ("warmup", "train", "validation")]
        design = [[1.0, *(y[d - lag] for lag in range(1, 11))] for d in rows]
        weights = np.linalg.pinv(np.array(design)) @ y[rows]
        for d in np.flatnonzero(part == "test"):
            forecast = weights[0] + sum(weights[lag] * y[d - lag] for lag in range(1, 11))
            reference_total += (y[d] - forecast) ** 2
            total += (y[d] - days["prediction"].to_numpy()[d]) ** 2
    return 1.0 - total / reference_total


def test_skill_over_autoregression(table):
    for protocol in ("as_published", "leak_free"):
        where = {"protocol": protocol, "score": "skill over AR(10)"}
        expected = [by_hand(made_up(seed, protocol)) for seed in (0, 1)]
        assert cell(table, model="EQPRED", **where)["mean"] == pytest.approx(np.mean(expected))
        own = cell(table, model="AR(10)", **where)
        assert own["mean"] == own["low"] == own["high"] == 0.0
    for days in ("event days", "onset days"):
        gain = {"protocol": "leak_free", "score": "information gain over AR(10)", "days": days}
        assert cell(table, model="AR(10)", **gain)["mean"] == 0.0
    # gains over two references differ by the gain of one over the other
    gains = table[(table["protocol"] == "leak_free") & (table["days"] == "event days")]
    gains = gains.pivot_table(index="model", columns="score", values="mean")
    np.testing.assert_allclose(
        gains["information gain"] - gains["information gain over AR(10)"],
        gains.loc["AR(10)", "information gain"],
        atol=1e-12,
    )


def test_incomplete_days_count_in_no_value_but_as_event_days():
    frame = made_up()
    hidden = frame["day"].isin([1250, 1700, 1701])
    marked = frame.assign(is_complete=~hidden)
    # their values must not matter, as targets of the network or of the references' fits
    spoilt = marked.copy()
    spoilt.loc[hidden & (frame["part"] == "test"), "target"] = 50.0
    one, two = (table1.numbers(predictions=f, n_resamples=20) for f in (marked, spoilt))
    for score in ("NSE", "MAE"):
        a, b = (cell(t, model="EQPRED", score=score) for t in (one, two))
        assert a["mean"] == b["mean"] and a["n_days"] == 797
    kept = frame[(frame["part"] == "test") & ~hidden]
    assert cell(one, model="EQPRED", score="NSE")["mean"] == pytest.approx(
        float(scores.nash_sutcliffe(kept["target"], kept["prediction"]))
    )
    brier = cell(one, model="EQPRED", score="Brier", days="event days")
    assert brier["n_days"] == 800
    test = frame[frame["part"] == "test"]
    assert brier["mean"] == pytest.approx(
        float(scores.brier(test["is_event_day"], test["event_probability"]))
    )


def test_a_model_that_detects_nothing_has_a_note_in_place_of_precision():
    silent = made_up(0).assign(is_detected=False)
    table = table1.numbers(predictions=[silent, made_up(1)], n_resamples=20)
    row = cell(table, model="EQPRED", score="precision")
    assert row["note"] == "1 of 2 seed(s) detect nothing: no precision"
    assert row["n_seeds"] == 1
    alone = cell(
        table1.numbers(predictions=silent, n_resamples=20), model="EQPRED", score="precision"
    )
    assert np.isnan(alone["mean"]) and alone["note"].startswith("1 of 1")
    assert cell(table, model="EQPRED", score="recall")["note"] == ""


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
    with pytest.raises(DataError, match="seed 0 were given twice"):
        table1.numbers(predictions=[made_up(), made_up()])
    with pytest.raises(ConfigError, match="there is no model 'EQPRED'"):
        table1.numbers(predictions=made_up().assign(model="EQPRED"))
    with pytest.raises(DataError, match=r"probability_m4.0"):
        controls.numbers(
            poisson=made_up(), etas=made_up(), oracle=oracle_of(made_up()), threshold_magnitude=4.0
        )
    with pytest.raises(DataError, match="lacks 400 of the 800 test days"):
        controls.numbers(
            poisson=made_up(), etas=made_up(), oracle=oracle_of(made_up()).iloc[:1600],
            threshold_magnitude=3.5,
        )  # fmt: skip
