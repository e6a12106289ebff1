"""EQPRED, Fig. 4: input window, prediction and detected shock, one protocol a row."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from faultcast.plots import style

_TITLES = {"as_published": "as published", "leak_free": "leak-free"}
# series of the table -> name in the legend, colour, width
_LINES = {
    "error": ("reconstruction error of the day", style.GREY, 0.7),
    "input": ("smoothed error: input", style.BLUE, 1.2),
    "prediction": ("prediction from the days before", style.VERMILION, 1.2),
}


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the figure: on the left the days around the shock, on the right all test days."""
    protocols = list(dict.fromkeys(numbers["protocol"]))
    figure, axes = style.new_figure(
        style.PAGE_IN,
        0.5 + 2.35 * len(protocols),
        len(protocols),
        2,
        squeeze=False,
        gridspec_kw={"width_ratios": [2.3, 1.0]},
    )
    letters = iter("abcdefgh")
    for (left, right), name in zip(axes, protocols, strict=True):
        rows = numbers[numbers["protocol"] == name]
        _draw_shock(left, rows[rows["panel"] == "shock"].sort_values("day"))
        _draw_tests(right, rows[rows["panel"] == "test"])
        left.set_title(f"{_TITLES.get(name, name)}: {left.get_title()}")
        style.panel_letter(left, next(letters))
        style.panel_letter(right, next(letters))
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, handlelength=1.6)
    return figure


def _draw_shock(axis: Axes, days: pd.DataFrame) -> None:
    offset = days["offset"]
    window = days.loc[days["in_window"].astype(bool), "offset"]
    axis.axvspan(
        window.min() - 0.5,
        window.max() + 0.5,
        color=style.SKY,
        alpha=0.18,
        lw=0,
        label=f"input window, {len(window)} days",
    )
    for name, (label, colour, width) in _LINES.items():
        axis.plot(offset, days[f"{name}_mean"], color=colour, lw=width, label=label)
        if name != "error":
            axis.fill_between(
                offset, days[f"{name}_low"], days[f"{name}_high"], color=colour, alpha=0.2, lw=0
            )
    axis.axhline(
        days["threshold"].iloc[0],
        color=style.VERMILION,
        lw=0.8,
        ls="--",
        label="threshold of detection",
    )
    most = days[2 * days["n_detected"] > days["n_seeds"]]
    axis.plot(
        most["offset"],
        most["prediction_mean"],
        "o",
        color=style.VERMILION,
        ms=3,
        label="detected by most seeds",
    )
    events = days.loc[days["is_event_day"].astype(bool), "offset"]
    axis.plot(
        events,
        np.full(len(events), 0.03),
        "^",
        color=style.BLACK,
        ms=4,
        transform=axis.get_xaxis_transform(),
        label="event day",
    )
    axis.set_xlim(offset.min() - 0.5, offset.max() + 0.5)
    shock = days[offset == 0].iloc[0]
    axis.set_xlabel(f"days after the shock of {str(shock['date'])[:10]}")
    axis.set_ylabel("error (deviations of the cells)")
    smoothed = np.allclose(days["target_mean"], days["input_mean"])
    axis.set_title(
        f"{'smoothed' if smoothed else 'raw'} target, shock detected by "
        f"{shock['n_detected']:.0f} of {shock['n_seeds']:.0f} seeds"
    )


def _draw_tests(axis: Axes, days: pd.DataFrame) -> None:
    is_event = days["is_event_day"].astype(bool)
    for chosen, colour, size, label in (
        (~is_event, style.GREY, 1.4, "other day"),
        (is_event, style.BLACK, 2.8, f"day of M ≥ {days['threshold_magnitude'].iloc[0]:g}"),
    ):
        axis.plot(
            days.loc[chosen, "target"],
            days.loc[chosen, "prediction"],
            "o",
            color=colour,
            ms=size,
            mew=0,
            label=label,
            rasterized=True,
        )
    both = days[["target", "prediction"]]
    low, high = both.min().min(), both.max().max()
    axis.plot([low, high], [low, high], color=style.GREY, lw=0.8, zorder=0)
    first = days.iloc[0]
    spread = f" ± {first['nse_std']:.3f}" if np.isfinite(first["nse_std"]) else ""
    axis.set_title(f"NSE {first['nse_mean']:.3f}{spread}")
    axis.set_xlabel("target of a test day")
    axis.set_ylabel("prediction")
    axis.legend(loc="upper left", handletextpad=0.2)
