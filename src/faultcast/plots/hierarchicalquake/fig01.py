"""HierarchicalQuake, Fig. 1: losses over the iterations, one form a panel."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from faultcast.plots import style
from faultcast.plots.hierarchicalquake.forms import wrapped

# kind of the table -> name in the legend, colour
_LINES = {
    "train": ("training loss", style.BLUE),
    "validation": ("validation loss", style.VERMILION),
}


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the figure: thin lines are seeds, grey lines transitions between phases."""
    forms = list(dict.fromkeys(numbers["form"]))
    figure, axes = style.new_figure(style.PAGE_IN, 2.7, 1, len(forms), squeeze=False)
    for axis, letter, form in zip(axes[0], "abcdefgh", forms, strict=False):
        _draw_form(axis, numbers[numbers["form"] == form])
        axis.set_title(wrapped(str(form)))
        style.panel_letter(axis, letter)
    handles = {}
    for axis in axes[0]:
        handles.update(dict(zip(*axis.get_legend_handles_labels()[::-1], strict=True)))
    figure.legend(
        handles.values(), handles.keys(), loc="outside lower center", ncols=4, handlelength=1.6
    )
    return figure


def _draw_form(axis: Axes, rows: pd.DataFrame) -> None:
    for place in rows.loc[rows["kind"] == "transition", "iteration"]:
        axis.axvline(place, color=style.GREY, lw=0.9, zorder=0, label="next phase")
    for loss in rows.loc[rows["kind"] == "floor", "loss"]:
        axis.axhline(
            loss, color=style.BLACK, lw=0.8, ls=":", zorder=1, label=f"loss floor {loss:.4f}"
        )
    # losses of other years differ by more than a network gains on its map
    shown = "loss" if (rows["kind"] == "floor").any() else "change"
    for kind, (label, colour) in _LINES.items():
        for _, curve in rows[rows["kind"] == kind].groupby("seed"):
            curve = curve.sort_values("iteration")
            axis.plot(curve["iteration"], curve[shown], color=colour, lw=0.7, label=label)
    if shown == "change":
        # hundredths on validation beside whole units from block to block of training
        axis.set_yscale("symlog", linthresh=0.01, linscale=0.5)
    axis.set_ylabel("loss" if shown == "loss" else "change of the loss (nats)")
    axis.xaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axis.set_xlabel("iteration")
