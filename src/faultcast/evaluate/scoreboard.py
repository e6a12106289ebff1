"""The report's opening page: printed numbers against ours, paper by paper, as reStructuredText.

Snakemake passes the text through Jinja and docutils, so both languages' marks are escaped.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from faultcast.evaluate.published import VERDICTS

TITLES = {
    "kamer2020": "Fault networks (Kamer, Ouillon and Sornette 2020)",
    "eqpred": "EQPRED (Feng and Fox 2020)",
    "hierarchicalquake": "HierarchicalQuake",
    "mmstt": "MM-STT",
}
_PROTOCOL_TITLES = {"mmstt": "with leaks (assumed)"}
_WORDS = {
    "reproduced": "our value lies within the tolerance fixed before the first run",
    "differs": "it does not; the last column says by how much and why",
    "cannot tell": "our interval holds 0 and is wider than the difference that is claimed",
    "not reproducible": "no run of ours can confirm it (another machine, another work's result)",
    "not public": "the data or text behind it is not public; ours is on the nearest public input",
    "not yet built": "the figure or table is not made by this run",
}
_TABLE_HEAD = ["Where", "Published", "Ours as published", "Ours leak-free", "Verdict", "Why"]
_LEADING_MARK = re.compile(r"^(?:[-+*•‣⁃]|\(?(?:\w{1,5}|#)[.)](?:\s|$)|[^\w\s(])")


def scoreboard(
    checks: Mapping[str, pd.DataFrame], missing: Mapping[str, str], *, preset: str
) -> str:
    """Return the scoreboard as reStructuredText.

    Parameters
    ----------
    checks : paper -> table of `faultcast.evaluate.published.compare`, also as read back
        from its CSV.
    missing : target -> what to do to get the data that it needs.
    preset : name of the preset, in the title.
    """
    parts = [
        _heading(f"faultcast: published against ours (preset {preset})", "="),
        "Each number printed in the four papers, beside what this run gives. *As published* is "
        "our best inference of what a paper did, with all that may leak from the future into a "
        "forecast; *leak-free* uses only what was known at the time. Orders and trends that a "
        "paper claims read *holds* or *does not hold*. A value with ± is a mean and its "
        "standard deviation over seeds.",
        _summary(checks, preset),
        _missing(missing),
    ]
    for paper, table in checks.items():
        parts.append(_heading(TITLES.get(paper, escape(paper)), "-"))
        parts.append(
            _paper_table(paper, table, missing) if len(table) else "No number is registered."
        )
    return "\n\n".join(part for part in parts if part) + "\n"


def escape(text: Any) -> str:
    """Return a text that docutils and Jinja show as it is."""
    plain = " ".join(str(text).split())
    plain = re.sub(r"([\\*`|_<>:\[\]])", r"\\\1", plain)
    plain = re.sub(r"\{(?=[{%#])", r"{\\", plain)
    return "\\" + plain if _LEADING_MARK.match(plain) and plain[0] != "\\" else plain


def _summary(checks: Mapping[str, pd.DataFrame], preset: str) -> str:
    if not checks:
        return "No paper was evaluated."
    verdicts = [*VERDICTS, f"not compared ({preset})"]
    counts = {paper: table["verdict"].value_counts() for paper, table in checks.items()}
    used = [name for name in verdicts if any(name in count for count in counts.values())]
    rows = [["Paper", *used, "all"]]
    for paper, count in counts.items():
        numbers = [int(count.get(name, 0)) for name in used]
        rows.append([TITLES.get(paper, paper), *map(str, numbers), str(sum(numbers))])
    words = {**_WORDS, verdicts[-1]: f"the input of preset {preset} is not that of the paper"}
    meanings = "\n".join(f"* *{name}*: {escape(words[name])}" for name in used)
    return _list_table(rows, [3] + [1] * (len(used) + 1)) + (f"\n\n{meanings}" if used else "")


def _missing(missing: Mapping[str, str]) -> str:
    if not missing:
        return ""
    rows = [["Target", "Data not available: what to do"]]
    rows += [[target, todo] for target, todo in sorted(missing.items())]
    return _heading("Left out", "-") + "\n\n" + _list_table(rows, [1, 3])


def _paper_table(paper: str, table: pd.DataFrame, missing: Mapping[str, str]) -> str:
    head = list(_TABLE_HEAD)
    head[2] = f"Ours {_PROTOCOL_TITLES.get(paper, 'as published')}"
    rows = [head]
    texts = ["id", "unit", "where", "target", "rule", "verdict", "why"]
    # an empty text comes back from a CSV as NaN
    for row in table.fillna(dict.fromkeys(texts, "")).to_dict("records"):
        unit = f" {row['unit']}" if row["unit"] else ""
        ours = [
            _value(row, f"ours_{name}", f"standard_deviation_{name}")
            for name in ("as_published", "leak_free")
        ]
        where = row["where"]
        if " row " not in where:
            where += ": " + str(row["id"]).split(".", 1)[-1].replace("_", " ")
        why = row["why"]
        if row["verdict"] == "not yet built" and row["target"] in missing:
            why = f"data not available: {missing[row['target']]}"
        rows.append([where, _value(row, "value", None) + unit, *ours, row["verdict"], why])
    return _list_table(rows, [4, 2, 2, 2, 2, 5])


def _value(row: Mapping[Any, Any], name: str, deviation: str | None) -> str:
    value = row[name]
    if value is None or math.isnan(value):
        return ""
    if row["rule"] == "ordering":
        return "holds" if value == 1 else "does not hold"
    digits = _decimals(float(row["tolerance"]))
    if deviation and float(value) != round(value, digits):
        digits += 1
    text = f"{value:,.{digits}f}"
    spread = row[deviation] if deviation else math.nan
    if spread is None or math.isnan(spread):
        return text
    return f"{text} ± {spread:.2g}"


def _decimals(tolerance: float) -> int:
    """Return the decimals of a printed number from half a unit of its last digit."""
    return max(0, math.ceil(-math.log10(2 * tolerance) - 1e-9)) if tolerance > 0 else 0


def _heading(text: str, mark: str) -> str:
    return f"{text}\n{mark * len(text)}"


def _list_table(rows: Iterable[Sequence[str]], widths: Sequence[int]) -> str:
    """Return a list-table with one header row."""
    lines = [".. list-table::", "   :header-rows: 1"]
    lines += [f"   :widths: {' '.join(map(str, widths))}", ""]
    for row in rows:
        for position, cell in enumerate(row):
            lines.append(f"   {'* -' if position == 0 else '  -'} {escape(cell)}".rstrip())
    return "\n".join(lines)
