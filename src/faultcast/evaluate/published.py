"""Our numbers against the printed ones, by the rule that was committed before the first run.

`resources/published/<paper>.csv` holds each number of a paper with its tolerance and rule; the
schema `workflow/schemas/published.schema.yaml` says what they mean. The verdict is on
`as_published`; `leak_free` stands beside it.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from jsonschema import Draft202012Validator

from faultcast.errors import DataError

PROTOCOLS = ("as_published", "leak_free")
VERDICTS = (
    "reproduced", "differs", "cannot tell", "not reproducible", "not public", "not yet built",
)  # fmt: skip
_TEXTS = {name: str for name in ("id", "unit", "where", "target", "rule", "obstacle", "note")}


def read_published(path: str | Path, *, schema_path: str | Path | None = None) -> pd.DataFrame:
    """Read and check the printed numbers of one paper.

    Parameters
    ----------
    path : `resources/published/<paper>.csv`.
    schema_path : by default `workflow/schemas/published.schema.yaml` of the same repository.

    Returns
    -------
    Columns id, value, unit, where, target, tolerance, rule, obstacle, note; empty texts are "".

    Raises
    ------
    DataError
        Rows are faulty; all faults at once, one a line.
    """
    source = Path(path)
    schema_file = (
        Path(schema_path)
        if schema_path
        else source.resolve().parents[2] / "workflow" / "schemas" / "published.schema.yaml"
    )
    schema = yaml.safe_load(schema_file.read_text(encoding="utf-8"))
    try:
        frame = pd.read_csv(source, dtype=_TEXTS, keep_default_na=False, na_values={})
    except (OSError, ValueError) as error:
        raise DataError(f"cannot read the published numbers {source}: {error}") from error
    faults = list(_faults(frame, schema, source.stem))
    if faults:
        raise DataError(f"{source}: {len(faults)} fault(s)\n  " + "\n  ".join(faults))
    return frame.astype({"value": float, "tolerance": float})


def compare(
    published: pd.DataFrame, ours: pd.DataFrame, *, preset: str, comparable: bool
) -> pd.DataFrame:
    """Hold our numbers against the printed ones.

    Parameters
    ----------
    published : as `read_published` returns it.
    ours : columns id, protocol (as_published or leak_free), value, and optionally
        standard_deviation (over seeds), note, comparable (bool, in place of the argument for
        this row), undecided (bool: the interval of the claimed difference holds 0 and is wider
        than the claim). A number that does not depend on the protocol is given as as_published.
    preset : name of the preset, for the verdict of what is not comparable.
    comparable : whether the input is that of the paper.

    Returns
    -------
    The published columns, then ours_as_published, standard_deviation_as_published,
    ours_leak_free, standard_deviation_leak_free, verdict (one of `VERDICTS` or
    `not compared (<preset>)`), why. One row a published number, in its order.

    Raises
    ------
    DataError
        `ours` names an id or protocol that does not exist, or one of them twice.
    """
    _check_ours(published, ours)
    by_key = {(row["id"], row["protocol"]): row for row in _records(ours)}
    rows = []
    for number in _records(published):
        as_published = by_key.get((number["id"], "as_published"), {})
        leak_free = by_key.get((number["id"], "leak_free"), {})
        verdict, why = _verdict(number, as_published, preset, comparable)
        notes = [_text(as_published.get("note")), _text(leak_free.get("note"))]
        rows.append(
            {
                **number,
                "ours_as_published": as_published.get("value", math.nan),
                "standard_deviation_as_published": as_published.get("standard_deviation"),
                "ours_leak_free": leak_free.get("value", math.nan),
                "standard_deviation_leak_free": leak_free.get("standard_deviation"),
                "verdict": verdict,
                "why": "; ".join(dict.fromkeys(part for part in (why, *notes) if part)),
            }
        )
    floats = [f"{kind}_{name}" for name in PROTOCOLS for kind in ("ours", "standard_deviation")]
    columns = [*published.columns, *floats, "verdict", "why"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(floats, float))


def _verdict(
    number: dict[str, Any], ours: dict[str, Any], preset: str, comparable: bool
) -> tuple[str, str]:
    """Return verdict and reason for one number."""
    if number["obstacle"]:
        return number["obstacle"], number["note"]
    if not ours:
        return "not yet built", "no value of ours under as_published"
    own = ours.get("comparable")
    if not (comparable if own is None or pd.isna(own) else bool(own)):
        return f"not compared ({preset})", f"the input of preset {preset} is not the paper's"
    if ours.get("undecided") is True:
        return "cannot tell", "the interval of our difference holds 0 and is wider than the claim"
    value = float(ours["value"])
    if not math.isfinite(value):
        return "differs", "ours is no number"
    deviation = float(ours.get("standard_deviation") or math.nan)
    holds, why = _judge(number, value, deviation)
    if not holds and number["note"]:
        why += f"; {number['note']}"
    return ("reproduced" if holds else "differs"), why


def _judge(number: dict[str, Any], value: float, deviation: float) -> tuple[bool, str]:
    """Apply the number's rule to our value."""
    printed, tolerance, rule = number["value"], number["tolerance"], number["rule"]
    difference = value - printed
    slack = 1e-9 * max(1.0, abs(printed))  # 0.25 + 0.05 is not 0.3 in binary
    if rule == "ordering":
        return value == printed, ("the claim holds" if value == 1 else "the claim does not hold")
    if rule == "at_least":
        return difference >= -tolerance - slack, f"at least {printed:g} was to be reached"
    if rule == "at_most":
        return difference <= tolerance + slack, f"at most {printed:g} was allowed"
    allowed, origin = tolerance, "tolerance"
    if rule == "two_sigma" and math.isfinite(deviation) and 2 * deviation > tolerance:
        allowed, origin = 2 * deviation, "two standard deviations over seeds"
    why = f"difference {difference:+.3g}, allowed {allowed:.3g} ({origin})"
    return abs(difference) <= allowed + slack, why


