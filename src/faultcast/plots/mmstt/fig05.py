"""MM-STT, figure 5: RMSE over the horizon, a domain a row, a protocol a column."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from faultcast.plots import style

_COLOURS = {"mmstt": style.VERMILION, "convlstm": style.BLUE, "stgcn": style.GREEN,
            "staeformer": style.ORANGE}  # fmt: skip
# forecasts without a network, in black and grey: line style
_REFERENCES = {
    "persistence": (style.GREY, ":"),
    "trend_refitted": (style.GREY, "--"),
    "ridge": (style.BLACK, "--"),
    "ridge_chosen": (style.BLACK, "-"),
}
_EPOCH_DAYS = 6


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the figure; bands are 95 % intervals of MM-STT and of the chosen ridge."""
    domains = list(dict.fromkeys(numbers["domain"]))
    protocols = list(dict.fromkeys(numbers["protocol_title"]))
    figure, axes = style.new_figure(
        style.PAGE_IN,
        1.0 + 2.2 * len(domains),
        len(domains),
        len(protocols),
        squeeze=False,
        sharex=True,
        sharey="row",
    )
    letters = iter("abcdefghijklmnop")
    for row, domain in zip(axes, domains, strict=True):
        for axis, protocol in zip(row, protocols, strict=True):
            chosen = (numbers["domain"] == domain) & (numbers["protocol_title"] == protocol)
            _draw_panel(axis, numbers[chosen])
            style.panel_letter(axis, next(letters))
            # on two lines: long names run into the letter
            axis.set_title(f"{domain}\n{protocol}")
        row[0].set_ylabel("RMSE (mm)")
    axes[0, 0].xaxis.set_major_locator(MaxNLocator(integer=True))
    for axis in axes[-1]:
        axis.set_xlabel(f"horizon (epochs of {_EPOCH_DAYS} days)")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, handlelength=2.2)
    return figure


def _draw_panel(axis: Axes, rows: pd.DataFrame) -> None:
    for name, model in rows.groupby("network", sort=False):
        family = str(name).removesuffix("_all")
        if name in _REFERENCES:
            colour, line = _REFERENCES[str(name)]
        elif family in _COLOURS:
            colour, line = _COLOURS[family], "-" if family == name else "-."
        else:
            continue
        axis.plot(
            model["horizon"], model["mean"], color=colour, ls=line, label=model["model"].iloc[0],
            lw=1.8 if name == "mmstt" else 1.0,
        )  # fmt: skip
        if name in ("mmstt", "ridge_chosen"):
            axis.fill_between(
                model["horizon"], model["low"], model["high"], color=colour, alpha=0.15, lw=0
            )
    axis.set_ylim(bottom=0)
