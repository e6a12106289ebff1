"""Our values of the numbers printed in Feng and Fox 2020."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from faultcast.errors import DataError
from faultcast.evaluate.eqpred import fig01 as first
from faultcast.evaluate.eqpred import fig03 as third
from faultcast.evaluate.eqpred.claims import verdicts
from faultcast.evaluate.eqpred.table_sensitivity import MAIN

COLUMNS = ("id", "protocol", "value", "standard_deviation", "undecided", "note")
# studies of table_sensitivity with the thresholds 4.5, 4.2 and 4.0
THRESHOLDS = (MAIN, "threshold_42", "threshold_40")


def numbers(
    fig01: pd.DataFrame,
    fig03: pd.DataFrame,
    table1: pd.DataFrame,
    *,
    table2: pd.DataFrame | None = None,
    table3: pd.DataFrame | None = None,
    table4: pd.DataFrame | None = None,
    table_claims: pd.DataFrame | None = None,
    thresholds: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return our values by id of the printed number, from the numbers of figures and tables.

    Parameters
    ----------
    thresholds : `table_sensitivity`, for the claim that three thresholds give the same results.

    Returns
    -------
    id, protocol, value, standard_deviation (over seeds), undecided, note. A claim is 1 if our
    means have the claimed order, else 0; it is undecided if the reading is "cannot tell".
    """
    rows = [
        {"id": name, "protocol": "as_published", "value": value}
        for name, value in {**first.published(fig01), **third.published(fig03)}.items()
    ]
    for table in (table1, table2, table3, table4):
        if table is not None:
            rows += _scores(table)
    if table_claims is not None:
        rows += _claims(table_claims)
    if thresholds is not None:
        rows += same_at_thresholds(thresholds)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.assign(undecided=table["undecided"].eq(True))


def same_at_thresholds(sensitivity: pd.DataFrame) -> list[dict[str, object]]:
    """Return whether EQPRED scores the same at thresholds 4.0, 4.2 and 4.5 (section IV-E).

    The same: NSE at the three, and F1 at the three, differ by no more than the half-width of the
    widest of their intervals. Under `as_published`, as the paper; none if a study is missing.

    Parameters
    ----------
    sensitivity : variant, protocol, score, mean, low, high.
    """
    missing = {"variant", "protocol", "score", "mean", "low", "high"} - set(sensitivity.columns)
    if missing:
        raise DataError(f"the table of variants lacks the columns {', '.join(sorted(missing))}")
    chosen = sensitivity[
        sensitivity["variant"].isin(THRESHOLDS)
        & (sensitivity["protocol"] == "as_published")
        & sensitivity["score"].isin(["NSE", "F1"])
    ]
    same, notes = True, []
    for score, rows in chosen.groupby("score"):
        if set(rows["variant"]) != set(THRESHOLDS):
            return []
        spread = rows["mean"].max() - rows["mean"].min()
        allowed = (rows["high"] - rows["low"]).max() / 2.0
        # a score that is missing is not the same
        same = same and bool(rows["mean"].notna().all() and spread <= allowed)
        notes.append(
            f"{score} within {spread:.3g}, half-width of the widest interval {allowed:.3g}"
        )
    if len(notes) < 2:
        return []
    return [
        {
            "id": "fig04.same_at_thresholds",
            "protocol": "as_published",
            "value": float(same),
            "note": "; ".join(notes),
        }
    ]


def _scores(table: pd.DataFrame) -> Iterator[dict[str, object]]:
    for row in table[table["id"].fillna("") != ""].to_dict("records"):
        note = f"{row['n_event_days']} event days in the test part, {row['n_seeds']} seed(s)"
        extra = row.get("note")
        if isinstance(extra, str) and extra:
            note += f"; {extra}"
        yield {
            "id": row["id"],
            "protocol": row["protocol"],
            "value": row["mean"],
            "standard_deviation": row["standard_deviation"],
            "note": note,
        }


def _claims(table: pd.DataFrame) -> Iterator[dict[str, object]]:
    for row in verdicts(table).to_dict("records"):
        parts = table[(table["id"] == row["id"]) & (table["protocol"] == row["protocol"])]
        found = ", ".join(
            f"{part.compared} in {part.score} {part.difference:+.3g} [{part.low:.3g}, "
            f"{part.high:.3g}], claimed {_claimed(part.claimed)}"
            for part in parts.itertuples()
        )
        yield {
            "id": row["id"],
            "protocol": row["protocol"],
            "value": row["value"],
            "undecided": row["reading"] == "cannot tell",
            "note": (
                f"{row['protocol']}: {row['reading']} ({found}); {row['n_event_days']} event days "
                f"in the test part, {row['n_seeds']} seed(s)"
            ),
        }


def _claimed(value: object) -> str:
    return f"{value:+.3g}" if isinstance(value, float) and np.isfinite(value) else "no size"
