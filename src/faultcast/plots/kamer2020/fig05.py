"""Figure 5 of Kamer et al. (2020): similarity of found and planted networks."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from faultcast.plots import style

_LINES = {"global": "-", "local": "--", "planted": ":"}
_NAMES = {"rectangle": "rectangles", "ellipse": "ellipses"}
_CRITERIA = {"global": "global", "local": "local", "planted": "true kernels"}
_INDICES = {"adjusted_rand": "adjusted Rand index", "rand": "Rand index (Eq. 4)"}
_SHADES = ("#B0B0B0", "#6E6E6E", "#000000")


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Draw both indices (rows) for rectangles (a) and ellipses (b)."""
    figure, axes = style.new_figure(style.PAGE_IN, 4.8, 2, 2, sharex=True, sharey="row")
    levels = [float(level) for level in sorted(numbers["noise"].unique())]
    shades = dict(zip(levels, _SHADES[-len(levels) :], strict=False))
    for column, panel in zip(axes.T, "ab", strict=True):
        rows = numbers[numbers["panel"] == panel]
        for axis, index in zip(column, _INDICES, strict=True):
            _curves(axis, rows, index, shades)
        column[0].set_title(_NAMES[rows["shape"].iloc[0]])
        style.panel_letter(column[0], panel)
        column[1].set_xlabel("points per km² of fault")
    for axis, label in zip(axes[:, 0], _INDICES.values(), strict=True):
        axis.set_ylabel(label)
    keys = [
        Line2D([], [], color=shade, label=f"{100 * noise:g} % noise")
        for noise, shade in shades.items()
    ]
    keys += [
        Line2D([], [], color=_SHADES[1], ls=line, label=_CRITERIA[name])
        for name, line in _LINES.items()
    ]
    axes[0, 1].legend(handles=keys, loc="lower right", ncols=2)
    return figure


def _curves(axis: Axes, rows: pd.DataFrame, index: str, shades: dict[float, str]) -> None:
    for noise, shade in shades.items():
        for criterion, line in _LINES.items():
            curve = rows[(rows["noise"] == noise) & (rows["criterion"] == criterion)]
            axis.plot(
                curve["density_per_km2"],
                curve[index],
                color=shade,
                ls=line,
                lw=0.8 if criterion == "planted" else 1.2,
            )
    axis.margins(x=0.02)
