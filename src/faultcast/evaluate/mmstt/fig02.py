"""MM-STT, figure 2: the tile, its grid and mask, and the priors of its training epochs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from faultcast.deformation import Lattice, fit_priors
from faultcast.deformation.series import years_since_first

TRAIN_SHARE = 0.70


def numbers(*, cells: pd.DataFrame, tile: Mapping[str, Any], patch: int = 8) -> pd.DataFrame:
    """Return place and priors of each covered cell, one row a cell.

    Parameters
    ----------
    cells : a tile (`cells.parquet`). tile : its record (`tile.json`).
    patch : cells along a side of MM-STT's patches.

    Returns
    -------
    domain, first, last (dates of the training epochs, the first 70 %), n_epochs (of the whole
    series), row, column, n_rows, n_columns, patch, cell_km, latitude_deg, longitude_deg,
    observed (share of the training epochs with a value), velocity_mm_a, seasonal_mm,
    acceleration_mm_a2.
    """
    stamps = list(tile["dates"])
    dates = pd.to_datetime(stamps, format="%Y%m%d")
    train_end = int(len(stamps) * TRAIN_SHARE + 1e-9)
    series = cells[stamps].to_numpy(np.float64).T
    priors = fit_priors(series, years_since_first(dates), train_end)
    lattice = Lattice(**tile["lattice"])
    latitude, longitude = lattice.degrees()
    row, column = cells["row"].to_numpy(), cells["column"].to_numpy()
    return pd.DataFrame(
        {
            "domain": tile["name"],
            "first": dates[0].strftime("%Y-%m-%d"),
            "last": dates[train_end - 1].strftime("%Y-%m-%d"),
            "n_epochs": len(stamps),
            "row": row,
            "column": column,
            "n_rows": lattice.n_rows,
            "n_columns": lattice.n_columns,
            "patch": patch,
            "cell_km": lattice.cell / 1000.0,
            "latitude_deg": latitude[row, column],
            "longitude_deg": longitude[row, column],
            "observed": np.isfinite(series[:train_end]).mean(axis=0),
            **priors._asdict(),
        }
    )
