"""Points of fault networks from other catalogs than the condensed one: what a network stands on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from faultcast.catalog import Projection, place_events
from faultcast.errors import DataError
from faultcast.location.fixed_depth import fixed_depths

_WELL_LOCATED = ("A", "B")

_KEPT: dict[str, Callable[[pd.DataFrame], np.ndarray]] = {
    "all_events": lambda events: np.ones(len(events), dtype=bool),
    "ab_quality": lambda events: events["quality"].isin(_WELL_LOCATED).to_numpy(),
    "free_depth": lambda events: ~fixed_depths(events),
}
VARIANTS = tuple(_KEPT)
"""Selections of the learning events, uncondensed: all, quality A and B, depth not fixed."""
SAME_EVENTS = ("relocated", "routine")
"""The events with a relocation, at their relocated and at their routine hypocentres."""


def catalog_points(
    events: pd.DataFrame,
    variant: str,
    projection: Projection,
    relocations: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return `event_id`, `x_km`, `y_km`, `z_km` (east, north, down) of a variant's events.

    Parameters
    ----------
    events : event table of the learning period.
    variant : one of VARIANTS, or of SAME_EVENTS.
    projection : to km.
    relocations : event_id, latitude, longitude, depth_km of relocated events; for SAME_EVENTS.

    Raises
    ------
    DataError
        Another variant, no relocations for one that needs them, or none of the events in it.
    """
    if variant in _KEPT:
        return _checked(place_events(events[_KEPT[variant](events)], projection), variant, events)
    if variant not in SAME_EVENTS:
        known = ", ".join(VARIANTS + SAME_EVENTS)
        raise DataError(f"variant is {variant!r}; expected one of: {known}")
    if relocations is None:
        raise DataError(f"variant {variant!r} needs a table of relocated events")
    relocations = relocations.drop_duplicates("event_id")
    both = relocations["depth_km"].notna() & relocations["event_id"].isin(
        events.loc[events["depth_km"].notna(), "event_id"]
    )
    source = (
        relocations[both]
        if variant == "relocated"
        else events[events["event_id"].isin(relocations.loc[both, "event_id"])]
    )
    points = place_events(source, projection).sort_values("event_id", ignore_index=True)
    return _checked(points, variant, events)


def _checked(points: pd.DataFrame, variant: str, events: pd.DataFrame) -> pd.DataFrame:
    if points.empty:
        raise DataError(
            f"none of {len(events)} events is left for {variant!r}: does the catalog have quality "
            "letters and depths, and the ids of the relocated events?"
        )
    return points.reset_index(drop=True)
