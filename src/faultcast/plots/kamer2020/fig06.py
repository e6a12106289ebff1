"""Figure 6 of Kamer et al. (2020): Landers from above, its two networks, the mapped traces."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from faultcast.plots import style
from faultcast.plots.kamer2020.planes import add_planes


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Draw events (a), local (b) and global (c) network, mapped fault traces (d)."""
    figure, axes = style.new_figure(style.PAGE_IN, 4.6, 1, 4, sharex=True, sharey=True)
    panels = {panel: numbers[numbers["panel"] == panel] for panel in "abcd"}
    events = panels["a"]
    dots = axes[0].scatter(
        events["x_km"],
        events["y_km"],
        c=events["z_km"],
        s=1.5,
        lw=0,
        cmap=f"{style.SEQUENTIAL}_r",
        rasterized=True,
    )
    axes[0].set_title(f"{len(events):,} events\n")
    _network(axes[1], panels["b"])
    strike = _network(axes[2], panels["c"])
    for _, trace in panels["d"].groupby("series"):
        axes[3].plot(trace["x_km"], trace["y_km"], color=style.BLACK, lw=0.7)
    axes[3].set_title("mapped traces\n" if len(panels["d"]) else "no traces given\n")
    for axis, panel in zip(axes, "abcd", strict=True):
        axis.set_aspect("equal")
        axis.set_xlabel("x (km)")
        style.panel_letter(axis, panel)
    margin = 2.0
    axes[0].set_xlim(events["x_km"].min() - margin, events["x_km"].max() + margin)
    axes[0].set_ylim(events["y_km"].min() - margin, events["y_km"].max() + margin)
    axes[0].set_ylabel("y (km)")
    figure.colorbar(dots, ax=axes[:2], label="depth (km), (a)", location="bottom", aspect=30)
    figure.colorbar(
        strike,
        ax=axes[2:],
        label="strike mod 180 (deg), (b) and (c)",
        location="bottom",
        aspect=30,
    )
    return figure


def _network(axis: Axes, rows: pd.DataFrame) -> PolyCollection:
    planes = rows[rows["kind"] == "plane"].sort_values("length_km", ascending=False)
    network = rows[rows["kind"] == "network"].iloc[0]
    axis.set_title(
        f"{network['series']}: {network['n_kernels']:.0f} kernels,\n"
        f"background {100 * network['background_weight']:.0f} %"
    )
    return add_planes(
        axis,
        planes,
        array=planes["strike_deg"].to_numpy() % 180.0,
        cmap="twilight_shifted",
        clim=(0.0, 180.0),
        edgecolors=style.BLACK,
        linewidths=0.3,
        alpha=0.75,
    )
