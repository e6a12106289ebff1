"""MM-STT, figure 3: true change, forecast change, residual; a horizon a row."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from faultcast.plots import style

_PANELS = {"change": "true change", "forecast": "forecast", "residual": "forecast - true"}
_EPOCH_DAYS = 6


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the maps, north up, all on one scale; cells without a measurement are grey."""
    horizons = list(dict.fromkeys(numbers["horizon"]))
    figure, axes = style.new_figure(
        style.PAGE_IN * 0.8, 0.5 + 1.75 * len(horizons), len(horizons), 3, squeeze=False
    )
    values = numbers[list(_PANELS)].to_numpy()
    limit = max(float(np.quantile(np.abs(values), 0.995)), 0.1)
    box = _box(numbers)
    letters = iter("abcdefghijklmnop")
    for row, horizon in zip(axes, horizons, strict=True):
        cells = numbers[numbers["horizon"] == horizon]
        for axis, (name, title) in zip(row, _PANELS.items(), strict=True):
            image = _draw_map(axis, cells, name, limit, box)
            style.panel_letter(axis, next(letters))
            axis.set_title(title)
        row[0].set_ylabel(f"{horizon * _EPOCH_DAYS} days")
        row[1].set_xlabel(f"share of variance explained {cells['share'].iloc[0]:.2f}")
    first = numbers.iloc[0]
    figure.colorbar(image, ax=axes, shrink=0.6, label=f"change since {first['date']} (mm)")
    return figure


def _box(numbers: pd.DataFrame) -> tuple[float, float, float, float]:
    """Return the covered part of the lattice with a margin: left, right, bottom, top."""
    return (
        numbers["column"].min() - 1.5, numbers["column"].max() + 1.5,
        numbers["row"].min() - 1.5, numbers["row"].max() + 1.5,
    )  # fmt: skip


def _draw_map(
    axis: Axes,
    cells: pd.DataFrame,
    name: str,
    limit: float,
    box: tuple[float, float, float, float],
) -> AxesImage:
    first = cells.iloc[0]
    maps = np.full((int(first["n_rows"]), int(first["n_columns"])), np.nan)
    maps[cells["row"], cells["column"]] = cells[name]
    axis.set_facecolor("0.75")
    image = axis.imshow(
        maps, origin="lower", cmap=style.DIVERGING, vmin=-limit, vmax=limit, interpolation="none"
    )
    axis.set_xlim(box[0], box[1])
    axis.set_ylim(box[2], box[3])
    axis.set_xticks([])
    axis.set_yticks([])
    return image
