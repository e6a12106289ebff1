"""Figure 2 of Kamer et al. (2020): a planted network, its holding capacity, its dendrograms."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from faultcast.plots import style

_COLOURS = {"faults only": style.BLUE, "with background": style.VERMILION}


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Draw map (a), capacity curves (b) and the two dendrograms (c, d)."""
    figure, axes = style.new_figure(style.PAGE_IN, 5.6, 2, 2)
    for axis, panel in zip(axes.ravel(), "abcd", strict=True):
        rows = numbers[numbers["panel"] == panel]
        style.panel_letter(axis, panel)
        (_map, _curves, _tree, _tree)["abcd".index(panel)](axis, rows)
    return figure


def _map(axis: Axes, rows: pd.DataFrame) -> None:
    background = rows["series"] == "background"
    counts = rows.loc[~background, "series"].value_counts()
    least = counts.min()
    shade = mpl.colormaps[f"{style.SEQUENTIAL}_r"]
    axis.scatter(
        rows.loc[background, "x_km"],
        rows.loc[background, "y_km"],
        s=9,
        fc="none",
        ec=style.GREY,
        lw=0.5,
        label=f"background ({background.sum()})",
    )
    for name, count in counts.items():
        points = rows[rows["series"] == name]
        axis.scatter(
            points["x_km"],
            points["y_km"],
            s=6,
            color=shade(0.12 + 0.88 * (count - least) / max(1, counts.max() - least)),
            lw=0,
            label=f"{name} ({count})",
        )
    axis.set_aspect("equal")
    axis.set_xlabel("x (km)")
    axis.set_ylabel("y (km)")
    axis.legend(loc="upper left", bbox_to_anchor=(0.0, -0.22), ncols=3, handletextpad=0.1)


def _curves(axis: Axes, rows: pd.DataFrame) -> None:
    for series, colour in _COLOURS.items():
        curve = rows[(rows["series"] == series) & (rows["kind"] == "curve")]
        peak = rows[(rows["series"] == series) & (rows["kind"] == "capacity")].iloc[0]
        label = f"{series}: {peak['n_kernels']:.0f} at {peak['n_clusters']:.0f}"
        axis.plot(curve["n_clusters"], curve["n_kernels"], color=colour, label=label)
        axis.plot(peak["n_clusters"], peak["n_kernels"], "o", color=colour, ms=4)
    axis.set_xlabel("clusters in the tree")
    axis.set_ylabel("Gaussian kernels")
    axis.set_ylim(0.0, None)
    axis.legend(title="holding capacity", loc="upper right")


def _tree(axis: Axes, rows: pd.DataFrame) -> None:
    heights = rows["distance_km2"].to_numpy().reshape(-1, 4)
    places = rows["position"].to_numpy().reshape(-1, 4)
    # below its tenth part the tree is solid colour: every point's own branch
    floor = float(np.quantile(heights[heights > 0.0], 0.1))
    forks = [list(zip(h, p, strict=True)) for h, p in zip(heights.clip(floor), places, strict=True)]
    series = rows["series"].iloc[0]
    axis.add_collection(LineCollection(forks, colors=_COLOURS[series], linewidths=0.4))
    axis.set_xscale("log")
    axis.set_xlim(floor, 1.3 * heights.max())
    axis.set_ylim(0.0, places.max() + 1.0)
    axis.set_xlabel("distance $D_w$ (km$^2$)")
    axis.set_ylabel("point")
    axis.set_title(series)
