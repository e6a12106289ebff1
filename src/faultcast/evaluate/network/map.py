"""Map and depth section of a fault network: events and rectangles in degrees and km."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.catalog import Region
from faultcast.faults import FaultNetwork

COLUMNS = [
    "kind",
    "item",
    "vertex",
    "longitude_deg",
    "latitude_deg",
    "depth_km",
    "magnitude",
    "dip_deg",
    "density_per_km3",
    "n_events",
]


def numbers(
    events: pd.DataFrame,
    network: Path,
    *,
    region: Mapping[str, Any],
    max_events: int = 20_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return what the map draws: one row an event or a corner of a plane.

    Parameters
    ----------
    events : event table that the network was built from.
    network : folder of the fault network.
    region : as `Region.from_config` reads it; its projection is that of the network.
    max_events : above this number a random part of the events is shown, and drawn so.
    seed : seed of that part.

    Returns
    -------
    `kind` ("region", "event" or "plane"), `item` (number of the event or kernel), `vertex`
    (corner 0 to 3 of a plane or of the region, -1 for events; a plane's upper edge is 0 to 1),
    `longitude_deg`, `latitude_deg`, `depth_km` (0 or below for corners above the datum),
    `magnitude`; of a plane its `dip_deg`, `density_per_km3` and `n_events`, of the region the
    number of all events.
    """
    bounds = Region.from_config(region)
    frame = _frame_rows(bounds, len(events))
    shown = events
    if len(events) > max_events:
        shown = events.sample(max_events, random_state=seed).sort_index()
    points = pd.DataFrame(
        {
            "kind": "event",
            "item": shown.index,
            "vertex": -1,
            "longitude_deg": shown["longitude"].round(4),
            "latitude_deg": shown["latitude"].round(4),
            "depth_km": shown["depth_km"].round(2),
            "magnitude": shown["magnitude"],
        }
    )
    planes = _plane_rows(FaultNetwork.load(network).planes(), bounds)
    return pd.concat([frame, points, planes], ignore_index=True).reindex(columns=COLUMNS)


def plane_corners(planes: pd.DataFrame) -> NDArray[np.float64]:
    """Return the corners of rectangles in km, (n, 4, 3): upper edge first, then the lower back.

    Parameters
    ----------
    planes : `x_km`, `y_km`, `z_km` of the centre, `strike_deg` (right-hand rule), `dip_deg`,
        `length_km` along strike, `width_km` down dip.
    """
    strike, dip = (np.radians(planes[name].to_numpy(float)) for name in ("strike_deg", "dip_deg"))
    along = np.stack((np.sin(strike), np.cos(strike), np.zeros_like(strike)), axis=1)
    down = np.stack(
        (np.cos(strike) * np.cos(dip), -np.sin(strike) * np.cos(dip), np.sin(dip)), axis=1
    )
    half_length = 0.5 * planes["length_km"].to_numpy(float)[:, None] * along
    half_width = 0.5 * planes["width_km"].to_numpy(float)[:, None] * down
    centre = planes[["x_km", "y_km", "z_km"]].to_numpy(float)
    signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return np.stack([centre + a * half_length + b * half_width for a, b in signs], axis=1)


def _plane_rows(planes: pd.DataFrame, region: Region) -> pd.DataFrame:
    corners = plane_corners(planes)
    latitude, longitude = region.projection().inverse(
        corners[:, :, 0].ravel(), corners[:, :, 1].ravel()
    )
    four = planes.loc[planes.index.repeat(4)]
    return pd.DataFrame(
        {
            "kind": "plane",
            "item": np.repeat(np.arange(len(planes)), 4),
            "vertex": np.tile(np.arange(4), len(planes)),
            "longitude_deg": longitude,
            "latitude_deg": latitude,
            "depth_km": corners[:, :, 2].ravel(),
            "dip_deg": four["dip_deg"].to_numpy(float),
            "density_per_km3": four["density_per_km3"].to_numpy(float),
            "n_events": four["n_events"].to_numpy(float),
        }
    )


def _frame_rows(region: Region, n_events: int) -> pd.DataFrame:
    (south, north), (west, east) = region.latitude, region.longitude
    return pd.DataFrame(
        {
            "kind": "region",
            "item": 0,
            "vertex": range(4),
            "longitude_deg": [west, east, east, west],
            "latitude_deg": [south, south, north, north],
            "n_events": float(n_events),
        }
    )
