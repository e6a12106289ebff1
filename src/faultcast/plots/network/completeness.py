"""Completeness of a catalog over time."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from faultcast.plots import style


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the figure: (a) counts and completeness, (b) events a window, (c) b-value."""
    windows = numbers[numbers["kind"] == "window"]
    counts = numbers[numbers["kind"] == "count"]
    figure, (top, middle, bottom) = style.new_figure(
        style.PAGE_IN, 5.2, 3, 1, sharex=True, gridspec_kw={"height_ratios": [2.2, 1, 1]}
    )
    _draw_counts(figure, top, counts)
    edges = np.append(windows["start_year"], windows["end_year"].iloc[-1:])
    top.stairs(
        windows["magnitude_of_completeness"],
        edges,
        baseline=None,
        color=style.VERMILION,
        lw=1.6,
        label="magnitude of completeness",
    )
    top.set_ylabel("magnitude")
    top.legend(loc="upper right")
    middle.stairs(windows["n_events"], edges, baseline=0.1, color=style.GREY, label="all")
    middle.stairs(
        windows["n_complete"],
        edges,
        baseline=0.1,
        fill=True,
        color=style.BLUE,
        alpha=0.7,
        label="complete",
    )
    middle.set_yscale("log")
    middle.set_ylabel("events\nper window")
    middle.legend(loc="lower right", bbox_to_anchor=(1.0, 0.95), ncols=2)
    middle.set_ylim(bottom=0.5 * max(1, windows["n_complete"].min()))
    centres = 0.5 * (windows["start_year"] + windows["end_year"])
    bottom.errorbar(
        centres,
        windows["b_value"],
        windows["b_value_error"],
        fmt="o",
        ms=3,
        color=style.BLACK,
        lw=0.8,
    )
    bottom.axhline(1.0, color=style.GREY, lw=0.8, ls="--")
    bottom.set_ylabel("b-value")
    bottom.set_xlabel("year")
    bottom.set_xlim(edges[0], edges[-1])
    for axis, letter in zip((top, middle, bottom), "abc", strict=True):
        style.panel_letter(axis, letter)
    return figure


def _draw_counts(figure: Figure, axis: Axes, counts: pd.DataFrame) -> None:
    starts, time_bin = np.unique(counts["start_year"], return_inverse=True)
    magnitudes = np.sort(counts["magnitude"].unique())
    width = np.diff(magnitudes).min() if len(magnitudes) > 1 else 0.1
    level = np.rint((counts["magnitude"] - magnitudes[0]) / width).astype(int)
    image = np.full((level.max() + 1, len(starts)), np.nan)
    image[level, time_bin] = counts["n_events"]
    edges = np.append(starts, counts["end_year"].max())
    mesh = axis.pcolormesh(
        edges,
        magnitudes[0] + width * (np.arange(len(image) + 1) - 0.5),
        image,
        norm=LogNorm(0.3, max(10.0, counts["n_events"].max())),
        cmap="Greys",
        rasterized=True,
    )
    figure.colorbar(mesh, ax=axis, label="events per bin", pad=0.01)
