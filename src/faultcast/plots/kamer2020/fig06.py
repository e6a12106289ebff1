"""Figure 6 of Kamer et al. (2020): Landers from above, its two networks, the mapped traces."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from faultcast.plots import style
from faultcast.plots.kamer2020.planes import add_planes

_MARGIN_KM = 2.0


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Draw events (a), local (b) and global (c) network, mapped fault traces (d) if given."""
    panels = {str(name): rows for name, rows in numbers.groupby("panel")}
    events = panels["a"]
    low, high = (events[["x_km", "y_km"]].agg(end) for end in ("min", "max"))
    low, high = low - _MARGIN_KM, high + _MARGIN_KM
    width_in = (style.PAGE_IN - 0.5) / len(panels) - 0.15
    map_in = width_in * float((high["y_km"] - low["y_km"]) / (high["x_km"] - low["x_km"]))
    figure, axes = style.new_figure(
        style.PAGE_IN, min(map_in, 5.0) + 1.65, 1, len(panels), sharex=True, sharey=True
    )
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
    for axis in axes[1:]:  # where the events are, behind planes and traces
        axis.scatter(
            events["x_km"], events["y_km"], s=0.5, lw=0, c=style.GREY, alpha=0.5, rasterized=True
        )
    _network(axes[1], panels["b"])
    strike = _network(axes[2], panels["c"])
    if "d" in panels:
        for _, trace in panels["d"].groupby("series"):
            axes[3].plot(trace["x_km"], trace["y_km"], color=style.BLACK, lw=0.7)
        axes[3].set_title("mapped traces\n")
    for axis, panel in zip(axes, panels, strict=True):
        axis.set_aspect("equal")
        axis.set_xlabel("x (km)")
        style.panel_letter(axis, panel)
    axes[0].set_xlim(low["x_km"], high["x_km"])
    axes[0].set_ylim(low["y_km"], high["y_km"])
    axes[0].set_ylabel("y (km)")
    figure.colorbar(dots, ax=axes[:1], label="depth (km)", location="bottom", aspect=15)
    # below all other panels, so that every map keeps one size
    figure.colorbar(
        strike,
        ax=axes[1:],
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
