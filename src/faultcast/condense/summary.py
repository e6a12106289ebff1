"""What a condensation did, in numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def condensation_summary(
    kernels: pd.DataFrame,
    condensed: pd.DataFrame,
    assignment: pd.DataFrame,
    assignment_density: pd.DataFrame,
) -> dict[str, Any]:
    """Return the numbers of section 4.2 of Kamer et al. (2020) as plain values.

    Parameters
    ----------
    kernels, condensed : before and after condensation.
    assignment, assignment_density : of the events, by weight x density and by density alone.

    Returns
    -------
    n_events, n_kernels, components_per_event, share_several_components (of events),
    components_per_mixture (mean over events with several, None without any), n_condensed
    (kernels of weight > 0), kernels_90_percent and kernels_95_percent (fewest kernels
    holding that much of the weight), share_of_kernels_first_10_percent (of the condensed kernels,
    the lightest ones that hold together 10 % of the weight), weight_of_lighter_half (share of the
    weight in the lighter half of the condensed kernels), largest_weight,
    n_assigned_weight_density, n_assigned_density (kernels with at least one event), total_weight
    and weight_error (weight after minus before).
    """
    components = kernels.groupby("event_id", sort=False).size()
    weight = condensed["weight"].to_numpy()
    several = components[components > 1]
    before, after = float(kernels["weight"].sum()), float(weight.sum())
    return {
        "n_events": len(components),
        "n_kernels": len(kernels),
        "components_per_event": len(kernels) / max(1, len(components)),
        "share_several_components": float((components > 1).mean()) if len(components) else 0.0,
        "components_per_mixture": float(several.mean()) if len(several) else None,
        "n_condensed": len(condensed),
        "kernels_90_percent": kernels_holding(weight, 0.90),
        "kernels_95_percent": kernels_holding(weight, 0.95),
        "share_of_kernels_first_10_percent": share_of_lightest(weight, 0.10),
        "weight_of_lighter_half": weight_of_lightest(weight, 0.5),
        "largest_weight": float(weight.max()) if weight.size else 0.0,
        "n_assigned_weight_density": int(assignment["kernel"].nunique()),
        "n_assigned_density": int(assignment_density["kernel"].nunique()),
        "total_weight": after,
        "weight_error": after - before,
    }


def kernels_holding(weight: np.ndarray, share: float) -> int:
    """Return the smallest number of kernels whose weights add up to `share` of the total."""
    if not weight.size:
        return 0
    heaviest = np.cumsum(np.sort(weight)[::-1])
    # rounding of the sum must not ask for one kernel more
    return int(np.searchsorted(heaviest, share * heaviest[-1] * (1 - 1e-12)) + 1)


def share_of_lightest(weight: np.ndarray, share: float) -> float:
    """Return the fraction of kernels, lightest first, that hold `share` of the total weight."""
    if not weight.size:
        return 0.0
    lightest = np.cumsum(np.sort(weight))
    return float(np.searchsorted(lightest, share * lightest[-1], side="right") / weight.size)


def weight_of_lightest(weight: np.ndarray, fraction: float) -> float:
    """Return the share of the total weight that the lightest `fraction` of kernels holds."""
    if not weight.size:
        return 0.0
    lightest = np.sort(weight)[: round(fraction * weight.size)]
    return float(lightest.sum() / weight.sum())
