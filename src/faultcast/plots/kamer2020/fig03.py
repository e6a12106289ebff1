"""Figure 3 of Kamer et al. (2020): the proto-kernels and the BIC gain of every merger."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from faultcast.plots import style
from faultcast.plots.kamer2020.planes import add_planes


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Draw the proto-kernels on the map (a) and the matrix of BIC gains (b)."""
    figure, (left, right) = style.new_figure(style.PAGE_IN, 3.3, 1, 2)
    points = numbers[numbers["kind"] == "point"]
    planes = numbers[numbers["kind"] == "plane"]
    lost = points["series"] == "background"
    left.scatter(
        points.loc[lost, "x_km"], points.loc[lost, "y_km"], s=8, fc="none", ec=style.GREY, lw=0.5
    )
    left.scatter(points.loc[~lost, "x_km"], points.loc[~lost, "y_km"], s=3, color=style.BLACK, lw=0)
    colours = [style.CYCLE[k % len(style.CYCLE)] for k in range(len(planes))]
    add_planes(left, planes, facecolors=colours, edgecolors=colours)
    left.set_aspect("equal", adjustable="datalim")
    left.set_xlabel("x (km)")
    left.set_ylabel("y (km)")
    left.set_title(f"{len(planes) + 1} kernels, the background counted")

    gains = numbers[numbers["kind"] == "gain"]
    row, column = gains["row"].astype(int), gains["column"].astype(int)
    matrix = np.full((row.max() + 1, row.max() + 1), np.nan)
    matrix[row, column] = matrix[column, row] = gains["bic_gain"]
    largest = float(gains["bic_gain"].abs().max())
    image = right.imshow(matrix, cmap=style.DIVERGING, vmin=-largest, vmax=largest)
    right.set_xlabel("kernel, from west to east")
    right.set_ylabel("kernel")
    positive = int((gains["bic_gain"] > 0.0).sum())
    right.set_title(f"{positive} of {len(gains)} mergers gain")
    figure.colorbar(image, ax=right, label="BIC gain (nats)", shrink=0.85)
    style.panel_letter(left, "a")
    style.panel_letter(right, "b")
    return figure
