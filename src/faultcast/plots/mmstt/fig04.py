"""MM-STT, figure 4: level, change and residuals of the forecasts."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from faultcast.plots import style

_EPOCH_DAYS = 6
_LABELS = {
    "level": ("observed displacement (mm)", "forecast (mm)", "level"),
    "change": ("observed change (mm)", "forecast change (mm)", "increments"),
}


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the figure: two scatters as counts, and the residuals by horizon."""
    figure, axes = style.new_figure(style.PAGE_IN, 3.1, 1, 3)
    for axis, letter, panel in zip(axes[:2], "ab", _LABELS, strict=True):
        _draw_plane(axis, numbers[numbers["panel"] == panel], panel)
        style.panel_letter(axis, letter)
    _draw_residuals(axes[2], numbers[numbers["panel"] == "residual"])
    style.panel_letter(axes[2], "c")
    return figure


def _draw_plane(axis: Axes, rows: pd.DataFrame, panel: str) -> None:
    first = rows.iloc[0]
    low, high = rows[["x", "y"]].min().min(), rows[["x", "y"]].max().max()
    n = round((high - low) / first["width_x"]) + 1
    counts = np.full((n, n), np.nan)
    index = ((rows[["x", "y"]] - low) / first["width_x"]).round().astype(int)
    counts[index["y"], index["x"]] = rows["n"]
    half = first["width_x"] / 2
    image = axis.imshow(
        counts,
        origin="lower",
        extent=(low - half, high + half, low - half, high + half),
        norm=LogNorm(vmin=1),
        cmap=style.SEQUENTIAL,
        interpolation="none",
    )
    axis.axline((0, 0), slope=1, color=style.VERMILION, lw=0.8)
    x_label, y_label, kind = _LABELS[panel]
    axis.set_xlabel(x_label)
    axis.set_ylabel(y_label)
    days = int(first["horizon"]) * _EPOCH_DAYS
    axis.set_title(f"{days} days")
    axis.text(
        0.04, 0.96, f"R² of {kind}\n{first['r2']:.3f}", transform=axis.transAxes, va="top",
        fontsize=7,
    )  # fmt: skip
    axis.figure.colorbar(image, ax=axis, label="values", location="bottom", pad=0.02)


def _draw_residuals(axis: Axes, rows: pd.DataFrame) -> None:
    for horizon, part in rows.groupby("horizon"):
        share = part["n"] / part["n"].sum() / part["width_x"]
        axis.plot(part["x"], share, label=f"{int(str(horizon)) * _EPOCH_DAYS} days")
    axis.axvline(0, color=style.GREY, lw=0.6)
    axis.set_xlabel("forecast - observed (mm)")
    axis.set_ylabel("density (1/mm)")
    axis.set_ylim(bottom=0)
    axis.legend(title="horizon", loc="upper left", handlelength=1.0)
