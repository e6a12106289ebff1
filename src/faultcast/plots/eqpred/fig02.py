"""EQPRED, Fig. 2: autoencoder above, predictor below, each layer with its shape."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from faultcast.plots import style

_COLOURS = {
    "encoder": style.SKY,
    "bottleneck": style.GREEN,
    "decoder": style.ORANGE,
    "series": "#E4E4E4",
    "predictor": style.PURPLE,
}
_LONG, _SHORT = style.BLUE, style.VERMILION
# lengths in inches
_HEIGHT, _WIDTH = 4.3, 0.3
_LINE, _SMALL = 0.115, 5.8
_LONG_SKIPS = 3.66  # where their arcs begin
_TURN = 1.78  # where the line from the autoencoder to the error runs
# a text longer than this is folded
_LETTERS = 14


class _Row(NamedTuple):
    """Where a row of layers stands: middle and height of the tallest box, first line of text."""

    middle: float
    height: float
    text: float
    n_columns: float


class _Box(NamedTuple):
    x: float
    y: float
    height: float

    @property
    def left(self) -> float:
        return self.x - _WIDTH / 2.0

    @property
    def right(self) -> float:
        return self.x + _WIDTH / 2.0

    @property
    def top(self) -> float:
        return self.y + self.height / 2.0


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the figure; maps are boxes as high as they have rows."""
    figure, axis = style.new_figure(style.PAGE_IN, _HEIGHT)
    axis.set_axis_off()
    # room on the left for the line that leads down
    axis.set_xlim(-0.12, style.PAGE_IN)
    axis.set_ylim(0.0, _HEIGHT)
    is_skip = numbers["kind"] == "skip"
    is_second = numbers["part"].isin(("series", "predictor"))
    rows = [numbers[~is_skip & ~is_second], numbers[~is_skip & is_second]]
    first = _draw_row(axis, rows[0], _Row(3.05, 1.1, 2.42, len(rows[0])))
    # room on the right for the output
    second = _draw_row(axis, rows[1], _Row(1.15, 0.5, 0.84, len(rows[1]) + 0.5))
    for skip in numbers[is_skip].to_dict("records"):
        _draw_long_skip(axis, first[skip["skip_from"]], first[skip["skip_to"]])
    _draw_ends(axis, list(first.values()), list(second.values()))
    network = rows[1]["part"] == "predictor"
    begin = list(second.values())[int(network.to_numpy().argmax())].left
    for name, table, x, y in (
        ("Autoencoder", rows[0], first["map"].left, _HEIGHT - 0.02),
        ("Predictor", rows[1], begin, 1.7),
    ):
        total = int(table["n_parameters"].sum())
        axis.text(x, y, f"{name}, {total:,} parameters", va="top", fontweight="bold")
    handles = [
        Line2D([], [], color=_LONG, lw=0.9, label="long skip"),
        Line2D([], [], color=_SHORT, lw=0.8, label="short skip"),
    ]
    axis.legend(handles=handles, loc="upper right", ncols=2, borderaxespad=0)
    note = "bold: shape of the output; grey: parameters"
    axis.text(first["map"].left, _HEIGHT - 0.2, note, fontsize=_SMALL, va="top")
    return figure


def _draw_row(axis: Axes, layers: pd.DataFrame, row: _Row) -> dict[str, _Box]:
    """Draw one box a layer with what it is below, and arrows between; return them by name."""
    step = style.PAGE_IN / row.n_columns
    map_rows = [_map_rows(shape) for shape in layers["output_shape"]]
    # only the boxes of maps differ in height
    is_maps = layers["part"].iloc[0] == "encoder"
    texts = [_lines(what) for what in layers["what"]]
    n_lines = max(map(len, texts))
    boxes: dict[str, _Box] = {}
    for i, layer in enumerate(layers.to_dict("records")):
        size = max(0.2, map_rows[i] / max(map_rows)) if is_maps else 1.0
        box = _Box((i + 0.5) * step, row.middle, size * row.height)
        boxes[layer["name"]] = box
        axis.add_patch(
            Rectangle(
                (box.left, box.y - box.height / 2.0),
                _WIDTH,
                box.height,
                facecolor=_COLOURS[layer["part"]],
                edgecolor=style.BLACK,
                lw=0.6,
            )
        )
        if layer["has_short_skip"]:
            _draw_short_skip(axis, box)
        lines = [(text, style.BLACK) for text in texts[i]]
        lines += [("", style.BLACK)] * (n_lines - len(lines))
        lines.append((str(layer["output_shape"]).replace(" ", ""), style.BLACK))
        if layer["n_parameters"]:
            lines.append((f"{layer['n_parameters']:,}", style.GREY))
        for number, (text, colour) in enumerate(lines):
            axis.text(
                box.x,
                row.text - number * _LINE - (0.03 if number >= n_lines else 0.0),
                text,
                fontsize=_SMALL,
                ha="center",
                va="top",
                color=colour,
                fontweight="bold" if number >= n_lines else "normal",
            )
    for left, right in pairwise(boxes.values()):
        _draw_arrow(axis, [(left.right, left.y), (right.left, right.y)], style.BLACK, 0.7)
    return boxes