def _check_ours(published: pd.DataFrame, ours: pd.DataFrame) -> None:
    missing = {"id", "protocol", "value"} - set(ours.columns)
    if missing:
        raise DataError(f"our numbers lack the column(s) {', '.join(sorted(missing))}")
    known = list(published["id"])
    faults = []
    for name in sorted(set(ours["id"]) - set(known)):
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        faults.append(f"no published number has the id {name!r}{hint}")
    for name in sorted(set(ours["protocol"].astype(str)) - set(PROTOCOLS)):
        faults.append(f"protocol {name!r} is not one of {', '.join(PROTOCOLS)}")
    twice = ours.duplicated(["id", "protocol"])
    for row in _records(ours[twice]):
        faults.append(f"{row['id']} is given twice under {row['protocol']}")
    if faults:
        raise DataError("our numbers cannot be compared:\n  " + "\n  ".join(faults))


def _faults(frame: pd.DataFrame, schema: dict[str, Any], paper: str) -> Iterator[str]:
    """Yield what is wrong with a table of published numbers."""
    if frame.empty:
        yield f"it has no rows; expected the columns {', '.join(schema['required'])}"
    validator = Draft202012Validator(schema)
    for position, row in enumerate(_records(frame)):
        where = f"line {position + 2} ({row.get('id', '')})"
        for fault in validator.iter_errors(row):
            yield f"{where}: {'.'.join(map(str, fault.absolute_path))} {fault.message}"
        for name in ("value", "tolerance"):
            number = row.get(name)
            if isinstance(number, float) and not math.isfinite(number):
                yield f"{where}: {name} is {number}, not finite"
        target = str(row.get("target", ""))
        if not target.startswith(f"{paper}/"):
            yield f"{where}: target {target!r} is not below {paper}/"
    if "id" in frame:
        for name in sorted(set(frame["id"][frame["id"].duplicated()])):
            yield f"the id {name} stands twice"


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _text(value: Any) -> str:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value)
