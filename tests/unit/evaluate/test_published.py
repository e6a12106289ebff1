from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.evaluate.published import compare, read_published

ROOT = Path(__file__).resolve().parents[3]
PAPERS = ("kamer2020", "eqpred", "hierarchicalquake", "mmstt")
HEAD = "id,value,unit,where,target,tolerance,rule,obstacle,note\n"


def published(**changes: object) -> pd.DataFrame:
    row = {
        "id": "fig02.count",
        "value": 76.0,
        "unit": "kernels",
        "where": "Fig. 2b",
        "target": "kamer2020/figures/fig02",
        "tolerance": 0.5,
        "rule": "half_last_digit",
        "obstacle": "",
        "note": "",
    }
    return pd.DataFrame([{**row, **changes}])


def ours(value: float, protocol: str = "as_published", **more: object) -> pd.DataFrame:
    return pd.DataFrame([{"id": "fig02.count", "protocol": protocol, "value": value, **more}])


def verdict(number: pd.DataFrame, own: pd.DataFrame, **options: object) -> str:
    settings = {"preset": "paper", "comparable": True, **options}
    (row,) = compare(number, own, **settings).to_dict("records")
    return row["verdict"]


@pytest.mark.parametrize("paper", PAPERS)
def test_the_committed_numbers_are_valid(paper: str) -> None:
    frame = read_published(ROOT / "resources" / "published" / f"{paper}.csv")
    assert frame["id"].is_unique
    claims = frame[frame["rule"] == "ordering"]
    assert set(claims["value"]) <= {1.0}
    assert (claims["tolerance"] == 0).all()
    assert (frame.loc[frame["obstacle"] != "", "note"] != "").all()


def test_numbers_that_anyone_can_find_in_the_papers() -> None:
    eqpred = read_published(ROOT / "resources" / "published" / "eqpred.csv").set_index("id")
    assert eqpred.loc["table1.eqpred.nse", "value"] == 0.9323
    assert eqpred.loc["table1.conv2d_conv1d.recall", "value"] == 0.9115
    assert eqpred.loc["fig03.n_events_m45", "value"] == 237
    assert sum(name.startswith("table1.") for name in eqpred.index) == 12 * 5 + 7 + 5
    kamer = read_published(ROOT / "resources" / "published" / "kamer2020.csv").set_index("id")
    assert kamer.loc["fig02.capacity_level_noise", "value"] == 214
    assert kamer.loc["fig12.n_parameters_triples", "value"] == 1437168


def test_all_faults_of_a_table_at_once(tmp_path: Path) -> None:
    row = "fig02.count,76,kernels,Fig. 2,kamer2020/figures/fig02,0.5,{rule},,\n"
    (tmp_path / "eqpred.csv").write_text(
        HEAD + row.format(rule="abs") + row.format(rule="near") + row.replace("fig02.count", "X")
    )
    schema = ROOT / "workflow" / "schemas" / "published.schema.yaml"
    with pytest.raises(DataError) as raised:
        read_published(tmp_path / "eqpred.csv", schema_path=schema)
    told = str(raised.value)
    for part in ("line 3", "'near'", "is not below eqpred/", "'X'", "fig02.count stands twice"):
        assert part in told
    with pytest.raises(DataError, match="cannot read the published numbers"):
        read_published(tmp_path / "none.csv", schema_path=schema)


@pytest.mark.parametrize(
    ("value", "expected"), [(76, "reproduced"), (76.5, "reproduced"), (77, "differs")]
)
def test_half_a_unit_of_the_last_digit(value: float, expected: str) -> None:
    assert verdict(published(), ours(value)) == expected


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ("abs", 75.4, "differs"),
        ("at_least", 90.0, "reproduced"),
        ("at_least", 75.0, "differs"),
        ("at_most", 3.0, "reproduced"),
        ("at_most", 77.0, "differs"),
    ],
)
def test_one_and_two_sided_rules(rule: str, value: float, expected: str) -> None:
    assert verdict(published(rule=rule), ours(value)) == expected


def test_binary_fractions_do_not_decide() -> None:
    number = published(value=0.25, tolerance=0.05, rule="abs")
    assert 0.30000000000000004 - 0.25 > 0.05
    assert verdict(number, ours(0.30000000000000004)) == "reproduced"


def test_two_sigma_takes_the_spread_over_seeds() -> None:
    number = published(value=0.932, tolerance=0.0005, rule="two_sigma")
    assert verdict(number, ours(0.95)) == "differs"
    assert verdict(number, ours(0.95, standard_deviation=np.nan)) == "differs"
    assert verdict(number, ours(0.95, standard_deviation=0.01)) == "reproduced"
    assert verdict(number, ours(0.953, standard_deviation=0.01)) == "differs"
    assert verdict(number, ours(0.9321, standard_deviation=0.0)) == "reproduced"


def test_a_claim_holds_or_not() -> None:
    claim = published(value=1.0, tolerance=0.0, rule="ordering")
    assert verdict(claim, ours(1)) == "reproduced"
    assert verdict(claim, ours(0)) == "differs"


def test_a_claim_that_the_interval_cannot_decide() -> None:
    claim = published(rule="ordering", value=1.0, tolerance=0.0)
    for value in (0.0, 1.0):
        assert verdict(claim, ours(value, undecided=True)) == "cannot tell"
        assert verdict(claim, ours(value, undecided=False)) != "cannot tell"
    assert verdict(claim, ours(1.0, undecided=True), comparable=False).startswith("not compared")


def test_the_other_verdicts() -> None:
    assert verdict(published(), ours(76).iloc[:0]) == "not yet built"
    assert verdict(published(), ours(76, "leak_free")) == "not yet built"
    assert verdict(published(), ours(np.nan)) == "differs"
    hidden = published(obstacle="not public", note="needs KaKiOS-16")
    assert verdict(hidden, ours(76)) == "not public"
    demo = {"preset": "demo", "comparable": False}
    assert verdict(published(), ours(76), **demo) == "not compared (demo)"
    assert verdict(published(), ours(76).iloc[:0], **demo) == "not yet built"
    assert verdict(published(), ours(76, comparable=True), **demo) == "reproduced"
    assert verdict(published(), ours(76, comparable=False)) == "not compared (paper)"


def test_both_protocols_stand_in_the_table() -> None:
    both = pd.concat(
        [ours(80, standard_deviation=1.0, note="one seed"), ours(70, "leak_free", note="honest")]
    )
    table = compare(published(note="ties"), both, preset="paper", comparable=True)
    (row,) = table.to_dict("records")
    assert list(table.columns[:9]) == list(published().columns)
    assert (row["ours_as_published"], row["ours_leak_free"]) == (80, 70)
    assert row["standard_deviation_as_published"] == 1.0
    assert np.isnan(row["standard_deviation_leak_free"])
    assert row["why"] == "difference +4, allowed 0.5 (tolerance); ties; one seed; honest"


def test_ours_that_fit_no_number() -> None:
    wrong = pd.concat([ours(1), ours(1), ours(1, "honest")])
    wrong = pd.concat([wrong, ours(1).assign(id="fig02.cuont")])
    with pytest.raises(DataError) as raised:
        compare(published(), wrong, preset="paper", comparable=True)
    told = str(raised.value)
    assert "did you mean 'fig02.count'" in told
    assert "protocol 'honest' is not one of as_published, leak_free" in told
    assert "fig02.count is given twice under as_published" in told
    with pytest.raises(DataError, match="lack the column"):
        compare(published(), ours(1).drop(columns="value"), preset="paper", comparable=True)
