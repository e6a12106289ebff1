from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_up_eqpred import made_up, made_up_maps

from faultcast.errors import DataError
from faultcast.evaluate.eqpred import ours, table1, table2, table3, table4, table_claims
from faultcast.evaluate.eqpred.claims import joint_reading, reading, verdicts
from faultcast.evaluate.eqpred.samples import Sample, difference, summary
from faultcast.evaluate.published import compare, read_published
from faultcast.models.registry import ROWS

ROOT = Path(__file__).resolve().parents[3]
PROTOCOLS = ("as_published", "leak_free")
# of the predictions: EQPRED is best, single models are worst
NOISE = {"eqpred": 0.001, "conv2d_conv1d": 0.03, "no_skip": 0.001, "no_attention": 0.03}


@pytest.fixture(scope="module")
def published():
    return read_published(ROOT / "resources" / "published" / "eqpred.csv")


@pytest.fixture(scope="module")
def predictions():
    frames = []
    for model, protocol, seed in product(ROWS, PROTOCOLS, (0, 1)):
        noise = NOISE.get(model, 0.05 if ROWS[model].autoencoder else 0.5)
        frame = made_up(seed, protocol, model=model, noise=noise, origins=((1200, 2000),))
        if model == "eqpred":
            frame["error"] = 0.2
        frames.append(frame)
    return frames


@pytest.fixture(scope="module")
def novelty():
    made = [("skip", size) for size in (16, 64, 128, 1024)] + [("vae", 16)]
    return [
        made_up_maps(kind, size, protocol, seed, noise=0.3 if kind == "vae" else 1.0 / size)[0]
        for (kind, size), protocol, seed in product(made, PROTOCOLS, (0, 1))
    ]


@pytest.fixture(scope="module")
def claims(predictions, novelty, published):
    return table_claims.numbers(
        predictions=predictions, novelty=novelty, published=published, n_resamples=100
    )


@pytest.mark.parametrize(
    ("low", "high", "claimed", "expected"),
    [
        (0.001, 0.9, 0.01, "holds"),  # however wide
        (-0.9, -0.001, 0.01, "does not hold"),
        (-0.004, 0.004, 0.01, "does not hold"),  # a difference of 0.01 would have shown
        (0.0, 0.01, 0.01, "does not hold"),
        (-0.004, 0.02, 0.01, "cannot tell"),
        (-0.004, 0.004, np.nan, "cannot tell"),
        (np.nan, np.nan, 0.01, "cannot tell"),
    ],
)
def test_reading(low, high, claimed, expected):
    assert reading(low, high, claimed) == expected


def test_joint_reading():
    assert joint_reading(["holds", "holds"]) == "holds"
    assert joint_reading(["holds", "cannot tell"]) == "cannot tell"
    assert joint_reading(["holds", "cannot tell", "does not hold"]) == "does not hold"
    assert joint_reading([]) == "cannot tell"


def test_difference_is_paired_over_seeds_and_resamples():
    generator = np.random.default_rng(0)
    common = generator.normal(0.0, 5.0, 400)  # days that are hard for both
    one = Sample(np.array([0, 1, 2]), np.array([1.0, 1.2, 1.4]), common + np.ones((3, 400)))
    other = Sample(np.array([2, 0]), np.array([0.4, 0.5]), common + np.zeros((2, 400)))
    found = difference(one, other)
    assert found.value == pytest.approx(np.mean([1.0 - 0.5, 1.4 - 0.4]))
    assert (found.low, found.high, found.n_seeds) == (pytest.approx(1.0), pytest.approx(1.0), 2)
    # seeds that differ widen it, though no day does
    apart = Sample(one.seeds, one.value, one.draws + np.array([[0.0], [5.0], [2.0]]))
    wide = difference(apart, other)
    assert (wide.low, wide.high) == (pytest.approx(1.0), pytest.approx(3.0))
    nothing = difference(one, Sample(np.array([7]), np.array([1.0]), common[None]))
    assert np.isnan([nothing.value, nothing.low, nothing.high]).all() and nothing.n_seeds == 0


def test_summary_leaves_out_seeds_without_the_score():
    draws = np.array([[1.0, 2.0, np.nan], [np.nan, np.nan, np.nan], [3.0, 4.0, 5.0]])
    found = summary(Sample(np.arange(3), np.array([1.0, np.nan, 3.0]), draws))
    assert found["mean"] == 2.0 and found["n_seeds"] == 2
    assert found["standard_deviation"] == pytest.approx(np.sqrt(2.0))
    assert 2.0 <= found["low"] < found["high"] <= 3.0


