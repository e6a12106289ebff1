"""Rows that draw the planes of a fault network: shared by Figures 1, 3, 4, 6 and 11."""

from __future__ import annotations

import numpy as np
import pandas as pd

from faultcast.faults.geometry import plane_corners, plane_table
from faultcast.faults.mixture import Mixture


def plane_rows(mixture: Mixture, n_events: np.ndarray, panel: str) -> pd.DataFrame:
    """Return one row a plane: the columns of `plane_table` and its corners.

    Columns: panel, kind "plane", those of `plane_table`, x1_km, y1_km, z1_km .. z4_km.
    """
    table = plane_table(mixture, n_events)
    fault = ~mixture.is_background
    corners = plane_corners(mixture.means[fault], mixture.covariances[fault])
    for c in range(4):
        for axis, name in enumerate("xyz"):
            table[f"{name}{c + 1}_km"] = corners[:, c, axis]
    table.insert(0, "panel", panel)
    table.insert(1, "kind", "plane")
    return table


def point_rows(xyz_km: np.ndarray, series: np.ndarray, panel: str) -> pd.DataFrame:
    """Return one row a point: panel, kind "point", series, x_km, y_km, z_km."""
    return pd.DataFrame(
        {
            "panel": panel,
            "kind": "point",
            "series": series,
            "x_km": xyz_km[:, 0],
            "y_km": xyz_km[:, 1],
            "z_km": xyz_km[:, 2],
        }
    )
