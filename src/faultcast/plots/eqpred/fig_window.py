"""NSE over the LOESS window, the catalog beside white noise."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from faultcast.plots import style

_TREATMENTS = {
    "two-sided": (style.VERMILION, "o", "two-sided, smoothed target: sees the future"),
    "one-sided": (style.ORANGE, "s", "one-sided, smoothed target: mostly days known already"),
    "one-sided, raw target": (style.BLUE, "^", "one-sided, raw target: a forecast"),
}
_TITLES = {"catalog": "the catalog (error of the autoencoder)", "white noise": "white noise"}
_FLOOR = -0.5  # far below 0 the eye learns nothing more


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the figure: a panel a series, the network as points, AR(10) as thin lines."""
    figure, axes = style.new_figure(style.PAGE_IN, 3.3, 1, 2, sharey=True)
    for axis, letter, (series, title) in zip(axes, "ab", _TITLES.items(), strict=True):
        for treatment, (colour, marker, _) in _TREATMENTS.items():
            part = numbers[(numbers["series"] == series) & (numbers["treatment"] == treatment)]
            _draw_treatment(axis, part, colour, marker)
        printed = numbers.loc[numbers["treatment"] == "printed in Table I", "nse"]
        for value in printed:
            axis.axhline(value, color=style.GREY, lw=0.8, ls=":")
            axis.annotate(
                f"printed {value:.2f}", (0.02, value), xytext=(0, 1.5), va="bottom", ha="left",
                xycoords=("axes fraction", "data"), textcoords="offset points", fontsize=6,
                color=style.GREY,
            )  # fmt: skip
        axis.axhline(0.0, color="0.8", lw=0.8, zorder=0)
        windows = sorted(set(numbers["window_days"].dropna().astype(int)))
        axis.set_xticks(windows, [str(window) for window in windows])
        axis.set_xlabel("LOESS window (days)")
        axis.set_title(title)
        style.panel_letter(axis, letter)
    lowest = numbers[["nse", "low"]].min().min()
    axes[0].set_ylim(max(_FLOOR, min(lowest, 0.0) - 0.05), 1.05)
    axes[0].set_ylabel("NSE of the next day, test days")
    _legend(figure)
    return figure


def _draw_treatment(axis: Axes, part: pd.DataFrame, colour: str, marker: str) -> None:
    network = part[part["model"] == "EQPRED's network"].sort_values("window_days")
    linear = part[part["model"] == "AR(10)"].sort_values("window_days")
    axis.fill_between(
        network["window_days"], network["low"], network["high"], color=colour, alpha=0.2, lw=0.0
    )
    axis.plot(network["window_days"], network["nse"], color=colour, marker=marker, ms=3.5)
    axis.plot(linear["window_days"], linear["nse"], color=colour, lw=0.7, ls="--")


def _legend(figure: Figure) -> None:
    handles = [
        Line2D([], [], color=colour, marker=marker, ms=3.5, label=label)
        for colour, marker, label in _TREATMENTS.values()
    ]
    kinds = [
        Line2D([], [], color=style.BLACK, marker="o", ms=3.5, label="EQPRED's network"),
        Line2D([], [], color=style.BLACK, lw=0.7, ls="--", label="AR(10)"),
    ]
    figure.legend(handles=[*handles, *kinds], loc="outside lower center", ncols=2)
