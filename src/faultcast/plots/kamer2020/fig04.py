"""Figure 4 of Kamer et al. (2020): the planted network found by the local and global criterion."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from faultcast.plots import style
from faultcast.plots.kamer2020.planes import add_planes


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Draw the network of each criterion (a, b) over the points, one colour a kernel."""
    figure, axes = style.new_figure(style.PAGE_IN, 2.6, 1, 2, sharex=True, sharey=True)
    for axis, panel in zip(axes, "ab", strict=True):
        rows = numbers[numbers["panel"] == panel]
        network = rows[rows["kind"] == "network"].iloc[0]
        planes = rows[rows["kind"] == "plane"]
        for name, points in rows[rows["kind"] == "point"].groupby("series"):
            if name == "background":
                look = {"s": 9, "fc": "none", "ec": style.GREY, "lw": 0.5}
            else:
                look = {"s": 4, "color": style.CYCLE[int(str(name)) % len(style.CYCLE)], "lw": 0}
            axis.scatter(points["x_km"], points["y_km"], **look)
        colours = [style.CYCLE[int(k) % len(style.CYCLE)] for k in planes["kernel"]]
        ordered = planes.assign(colour=colours).sort_values("length_km", ascending=False)
        add_planes(
            axis,
            ordered,
            facecolors="none",
            edgecolors=ordered["colour"].to_list(),
            linewidths=1.2,
            alpha=1.0,
        )
        axis.set_aspect("equal")
        axis.set_title(
            f"{network['series']}: {network['n_kernels']:.0f} kernels, "
            f"adjusted Rand {network['adjusted_rand']:.2f}"
        )
        axis.set_xlabel("x (km)")
        style.panel_letter(axis, panel)
    axes[0].set_ylabel("y (km)")
    return figure
