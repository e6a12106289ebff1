"""Figure 3 of Kamer et al. (2020): the proto-kernels and the BIC gain of every merger."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from faultcast.plots import style
from faultcast.plots.kamer2020.planes import add_planes


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Draw the proto-kernels on the map and in section (a), and the BIC gains (b)."""
    figure, axes = style.new_figure(
        style.PAGE_IN, 3.7, 2, 2, sharex="col", height_ratios=[2.2, 1.0], width_ratios=[1.0, 1.1]
    )
    points = numbers[numbers["kind"] == "point"]
    planes = numbers[numbers["kind"] == "plane"]
    for axis, up in ((axes[0, 0], "y"), (axes[1, 0], "z")):
        _view(axis, points, planes, up)
    box = numbers.loc[numbers["kind"] == "box", ["x_km", "y_km"]]
    axes[0, 0].fill(box["x_km"], box["y_km"], fill=False, ec=style.GREY, lw=1.0, ls="--")
    axes[0, 0].set_ylabel("y (km)")
    axes[0, 0].set_title(f"{len(planes) + 1} kernels, the background counted", loc="right")
    axes[1, 0].set_ylabel("depth (km)")
    axes[1, 0].set_xlabel("x (km)")
    axes[1, 0].invert_yaxis()
    grid = axes[0, 1].get_gridspec()
    for axis in axes[:, 1]:
        axis.remove()
    right = figure.add_subplot(grid[:, 1])
    _matrix(figure, right, numbers[numbers["kind"] == "gain"])
    style.panel_letter(axes[0, 0], "a")
    style.panel_letter(right, "b")
    return figure


def _view(axis: Axes, points: pd.DataFrame, planes: pd.DataFrame, up: str) -> None:
    lost = points["series"] == "background"
    looks: tuple[tuple[pd.DataFrame, dict[str, Any]], ...] = (
        (points[lost], {"s": 8, "fc": "none", "ec": style.GREY, "lw": 0.5}),
        (points[~lost], {"s": 3, "color": style.BLACK, "lw": 0}),
    )
    for rows, look in looks:
        axis.scatter(rows["x_km"], rows[f"{up}_km"], **look)
    colours = [style.CYCLE[k % len(style.CYCLE)] for k in range(len(planes))]
    ordered = planes.assign(colour=colours).sort_values("length_km", ascending=False)
    shades = ordered["colour"].to_list()
    add_planes(axis, ordered, up, facecolors=shades, edgecolors=shades)
    axis.set_aspect("equal")


def _matrix(figure: Figure, axis: Axes, gains: pd.DataFrame) -> None:
    row, column = gains["row"].astype(int), gains["column"].astype(int)
    matrix = np.full((row.max() + 1, row.max() + 1), np.nan)
    matrix[row, column] = matrix[column, row] = gains["bic_gain"]
    largest = float(gains["bic_gain"].abs().max())
    image = axis.imshow(matrix, cmap=style.DIVERGING, vmin=-largest, vmax=largest)
    best = gains.nlargest(1, "bic_gain")[["row", "column"]].to_numpy()[0]
    axis.plot(best, best[::-1], "o", mfc="none", mec=style.VERMILION, ms=6)
    axis.set_xlabel("kernel, from west to east")
    axis.set_ylabel("kernel, from west to east")
    axis.set_title(f"{int((gains['bic_gain'] > 0.0).sum())} of {len(gains)} mergers gain")
    figure.colorbar(image, ax=axis, label="BIC gain (nats)", shrink=0.85)
