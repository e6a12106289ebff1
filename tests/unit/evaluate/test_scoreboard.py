import re
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import jinja2
import pandas as pd
import pytest
from docutils.core import publish_string

from faultcast.evaluate.published import compare, read_published
from faultcast.evaluate.scoreboard import escape, scoreboard
from faultcast.io import read_table, write_csv

ROOT = Path(__file__).resolve().parents[3]
AWKWARD = [
    "-1.4739",
    "- not a list",
    "-5",
    "*star* and **two**",
    "`code` and ``literal``",
    "|substitution| and name_ and [1]_",
    "back\\slash \\* kept",
    ".. comment::",
    "1. not an enumeration",
    "A. nor this",
    "(b) nor that",
    "::",
    ":field: value",
    "{{ snakemake.config }} and {% if x %} and {# c #} and {one}",
    "<script>alert(1)</script>",
    "line\nbreak",
    "§ ± é 10 %",
    "____",
    "====",
]


def published() -> pd.DataFrame:
    return read_published(ROOT / "resources" / "published" / "eqpred.csv")


def checks(note: str = "", **changes: object) -> pd.DataFrame:
    rows = [
        {"id": "table1.eqpred.nse", "protocol": "as_published", "value": 0.93214},
        {"id": "table1.eqpred.nse", "protocol": "leak_free", "value": -0.0213},
        {"id": "table1.eqpred_has_highest_nse", "protocol": "as_published", "value": 0},
        {"id": "fig03.n_events_m00", "protocol": "as_published", "value": 445656},
    ]
    own = pd.DataFrame(rows).assign(standard_deviation=[0.0123, None, None, None], note=note)
    return compare(published(), own, **{"preset": "paper", "comparable": True, **changes})


def tree(text: str) -> Element:
    """Render as Snakemake does (Jinja, then docutils); any complaint of docutils raises."""
    rendered = jinja2.Environment().from_string(text).render(snakemake=None)
    settings = {"report_level": 1, "halt_level": 1}
    return fromstring(publish_string(rendered, writer="xml", settings_overrides=settings))


def tables(text: str) -> list[list[list[str]]]:
    found = tree(text).iter("table")
    return [
        [["".join(cell.itertext()) for cell in row.iter("entry")] for row in table.iter("row")]
        for table in found
    ]


def test_the_page_is_valid_and_holds_every_number() -> None:
    text = scoreboard({"eqpred": checks()}, {}, preset="paper")
    summary, numbers = tables(text)
    assert len(numbers) == 1 + len(published())
    assert numbers[0][:4] == ["Where", "Published", "Ours as published", "Ours leak-free"]
    by_place = {row[0]: row[1:] for row in numbers[1:]}
    nse = by_place["Table I row EQPRED column NSE"]
    assert nse[:4] == ["0.9323", "0.93214 ± 0.012", "-0.0213", "reproduced"]
    counts = by_place["Fig. 3 caption, M >= 0.0: n events m00"]
    assert counts[:4] == ["444,589 events", "445,656", "", "differs"]
    claim = by_place["Section IV-C.2: eqpred has highest nse"]
    assert claim[:4] == ["holds", "does not hold", "", "differs"]
    assert summary == [
        ["Paper", "reproduced", "differs", "not yet built", "all"],
        ["EQPRED (Feng and Fox 2020)", "1", "2", str(len(published()) - 3), str(len(published()))],
    ]


def test_a_table_read_back_from_its_csv_gives_the_same_page(tmp_path: Path) -> None:
    write_csv(checks(), tmp_path / "published.csv")
    again = read_table(tmp_path / "published.csv")
    pages = [scoreboard({"eqpred": table}, {}, preset="paper") for table in (checks(), again)]
    assert pages[0] == pages[1]


def test_absent_data_is_told_with_its_cure() -> None:
    todo = "set the environment variable EGMS_TOKEN"
    missing = {"eqpred/tables/table2": todo, "mmstt/figures/fig01": todo}
    text = scoreboard({"eqpred": checks()}, missing, preset="paper")
    _, left_out, numbers = tables(text)
    assert left_out[0] == ["Target", "Data not available: what to do"]
    assert ["mmstt/figures/fig01", todo] in left_out
    (row,) = [row for row in numbers if row[0] == "Table II row VAE column MSE"]
    assert row[5] == f"data not available: {todo}"


def test_a_preset_that_is_not_the_papers_is_named() -> None:
    table = checks(preset="demo", comparable=False)
    text = scoreboard({"eqpred": table}, {}, preset="demo")
    summary, _ = tables(text)
    assert "(preset demo)" in text.splitlines()[0]
    assert summary[0][1:] == ["not yet built", "not compared (demo)", "all"]
    assert "reproduced" not in {row[4] for row in tables(text)[1]}


def test_mmstt_has_its_own_name_for_the_first_protocol() -> None:
    numbers = read_published(ROOT / "resources" / "published" / "mmstt.csv")
    none = pd.DataFrame(columns=["id", "protocol", "value"])
    table = compare(numbers, none, preset="paper", comparable=True)
    assert tables(scoreboard({"mmstt": table}, {}, preset="paper"))[1][0][2] == (
        "Ours with leaks (assumed)"
    )


@pytest.mark.parametrize("text", AWKWARD)
def test_any_text_comes_out_as_it_went_in(text: str) -> None:
    table = checks(note=text)
    built = table[table["verdict"] != "not yet built"]
    page = scoreboard({"eqpred": built}, {"a/b": text}, preset="paper")
    _, left_out, numbers = tables(page)
    plain = " ".join(text.split())
    assert left_out[1][1] == plain
    (nse,) = [row for row in numbers if row[0] == "Table I row EQPRED column NSE"]
    assert nse[5].endswith(plain)


def test_escape_leaves_plain_words_alone() -> None:
    assert escape("plain words, 3.5 km") == "plain words, 3.5 km"


def test_no_paper_at_all() -> None:
    assert "published against ours" in "".join(tree(scoreboard({}, {}, preset="paper")).itertext())
    assert not re.search(r"\d+ +reproduced", scoreboard({}, {}, preset="paper"))
