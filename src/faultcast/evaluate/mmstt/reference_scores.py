"""Scores that must come out before any network is believed: humble forecasts, as they were known.

The values to hold against are those of a specification written before this code
(docs/deformation.md, "The reference scores"), on EGMS level 3 tile E45N17, vertical.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from faultcast.deformation import Tile, chronological_windows, gather
from faultcast.evaluate.deformation_scores import rmse
from faultcast.forecast.deformation_baselines import fit_pooled_ridge, persistence, trend_annual
from faultcast.forecast.tile_baselines import BASELINES

COLUMNS = ("model", "horizon", "rmse_mm", "expected_mm", "difference_mm", "verdict")
N_LAGS, N_OUT = 30, 10
TOLERANCE_MM = 0.001
_HORIZONS = (1, 5, 10)
# RMSE at horizons 1, 5, 10 and over all
EXPECTED = {
    "persistence": (1.190, 2.586, 3.006, 2.519),
    "trend_train": (2.956, 3.030, 3.098, 3.030),
    "trend_refitted": (2.210, 2.339, 2.417, 2.332),
    "ridge": (1.266, 2.351, 2.686, 2.299),
}
_DATES = ("20200103", "20241225", 304)
_CELLS = 522


def numbers(*, cells: pd.DataFrame, tile: Mapping[str, Any]) -> pd.DataFrame:
    """Return the scores of four forecasts, one row a forecast and horizon.

    Epochs are cut 70 / 15 / 15 in time; 30 are read by the ridge, 10 told.

    Parameters
    ----------
    cells, tile : `cells.parquet` and `tile.json` of the first scored tile.

    Returns
    -------
    `COLUMNS`. `expected_mm` is NaN and `verdict` "another tile" unless it is E45N17, vertical, of
    2020-2024; else "reproduced" within `TOLERANCE_MM`, or "differs".
    """
    one = Tile.from_tables(tile, cells)
    split = chronological_windows(one.n_epochs, N_LAGS, N_OUT)
    series, origins = one.series, split.test
    ridge = fit_pooled_ridge(series, split.train_end, n_lags=N_LAGS, n_out=N_OUT)
    made = {
        "persistence": persistence(series, origins, N_OUT),
        "trend_train": trend_annual(series, one.years, origins, N_OUT, train_end=split.train_end),
        "trend_refitted": trend_annual(series, one.years, origins, N_OUT),
        "ridge": ridge.predict(series, origins),
    }
    target = gather(series, origins, 1, N_OUT)
    is_known = _is_reference_tile(one)
    parts = {str(h): slice(h - 1, h) for h in _HORIZONS} | {"all": slice(None)}
    whole = pd.DataFrame(
        {
            "model": BASELINES[name],
            "horizon": horizon,
            "rmse_mm": rmse(target[:, part], forecast[:, part]),
            "expected_mm": expected if is_known else np.nan,
        }
        for name, forecast in made.items()
        for (horizon, part), expected in zip(parts.items(), EXPECTED[name], strict=True)
    )
    # of three decimals, as they were stated
    whole["difference_mm"] = (whole["rmse_mm"] - whole["expected_mm"]).round(6)
    close = whole["difference_mm"].abs() <= TOLERANCE_MM
    whole["verdict"] = np.where(close, "reproduced", "differs" if is_known else "another tile")
    return whole[list(COLUMNS)]


def _is_reference_tile(tile: Tile) -> bool:
    stamps = tile.dates.strftime("%Y%m%d")
    return (stamps[0], stamps[-1], len(stamps)) == _DATES and (
        tile.component,
        tile.n_cells,
        tile.lattice.cell,
    ) == ("U", _CELLS, 100.0)
