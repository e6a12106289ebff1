"""Figure 9 of Kamer et al. (2020): cumulative weight of the condensed kernels, lightest first."""

from __future__ import annotations

import numpy as np
import pandas as pd


def numbers(kernels: pd.DataFrame, condensed: pd.DataFrame, n_points: int = 1000) -> pd.DataFrame:
    """Return the curves and the marks on them.

    Parameters
    ----------
    kernels, condensed : location kernels before and after condensation.
    n_points : points drawn a curve; the rows between them are left out.

    Returns
    -------
    series ("before", "condensed"), kind ("curve"; "mark" where the lightest kernels hold 5
    and 10 % of the weight), n_kernels (that many of the lightest), share_of_kernels,
    cumulative_weight (events), share_of_weight.
    """
    parts = []
    for series, table in (("before", kernels), ("condensed", condensed)):
        weight = np.concatenate([[0.0], np.cumsum(np.sort(table["weight"].to_numpy()))])
        last = len(weight) - 1
        drawn = np.unique(np.linspace(0, last, min(n_points, last + 1)).round().astype(int))
        parts.append(_rows(series, "curve", drawn, weight))
        # most kernels whose weight stays within the share
        marks = np.searchsorted(weight, np.array([0.05, 0.10]) * weight[-1], side="right") - 1
        parts.append(_rows(series, "mark", marks, weight))
    return pd.concat(parts, ignore_index=True)


def _rows(series: str, kind: str, count: np.ndarray, weight: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "series": series,
            "kind": kind,
            "n_kernels": count,
            "share_of_kernels": count / max(1, len(weight) - 1),
            "cumulative_weight": weight[count],
            "share_of_weight": weight[count] / weight[-1] if weight[-1] > 0 else 0.0,
        }
    )
