"""The scores that HierarchicalQuake's Table 1 lacks, with intervals, at both sizes of cells."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from faultcast.evaluate.cell_scores import SCORES
from faultcast.evaluate.hierarchicalquake.summary import COLUMNS as SUMMARY
from faultcast.evaluate.hierarchicalquake.summary import SCORE_TITLES, summaries

COLUMNS = (*SUMMARY[:4], "cells", *SUMMARY[4:])


def numbers(
    *,
    networks: Sequence[pd.DataFrame] | pd.DataFrame,
    floors: Sequence[pd.DataFrame] | pd.DataFrame,
) -> pd.DataFrame:
    """Return the table, one row a model, form, size of cells and score (`cell_scores`).

    Parameters
    ----------
    networks, floors : scores of one study.

    Returns
    -------
    `COLUMNS`: those of `summaries`; `cells` says in words whether they are put together.
    """
    table = summaries(networks, floors)
    table = table[table["score"].isin(SCORES)].copy()
    factor = table["cell_factor"]
    together = factor.map("{0} x {0} cells put together".format)
    table["cells"] = together.where(factor > 1, "cells as they are")
    order = ["form", "cell_factor"]
    first = table.groupby(order, sort=False).ngroup()
    table["score"] = table["score"].map(SCORE_TITLES)
    return table.iloc[first.argsort(kind="stable")][list(COLUMNS)].reset_index(drop=True)
