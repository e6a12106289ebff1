"""Planes of a fault network on a map or in a section: shared by Figures 1, 3, 4, 6 and 11."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection


def add_planes(axis: Axes, planes: pd.DataFrame, up: str = "y", **look: Any) -> PolyCollection:
    """Add the outlines of planes (columns x1_km, y1_km .. x4_km, y4_km), large ones below.

    `up` names the vertical axis: "y" for a map, "z" (z1_km ..) for a section.
    """
    planes = planes.sort_values("length_km", ascending=False) if "array" not in look else planes
    outlines = np.stack(
        [planes[[f"x{c}_km", f"{up}{c}_km"]].to_numpy(dtype=float) for c in range(1, 5)], axis=1
    )
    patches = PolyCollection(list(outlines), **{"alpha": 0.55, "linewidths": 0.7, **look})
    axis.add_collection(patches)
    axis.autoscale_view()
    return patches
