"""Figure 1 of Kamer et al. (2020): aftershocks split top-down, step by step."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from faultcast.plots import style

_MAP, _SECTION = ("x_km", "y_km"), ("x_km", "z_km")


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Draw three stages (a to c): map above, section seen from the south below."""
    panels = {panel: numbers[numbers["panel"] == panel] for panel in "abc"}
    events = panels["a"][panels["a"]["kind"] == "point"]
    width, height, depth = (np.ptp(events[axis]) for axis in ("x_km", "y_km", "z_km"))
    column = (style.PAGE_IN - 0.6) / 3.0
    figure, axes = style.new_figure(
        style.PAGE_IN,
        min(column * (height + depth) / width + 1.3, 7.5),
        2,
        3,
        sharex=True,
        sharey="row",
        height_ratios=[height, depth],
    )
    for (upper, lower), (panel, rows) in zip(axes.T, panels.items(), strict=True):
        style.panel_letter(upper, panel)
        if rows.empty:
            upper.set_title("no further split\n")
            continue
        stage = rows[rows["kind"] == "stage"].iloc[0]
        upper.set_title(
            f"{stage['n_planes']:.0f} planes\n{100 * stage['gentle_share']:.0f} % of events in "
            "dips < 30°"
        )
        for axis, coordinates in ((upper, _MAP), (lower, _SECTION)):
            _stage(axis, rows, coordinates)
            axis.set_aspect("equal")
        lower.set_xlabel("x (km)")
    axes[0, 0].set_ylabel("y (km)")
    axes[1, 0].set_ylabel("depth (km)")
    axes[1, 0].set_ylim(events["z_km"].max() + 1.0, events["z_km"].min() - 1.0)
    return figure


def _stage(axis: Axes, rows: pd.DataFrame, coordinates: tuple[str, str]) -> None:
    across, up = coordinates
    for name, points in rows[rows["kind"] == "point"].groupby("series"):
        axis.scatter(
            points[across], points[up], s=1.5, lw=0, color=_colour(name), alpha=0.7, rasterized=True
        )
    planes = rows[rows["kind"] == "plane"]
    outlines = [
        planes[[f"{axis_name[0]}{c}_km" for axis_name in coordinates]].to_numpy()
        for c in range(1, 5)
    ]
    colours = [_colour(name) for name in planes["series"]]
    for widths, edges in ((2.4, ["white"] * len(planes)), (1.3, colours)):
        axis.add_collection(
            PolyCollection(
                list(np.stack(outlines, axis=1)),
                facecolors="none",
                edgecolors=edges,
                linewidths=widths,
            )
        )
    centres = rows[rows["kind"] == "next"]
    axis.plot(centres[across], centres[up], "o", color=style.BLACK, mec="white", mew=0.5, ms=4.5)


def _colour(name: object) -> str:
    return str(style.CYCLE[int(float(str(name))) % (len(style.CYCLE) - 1)])
