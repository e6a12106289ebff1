"""EQPRED, Fig. 3: events from four magnitudes on, with their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from faultcast.catalog import Region, select_events
from faultcast.evaluate.eqpred.fig01 import corners
from faultcast.evaluate.eqpred.positions import positions


def numbers(
    events: pd.DataFrame,
    *,
    region: Mapping[str, Any],
    magnitudes: Sequence[float] = (0.0, 2.5, 3.5, 4.5),
) -> pd.DataFrame:
    """Return what the four maps show.

    Parameters
    ----------
    events : event table.
    region : box and period as in the configuration.
    magnitudes : smallest magnitude of each panel.

    Returns
    -------
    `panel` (a, b, ...), `magnitude_min`, `kind`, `longitude_deg`, `latitude_deg`, `n_events`,
    `largest_magnitude`: a row "position" for each place with events (see `positions`), and rows
    "low" and "high" with the corners of the region; `n_events` of "low" is the panel's number.
    A magnitude that no event reaches gives a panel without positions.
    """
    box = Region.from_config(region)
    inside = select_events(events, box)
    parts = []
    for letter, magnitude in zip("abcdefgh", magnitudes, strict=False):
        chosen = inside[inside["magnitude"] >= magnitude]
        for part in (
            corners(box, len(chosen)),
            positions(chosen, box).assign(kind="position"),
        ):
            parts.append(part.assign(panel=letter, magnitude_min=magnitude))
    columns = ["panel", "magnitude_min", "kind", "longitude_deg", "latitude_deg", "n_events"]
    return pd.concat(parts, ignore_index=True)[[*columns, "largest_magnitude"]]


def published(numbers: pd.DataFrame) -> dict[str, float]:
    """Return the numbers of events in the caption, by the id of the published number."""
    low = numbers[numbers["kind"] == "low"]
    return {
        f"fig03.n_events_m{round(10 * magnitude):02d}": float(count)
        for magnitude, count in zip(low["magnitude_min"], low["n_events"], strict=True)
    }
