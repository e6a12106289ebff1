"""Magnitude limits of fair scores held against what the seismic network could see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from faultcast.config import magnitude_faults
from faultcast.errors import ConfigError

_FEWEST_EVENTS = 200


def check_magnitudes(thresholds: Mapping[str, float], windows: pd.DataFrame) -> dict[str, Any]:
    """Hold magnitude limits against the worst window's completeness.

    Parameters
    ----------
    thresholds : config key -> magnitude limit.
    windows : `completeness_over_time`; windows of fewer than 200 events at or above their
        completeness do not count.

    Returns
    -------
    The thresholds, the magnitude of completeness, and the first day of the window it is of.

    Raises
    ------
    ConfigError
        A limit lies below the completeness; all of them at once.
    """
    usable = windows[windows["n_complete"] >= _FEWEST_EVENTS]
    if usable.empty:
        return {"thresholds": dict(thresholds), "magnitude_of_completeness": None, "window": None}
    by_completeness = usable.sort_values("magnitude_of_completeness")
    complete = float(by_completeness["magnitude_of_completeness"].iloc[-1])
    window = str(by_completeness["start"].iloc[-1])
    faults = magnitude_faults(thresholds, complete)
    if faults:
        raise ConfigError(
            f"magnitude limits of the configuration (worst window from {window}):\n"
            + "\n".join(f"  - {fault}" for fault in faults)
        )
    return {
        "thresholds": dict(thresholds),
        "magnitude_of_completeness": complete,
        "window": window,
    }
