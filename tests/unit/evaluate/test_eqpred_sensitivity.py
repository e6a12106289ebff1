import numpy as np
import pandas as pd
import pytest
from made_up_eqpred import made_up

from faultcast.errors import DataError
from faultcast.evaluate import scores
from faultcast.evaluate.eqpred import table_sensitivity

START = pd.Timestamp("1990-01-01", tz="UTC")


def job(seed=0, protocol="leak_free", *, noise=0.02, rarer=False, end=1600, model="eqpred"):
    """One origin, test days 1000 to `end`; `noise` blurs what the network says of event days."""
    frame = made_up(seed, protocol, noise=noise, model=model, origins=((1000, end),))
    frame["date"] = START + pd.to_timedelta(frame["day"], unit="D")
    if protocol == "leak_free":
        frame["event_probability"] = frame["prediction"].clip(0.01, 0.9)
    if rarer:
        frame["is_event_day"] &= np.cumsum(frame["is_event_day"]) % 2 == 0
    return frame


FIRST = (pd.Timestamp("1993-06-01", tz="UTC") - START).days
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
        apart={"the last year": ["1993-06-01", "2000-01-01"], "nothing": ["1900", "1901"]},
        n_resamples=60,
        same=MAIN,
        blurred=[job(seed, noise=0.3) for seed in (1, 0)],
        rarer=[job(rarer=True)],
        shorter=[job(end=1200)],
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
    row = cell(table, "rarer", "AUC")
    counts = f"{row['n_event_days']} event days, {row['n_onset_days']} onset days"
    assert row["note"] == f"extreme_magnitude = 4.5; {counts}"
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
    assert (same["reading"] == "unchanged").all()


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
