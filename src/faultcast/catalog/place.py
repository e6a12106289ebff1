"""Hypocentres in kilometres, and the events around the largest shock."""

from __future__ import annotations

import numpy as np
import pandas as pd

from faultcast.catalog.projection import Projection
from faultcast.errors import CatalogError


def place_events(events: pd.DataFrame, projection: Projection) -> pd.DataFrame:
    """Return `event_id`, `x_km`, `y_km`, `z_km` (east, north, down) of an event table.

    Events without a depth have NaN there.
    """
    x_km, y_km = projection.forward(events["latitude"].to_numpy(), events["longitude"].to_numpy())
    depth_km = events["depth_km"].to_numpy("float64")
    return pd.DataFrame(
        {"event_id": events["event_id"].to_numpy(), "x_km": x_km, "y_km": y_km, "z_km": depth_km}
    )


def largest_sequence(
    events: pd.DataFrame, projection: Projection, *, radius_km: float = 50.0, days: float = 365.0
) -> pd.DataFrame:
    """Return the largest event and those that follow it near by.

    Parameters
    ----------
    events : event table.
    projection : to km.
    radius_km, days : horizontal distance and time after the largest event.

    Raises
    ------
    CatalogError
        No event has a magnitude.
    """
    magnitude = events["magnitude"].to_numpy("float64")
    if not np.isfinite(magnitude).any():
        raise CatalogError("no event has a magnitude, so none is the largest: check the catalog")
    largest = int(np.nanargmax(magnitude))
    places = place_events(events, projection)
    distance_km = np.hypot(
        places["x_km"] - places["x_km"][largest], places["y_km"] - places["y_km"][largest]
    ).to_numpy()
    after = (events["time"] - events["time"].iloc[largest]).dt.total_seconds().to_numpy() / 86_400.0
    kept = (distance_km <= radius_km) & (after >= 0.0) & (after <= days)
    return events[kept].reset_index(drop=True)
