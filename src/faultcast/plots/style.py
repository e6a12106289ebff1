"""One look for every figure: sizes for print, colours safe for colour-blind readers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
from cycler import cycler

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from faultcast.io import write_aside

# Okabe and Ito (2008): told apart under all common forms of colour blindness
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILION, PURPLE = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)
GREY = "#8C8C8C"
CYCLE = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, BLACK)
SEQUENTIAL = "cividis"
DIVERGING = "PuOr"

# width of a journal's page, inches
PAGE_IN = 7.1
# strip kept free for the preset's name
_STAMP_IN = 0.1

_SETTINGS: Any = {
    "figure.constrained_layout.use": True,
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=CYCLE),
    "lines.linewidth": 1.2,
    "savefig.dpi": 200,
    "pdf.fonttype": 42,
    "svg.hashsalt": "faultcast",
}


def new_figure(
    width_in: float = PAGE_IN,
    height_in: float = 3.0,
    rows: int = 1,
    columns: int = 1,
    **subplots: Any,
) -> tuple[Figure, Any]:
    """Return a figure in the common style and its axes, as `plt.subplots` gives them."""
    mpl.rcParams.update(_SETTINGS)
    return plt.subplots(rows, columns, figsize=(width_in, height_in), **subplots)


def panel_letter(axis: Axes, letter: str) -> None:
    """Write (a), (b), ... at the upper left of a panel, outside the axes."""
    axis.set_title(f"({letter})", loc="left", fontweight="bold")


def save(figure: Figure, preset: str, pdf: str | Path, png: str | Path) -> None:
    """Write a figure as PDF and PNG, the preset's name below it, without a time stamp."""
    strip = _STAMP_IN / figure.get_figheight()
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0.0, strip, 1.0, 1.0 - strip))
        _settle(figure)
    stamp = f"faultcast, preset {preset}"
    figure.text(0.995, 0.002, stamp, ha="right", va="bottom", fontsize=5, color=GREY)
    for path, metadata in ((pdf, {"CreationDate": None}), (png, {"Software": None})):
        with write_aside(path) as aside, aside.open("wb") as stream:
            figure.savefig(stream, format=Path(path).suffix[1:], metadata=metadata)
    plt.close(figure)


def _settle(figure: Figure) -> None:
    """Lay a figure out and fix its axes there, rounded.

    The last bit of the solver's answer differs from process to process, and pixels with it.
    """
    # as often as two files would have been laid out
    for _ in range(2):
        figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axis in figure.axes:
        x, y, width, height = axis.get_position(original=True).bounds
        axis.set_position((round(x, 7), round(y, 7), round(width, 7), round(height, 7)))
