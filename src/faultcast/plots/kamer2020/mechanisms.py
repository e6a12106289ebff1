"""Agreement of kernels with focal mechanisms: cumulative angles and medians against the nulls."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from faultcast.plots import style

_LOOKS = {
    "kernels": (style.BLACK, "-", "kernels"),
    "permuted": (style.BLUE, "--", "permuted within 50 km"),
    "regional": (style.ORANGE, "-.", "N40W, vertical"),
    "isotropic": (style.GREY, ":", "isotropic"),
}
_NAMES = {
    "condensed_local": "condensed, local",
    "condensed_global": "condensed, global",
    "ab_events_global": "A/B events, global",
}
_GROUPS = {"all": "all kernels", "steep": "dip 45° or more"}


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the figure: a panel of cumulative angles a network (three at most), one of medians."""
    networks = list(numbers["network"].unique())
    figure, axes = style.new_figure(style.PAGE_IN, 5.2, 2, 2)
    panels = axes.ravel()[[*range(len(networks)), 3]]
    for unused in axes.ravel()[len(networks) : 3]:
        unused.remove()
    for axis, name in zip(panels, networks, strict=False):
        part = numbers[(numbers["network"] == name) & (numbers["group"] == "all")]
        _draw_curves(axis, part, _NAMES.get(name, name))
        axis.set_ylabel("share of kernels below")
    _draw_medians(panels[-1], numbers[numbers["kind"] == "summary"], networks)
    for axis, letter in zip(panels, "abcd", strict=False):
        style.panel_letter(axis, letter)
    figure.legend(
        *panels[0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=4,
        handlelength=2.2,
    )
    return figure


def _draw_curves(axis: Axes, rows: pd.DataFrame, name: str) -> None:
    curves = rows[rows["kind"] == "curve"]
    for series, (colour, line, label) in _LOOKS.items():
        part = curves[curves["series"] == series]
        axis.plot(part["angle_deg"], part["share"], line, color=colour, label=label)
    n_kernels = rows.loc[rows["kind"] == "summary", "n_kernels"].iloc[0]
    axis.set_title(f"{name}: {n_kernels:.0f} kernels")
    axis.set_xlim(0.0, 90.0)
    axis.set_ylim(0.0, 1.02)
    axis.set_xticks([0, 30, 60, 90])
    axis.set_xlabel("median angle to nearer nodal plane (°)")


def _draw_medians(axis: Axes, summary: pd.DataFrame, networks: list[str]) -> None:
    """Draw each group's medians with intervals, the kernels' own on top of its nulls."""
    ticks, labels = [], []
    y = 0.0
    for name in networks:
        for group, words in _GROUPS.items():
            rows = summary[(summary["network"] == name) & (summary["group"] == group)]
            if rows.empty:
                continue
            for i, (series, (colour, _, _)) in enumerate(_LOOKS.items()):
                row = rows[rows["series"] == series].iloc[0]
                at = y - 0.18 * i
                axis.plot([row["low"], row["high"]], [at, at], color=colour)
                axis.plot(row["median_deg"], at, "o", ms=3.5, color=colour)
            ticks.append(y - 0.27)
            n_kernels = rows["n_kernels"].iloc[0]
            labels.append(f"{_NAMES.get(name, name)}:\n{words} ({n_kernels:.0f})")
            y -= 1.0
    axis.set_yticks(ticks, labels)
    axis.set_xlim(0.0, 90.0)
    axis.set_xticks([0, 30, 60, 90])
    axis.set_xlabel("median over kernels (°)")
