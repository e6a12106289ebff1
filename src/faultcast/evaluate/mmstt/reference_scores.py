"""Scores that must come out before any network is believed: humble forecasts, as they were known.

The values to hold against are those of a specification written before this code
(docs/deformation.md, "The reference scores"), on EGMS level 3 tile E45N17, vertical.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.deformation import Tile, chronological_windows, gather
from faultcast.errors import DataError
from faultcast.evaluate.deformation_scores import rmse
from faultcast.forecast.deformation_baselines import fit_pooled_ridge, persistence, trend_annual
from faultcast.forecast.tile_baselines import BASELINES

COLUMNS = ("model", "horizon", "rmse_mm", "expected_mm", "difference_mm", "verdict")
N_LAGS, N_OUT = 30, 10
# 15 % of them, the validation part, must hold a target
SHORTEST = 100
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
    `COLUMNS`. `verdict`: "reproduced" within `TOLERANCE_MM`, or "another tile" than E45N17,
    vertical, of 2020-2024. That has nothing to be held against: `expected_mm` is NaN, as is
    `rmse_mm` where it has too few epochs for such windows.

    Raises
    ------
    DataError
        The scores of E45N17 differ: then something is wrong with the tile or with the code.
    """
    one = Tile.from_tables(tile, cells)
    is_known = _is_reference_tile(one)
    if not is_known and one.n_epochs < SHORTEST:
        return _table({name: np.full(len(_HORIZONS) + 1, np.nan) for name in EXPECTED}, False)
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
    parts = [*(slice(h - 1, h) for h in _HORIZONS), slice(None)]
    table = _table(
        {
            name: np.array([rmse(target[:, part], forecast[:, part]) for part in parts])
            for name, forecast in made.items()
        },
        is_known,
    )
    off = table[table["difference_mm"].abs() > TOLERANCE_MM]
    if len(off):
        worst = off.iloc[int(off["difference_mm"].abs().to_numpy().argmax())]
        raise DataError(
            f"{len(off)} of {len(table)} scores of the reference tile differ from the known ones, "
            f"most {worst['model']} at horizon {worst['horizon']}: {worst['rmse_mm']:.4f} mm, "
            f"expected {worst['expected_mm']:.3f}. Believe no network before it is found why: "
            "fetch the tile anew, and run the tests of faultcast.deformation"
        )
    return table


def _table(rmse_mm: Mapping[str, NDArray[np.float64]], is_known: bool) -> pd.DataFrame:
    """Return `COLUMNS` from the RMSE of each forecast, by horizon and over all."""
    table = pd.DataFrame(
        {
            "model": BASELINES[name],
            "horizon": horizon,
            "rmse_mm": found,
            "expected_mm": expected if is_known else np.nan,
        }
        for name, values in rmse_mm.items()
        for horizon, found, expected in zip(
            [*map(str, _HORIZONS), "all"], values, EXPECTED[name], strict=True
        )
    )
    # of three decimals, as they were stated
    table["difference_mm"] = (table["rmse_mm"] - table["expected_mm"]).round(6)
    table["verdict"] = "reproduced" if is_known else "another tile"
    return table[list(COLUMNS)]


def _is_reference_tile(tile: Tile) -> bool:
    stamps = tile.dates.strftime("%Y%m%d")
    return (stamps[0], stamps[-1], len(stamps)) == _DATES and (
        tile.component,
        tile.n_cells,
        tile.lattice.cell,
    ) == ("U", _CELLS, 100.0)
