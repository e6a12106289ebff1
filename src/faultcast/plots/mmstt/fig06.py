"""MM-STT, figure 6: series of single cells and what was forecast of them."""

from __future__ import annotations

import matplotlib.dates as mdates
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from faultcast.plots import style

_EPOCH_DAYS = 6
_COLOURS = (style.BLUE, style.VERMILION, style.GREEN)


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the figure, a cell a panel; the step as a vertical line."""
    panels = list(dict.fromkeys(numbers["panel"]))
    figure, axes = style.new_figure(
        style.PAGE_IN, 0.5 + 1.7 * len(panels), len(panels), 1, squeeze=False
    )
    for axis, letter, panel in zip(axes[:, 0], "abc", panels, strict=False):
        _draw_panel(axis, numbers[numbers["panel"] == panel])
        style.panel_letter(axis, letter)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def _draw_panel(axis: Axes, rows: pd.DataFrame) -> None:
    rows = rows.assign(date=pd.to_datetime(rows["date"]))
    seen = rows[rows["kind"] == "observed"]
    axis.plot(seen["date"], seen["value"], "o", color=style.BLACK, ms=1.8, label="observed")
    told = rows[rows["kind"] == "forecast"]
    for (horizon, part), colour in zip(told.groupby("horizon"), _COLOURS, strict=False):
        days = int(str(horizon)) * _EPOCH_DAYS
        axis.plot(part["date"], part["value"], color=colour, label=f"forecast {days} days before")
    first = rows.iloc[0]
    if isinstance(first["step"], str) and first["step"]:
        axis.axvline(pd.Timestamp(first["step"]), color=style.GREY, lw=0.8, ls="--")  # type: ignore[arg-type]  # dates are converted
    axis.set_title(f"{first['panel']}: {first['domain']}, cell {first['row']}, {first['column']}")
    axis.set_ylabel("displacement (mm)")
    locator = mdates.AutoDateLocator(minticks=4, maxticks=9)
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))
