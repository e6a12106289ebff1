"""MM-STT, figure 7: attention of one patch over space, a layer a panel, and over time."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from faultcast.plots import style

_EPOCH_DAYS = 6


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the maps, north up, and below them the frames; 1 is what all alike would have."""
    layers = list(dict.fromkeys(numbers["layer"]))
    figure, (axes, below) = style.new_figure(
        style.PAGE_IN, 4.2, 2, len(layers), squeeze=False, height_ratios=(1.2, 1.0)
    )
    for axis in below:
        axis.remove()
    lower = figure.add_subplot(below[0].get_gridspec()[1, :])
    numbers = numbers.assign(times=numbers["weight"] / numbers["uniform"])
    n_frames = numbers["frame"].nunique()
    places = numbers.groupby(["layer", "patch_row", "patch_column"], sort=False)["times"]
    space = places.mean().reset_index()
    limit = max(float(np.abs(np.log(space["times"].clip(lower=1e-3))).max()), np.log(1.1))
    scale = LogNorm(np.exp(-limit), np.exp(limit))
    for axis, letter, layer in zip(axes, "abcdefghijkl", layers, strict=False):
        image = _draw_map(axis, space[space["layer"] == layer], numbers.iloc[0], scale)
        axis.set_title(f"layer {layer}")
        style.panel_letter(axis, letter)
    bar = figure.colorbar(image, ax=list(axes), shrink=0.8, label="attention / all alike")
    bar.ax.yaxis.set_major_locator(MaxNLocator(5))
    bar.ax.yaxis.set_major_formatter(ScalarFormatter())
    bar.ax.minorticks_off()
    style.panel_letter(lower, "abcdefghijkl"[len(layers)])
    _draw_frames(lower, numbers, layers, n_frames)
    return figure


def _draw_map(axis: Axes, rows: pd.DataFrame, first: pd.Series, scale: LogNorm) -> AxesImage:
    shape = (int(rows["patch_row"].max()) + 1, int(rows["patch_column"].max()) + 1)
    maps = np.full(shape, np.nan)
    maps[rows["patch_row"], rows["patch_column"]] = rows["times"]
    axis.set_facecolor("0.75")
    image = axis.imshow(
        maps, origin="lower", cmap=style.DIVERGING, norm=scale, interpolation="none"
    )
    corner = (first["query_column"] - 0.5, first["query_row"] - 0.5)
    axis.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=style.BLACK, lw=1.5))
    axis.set_xticks([])
    axis.set_yticks([])
    return image


def _draw_frames(axis: Axes, numbers: pd.DataFrame, layers: list[int], n_frames: int) -> None:
    by_frame = numbers.groupby(["layer", "frame"], sort=False)["times"].mean()
    for layer in layers:
        values = by_frame[layer]
        epochs = values[values.index != "priors"]
        days = epochs.index.astype(int) * _EPOCH_DAYS
        (line,) = axis.plot(days, epochs.to_numpy(), marker=".", label=f"layer {layer}")
        if len(epochs) < n_frames:
            axis.plot([2.5 * _EPOCH_DAYS], [values["priors"]], "s", ms=4, color=line.get_color())
    ticks = sorted(set(days))
    labels = [str(day) for day in ticks]
    if len(epochs) < n_frames:
        ticks, labels = [*ticks, 2.5 * _EPOCH_DAYS], [*labels, "priors"]
    axis.set_xticks(ticks, labels)
    axis.axhline(1.0, color=style.GREY, lw=0.8, zorder=0)
    axis.set_xlabel("days since the origin")
    axis.set_ylabel("attention / all alike")
    axis.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=len(layers), handlelength=1.4)
