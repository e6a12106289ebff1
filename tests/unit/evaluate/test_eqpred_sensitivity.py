import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.evaluate import scores
from faultcast.evaluate.eqpred import table_sensitivity

N_DAYS, TEST = 1500, 900
START = pd.Timestamp("1990-01-01", tz="UTC")


def job(seed=0, protocol="leak_free", *, noise=0.02, magnitude=0, model="eqpred", n_days=N_DAYS):
    """Predictions of one job: event days cluster, and the prediction follows their rate.

    `noise` blurs the prediction; `magnitude` 1 leaves only every second event day.
    """
    day = np.arange(n_days)
    rate = 0.03 + 0.25 * (day % 200 < 20)
    event = np.random.default_rng(42).random(N_DAYS)[:n_days] < rate
    event &= (np.cumsum(event) % 2 == 0) | (magnitude == 0)
    total = np.concatenate([[0], np.cumsum(event)])
    generator = np.random.default_rng([seed, 7])
    target = rate + generator.normal(0, 0.02, n_days)
    prediction = rate + generator.normal(0, noise, n_days)
    part = np.full(n_days, "gap", dtype=object)
    part[: TEST - 10], part[: TEST - 300], part[:50], part[TEST:] = (
        "validation", "train", "warmup", "test",
    )  # fmt: skip
    smoothed = protocol == "as_published"
    return pd.DataFrame(
        {
            "model": model,
            "protocol": protocol,
            "seed": seed,
            "origin": 0,
            "day": day,
            "date": START + pd.to_timedelta(day, unit="D"),
            "part": part,
            "target": target,
            "prediction": prediction,
            "error": 0.25,
            "is_positive": target > 0.1 if smoothed else event,
            "is_detected": prediction > 0.1,
            "event_probability": np.nan if smoothed else np.clip(prediction, 0.01, 0.9),
            "is_event_day": event,
            "is_quiet": total[day] == total[np.maximum(day - 30, 0)],
            "is_complete": True,
            "n_events": 5 + 20 * (rate > 0.1),
        }
    )


FIRST = (pd.Timestamp("1993-01-01", tz="UTC") - START).days
PROTOCOLS = ("as_published", "leak_free")
MAIN = [job(seed, protocol) for protocol in PROTOCOLS for seed in (0, 1)]
PUBLISHED = pd.DataFrame({"id": ["table1.eqpred.nse", "table1.eqpred.f1"], "value": [0.9, 0.8]})


@pytest.fixture(scope="module")
def table():
    return table_sensitivity.numbers(
        main=[*MAIN, job(model="mlp_mlp")],
        published=PUBLISHED,
        differs={
            "blurred": {"training": {"value": "energy"}},
            "rarer": {"protocols": ["leak_free"], "extreme_magnitude": 4.5},
            "shorter": {"period": ["1990-01-01", "1994-01-01"]},
        },
        apart={"the last year": ["1993-01-01", "2000-01-01"], "nothing": ["1900", "1901"]},
        n_resamples=60,
        same=MAIN,
        blurred=[job(seed, noise=0.3) for seed in (1, 0)],
        rarer=[job(magnitude=1)],
        shorter=[job(n_days=1200)],
    )


def cell(table, variant, score, days="event days", protocol="leak_free"):
    chosen = table.query(
        "variant == @variant and score == @score and days == @days and protocol == @protocol"
    )
    assert len(chosen) == 1
    return chosen.iloc[0]


def test_one_row_a_study_protocol_and_score(table):
    assert list(table.columns) == list(table_sensitivity.COLUMNS)
    assert not table.duplicated(["variant", "protocol", "days", "score"]).any()
    assert table["variant"].unique().tolist() == [
        "main study", "same", "blurred", "rarer", "shorter",
    ]  # fmt: skip
    assert table.groupby("variant")["differs"].first().to_dict() == {
        "main study": "",
        "same": "",
        "blurred": "value = energy",
        "rarer": "extreme_magnitude = 4.5",
        "shorter": "period = 1990-01-01 to 1994-01-01",
    }
    published = table[table["published"].notna()]
    assert set(published["protocol"]) == {"as_published"}
    assert set(zip(published["score"], published["published"], strict=True)) == {
        ("NSE", 0.9),
        ("F1", 0.8),
    }


def test_scores_are_those_of_eqpred_alone(table):
    row = cell(table, "blurred", "AUC")
    tests = [job(seed, noise=0.3).query("part == 'test'") for seed in (0, 1)]
    each = [float(scores.roc_auc(t["is_event_day"], t["event_probability"])) for t in tests]
    assert row["mean"] == pytest.approx(np.mean(each))
    assert row["standard_deviation"] == pytest.approx(np.std(each, ddof=1))
    assert (row["n_days"], row["n_event_days"]) == (600, tests[0]["is_event_day"].sum())


def test_difference_is_paired_by_seed_and_read(table):
    for score, reading in (("NSE", "lower"), ("AUC", "lower"), ("Brier", "higher")):
        days = "series" if score == "NSE" else "event days"
        blurred, main = (cell(table, study, score, days) for study in ("blurred", "main study"))
        assert blurred["difference"] == pytest.approx(blurred["mean"] - main["mean"])
        assert blurred["difference_low"] < blurred["difference"] < blurred["difference_high"]
        assert blurred["reading"] == reading
    same = table[(table["variant"] == "same") & ~table["days"].str.contains("without")]
    assert (same["difference"] == 0).all()
    assert (same["reading"] == "cannot tell").all()


def test_no_difference_where_days_or_events_differ(table):
    rarer = table[table["variant"] == "rarer"]
    rarer = rarer[~rarer["days"].str.contains("without")].set_index("days")["difference"]
    assert rarer["series"].notna().all()
    assert rarer.drop("series").isna().all()
    for study in ("main study", "shorter"):
        rows = table[table["variant"] == study]
        assert rows["difference"].isna().all()
        assert (rows["reading"] == "").all()


def test_a_sequence_is_scored_apart(table):
    row = cell(table, "main study", "information gain", "event days without the last year")
    kept = MAIN[2].query("part == 'test' and day < @FIRST")
    assert (row["n_days"], row["n_event_days"]) == (len(kept), kept["is_event_day"].sum())
    assert 0 < len(kept) < 600
    auc = cell(table, "main study", "AUC", "event days without the last year")
    each = [
        float(scores.roc_auc(t["is_event_day"], t["event_probability"]))
        for t in (frame.query("part == 'test' and day < @FIRST") for frame in MAIN[2:])
    ]
    assert auc["mean"] == pytest.approx(np.mean(each))
    assert not table["days"].str.contains("nothing").any()


def test_a_study_without_eqpred_is_told():
    with pytest.raises(DataError, match="energy: there are no predictions of eqpred"):
        table_sensitivity.numbers(main=MAIN, energy=[job(model="mlp_mlp")])
