"""HierarchicalQuake's adaptive memory over the test days, one form a column."""

from __future__ import annotations

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from faultcast.plots import style
from faultcast.plots.hierarchicalquake.forms import COLOURS, wrapped

_ROWS = {
    "memory_length": "memory (days)",
    "entropy": "entropy",
    "n_positive": "positive cells",
}


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the figure: length of the memory, entropy, and positive cells to come."""
    forms = list(dict.fromkeys(numbers["form"]))
    figure, axes = style.new_figure(
        style.PAGE_IN, 4.1, len(_ROWS), len(forms), squeeze=False, sharex=True
    )
    for column, form in zip(axes.T, forms, strict=True):
        days = numbers[numbers["form"] == form].sort_values("day")
        dates = pd.to_datetime(days["date"], utc=True).dt.tz_localize(None)
        colour = COLOURS.get(form, style.GREEN)
        column[0].step(dates, days["memory_length"], where="post", color=colour, lw=0.6)
        column[1].plot(dates, days["entropy"], color=colour, lw=0.6)
        column[2].fill_between(dates, days["n_positive"], step="post", color=style.GREY, lw=0)
        column[0].set_ylim(9.0, 22.5)
        column[1].margins(y=0.2)
        column[2].set_ylim(bottom=0.0)
        first = days.iloc[0]
        column[0].set_title(wrapped(str(form)))
        said = [f"shortest on {100.0 * first['share_at_base']:.0f} % of days"]
        if np.isfinite(first["correlation"]):
            said.append(f"correlation {first['correlation']:+.2f}")
        for axis, text in zip(column, said, strict=False):
            axis.text(1.0, 1.0, text, ha="right", va="top", transform=axis.transAxes, fontsize=6)
        locator = mdates.AutoDateLocator(minticks=3, maxticks=7)
        column[2].xaxis.set_major_locator(locator)
        column[2].xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))
    for axis, label in zip(axes[:, 0], _ROWS.values(), strict=True):
        axis.set_ylabel(label)
    for axis, letter in zip(axes.flat, "abcdefghi", strict=False):
        style.panel_letter(axis, letter)
    figure.align_ylabels(axes[:, 0])
    return figure
