"""Figure 10 of Kamer et al. (2020): condensed kernels by weight and by events assigned to them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from faultcast.errors import DataError

_CELLS_ACROSS = 350


def numbers(condensed: pd.DataFrame, max_points: int = 20_000) -> pd.DataFrame:
    """Return what the two maps show.

    Parameters
    ----------
    condensed : condensed kernels with n_events.
    max_points : up to that many kernels a panel each is drawn; more are gathered in square
        cells, 350 along the longer side, each with its kernel of the largest value.

    Returns
    -------
    panel ("a" all kernels by weight, "b" those with an event by n_events), kind ("kernel",
    "cell"), x_km, y_km, value (weight or events), n_kernels (in the cell), n_in_panel
    (kernels in the panel), cell_km.
    """
    if "n_events" not in condensed.columns:
        raise DataError("the condensed kernels have no column n_events; assign the events first")
    parts = []
    for panel, column in (("a", "weight"), ("b", "n_events")):
        shown = condensed[condensed[column] > 0]
        table = pd.DataFrame(
            {"x_km": shown["x_km"], "y_km": shown["y_km"], "value": shown[column].astype(float)}
        )
        table = table.assign(n_kernels=1, cell_km=0.0, kind="kernel")
        if len(table) > max_points:
            table = _gather(table)
        parts.append(table.assign(panel=panel, n_in_panel=len(shown)))
    columns = ["panel", "kind", "x_km", "y_km", "value", "n_kernels", "n_in_panel", "cell_km"]
    result = pd.concat(parts, ignore_index=True)[columns]
    return result.sort_values(["panel", "value", "x_km", "y_km"], ignore_index=True)


def _gather(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row a cell: its middle, largest value and number of kernels."""
    low = table[["x_km", "y_km"]].min().to_numpy()
    extent = float((table[["x_km", "y_km"]].max().to_numpy() - low).max())
    cell_km = extent / _CELLS_ACROSS
    cell = np.floor((table[["x_km", "y_km"]].to_numpy() - low) / cell_km).astype(int)
    cells = table.groupby([cell[:, 0], cell[:, 1]]).agg(
        value=("value", "max"), n_kernels=("value", "size")
    )
    x_cell = cells.index.get_level_values(0).to_numpy()
    y_cell = cells.index.get_level_values(1).to_numpy()
    return cells.reset_index(drop=True).assign(
        x_km=low[0] + (x_cell + 0.5) * cell_km,
        y_km=low[1] + (y_cell + 0.5) * cell_km,
        cell_km=cell_km,
        kind="cell",
    )
