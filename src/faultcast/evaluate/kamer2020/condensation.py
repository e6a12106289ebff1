"""Our numbers for what section 4.2 of Kamer et al. (2020) says about condensation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd


def published_numbers(summary: Mapping[str, Any]) -> pd.DataFrame:
    """Return id, protocol, value, note of the printed numbers that a condensation answers.

    Parameters
    ----------
    summary : what `condensation_summary` returned.
    """
    by_density = f"by weight x density; by density alone {summary['n_assigned_density']:,} kernels"
    rows: list[tuple[str, float | None, str]] = [
        ("fig09.n_events", summary["n_events"], ""),
        ("fig09.n_components", summary["n_kernels"], ""),
        ("fig09.share_of_mixtures", 100 * summary["share_several_components"], ""),
        ("fig09.components_per_mixture", summary["components_per_mixture"], ""),
        ("fig09.n_condensed", summary["n_condensed"], ""),
        ("fig09.weight_of_lower_half", 100 * summary["weight_of_lighter_half"], ""),
        ("fig10.n_assigned_kernels", summary["n_assigned_weight_density"], by_density),
        (
            "fig10.condensed_size",
            100 * summary["n_assigned_weight_density"] / max(1, summary["n_events"]),
            by_density,
        ),
    ]
    table = pd.DataFrame(rows, columns=["id", "value", "note"]).dropna(subset=["value"])
    table.insert(1, "protocol", "as_published")
    return table.astype({"value": float}).reset_index(drop=True)
