"""Table: every row of the forecast test at its quoted setting, best first."""

from __future__ import annotations

import numpy as np
import pandas as pd

_SETTINGS = {
    "bandwidth_km": "{:g} km",
    "neighbour": "neighbour {:g}",
}
_COLUMNS = (
    "scoring",
    "magnitude_min",
    "model",
    "setting",
    "reference",
    "nll_per_event",
    "low",
    "high",
    "difference",
    "difference_low",
    "difference_high",
    "difference_low_wide",
    "difference_high_wide",
    "past_nll",
    "mass_inside",
    "floor_weight",
    "n_parameters",
    "n_targets",
    "n_sequences",
    "n_sequences_wide",
)


def numbers(fig12: pd.DataFrame) -> pd.DataFrame:
    """Return one row a scoring, cut-off and model, from the numbers of Figure 12.

    Returns
    -------
    `setting` (text: bandwidth or neighbour), `reference` ("yes" for the network that others are
    compared with), and columns of `spatial_forecast_test`; sorted by score.
    """
    table = fig12[fig12["chosen"].astype(bool)].copy()
    table["setting"] = [_setting(*values) for values in table[list(_SETTINGS)].to_numpy()]
    table["reference"] = np.where(table["reference"].astype(bool), "yes", "")
    table = table.sort_values(["scoring", "magnitude_min", "nll_per_event"], kind="stable")
    return table[list(_COLUMNS)].reset_index(drop=True)


def _setting(*values: float) -> str:
    """Return the one setting that a row has, in words; empty if it has none."""
    words = zip(_SETTINGS.values(), values, strict=True)
    return "".join(text.format(value) for text, value in words if np.isfinite(value))
