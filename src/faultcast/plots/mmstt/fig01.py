"""MM-STT, figure 1: boxes for the parts, arrows for the data."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from faultcast.plots import style

_WIDTH, _HEIGHT = 1.72, 0.62
# part -> centre of its box, title, colour
_BOXES = {
    "displacement": ((0.9, 3.2), "displacement", style.BLUE),
    "mask": ((0.9, 2.35), "mask", style.GREY),
    "cycles": ((0.9, 1.5), "cycles", style.GREEN),
    "statics": ((0.9, 0.65), "statics", style.ORANGE),
    "frame": ((3.05, 2.8), "convolution", style.BLUE),
    "season": ((3.05, 1.75), "cycles", style.GREEN),
    "prior": ((3.05, 0.65), "convolution", style.ORANGE),
    "embeddings": ((5.2, 3.2), "embeddings", style.PURPLE),
    "encoder": ((5.2, 1.95), "encoder", style.VERMILION),
    "head": ((7.35, 1.95), "head", style.SKY),
    "output": ((7.35, 0.65), "forecast", style.BLUE),
}
_ARROWS = (
    ("displacement", "frame"), ("mask", "frame"), ("cycles", "season"), ("statics", "prior"),
    ("frame", "encoder"), ("season", "encoder"), ("prior", "encoder"), ("embeddings", "encoder"),
    ("encoder", "head"), ("head", "output"),
)  # fmt: skip


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the diagram; a part that the network does not have is left out."""
    figure, axis = style.new_figure(style.PAGE_IN, 3.1)
    axis.set_axis_off()
    axis.set_xlim(0, 8.3)
    axis.set_ylim(0.1, 3.75)
    parts = numbers.fillna({"shape": "", "what": ""}).set_index("part")
    for first, second in _ARROWS:
        if {first, second} <= set(parts.index):
            _draw_arrow(axis, first, second)
    for name, row in parts.iterrows():
        _draw_box(axis, str(name), row)
    return figure


def _draw_box(axis: Axes, name: str, row: pd.Series) -> None:
    (x, y), title, colour = _BOXES[name]
    axis.add_patch(
        FancyBboxPatch(
            (x - _WIDTH / 2, y - _HEIGHT / 2), _WIDTH, _HEIGHT,
            boxstyle="round,pad=0.02", facecolor="white", edgecolor=colour, lw=1.3, zorder=2,
        )
    )  # fmt: skip
    lines = [str(row["what"]), str(row["shape"])]
    if row["n_parameters"]:
        lines[1] = ", ".join(filter(None, [lines[1], f"{int(row['n_parameters']):,} weights"]))
    axis.text(
        x, y + 0.19, f"{title} [{row['mark']}]", ha="center", va="center", fontsize=8,
        fontweight="bold", zorder=3,
    )  # fmt: skip
    text = "\n".join(line for line in lines if line)
    axis.text(x, y - 0.09, text, ha="center", va="center", fontsize=5.8, zorder=3)


def _draw_arrow(axis: Axes, first: str, second: str) -> None:
    (x0, y0), (x1, y1) = _BOXES[first][0], _BOXES[second][0]
    if x1 > x0:
        start, end = (x0 + _WIDTH / 2 + 0.03, y0), (x1 - _WIDTH / 2 - 0.05, y1)
    else:
        start, end = (x0, y0 - _HEIGHT / 2 - 0.03), (x1, y1 + _HEIGHT / 2 + 0.05)
    axis.annotate(
        "", end, start, arrowprops={"arrowstyle": "-|>", "color": style.GREY, "lw": 1.0}, zorder=1
    )
