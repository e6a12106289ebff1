"""HierarchicalQuake's tables from made-up scores."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_1samp

from faultcast.errors import DataError
from faultcast.evaluate.hierarchicalquake import (
    ours,
    table1,
    table_metrics,
    table_origins,
    table_times,
)
from faultcast.evaluate.hierarchicalquake.score_rows import COLUMNS
from faultcast.evaluate.hierarchicalquake.summary import origin_interval, summaries
from faultcast.evaluate.published import compare, read_published
from faultcast.models.hierarchical_quake import VARIANTS
from faultcast.plots.table import page

LEVEL = {"baseline": 0.50, "regional": 0.80, "multihead": 0.90, "gated_fusion": 0.91,
         "temporal": 0.92, "smoothed_map": 0.88, "all_days_map": 0.95}  # fmt: skip
ENDS = ("low", "high", "difference", "difference_low", "difference_high")
SCORES = ("auc", "average_precision", "area_skill", "information_gain", "brier")


def row(model, form, parts, seed, origin, score, value, factor=1):
    network = model in VARIANTS
    gap = value - LEVEL["smoothed_map"]
    first = "" if origin < 0 else f"{2006 + 3 * origin}-01-01"
    return dict(
        zip(
            COLUMNS,
            (
                *(model, "network" if network else "floor", form if network else "", parts, seed),
                *(origin, first, factor, score, value, value - 0.02, value + 0.02),
                *(gap, gap - 0.01, gap + 0.01, 100, 0.01, "" if network else "10 km"),
            ),
            strict=True,
        )
    )


def scores(form, parts, models, origins, seeds):
    rows = []
    for model in models:
        for factor in (1, 4):
            for score in SCORES:
                for origin in (*origins, -1) if len(origins) > 1 else origins:
                    at = 0.0 if origin < 0 else 0.01 * origin - 0.005 * (len(origins) - 1)
                    for seed in seeds:
                        by_seed = 0.0 if seed < 0 else 0.002 * (seed - 1)
                        value = LEVEL[model] + at + by_seed
                        rows.append(row(model, form, parts, seed, origin, score, value, factor))
        for seed in seeds if model in VARIANTS else []:
            for origin in (*origins, -1) if len(origins) > 1 else origins:
                loss = row(model, form, parts, seed, origin, "val_loss", 1.0 - LEVEL[model])
                rows.append(loss | dict.fromkeys(ENDS, np.nan))
    return pd.DataFrame(rows)


SEEDS = (0, 1, 2, -1)
FLOORS = ("smoothed_map", "all_days_map")


@pytest.fixture(scope="module")
def tables():
    networks = [
        scores("as_published_reset", "lineage", VARIANTS, [0], SEEDS),
        scores("leak_free", "rolling", VARIANTS, [0, 1, 2, 3], SEEDS),
    ]
    floors = [
        pd.concat(
            [
                scores("", "lineage", FLOORS, [0], (-1,)),
                scores("", "rolling", FLOORS, [0, 1, 2, 3], (-1,)),
            ]
        )
    ]
    return networks, floors


@pytest.fixture(scope="module")
def published():
    repository = Path(__file__).resolve().parents[3]
    return read_published(repository / "resources" / "published" / "hierarchicalquake.csv")


@pytest.fixture(scope="module")
def first(tables, published):
    networks, floors = tables
    return table1.numbers(networks=networks, floors=floors, published=published)


def test_the_ablation_stands_above_the_floors_in_each_form(first):
    assert tuple(first.columns) == table1.COLUMNS
    for _, block in first[first["score"] == "ROC-AUC"].groupby("form"):
        assert block["key"].tolist() == [*VARIANTS, "", ""]
        assert block["model"].tolist()[5:] == ["honest map", "map of all days, test days included"]


def test_printed_numbers_stand_beside_ours(first):
    printed = first[first["id"] != ""]
    assert len(printed) == 2 * 15
    best = printed[(printed["id"] == "table1.temporal.auc") & (printed["form"] == "leak_free")]
    assert best["published"].item() == 0.956
    assert best["deviation"].item() == pytest.approx(0.92 - 0.956)
    assert best["standard_deviation"].item() == pytest.approx(0.002)
    assert first.loc[first["key"] == "", "published"].isna().all()
    assert first.loc[first["key"] != "", "n_seeds"].eq(3).all()
    loss = first[first["score"] == "validation loss"]
    assert loss["reading"].eq("").all() and loss["low"].isna().all()


def test_a_plain_statement_says_how_far_from_the_map(first):
    of = first[(first["key"] == "temporal") & (first["score"] == "ROC-AUC")].set_index("form")
    note = of.loc["leak_free", "note"]
    assert note.startswith("AUC 0.040 above the honest map, [+0.030, +0.050] by regions x blocks")
    assert note.endswith("over 4 origins")
    assert "origins" not in of.loc["as_published_reset", "note"]
    assert of["reading"].tolist() == ["better than the map"] * 2
    base = first[(first["key"] == "baseline") & (first["score"] == "ROC-AUC")]
    assert base["reading"].tolist() == ["worse than the map"] * 2


def test_the_interval_over_origins_is_student_s(tables):
    networks, floors = tables
    found = summaries(networks, floors)
    one = found[(found["key"] == "temporal") & (found["form"] == "leak_free")]
    one = one[(one["score"] == "auc") & (one["cell_factor"] == 1)].iloc[0]
    gaps = 0.04 + 0.01 * np.arange(4) - 0.015
    low, high = ttest_1samp(gaps, 0.0).confidence_interval(0.95)
    assert (one["origins_low"], one["origins_high"]) == pytest.approx((low, high))
    assert np.isnan(origin_interval(gaps[:1])).all()


def test_further_scores_at_both_sizes_of_cells(tables):
    networks, floors = tables
    found = table_metrics.numbers(networks=networks, floors=floors)
    assert tuple(found.columns) == table_metrics.COLUMNS
    assert set(found["cells"]) == {"cells as they are", "4 x 4 cells put together"}
    assert "validation loss" not in set(found["score"])
    # a lower Brier score is better
    brier = found[(found["score"] == "Brier score") & (found["key"] == "baseline")]
    assert set(brier["reading"]) == {"better than the map"}


def test_origins_one_by_one_and_their_mean(tables):
    networks, floors = tables
    study = [networks[1], *floors]
    found = table_origins.numbers(apart={"a": "2015-07-06"}, a=study, b=study)
    assert tuple(found.columns) == table_origins.COLUMNS
    one = found[(found["key"] == "temporal") & (found["score"] == "ROC-AUC")]
    of = one[one["study"] == "a"]
    assert of["origin"].tolist() == ["0", "1", "2", "3, holds 2015-07-06", "all"]
    everything = one[(one["study"] == "b") & (one["origin"] == "all")]
    assert everything["mean"].item() == pytest.approx(0.92)
    assert of["mean"].iloc[-1] == pytest.approx(0.92 - 0.005)
    gaps = 0.04 + 0.01 * np.arange(3) - 0.015
    low, high = ttest_1samp(gaps, 0.0).confidence_interval(0.95)
    assert of["difference_low"].iloc[-1] == pytest.approx(low)
    assert of["difference_high"].iloc[-1] == pytest.approx(high)
    with pytest.raises(DataError, match="no scores on rolling"):
        table_origins.numbers(a=[networks[0]])


def test_every_table_makes_a_page(tables, first):
    networks, floors = tables
    html = page(first, "t", "demo", {"rows": "model", "columns": "score", "blocks": ["form"]})
    assert "better than the map" in html and "printed 0.956" in html
    metrics = table_metrics.numbers(networks=networks, floors=floors)
    layout = {"rows": "model", "columns": "score", "blocks": ["form", "cells"]}
    assert "area skill" in page(metrics, "t", "demo", layout)
    origins = table_origins.numbers(a=[networks[1], *floors])
    layout = {"rows": "model", "columns": "origin", "blocks": ["study", "score"]}
    assert "Temporal" in page(origins, "t", "demo", layout)


def test_our_numbers_are_compared(first, published):
    fig01 = pd.DataFrame(
        {"form": ["as_published_reset"] * 2, "kind": "validation", "seed": 0, "iteration": [1, 2],
         "change": [0.0, -0.1]}
    )  # fmt: skip
    found = ours.numbers(table1=first, fig01=fig01)
    assert tuple(found.columns) == ours.COLUMNS
    checked = compare(published, found, preset="paper", comparable=True).set_index("id")
    assert checked.loc["text.n_regions_rows", "verdict"] == "reproduced"
    assert checked.loc["text.n_regions_columns", "verdict"] == "reproduced"
    assert checked.loc["table1.regional_beats_baseline", "verdict"] == "reproduced"
    assert checked.loc["table1.full_model_is_best", "verdict"] == "reproduced"
    assert checked.loc["text.statistical_auc", "verdict"] == "differs"
    assert checked.loc["fig01.validation_loss_falls", "verdict"] == "reproduced"
    assert checked.loc["table1.temporal.auc", "ours_leak_free"] == pytest.approx(0.92)
    assert np.isnan(checked.loc["table1.temporal.val_loss", "ours_leak_free"])
    ratio = checked.loc["table1.regional_auc_ratio", "ours_as_published"]
    assert ratio == pytest.approx(0.8 / 0.5)


def test_an_order_within_the_scatter_of_seeds_is_open(first):
    wide = first.assign(standard_deviation=1.0)
    fig01 = pd.DataFrame(columns=["form", "kind", "seed", "iteration", "change"])
    found = ours.numbers(table1=wide, fig01=fig01).set_index("id")
    assert found.loc["table1.full_model_is_best", "undecided"].all()


def test_times_are_those_of_one_training(published):
    def record(variant, seconds):
        fit = {"iterations": 10}
        return {
            "runs": [{"variant": variant, "form": "leak_free", "fits": [fit, fit]}],
            "cost": [
                {
                    "peak_memory_mb": 5.0,
                    "device": "cpu",
                    "fits": [{"wall_s": seconds}, {"wall_s": seconds + 2.0}],
                }
            ],
        }

    found = table_times.numbers(
        records=[record("regional", 10.0), record("multihead", 14.0), record("temporal", 20.0)],
        published=published,
    ).set_index("model")
    assert tuple(found.reset_index().columns) == table_times.COLUMNS
    assert found.loc["+ Temporal Attention", "seconds"] == 21.0
    assert found.loc["+ Temporal Attention", "published"] == 579
    assert found.loc["+ Temporal Attention", "n_trainings"] == 2
    assert found.loc["a further head", "seconds"] == 4.0
    assert found.loc["a further head", "published"] == 130
