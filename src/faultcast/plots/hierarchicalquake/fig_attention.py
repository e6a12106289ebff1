"""Which regions a region of HierarchicalQuake attends to, a map each head and region."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter

from faultcast.plots import style
from faultcast.plots.hierarchicalquake.forms import wrapped

_LEAST_RATIO = 1.02
"""Weights nearer to equal than this are not blown up to the full range of colours."""
_MOST_RATIO = 1e3


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the figure: rows are the regions that ask, columns the forms and their heads."""
    queries = list(dict.fromkeys(numbers["query"]))
    columns = list(dict.fromkeys(zip(numbers["form"], numbers["head"], strict=True)))
    size = numbers[["key_row", "key_column"]].max() + 1
    height = (style.PAGE_IN - 0.8) / len(columns) * size["key_row"] / size["key_column"]
    figure, axes = style.new_figure(
        style.PAGE_IN,
        len(queries) * (min(height, 2.0) + 0.3) + 0.8,
        len(queries),
        len(columns),
        squeeze=False,
        sharex=True,
        sharey=True,
    )
    for form in dict.fromkeys(numbers["form"]):
        every = numbers[numbers["form"] == form]
        most = _most(every["ratio"])
        places = [number for number, (name, _) in enumerate(columns) if name == form]
        for place in places:
            head = columns[place][1]
            for line, query in enumerate(queries):
                one = every[(every["head"] == head) & (every["query"] == query)]
                image = _draw_map(axes[line, place], one, most)
                title = f"{wrapped(str(form))}\nhead {int(head) + 1}\n" if line == 0 else ""
                axes[line, place].set_title(title + _said(one), fontsize=6.5)
        _draw_colours(figure, image, axes[:, places], most)
    for line, query in enumerate(queries):
        axes[line, 0].set_ylabel(f"{query} region asks\nregion row")
    for axis in axes.flat:
        axis.label_outer()
    for axis in axes[-1]:
        axis.set_xlabel("region column")
    return figure


def _most(ratio: pd.Series) -> float:
    """Return the end of the colours, which are symmetric about 1 on a logarithmic scale."""
    known = ratio.clip(1.0 / _MOST_RATIO, _MOST_RATIO)
    return max(float(known.max()), 1.0 / float(known.min()), _LEAST_RATIO)


def _said(one: pd.DataFrame) -> str:
    first = one.iloc[0]
    return f"{first['effective_regions']:.0f} of {len(one)}, {100.0 * first['day_to_day']:.1f} %"


def _draw_map(axis: Axes, one: pd.DataFrame, most: float) -> QuadMesh:
    table = one.pivot_table(index="key_row", columns="key_column", values="ratio")
    image = axis.pcolormesh(
        table.columns,
        table.index,
        table.to_numpy().clip(1.0 / most, most),
        cmap=style.DIVERGING,
        norm=LogNorm(vmin=1.0 / most, vmax=most),
        shading="nearest",
        rasterized=True,
    )
    first = one.iloc[0]
    corner = first["query_column"] - 0.5, first["query_row"] - 0.5
    axis.add_patch(Rectangle(corner, 1, 1, fill=False, ec=style.BLACK, lw=1.0, zorder=3))
    axis.set_aspect("equal")
    for side in (axis.xaxis, axis.yaxis):
        side.set_major_locator(MaxNLocator(nbins=4, integer=True))
    return image


def _draw_colours(figure: Figure, image: QuadMesh, axes: np.ndarray, most: float) -> None:
    bar = figure.colorbar(
        image,
        ax=axes,
        orientation="horizontal",
        location="bottom",
        shrink=0.8,
        aspect=30,
        label="weight / weight if all are alike",
    )
    ticks = [1.0 / most, most**-0.5, 1.0, most**0.5, most]
    bar.ax.xaxis.set_major_locator(FixedLocator(ticks))
    bar.ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))
    bar.ax.xaxis.set_minor_formatter(NullFormatter())
