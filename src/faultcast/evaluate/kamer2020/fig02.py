"""Figure 2 of Kamer et al. (2020): a planted network, its holding capacity, its dendrograms."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import dendrogram

from faultcast.evaluate.kamer2020.plane_rows import point_rows
from faultcast.evaluate.kamer2020.planted import N_FAULTS, planted
from faultcast.faults.atomize import capacity_curve, holding_capacity, kernel_flags
from faultcast.faults.ward import WardTree, ward_tree

_MIN_POINTS = 4


def numbers() -> pd.DataFrame:
    """Return what Figure 2 shows.

    Returns
    -------
    DataFrame: panel, kind, series, item, x_km, y_km, z_km, distance_km2 (D_w of Eq. 1),
    position, n_clusters, n_kernels. Panel a: kind "point" (series the fault, "background");
    b: kind "curve" and "capacity" (the maximum; series "faults only", "with background");
    c (faults only) and d (with background): kind "branch", four rows an item, the corners of a
    fork.
    """
    network = planted()
    fault = network.labels < N_FAULTS
    names = np.where(fault, np.char.add("fault ", (network.labels + 1).astype(str)), "background")
    parts = [point_rows(network.xyz_km, names, "a")]
    sets = (("c", "faults only", network.xyz_km[fault]), ("d", "with background", network.xyz_km))
    for panel, series, points in sets:
        tree = ward_tree(points)
        parts += [_capacity(tree, points, series), _branches(tree, series, panel)]
    return pd.concat(parts, ignore_index=True)


def _capacity(tree: WardTree, points: np.ndarray, series: str) -> pd.DataFrame:
    usable = kernel_flags(tree, points, _MIN_POINTS)
    best = holding_capacity(tree, usable)
    counts = capacity_curve(tree, usable)
    curve = pd.DataFrame(
        {"kind": "curve", "n_clusters": tree.n_points - np.arange(len(counts)), "n_kernels": counts}
    )
    peak = pd.DataFrame(
        {"kind": ["capacity"], "n_clusters": [best.n_clusters], "n_kernels": [best.n_kernels]}
    )
    return pd.concat([curve, peak], ignore_index=True).assign(panel="b", series=series)


def _branches(tree: WardTree, series: str, panel: str) -> pd.DataFrame:
    drawn = dendrogram(tree.linkage(), no_plot=True)
    heights, places = np.array(drawn["dcoord"]), np.array(drawn["icoord"])
    return pd.DataFrame(
        {
            "panel": panel,
            "kind": "branch",
            "series": series,
            "item": np.repeat(np.arange(len(heights)), 4),
            # the tree's heights are sqrt(2 D_w), as scipy's
            "distance_km2": 0.5 * heights.ravel() ** 2,
            # scipy puts leaf k at 10 k + 5
            "position": (places.ravel() - 5.0) / 10.0 + 1.0,
        }
    )
