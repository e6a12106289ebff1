"""Reliability of HierarchicalQuake's forecasts, and how often each value is forecast."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from faultcast.plots import style
from faultcast.plots.hierarchicalquake.forms import COLOURS, title_of

_VARIANTS = {
    "baseline": ("baseline LSTM", style.SKY),
    "regional": ("+ regional attention", style.GREEN),
    "multihead": ("+ multi-head attention", style.ORANGE),
    "gated_fusion": ("+ gated fusion", style.PURPLE),
    "temporal": ("+ temporal attention", style.BLUE),
}
_FLOORS = {
    "smoothed_map": ("honest map", style.BLACK),
    "logistic": ("logistic regression", style.GREY),
}
# lower forecasts lie outside the axis
_LEAST = 1e-7
_TITLES = {"leak_free": "leak-free", "as_published": "as published"}


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the figure: above the curves, below the forecasts' histograms, one panel a column."""
    numbers = numbers.fillna({"form": ""})
    panels = [panel for panel in _TITLES if (numbers["panel"] == panel).any()]
    figure, axes = style.new_figure(
        style.PAGE_IN,
        4.6,
        2,
        len(panels),
        squeeze=False,
        sharex="col",
        gridspec_kw={"height_ratios": [2.2, 1.0]},
    )
    letters = iter("abcdefgh")
    for (above, below), panel in zip(axes.T, panels, strict=True):
        rows = numbers[numbers["panel"] == panel]
        drawn: set[str] = set()
        for (model, form), curve in rows.groupby(["model", "form"], sort=False):
            label, colour = _look(str(model), str(form), panel)
            _draw_curve(above, below, curve, colour, "" if label in drawn else label)
            drawn.add(label)
        _finish(above, rows)
        above.set_title(_TITLES[panel])
        below.set_yscale("log")
        below.set_xlabel("forecast probability")
        for axis in (above, below):
            style.panel_letter(axis, next(letters))
    axes[0, 0].set_ylabel("observed share of positives")
    axes[1, 0].set_ylabel("cell-days")
    return figure


def _look(model: str, form: str, panel: str) -> tuple[str, str]:
    """Return label and colour: of each network, or as published of all networks of a form."""
    if panel == "as_published" and form:
        label = f"{title_of(form).removeprefix('as published, ')}: a line a network"
        return label, COLOURS.get(form, style.GREEN)
    return (_VARIANTS | _FLOORS).get(model, (model, style.GREEN))


def _draw_curve(above: Axes, below: Axes, curve: pd.DataFrame, colour: str, label: str) -> None:
    curve = curve.sort_values("bin_low")
    shown = curve[curve["is_shown"]]
    line = above.plot(
        shown["mean_probability"], shown["share"], "o-", color=colour, ms=2.6, lw=0.9
    )[0]
    line.set_label(label or "_nolegend_")
    above.fill_between(
        shown["mean_probability"], shown["low"], shown["high"], color=colour, alpha=0.15, lw=0
    )
    # a bin that is left out is empty: the line breaks there
    run = (curve["bin_low"] > 1.001 * curve["bin_high"].shift(fill_value=np.inf)).cumsum()
    for _, bins in curve.groupby(run):
        edges = bins[["bin_low", "bin_high"]].to_numpy().ravel()
        below.plot(edges, np.repeat(bins["n"], 2), color=colour, lw=0.9)


def _finish(axis: Axes, rows: pd.DataFrame) -> None:
    """Set the scales: all that is forecast across, what is observed in shown bins up."""
    forecast = rows.loc[rows["mean_probability"] > 0, "mean_probability"]
    shown = rows[rows["is_shown"]]
    for scale in (axis.set_xscale, axis.set_yscale):
        scale("log")
    if forecast.empty or shown.empty:
        return
    low, high = max(0.5 * forecast.min(), _LEAST), 1.3 * forecast.max()
    axis.plot([low, high], [low, high], color=style.GREY, lw=0.8, ls="--", label="as forecast")
    axis.set_xlim(low, high)
    axis.set_ylim(0.4 * shown["share"].min(), 2.5 * shown["share"].max())
    axis.legend(loc="best", handlelength=1.4)
