"""Numbers of the interactive 3-D view: the planes of networks and some of their points."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from faultcast.faults import FaultNetwork, load_network
from faultcast.faults.geometry import plane_corners

_TOLD = (
    "n_events",
    "strike_deg",
    "dip_deg",
    "length_km",
    "width_km",
    "thickness_km",
    "density_per_km3",
)


def numbers(*, max_points: int = 2000, seed: int = 0, **networks: Path) -> pd.DataFrame:
    """Return the view's rows.

    Parameters
    ----------
    max_points : above this number a random part of a network's points is shown.
    seed : of that part.
    networks : name -> folder.

    Returns
    -------
    DataFrame: `network`, `kind` "plane" (a row a corner: item is the kernel, vertex 0 to 3 around
    it; n_events, strike_deg .. density_per_km3 of the plane), "point" (a row a point) or
    "network" (n_events is the number of all points); x_km east, y_km north, z_km down.
    """
    parts = []
    for name, folder in networks.items():
        points = load_network(folder)[1]
        rows = pd.concat(
            [
                pd.DataFrame({"kind": ["network"], "n_events": [len(points)]}),
                _planes(FaultNetwork.load(folder)),
                _points(points, max_points, seed),
            ],
            ignore_index=True,
        )
        rows.insert(0, "network", name)
        parts.append(rows)
    return pd.concat(parts, ignore_index=True)


def _planes(network: FaultNetwork) -> pd.DataFrame:
    planes = network.planes()
    kernels = planes["kernel"].to_numpy(int)
    corners = plane_corners(network.means_[kernels], network.covariances_[kernels]).reshape(-1, 3)
    four = planes.iloc[np.repeat(np.arange(len(planes)), 4)].reset_index(drop=True)
    rows = pd.DataFrame({"kind": "plane", "item": four["kernel"]})
    rows["vertex"] = np.tile(np.arange(4), len(planes))
    rows[["x_km", "y_km", "z_km"]] = corners.round(3)
    return rows.join(four[list(_TOLD)])


def _points(points: pd.DataFrame, max_points: int, seed: int) -> pd.DataFrame:
    shown = points
    if len(points) > max_points:
        shown = points.sample(max_points, random_state=seed).sort_index()
    rows = shown[["x_km", "y_km", "z_km"]].round(2)
    return rows.assign(kind="point", item=shown.index)