def one(claims, name, protocol="as_published", **where):
    rows = claims[(claims["id"] == name) & (claims["protocol"] == protocol)]
    for column, value in where.items():
        rows = rows[rows[column] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def test_claims_of_table1(claims, predictions, published):
    table = table1.numbers(predictions=predictions, n_resamples=20).set_index(
        ["key", "protocol", "score"]
    )["mean"]
    best = one(claims, "table1.eqpred_has_highest_nse")
    assert best["compared"] == "EQPRED - Conv2D+Conv1D (best of 11 others)"
    assert best["claimed"] == pytest.approx(0.9323 - 0.9293)
    expected = (
        table["eqpred", "as_published", "NSE"] - table["conv2d_conv1d", "as_published", "NSE"]
    )
    assert best["difference"] == pytest.approx(expected)
    assert best["low"] < best["difference"] < best["high"]
    assert best["reading"] == "holds"
    mae = one(claims, "table1.eqpred_has_lowest_mae")
    assert mae["difference"] == pytest.approx(0.05) and mae["reading"] == "holds"
    assert mae["claimed"] == pytest.approx(0.0105)
    assert "best of 6 others" in mae["compared"] and mae["compared"].endswith("EQPRED")
    recall = one(claims, "table1.a_baseline_has_higher_recall")
    assert recall["claimed"] == pytest.approx(0.9351 - 0.9016)
    single = one(claims, "table1.single_models_have_negative_nse")
    assert single["claimed"] == pytest.approx(0.1714)
    assert single["difference"] > 0 and single["reading"] == "holds"
    assert set(claims["protocol"]) == set(PROTOCOLS)


def test_a_worse_model_does_not_hold_what_the_better_one_does(predictions, novelty, published):
    other = {"eqpred": "conv2d_conv1d", "conv2d_conv1d": "eqpred"}
    chosen = [f for f in predictions if f["model"].iloc[0] in other]
    swapped = [f.assign(model=f["model"].map(other)) for f in chosen]
    claims = table_claims.numbers(
        predictions=swapped, novelty=novelty[:1], published=published, n_resamples=100
    )
    assert one(claims, "table1.eqpred_has_highest_nse")["reading"] == "does not hold"
    assert "table1.single_models_have_negative_nse" not in set(claims["id"])


def test_claims_of_tables_2_and_3(claims, novelty):
    squared = {
        kind: np.mean(
            [
                f.loc[f["part"] == "test", "squared_error"].mean()
                for f in novelty
                if (f["autoencoder"] == kind).all()
                and (f["latent_size"] == 16).all()
                and (f["protocol"] == "leak_free").all()
            ]
        )
        for kind in ("skip", "vae")
    }
    row = one(claims, "table2.eqpred_mse_below_vae", "leak_free")
    assert row["difference"] == pytest.approx(squared["vae"] - squared["skip"])
    assert row["claimed"] == pytest.approx(0.009) and row["reading"] == "holds"
    falls = claims[(claims["id"] == "table3.mse_falls_with_latent_size")]
    steps = falls[falls["protocol"] == "leak_free"]
    assert list(steps["compared"]) == [
        f"latent size {pair}" for pair in ("16 - 64", "64 - 128", "128 - 1024")
    ]
    assert list(steps["claimed"]) == pytest.approx([0.008, 0.002, 0.001])
    assert (steps["difference"] > 0).all()


def test_table2_by_hand(published):
    frames, outputs, maps = [], [], None
    for seed in (0, 1):
        frame, maps, output = made_up_maps(seed=seed)
        frames.append(frame)
        outputs.append(output)
    frames.append(made_up_maps("vae")[0])
    frames.append(made_up_maps(latent_size=64)[0])  # not of this table
    table = table2.numbers(novelty=frames, published=published, n_resamples=50)
    assert list(dict.fromkeys(table["model"])) == ["EQPRED", "VAE", "all cells empty"]
    ours_ = table[table["model"] == "EQPRED"].set_index("score")
    expected = {
        "MSE": [((output - maps) ** 2).mean() for output in outputs],
        "accuracy": [((output > 0.4) == (maps > 0)).mean() for output in outputs],
        "variance": [output.var() for output in outputs],
    }
    for score, values in expected.items():
        assert ours_.loc[score, "mean"] == pytest.approx(np.mean(values))
        assert ours_.loc[score, "standard_deviation"] == pytest.approx(np.std(values, ddof=1))
        assert ours_.loc[score, "low"] <= ours_.loc[score, "mean"] <= ours_.loc[score, "high"]
    empty = table[table["model"] == "all cells empty"].iloc[0]
    assert empty["mean"] == pytest.approx((maps == 0).mean())
    over = ours_.loc["accuracy over all cells empty", "mean"]
    assert over == pytest.approx(np.mean(expected["accuracy"]) - empty["mean"])
    assert ours_.loc["MSE", "published"] == 0.148 and ours_.loc["MSE", "n_event_days"] == 2


def test_table3_has_a_row_a_size(novelty, published):
    table = table3.numbers(novelty=novelty, published=published, n_resamples=20)
    rows = table[(table["protocol"] == "as_published") & (table["score"] == "MSE")]
    assert list(rows["latent_size"]) == [16, 64, 128, 1024]
    assert list(rows["published"]) == [0.148, 0.140, 0.138, 0.137]
    assert (table.loc[table["score"] == "variance", "id"] == "").all()


def test_table4_reads_the_claims(predictions, claims, published):
    table = table4.numbers(predictions=predictions, published=published, n_resamples=100)
    assert list(dict.fromkeys(table["key"])) == ["no_skip", "no_attention", "eqpred"]
    row = table[
        (table["key"] == "no_attention")
        & (table["protocol"] == "leak_free")
        & (table["score"] == "NSE")
    ].iloc[0]
    claim = one(claims, "table4.attention_helps", "leak_free", score="NSE")
    assert row["difference"] == pytest.approx(claim["difference"])
    assert row["claimed"] == pytest.approx(0.9323 - 0.9289)
    assert row["reading"] == "holds"
    assert (table.loc[table["key"] == "eqpred", "reading"] == "").all()


def figures():
    fig01 = pd.DataFrame(
        {
            "kind": ["low", "high", "cell", "cell"],
            "longitude_deg": [-120.0, -114.0, -119.95, -119.85],
            "latitude_deg": [32.0, 36.0, 32.05, 32.15],
        }
    )
    fig03 = pd.DataFrame({"kind": "low", "magnitude_min": [0.0, 2.5, 3.5, 4.5], "n_events": 9})
    return fig01, fig03


def sensitivity(f1_at_40):
    rows = [
        (variant, "as_published", score, mean, mean - 0.02, mean + 0.02)
        for variant, score, mean in product(ours.THRESHOLDS, ("NSE", "F1"), (0.9,))
    ]
    table = pd.DataFrame(rows, columns=["variant", "protocol", "score", "mean", "low", "high"])
    at_40 = (table["variant"] == "threshold_40") & (table["score"] == "F1")
    return table.assign(mean=table["mean"].mask(at_40, f1_at_40))


def test_every_printed_number_has_ours(predictions, novelty, claims, published):
    fig01, fig03 = figures()
    common = {"published": published, "n_resamples": 20}
    values = ours.numbers(
        fig01=fig01,
        fig03=fig03,
        table1=table1.numbers(predictions=predictions, **common),
        table2=table2.numbers(novelty=novelty, **common),
        table3=table3.numbers(novelty=novelty, **common),
        table4=table4.numbers(predictions=predictions, **common),
        table_claims=claims,
        thresholds=sensitivity(0.91),
    )
    for protocol, left in (
        ("as_published", set()),
        ("leak_free", {name for name in published["id"] if name.startswith("fig")}),
    ):
        found = set(values.loc[values["protocol"] == protocol, "id"])
        assert found == set(published["id"]) - left
    nse = values[(values["id"] == "table1.eqpred.nse") & (values["protocol"] == "leak_free")]
    assert "event days in the test part, 2 seed(s)" in nse["note"].iloc[0]
    judged = compare(published, values, preset="small", comparable=True).set_index("id")
    assert judged.loc["table1.eqpred_has_highest_nse", "verdict"] == "reproduced"
    assert (
        "as_published: holds (EQPRED - Conv2D+Conv1D"
        in (judged.loc["table1.eqpred_has_highest_nse", "why"])
    )


def test_thresholds_are_the_same_within_the_widest_interval():
    assert ours.same_at_thresholds(sensitivity(0.915))[0]["value"] == 1.0
    assert ours.same_at_thresholds(sensitivity(0.93))[0]["value"] == 0.0
    assert ours.same_at_thresholds(sensitivity(np.nan))[0]["value"] == 0.0
    two = sensitivity(0.9)
    assert ours.same_at_thresholds(two[two["variant"] != "threshold_42"]) == []
    with pytest.raises(DataError, match="lacks the columns mean"):
        ours.same_at_thresholds(two.drop(columns="mean"))


def test_a_claim_is_judged_by_all_its_parts(claims):
    found = verdicts(claims).set_index(["id", "protocol"])
    attention = found.loc[("table4.attention_helps", "as_published")]
    parts = claims[
        (claims["id"] == "table4.attention_helps") & (claims["protocol"] == "as_published")
    ]
    assert len(parts) == 2
    assert attention["value"] == float((parts["difference"] > 0).all())
    assert attention["reading"] == joint_reading(parts["reading"])


def test_bad_novelty_tables_are_told():
    frame = made_up_maps()[0]
    with pytest.raises(DataError, match="lacks the columns squared_error"):
        table2.numbers(novelty=frame.drop(columns="squared_error"))
    with pytest.raises(DataError, match="no autoencoder of the kinds skip, vae"):
        table2.numbers(novelty=made_up_maps(latent_size=64)[0])
    with pytest.raises(DataError, match="no autoencoder of the kind skip"):
        table3.numbers(novelty=made_up_maps("vae")[0])
    with pytest.raises(DataError, match="given twice"):
        table3.numbers(novelty=[frame, frame])
    with pytest.raises(DataError, match="no day of a test part"):
        table3.numbers(novelty=frame[frame["part"] == "train"])
    with pytest.raises(DataError, match="different days"):
        table3.numbers(novelty=[frame, made_up_maps(latent_size=64)[0].iloc[:-1]])
    with pytest.raises(DataError, match="at least"):
        table3.numbers(novelty=[])
