"""One test day of HierarchicalQuake: past events, the honest map, the networks, and the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from faultcast.catalog import Projection
from faultcast.plots import basemap, style
from faultcast.plots.hierarchicalquake.forms import wrapped

_FIXED = ("kind", "row", "column", "x", "y", "label", "recent", "honest", "text")
_RANGE = 1e-5
"""The colours reach down to this times the largest probability, or to the honest map's least."""


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the figure: one scale for all probabilities, circles where the day's label is true."""
    cells = numbers[numbers["kind"] == "cell"].sort_values(["row", "column"])
    texts = numbers.set_index("kind")["text"].drop("cell").fillna("")
    forms = [name for name in numbers if name not in _FIXED]
    shape = int(cells["row"].max()) + 1, int(cells["column"].max()) + 1
    x = cells["x"].to_numpy()[: shape[1]]
    y = cells["y"].to_numpy()[:: shape[1]]
    n_columns = 2 if len(forms) == 2 else min(2 + len(forms), 3)
    n_rows = -(-(2 + len(forms)) // n_columns)
    figure, axes = style.new_figure(
        style.PAGE_IN,
        n_rows * (_height_in(x, y, texts["unit"], n_columns) + 0.4) + 0.3,
        n_rows,
        n_columns,
        squeeze=False,
        sharex=True,
        sharey=True,
        layout="compressed",
    )
    for axis in axes.flat[2 + len(forms) :]:
        axis.set_visible(False)
    top = cells[["honest", *forms]].max().max()
    least = max(_RANGE * top, cells["honest"].min())
    norm = LogNorm(vmin=least, vmax=top)
    titles = [
        "last year",
        "honest map",
        *(wrapped(str(form)) for form in forms),
    ]
    for axis, letter, title, name in zip(
        axes.flat, "abcdefgh", titles, ["recent", "honest", *forms], strict=False
    ):
        _set_base(axis, x, y, texts["unit"], texts["crs"])
        if name == "recent":
            _draw_events(axis, cells)
        else:
            image = axis.pcolormesh(
                x,
                y,
                np.maximum(cells[name].to_numpy().reshape(shape), least),
                cmap=style.SEQUENTIAL,
                norm=norm,
                rasterized=True,
            )
        _draw_positives(axis, cells)
        axis.set_title(title)
        style.panel_letter(axis, letter)
        axis.label_outer()
    figure.colorbar(
        image, ax=axes, shrink=0.6, label="probability of an event in the label's window"
    )
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, handletextpad=0.2)
    figure.suptitle(f"last day of input {texts['day']}", fontsize=8)
    return figure


def _height_in(x: np.ndarray, y: np.ndarray, unit: str, n_columns: int) -> float:
    width = (style.PAGE_IN - 1.9) / n_columns
    if unit == "deg":
        return basemap.map_height_in(width, (y[0], y[-1]), (x[0], x[-1]))
    return float(width * np.ptp(y) / np.ptp(x))


def _set_base(axis: Axes, x: np.ndarray, y: np.ndarray, unit: str, crs: str) -> None:
    """Set limits, names and the coast line, which is laid on a box in km by its projection."""
    for values, limit in ((x, axis.set_xlim), (y, axis.set_ylim)):
        half = 0.5 * (values[1] - values[0])
        limit(values[0] - half, values[-1] + half)
    for side in (axis.xaxis, axis.yaxis):
        side.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    if unit == "deg":
        axis.set_xlabel("longitude (°E)")
        axis.set_ylabel("latitude (°N)")
        basemap.draw(axis)
        return
    axis.set_xlabel("x (km)")
    axis.set_ylabel("y (km)")
    projection = Projection(crs)
    lines = [
        np.column_stack(projection.forward(line[:, 1], line[:, 0])) for line in basemap.coast()
    ]
    for colour, width in (("white", 1.2), (style.BLACK, 0.5)):
        axis.add_collection(
            LineCollection(lines, colors=colour, linewidths=width, zorder=2.5), autolim=False
        )
    axis.set_aspect("equal")


def _draw_events(axis: Axes, cells: pd.DataFrame) -> None:
    recent = cells[cells["recent"] > 0]
    axis.scatter(
        recent["x"],
        recent["y"],
        s=2.0 * recent["recent"].clip(upper=10) + 2.0,
        color=style.BLUE,
        linewidths=0.0,
        alpha=0.8,
        label="days with an event",
        rasterized=True,
    )


def _draw_positives(axis: Axes, cells: pd.DataFrame) -> None:
    positive = cells[cells["label"] == 1]
    axis.plot(
        positive["x"],
        positive["y"],
        "o",
        mfc="none",
        mec=style.VERMILION,
        mew=0.8,
        ms=4.5,
        zorder=4,
        label="event to come",
    )