def _lines(what: str) -> list[str]:
    """Break a text at its commas, and a long piece at the space nearest to its middle."""
    lines = []
    for piece in what.split(", "):
        words = piece.split()
        cuts = range(1, len(words)) if len(piece) > _LETTERS else ()
        cut = min(cuts, key=lambda i: abs(2 * len(" ".join(words[:i])) - len(piece)), default=0)
        lines += [" ".join(words[:cut])] * bool(cut) + [" ".join(words[cut:])]
    return lines


def _map_rows(shape: str) -> int:
    """Return the rows of a map, 0 for a vector."""
    sizes = str(shape).split(" × ")
    return int(sizes[-2]) if len(sizes) > 1 else 0


def _draw_arrow(axis: Axes, corners: list[tuple[float, float]], colour: str, width: float) -> None:
    """Draw a line through some points with a head at its end."""
    axis.plot(*np.transpose(corners), color=colour, lw=width, solid_joinstyle="miter")
    axis.annotate(
        "",
        corners[-1],
        corners[-2],
        arrowprops={
            "arrowstyle": "-|>",
            "color": colour,
            "lw": width,
            "mutation_scale": 6,
            "shrinkA": 0,
            "shrinkB": 0,
        },
    )


def _draw_short_skip(axis: Axes, box: _Box) -> None:
    begin, end, above = box.left - 0.09, box.right + 0.09, box.top + 0.07
    _draw_arrow(axis, [(begin, box.y), (begin, above), (end, above), (end, box.y)], _SHORT, 0.8)


def _draw_long_skip(axis: Axes, source: _Box, target: _Box) -> None:
    """Draw an arc from behind one box to behind another, where the sum is made."""
    begin, end = source.right + 0.14, target.right + 0.14
    angle = np.linspace(np.pi, 0.0, 60)
    x = 0.5 * (begin + end) + 0.5 * (end - begin) * np.cos(angle)
    y = _LONG_SKIPS + 0.07 * (end - begin) * np.sin(angle)
    corners = [(begin, source.y), *zip(x, y, strict=True), (end, target.y)]
    _draw_arrow(axis, corners, _LONG, 0.9)


def _draw_ends(axis: Axes, first: list[_Box], second: list[_Box]) -> None:
    """Draw what goes in and comes out: X and X' to the error, the error of the next day."""
    given, made, error, last = first[0], first[-1], second[0], second[-1]
    for box, name in ((given, "X"), (made, "X′")):
        axis.text(box.x, box.top + 0.05, name, ha="center", fontstyle="italic")
    left, right = given.left - 0.22, made.right + 0.15
    _draw_arrow(
        axis,
        [
            (given.left, given.y),
            (left, given.y),
            (left, _TURN),
            (error.x, _TURN),
            (error.x, error.top),
        ],
        style.BLACK,
        0.7,
    )
    axis.plot(
        [made.right, right, right, error.x],
        [made.y, made.y, _TURN, _TURN],
        color=style.BLACK,
        lw=0.7,
    )
    _draw_arrow(axis, [(last.right, last.y), (last.right + 0.2, last.y)], style.BLACK, 0.7)
    axis.text(last.right + 0.23, last.y, "error of\nthe next day", fontsize=_SMALL, va="center")
