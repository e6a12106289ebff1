import re

import pandas as pd
import pytest

from faultcast.plots.table import page

LAYOUT = {"rows": "model", "columns": "score", "blocks": ["protocol", "days"]}


def scores():
    rows = []
    for protocol, days, names in (
        ("as_published", "series", ["NSE", "F1"]),
        ("leak_free", "event days", ["F1", "AUC"]),
    ):
        for model, key in (("A<b>", "a"), ("EQPRED", "eqpred"), ("AR(10)", None)):
            for score in names if model == "EQPRED" else names[-1:]:
                rows.append(
                    {
                        "model": model, "key": key, "protocol": protocol, "days": days,
                        "score": score, "mean": 0.93214, "standard_deviation": 0.0123,
                        "n_seeds": 5 if model == "EQPRED" else 2, "low": 0.9, "high": 0.95123,
                        "n_days": 2118, "n_event_days": 8, "n_onset_days": 3,
                        "published": 0.9323 if key == "eqpred" else None, "note": None,
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)


def test_every_model_stands_once_a_block_with_all_its_scores():
    html = page(scores(), "Table I", "demo", LAYOUT)
    blocks = html.split("<h2>")[1:]
    assert [block.split("</h2>")[0] for block in blocks] == [
        "as_published, series",
        "leak_free, event days",
    ]
    for block, names in zip(blocks, (["NSE", "F1"], ["F1", "AUC"]), strict=True):
        # the order of the fullest row, which is not the first
        assert re.findall(r"<th>(.*?)</th>", block) == names
        models = re.findall(r'<td class="name">(.*?)(?:<small>.*?)?</td>', block)
        assert models == ["A&lt;b&gt;", "EQPRED", "AR(10)"]
        assert "days: 2118, event days: 8, onset days: 3, seeds: 5" in block
        assert block.count("0.9321 &plusmn; 0.012") == 4
        assert block.count("[0.9, 0.951]") == 4
        assert block.count("printed 0.9323") == 2
        assert block.count("<small>2 seed(s)</small>") == 2
        assert block.count('<tr class="reference"><td class="name">AR(10)') == 1
        assert "note" not in re.sub(r"<style>.*</style>", "", block)


def test_a_missing_score_has_a_note_and_fewer_seeds_are_told():
    table = scores()
    silent = (table["model"] == "EQPRED") & (table["score"] == "NSE")
    table.loc[silent, ["mean", "standard_deviation", "low", "high"]] = None
    table.loc[silent, "note"] = "detects nothing"
    fewer = (table["model"] == "EQPRED") & (table["score"] == "AUC")
    table.loc[fewer, "n_seeds"] = 4
    html = page(table, "Table I", "demo", LAYOUT)
    assert html.count('<td class="note">detects nothing</td>') == 1
    assert html.count('<td>none<small class="printed">printed 0.9323</small></td>') == 1
    assert html.count("<td></td>") == 4
    assert html.count("<small>4 seed(s)</small>") == 1


def test_differences_stand_with_their_reading():
    table = scores().assign(
        difference=0.0012, difference_low=-0.004, difference_high=1234.5, claimed=0.0034,
        reading="cannot tell",
    )  # fmt: skip
    html = page(table, "Table IV", "demo", LAYOUT)
    assert html.count("difference 0.0012 [-0.004, 1234]") == 8
    assert html.count("claimed 0.0034: cannot tell") == 8
    without = page(table.assign(claimed=None), "Table IV", "demo", LAYOUT)
    assert without.count(">cannot tell</small>") == 8


@pytest.mark.parametrize("value", [1.4e-16, 0.0])
def test_rounding_errors_are_none(value):
    html = page(scores().assign(standard_deviation=value), "Table I", "demo", LAYOUT)
    assert html.count("&plusmn; 0<") == 8
