"""Table 1 of HierarchicalQuake: the ablation as printed, ours in each form, and the floors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from faultcast.evaluate.hierarchicalquake.summary import COLUMNS as SUMMARY
from faultcast.evaluate.hierarchicalquake.summary import SCORE_TITLES, summaries

SCORE_IDS = {"auc": "auc", "average_precision": "ap", "val_loss": "val_loss"}
"""Scores that the paper prints, and how the published numbers name them."""

COLUMNS = (*SUMMARY, "published", "deviation", "id", "note")


def numbers(
    *,
    networks: Sequence[pd.DataFrame] | pd.DataFrame,
    floors: Sequence[pd.DataFrame] | pd.DataFrame,
    published: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the table, one row a model, form and score.

    Parameters
    ----------
    networks, floors : scores of the paper's study (`network_scores`, `floor_scores`).
    published : resources/published/hierarchicalquake.csv (`id`, `value`).

    Returns
    -------
    `COLUMNS`: those of `summaries`, cells as they are; `published` is the printed number,
    `deviation` ours less it, `id` its name; `note` says in words how far the AUC of a network is
    from that of the honest map.
    """
    table = summaries(networks, floors)
    table = table[(table["cell_factor"] == 1) & table["score"].isin(list(SCORE_IDS))].copy()
    printed = {}
    if published is not None:
        printed = dict(zip(published["id"], published["value"], strict=True))
    names = "table1." + table["key"] + "." + table["score"].map(SCORE_IDS)
    known = (table["key"] != "") & names.isin(list(printed))
    table["published"] = names.map(printed).where(known).astype(float)
    table["deviation"] = table["mean"] - table["published"]
    table["id"] = names.where(known, "")
    table["note"] = [_statement(row) for _, row in table.iterrows()]
    table["score"] = table["score"].map(SCORE_TITLES)
    return table[list(COLUMNS)].reset_index(drop=True)


def _statement(row: pd.Series) -> str:
    """Return how far an AUC is above or below the honest map's, in words."""
    if row["score"] != "auc" or not np.isfinite(row["difference"]) or not row["reading"]:
        return ""
    gap = row["difference"]
    side = "above" if gap > 0 else "below"
    ends = f"[{row['difference_low']:+.3f}, {row['difference_high']:+.3f}]"
    text = f"AUC {abs(gap):.3f} {side} the honest map, {ends} by regions x blocks"
    if row["n_origins"] > 1:
        text += (
            f", [{row['origins_low']:+.3f}, {row['origins_high']:+.3f}] over "
            f"{row['n_origins']} origins"
        )
    return text
