"""Figure 3 of Kamer et al. (2020): the proto-kernels and the BIC gain of every merger."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.spatial import ConvexHull

from faultcast.evaluate.kamer2020.plane_rows import plane_rows, point_rows
from faultcast.evaluate.kamer2020.planted import planted
from faultcast.faults.atomize import holding_capacity, kernel_flags, proto_labels
from faultcast.faults.boxes import minimum_box
from faultcast.faults.merge import pair_gain
from faultcast.faults.mixture import Mixture
from faultcast.faults.ward import ward_tree

_MIN_POINTS = 4


def numbers() -> pd.DataFrame:
    """Return what Figure 3 shows.

    Returns
    -------
    DataFrame: panel a: kind "point" (series "proto-kernel", "background"), kind "plane"
    (columns of `plane_rows`), kind "box" (x_km, y_km: the outline of the background's box on the
    map, in order around it); b: kind "gain": row, column, bic_gain (each pair once, in the
    order of the kernels' x), and whether it is the best of all (`best`).
    """
    points = planted().xyz_km
    n = len(points)
    tree = ward_tree(points)
    usable = kernel_flags(tree, points, _MIN_POINTS)
    labels = proto_labels(tree, usable, holding_capacity(tree, usable).n_merges)
    own = [points[labels == k] for k in range(labels.max() + 1)]
    own.sort(key=lambda members: float(members[:, 0].mean()))
    counts = np.array([len(members) for members in own])
    mixture = Mixture(
        counts / n,
        np.array([members.mean(axis=0) for members in own]),
        np.array([np.cov(members.T) for members in own]),
        np.zeros(len(own), dtype=bool),
        [],
    )
    box = minimum_box(points)
    floor = np.full(n, np.mean(labels < 0) / box.volume)
    gains = pair_gain(points, mixture.weights, mixture.means, mixture.covariances, floor)
    row, column = np.tril_indices(len(own), -1)
    matrix = pd.DataFrame(
        {"panel": "b", "kind": "gain", "row": row, "column": column, "bic_gain": gains[row, column]}
    )
    matrix["best"] = matrix["bic_gain"] == matrix["bic_gain"].max()
    corners = box.corners()[:, :2]
    outline = pd.DataFrame(corners[ConvexHull(corners).vertices], columns=["x_km", "y_km"])
    names = np.where(labels < 0, "background", "proto-kernel")
    parts = [
        point_rows(points, names, "a"),
        plane_rows(mixture, counts, "a"),
        outline.assign(panel="a", kind="box"),
        matrix,
    ]
    return pd.concat(parts, ignore_index=True)
