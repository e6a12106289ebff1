"""Our values of the numbers printed in HierarchicalQuake."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from faultcast.evaluate.hierarchicalquake import fig01 as first
from faultcast.evaluate.hierarchicalquake.summary import FLOOR_TITLES, SCORE_TITLES
from faultcast.models.regional_attention import Regions

COLUMNS = ("id", "protocol", "value", "standard_deviation", "undecided", "note")

PROTOCOLS = {"as_published_reset": "as_published", "leak_free": "leak_free"}
"""Forms that stand for a protocol; the carried state stands beside them in Table 1."""

PAPER_CELLS = (200, 250)
"""Rows and columns as the paper counts them (section 4.1)."""

# claimed order -> forecast, forecast that it beats, scores in which it does
ORDERS = {
    "regional_beats_baseline": ("regional", ("baseline",), ("auc", "average_precision")),
    "multihead_beats_regional": ("multihead", ("regional",), ("auc", "val_loss")),
    "full_model_is_best": (
        "temporal",
        ("baseline", "regional", "multihead", "gated_fusion"),
        ("auc", "average_precision"),
    ),
}
RATIOS = {"regional_auc_ratio": "auc", "regional_ap_ratio": "average_precision"}


def numbers(table1: pd.DataFrame, fig01: pd.DataFrame) -> pd.DataFrame:
    """Return our values by id of the printed number.

    Parameters
    ----------
    table1, fig01 : numbers of the table and of the figure.

    Returns
    -------
    `COLUMNS`. A claim of an order is 1 if our means have it in all scores named, else 0; it is
    undecided if the difference of two means is below twice its standard error over seeds (three
    seeds: a rough bound, without the scatter of the days). The validation losses of both
    protocols are different losses on different days, so that of leak_free is left out.
    """
    rows = [
        {"id": f"text.n_regions_{name}", "protocol": "as_published", "value": float(number)}
        for name, number in zip(("rows", "columns"), Regions(*PAPER_CELLS).shape, strict=True)
    ]
    for form, protocol in PROTOCOLS.items():
        table = table1[table1["form"] == form]
        every = [*_printed(table), *_claims(table), *_statistical(table)]
        falls = first.published(fig01).get(form, {})
        every += [{"id": name, "value": value} for name, value in falls.items()]
        rows += [row | {"protocol": protocol} for row in every]
    # nothing to hold a loss of another definition against
    kept = [
        row
        for row in rows
        if row["protocol"] == "as_published" or not str(row["id"]).endswith("val_loss")
    ]
    found = pd.DataFrame(kept, columns=list(COLUMNS))
    return found.assign(undecided=found["undecided"].eq(True))


def _printed(table: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Yield the scores that the paper prints."""
    for row in table[table["id"].fillna("") != ""].to_dict("records"):
        note = f"{row['n_seeds']:.0f} seed(s), {row['n_origins']} test part(s)"
        said = row["note"]
        yield {
            "id": row["id"],
            "value": row["mean"],
            "standard_deviation": row["standard_deviation"],
            "note": f"{note}; {said}" if isinstance(said, str) and said else note,
        }


def _claims(table: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Yield orders and ratios that the text claims, where all their networks are there."""
    own = table[table["key"].fillna("") != ""]
    names = {title: score for score, title in SCORE_TITLES.items()}
    keys = list(zip(own["key"], own["score"].map(names), strict=True))
    means = dict(zip(keys, own["mean"], strict=True))
    errors = own["standard_deviation"] / np.sqrt(own["n_seeds"])
    error = dict(zip(keys, errors, strict=True))
    for name, (better, others, scores) in ORDERS.items():
        pairs = [(better, other, score) for score in scores for other in others]
        if not all((a, s) in means and (b, s) in means for a, b, s in pairs):
            continue
        gaps, open_ = [], False
        for a, b, s in pairs:
            sign = -1.0 if s == "val_loss" else 1.0
            gap = sign * (means[a, s] - means[b, s])
            gaps.append((f"{s} over {b} {gap:+.3g}", gap > 0))
            open_ |= bool(abs(gap) < 2.0 * np.hypot(error[a, s], error[b, s]))
        yield {
            "id": f"table1.{name}",
            "value": float(all(holds for _, holds in gaps)),
            "undecided": open_,
            "note": "; ".join(text for text, _ in gaps),
        }
    for name, score in RATIOS.items():
        if ("regional", score) in means and ("baseline", score) in means:
            value = means["regional", score] / means["baseline", score]
            yield {"id": f"table1.{name}", "value": value}


def _statistical(table: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Yield the AUC of the honest map, which stands for "statistical methods"."""
    honest = table[
        (table["model"] == FLOOR_TITLES["smoothed_map"]) & (table["score"] == SCORE_TITLES["auc"])
    ]
    for row in honest.to_dict("records"):
        yield {
            "id": "text.statistical_auc",
            "value": row["mean"],
            "note": f"honest map of past rate ({row['choice']})",
        }
