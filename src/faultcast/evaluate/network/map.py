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
from faultcast.faults.geometry import plane_corners

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
    planes = _plane_rows(FaultNetwork.load(network), bounds)
    return pd.concat([frame, points, planes], ignore_index=True).reindex(columns=COLUMNS)


def upper_edge_first(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rectangles (n, 4, 3), z down, with their corners turned round, highest edge first."""
    depths = corners[:, :, 2] + np.roll(corners[:, :, 2], -1, axis=1)
    turned = (depths.argmin(axis=1)[:, None] + np.arange(4)) % 4
    return np.take_along_axis(corners, turned[:, :, None], axis=1)


def _plane_rows(network: FaultNetwork, region: Region) -> pd.DataFrame:
    # densest last, so that a wide sparse kernel does not hide the faults under it
    planes = network.planes().sort_values("density_per_km3", kind="stable")
    kernels = planes["kernel"].to_numpy(int)
    corners = upper_edge_first(
        plane_corners(network.means_[kernels], network.covariances_[kernels])
    )
    latitude, longitude = region.projection().inverse(
        corners[:, :, 0].ravel(), corners[:, :, 1].ravel()
    )
    four = planes.iloc[np.repeat(np.arange(len(planes)), 4)]
    return pd.DataFrame(
        {
            "kind": "plane",
            "item": four["kernel"].to_numpy(int),
            "vertex": np.tile(np.arange(4), len(planes)),
            "longitude_deg": longitude.round(5),
            "latitude_deg": latitude.round(5),
            "depth_km": corners[:, :, 2].ravel().round(3),
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
