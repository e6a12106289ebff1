"""Selection of events by region, magnitude and type."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from faultcast.catalog.region import Region
from faultcast.catalog.table import EVENT_TYPES
from faultcast.errors import CatalogError


def select_events(
    events: pd.DataFrame,
    region: Region | None = None,
    *,
    magnitude_min: float | None = None,
    magnitude_max: float | None = None,
    event_types: Sequence[str] | None = None,
    exclude_types: Sequence[str] = ("quarry_blast", "explosion"),
    qualities: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return the events of a region, a magnitude range and some types, index renewed.

    Parameters
    ----------
    events : event table.
    region : box in space and time; None for everywhere.
    magnitude_min, magnitude_max : low <= magnitude < high; events without a magnitude are
        kept only where neither is given.
    event_types : the types to take; None for all.
    exclude_types : the types to leave out, after that.
    qualities : the location quality letters to take; None for all.

    Raises
    ------
    CatalogError
        A type does not exist, or nothing is left; the text says at which step.
    """
    unknown = sorted({*(event_types or ()), *exclude_types} - set(EVENT_TYPES))
    if unknown:
        raise CatalogError(
            f"event types {', '.join(unknown)} do not exist; choose from {', '.join(EVENT_TYPES)}"
        )
    keep = np.ones(len(events), dtype=bool)
    steps: list[str] = [f"{len(events)} given"]

    def narrow(inside: np.ndarray, what: str) -> None:
        nonlocal keep
        keep &= inside
        steps.append(f"{int(keep.sum())} {what}")

    if region is not None:
        narrow(region.contains(events), f"inside {region}")
    magnitude = events["magnitude"].to_numpy("float64")
    if magnitude_min is not None:
        narrow(magnitude >= magnitude_min, f"with M >= {magnitude_min:g}")
    if magnitude_max is not None:
        narrow(magnitude < magnitude_max, f"with M < {magnitude_max:g}")
    if event_types is not None:
        narrow(events["event_type"].isin(event_types).to_numpy(), f"of {list(event_types)}")
    if exclude_types:
        narrow(~events["event_type"].isin(exclude_types).to_numpy(), f"not {list(exclude_types)}")
    if qualities is not None:
        narrow(events["quality"].isin(qualities).to_numpy(), f"of quality {list(qualities)}")
    if not keep.any():
        raise CatalogError(
            f"no event is left after selection: {'; '.join(steps)}. Widen the region, the period "
            "or the magnitudes, or check the catalog"
        )
    return events[keep].reset_index(drop=True)
