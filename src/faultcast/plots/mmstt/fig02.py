"""MM-STT, figure 2: grid, mask and priors of the tile."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from faultcast.plots import style

# column -> label, whether its sign matters
_PANELS = {
    "velocity_mm_a": ("velocity (mm/a)", True),
    "seasonal_mm": ("annual amplitude (mm)", False),
    "acceleration_mm_a2": ("acceleration (mm/a²)", True),
}


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the maps, north up; lines part MM-STT's patches, cells not covered are grey."""
    figure, axes = style.new_figure(style.PAGE_IN, 2.9, 1, len(_PANELS))
    for axis, letter, name in zip(axes, "abc", _PANELS, strict=True):
        _draw_map(axis, numbers, name)
        style.panel_letter(axis, letter)
    axes[0].set_ylabel("km")
    first = numbers.iloc[0]
    figure.suptitle(
        f"{first['domain']}: {numbers['latitude_deg'].mean():.2f}° N, "
        f"{numbers['longitude_deg'].mean():.2f}° E, {len(numbers)} of "
        f"{first['n_rows'] * first['n_columns']} cells covered, "
        f"training epochs {first['first']} to {first['last']}",
        fontsize=8,
    )
    return figure


def _draw_map(axis: Axes, cells: pd.DataFrame, name: str) -> None:
    first = cells.iloc[0]
    rows, columns = int(first["n_rows"]), int(first["n_columns"])
    size, patch = float(first["cell_km"]), int(first["patch"])
    maps = np.full((rows, columns), np.nan)
    maps[cells["row"], cells["column"]] = cells[name]
    label, has_sign = _PANELS[name]
    reach = float(np.quantile(np.abs(cells[name]), 0.99))
    axis.set_facecolor("0.75")
    image = axis.imshow(
        maps,
        origin="lower",
        extent=(0.0, columns * size, 0.0, rows * size),
        cmap=style.DIVERGING if has_sign else style.SEQUENTIAL,
        vmin=-reach if has_sign else 0.0,
        vmax=reach,
        interpolation="none",
    )
    for at in range(0, max(rows, columns) + 1, patch):
        axis.axhline(at * size, color="white", lw=0.6)
        axis.axvline(at * size, color="white", lw=0.6)
    axis.set_xlabel("km")
    axis.figure.colorbar(image, ax=axis, label=label, location="bottom", pad=0.03)
