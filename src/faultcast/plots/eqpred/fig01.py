"""EQPRED, Fig. 1: all events on a map, and their number in each cell of the grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from faultcast.plots import basemap, style
from faultcast.plots import relief as elevation


def draw(numbers: pd.DataFrame, preset: str, relief: str | Path | None = None) -> Figure:
    """Return the figure: (a) every event, (b) events in each cell.

    `relief`: ESRI ASCII grid of elevations, drawn below the events of (a); None: none.
    """
    low, high = (numbers[numbers["kind"] == kind].iloc[0] for kind in ("low", "high"))
    latitude = (low["latitude_deg"], high["latitude_deg"])
    longitude = (low["longitude_deg"], high["longitude_deg"])
    height = basemap.map_height_in(style.PAGE_IN / 2.0 - 0.82, latitude, longitude)
    figure, axes = style.new_figure(style.PAGE_IN, height + 0.75, 1, 2, sharey=True)
    for axis, letter in zip(axes, "ab", strict=True):
        basemap.draw_coast(axis, latitude, longitude)
        style.panel_letter(axis, letter)
    axes[1].set_ylabel("")
    if relief is not None:
        elevation.draw(axes[0], elevation.read_ascii_grid(relief))
    _draw_positions(axes[0], numbers)
    cells = numbers[numbers["kind"] == "cell"]
    image = axes[1].pcolormesh(
        *_mesh(cells),
        cmap=style.SEQUENTIAL,
        norm=LogNorm(vmin=1, vmax=max(10, cells["n_events"].max())),
        rasterized=True,
    )
    # inside an inset, so that both maps keep one size
    figure.colorbar(image, cax=axes[1].inset_axes((1.05, 0.0, 0.04, 1.0)), label="events in a cell")
    n_large = int((numbers["kind"] == "large").sum())
    stars = ", stars: M ≥ 6" if n_large else ""
    axes[0].set_title(f"{int(low['n_events']):,} events{stars}")
    axes[1].set_title(f"{len(cells):,} cells with events")
    return figure


def _draw_positions(axis: Axes, numbers: pd.DataFrame) -> None:
    places = numbers[numbers["kind"] == "position"]
    axis.plot(
        places["longitude_deg"],
        places["latitude_deg"],
        "o",
        color=style.BLUE,
        markersize=0.8,
        markeredgewidth=0.0,
        rasterized=True,
        zorder=1,
    )
    large = numbers[numbers["kind"] == "large"]
    if len(large):
        axis.plot(
            large["longitude_deg"],
            large["latitude_deg"],
            "*",
            color=style.ORANGE,
            markeredgecolor=style.BLACK,
            markeredgewidth=0.5,
            markersize=8,
            zorder=4,
        )


def _mesh(cells: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the middles of columns and rows and the counts between, NaN where there is none."""
    table = cells.pivot_table(index="latitude_deg", columns="longitude_deg", values="n_events")
    step = min(_step(table.columns), _step(table.index))
    table = table.reindex(index=_all(table.index, step), columns=_all(table.columns, step))
    return table.columns.to_numpy(), table.index.to_numpy(), table.to_numpy(dtype=float)


def _step(values: pd.Index) -> float:
    return float(np.diff(np.sort(values)).min()) if len(values) > 1 else np.inf


def _all(values: pd.Index, step: float) -> np.ndarray:
    if not np.isfinite(step):
        return values.to_numpy()
    count = round((values.max() - values.min()) / step)
    return np.round(values.min() + step * np.arange(count + 1), 6)
