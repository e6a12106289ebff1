"""Figure 1 of Kamer et al. (2020): aftershocks split top-down, step by step."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from faultcast.plots import style
from faultcast.plots.kamer2020.planes import add_planes

_MAP, _SECTION = ("x_km", "y_km"), ("x_km", "z_km")
_MOST_ARROWS = 6
_APART_KM = 4.0


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Draw three stages (a to c): map above, section seen from the south below.

    Dots: centres of the planes after the next split. Arrows: the largest missed branches.
    """
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
        if panel != "a":  # as the paper, which speaks of the step from (b) to (c)
            _arrows(upper, rows)
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
    planes = planes.sort_values("length_km", ascending=False)
    colours = [_colour(name) for name in planes["series"]]
    for width, edges in ((2.4, ["white"] * len(planes)), (1.3, colours)):
        look = {"facecolors": "none", "edgecolors": edges, "linewidths": width, "alpha": 1.0}
        add_planes(axis, planes, up[0], **look)
    centres = rows[rows["kind"] == "next"]
    axis.plot(centres[across], centres[up], "o", color=style.BLACK, mec="white", mew=0.5, ms=4.5)


def _arrows(axis: Axes, rows: pd.DataFrame) -> None:
    """Point at the largest branches that no plane follows, from the outside of the events."""
    missed = rows[rows["kind"] == "missed"].sort_values("n_events", ascending=False)
    events = rows[rows["kind"] == "point"]
    pointed = np.empty((0, 2))
    for _, branch in missed.iterrows():
        place = branch[["x_km", "y_km"]].to_numpy(dtype=float)
        if len(pointed) == _MOST_ARROWS:
            break
        if len(pointed) and np.linalg.norm(pointed - place, axis=1).min() < _APART_KM:
            continue
        pointed = np.vstack([pointed, place])
        near = events.loc[(events["y_km"] - branch["y_km"]).abs() < 3.0, "x_km"]
        east = branch["x_km"] >= near.median() if len(near) else True
        edge = near.quantile(0.98 if east else 0.02) if len(near) else branch["x_km"]
        axis.annotate(
            "",
            xy=(branch["x_km"], branch["y_km"]),
            xytext=(edge + (6.0 if east else -6.0), branch["y_km"]),
            arrowprops={
                "arrowstyle": "-|>",
                "color": style.BLACK,
                "lw": 0.9,
                "mutation_scale": 8,
                "shrinkA": 0,
                "shrinkB": 0,
            },
        )


def _colour(name: object) -> str:
    return str(style.CYCLE[int(float(str(name))) % (len(style.CYCLE) - 1)])
