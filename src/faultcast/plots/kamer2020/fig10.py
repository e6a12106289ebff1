"""Figure 10 of Kamer et al. (2020): maps of the condensed kernels."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from faultcast.plots import style

_LABELS = {"a": "weight (events)", "b": "events assigned"}
_TITLES = {"a": "all {:,} condensed kernels", "b": "{:,} kernels with an event"}
# lighter kernels share the palest shade
_LOWEST = {"a": 0.1, "b": 1.0}


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Draw the kernels by weight (a) and by events assigned (b), the larger ones on top."""
    span = numbers[["x_km", "y_km"]].max() - numbers[["x_km", "y_km"]].min()
    aspect = float(span["y_km"] / max(span["x_km"], 1e-9))
    height_in = min(max(0.5 * style.PAGE_IN * aspect + 0.9, 2.6), 5.5)
    figure, axes = style.new_figure(style.PAGE_IN, height_in, 1, 2, sharex=True, sharey=True)
    figure.set_layout_engine("compressed")
    for axis, panel in zip(axes, ("a", "b"), strict=True):
        _map(figure, axis, numbers[numbers["panel"] == panel], panel)
        style.panel_letter(axis, panel)
        axis.set_xlabel("x (km)")
    axes[0].set_ylabel("y (km)")
    return figure


def _map(figure: Figure, axis: Axes, rows: pd.DataFrame, panel: str) -> None:
    axis.set_aspect("equal")
    if rows.empty:
        axis.set_title("no kernel")
        return
    low = _LOWEST[panel]
    high = max(float(rows["value"].max()), 10 * low)
    dots = axis.scatter(
        rows["x_km"],
        rows["y_km"],
        c=rows["value"].clip(lower=low),
        s=1.2 if len(rows) > 5000 else 2.5,
        lw=0,
        cmap=f"{style.SEQUENTIAL}_r",
        norm=LogNorm(low, high),
        rasterized=True,
    )
    axis.set_title(_TITLES[panel].format(int(rows["n_in_panel"].iloc[0])))
    extend = "min" if panel == "a" else "neither"
    figure.colorbar(
        dots, ax=axis, label=_LABELS[panel], extend=extend, shrink=0.85, location="bottom"
    )
