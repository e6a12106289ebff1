"""HierarchicalQuake's adaptive memory: its length and the entropy that sets it (equation 4)."""

from __future__ import annotations

import pandas as pd
from scipy.stats import spearmanr

from faultcast.errors import DataError

COLUMNS = (
    "form", "day", "date", "entropy", "memory_length", "n_positive", "correlation", "share_at_base",
)  # fmt: skip


def numbers(days: pd.DataFrame, *, base_days: int = 10) -> pd.DataFrame:
    """Return the test days of each form.

    Parameters
    ----------
    days : form, day, date, entropy, memory_length, n_positive (`diagnostics`).
    base_days : M_base of equation 4.

    Returns
    -------
    `COLUMNS`. `correlation` is Spearman's between entropy and the number of positive cells to
    come (NaN where one of them never changes), `share_at_base` the share of days on which the
    memory is not longer than `base_days`; both the same in all rows of a form.

    Raises
    ------
    DataError
        There is no day.
    """
    if days.empty:
        raise DataError("no test day to show: give the days of the diagnostics")
    parts = []
    for _, form in days.groupby("form", sort=False):
        changes = (form[["entropy", "n_positive"]].std(ddof=0) > 0).all()
        parts.append(
            form.assign(
                correlation=(
                    float(spearmanr(form["entropy"], form["n_positive"])[0])
                    if changes
                    else float("nan")
                ),
                share_at_base=float((form["memory_length"] <= base_days).mean()),
            )
        )
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]
