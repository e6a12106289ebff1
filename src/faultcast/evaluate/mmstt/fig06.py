"""MM-STT, figure 6: series of a steady, a seasonal and a coseismic cell, and their forecasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.deformation import fit_priors
from faultcast.errors import DataError
from faultcast.train.tile_table import step_domains

Array = NDArray[np.float64]
COLUMNS = ("panel", "domain", "model", "row", "column", "kind", "horizon", "date", "value", "step")
_YEAR_DAYS = 365.25


def numbers(
    *,
    predictions: pd.DataFrame,
    cells: pd.DataFrame,
    tile: Mapping[str, Any],
    step_predictions: pd.DataFrame | None = None,
    step_cells: pd.DataFrame | None = None,
    step_tile: Mapping[str, Any] | None = None,
    step: str | None = None,
    horizons: Sequence[int] = (1, 12),
) -> pd.DataFrame:
    """Return the series, one row a value.

    Cells are chosen by rules, on the whole series: the largest mean velocity, the largest annual
    amplitude, and, on a tile with a step, the largest step.

    Parameters
    ----------
    predictions, step_predictions : of one network on each tile (`train.tile_table.COLUMNS`), first
        seed.
    cells, step_cells : the tiles (`cells.parquet`). tile, step_tile : their records (`tile.json`).
    step : day of the step.
    horizons : epochs; the longest that was told stands for those beyond it.

    Returns
    -------
    `COLUMNS`: kind "observed" (horizon 0) or "forecast" made `horizon` epochs before `date`; mm.
    """
    dates = _dates(tile)
    series = _series(cells, tile)
    priors = fit_priors(series, _years(dates), len(dates))
    chosen = {
        "steady": int(np.nanargmax(np.abs(priors.velocity_mm_a))),
        "seasonal": int(np.nanargmax(priors.seasonal_mm)),
    }
    tables = [
        _panel(panel, place, predictions, cells, tile, horizons) for panel, place in chosen.items()
    ]
    if step_predictions is not None and step_cells is not None and step_tile is not None and step:
        place = _largest_step(_series(step_cells, step_tile), _dates(step_tile), step)
        found = _panel("coseismic", place, step_predictions, step_cells, step_tile, horizons)
        tables.append(found.assign(step=step))
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]


def _panel(
    panel: str,
    place: int,
    predictions: pd.DataFrame,
    cells: pd.DataFrame,
    tile: Mapping[str, Any],
    horizons: Sequence[int],
) -> pd.DataFrame:
    name = tile["name"]
    rows = predictions[predictions["domain"].astype("str").isin(step_domains(name))]
    if not len(rows):
        raise DataError(f"no predictions of the tile {name!r}")
    rows = rows[rows["seed"] == rows["seed"].min()]
    row, column = (int(cells[key].iloc[place]) for key in ("row", "column"))
    rows = rows[rows["cell"] == row * int(tile["lattice"]["n_columns"]) + column]
    dates = _dates(tile)
    first = max(int(rows["origin"].min()) - round(_YEAR_DAYS / 6), 0)
    values = _series(cells, tile)[first:, place]
    tables = [
        pd.DataFrame({"kind": "observed", "horizon": 0, "date": dates[first:], "value": values})
    ]
    longest = int(rows["horizon"].max())
    for horizon in sorted({min(h, longest) for h in horizons}):
        part = rows[rows["horizon"] == horizon].sort_values("origin")
        tables.append(
            pd.DataFrame(
                {
                    "kind": "forecast",
                    "horizon": horizon,
                    "date": dates[part["origin"].to_numpy() + horizon],
                    "value": part["prediction"].to_numpy(np.float64),
                }
            )
        )
    table = pd.concat(tables, ignore_index=True)
    return table.assign(
        panel=panel,
        domain=name,
        model=str(rows["model"].iloc[0]),
        row=row,
        column=column,
        date=table["date"].dt.strftime("%Y-%m-%d"),
        step="",
    )


def _dates(tile: Mapping[str, Any]) -> pd.DatetimeIndex:
    return pd.to_datetime(list(tile["dates"]), format="%Y%m%d")


def _years(dates: pd.DatetimeIndex) -> Array:
    return np.asarray((dates - dates[0]) / pd.Timedelta(days=_YEAR_DAYS), dtype=np.float64)


def _series(cells: pd.DataFrame, tile: Mapping[str, Any]) -> Array:
    """Return (n_epochs, n_cells) mm."""
    return cells[list(tile["dates"])].to_numpy(np.float64).T


def _largest_step(series: Array, dates: pd.DatetimeIndex, step: str, n: int = 10) -> int:
    """Return the cell whose means over n epochs before and after the step differ most."""
    at = int((dates <= pd.Timestamp(step)).sum())
    jump = np.nanmean(series[at : at + n], axis=0) - np.nanmean(series[max(at - n, 0) : at], axis=0)
    return int(np.nanargmax(np.abs(jump)))
