"""Figure 4 of Kamer et al. (2020): the planted network found by the local and global criterion."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from faultcast.plots import style
from faultcast.plots.kamer2020.planes import add_planes


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Draw the network of each criterion (a, b), one colour a kernel: map, and section below."""
    points = numbers[numbers["kind"] == "point"]
    width, height, depth = (np.ptp(points[axis]) for axis in ("x_km", "y_km", "z_km"))
    column = 0.5 * style.PAGE_IN - 0.5
    figure, axes = style.new_figure(
        style.PAGE_IN,
        min(column * (height + depth) / width + 1.2, 6.0),
        2,
        2,
        sharex=True,
        sharey="row",
        height_ratios=[height, depth],
    )
    for (upper, lower), panel in zip(axes.T, "ab", strict=True):
        rows = numbers[numbers["panel"] == panel]
        network = rows[rows["kind"] == "network"].iloc[0]
        for axis, up in ((upper, "y"), (lower, "z")):
            _view(axis, rows, up)
        upper.set_title(
            f"{network['series']}: {network['n_kernels']:.0f} kernels, "
            f"adjusted Rand {network['adjusted_rand']:.2f}"
        )
        lower.set_xlabel("x (km)")
        style.panel_letter(upper, panel)
    axes[0, 0].set_ylabel("y (km)")
    axes[1, 0].set_ylabel("depth (km)")
    axes[1, 0].invert_yaxis()
    return figure


def _view(axis: Axes, rows: pd.DataFrame, up: str) -> None:
    for name, points in rows[rows["kind"] == "point"].groupby("series"):
        look: dict[str, Any]
        if name == "background":
            look = {"s": 9, "fc": "none", "ec": style.GREY, "lw": 0.5}
        else:
            look = {"s": 4, "color": style.CYCLE[int(str(name)) % len(style.CYCLE)], "lw": 0}
        axis.scatter(points["x_km"], points[f"{up}_km"], **look)
    planes = rows[rows["kind"] == "plane"]
    colours = [style.CYCLE[int(k) % len(style.CYCLE)] for k in planes["kernel"]]
    ordered = planes.assign(colour=colours).sort_values("length_km", ascending=False)
    add_planes(
        axis,
        ordered,
        up=up,
        facecolors="none",
        edgecolors=ordered["colour"].to_list(),
        linewidths=1.2,
        alpha=1.0,
    )
    axis.set_aspect("equal")
