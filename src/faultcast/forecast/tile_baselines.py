"""The humble forecasts of tiles, under the protocols of the networks and in their table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.deformation import Tile, WindowSplit, fit_scaling, gather
from faultcast.errors import DataError
from faultcast.forecast.deformation_baselines import (
    PooledLinear,
    choose_pooled_ridge,
    fit_dlinear,
    fit_pooled_ridge,
    persistence,
    trend_annual,
)
from faultcast.train.tile_data import fill_gaps, require_same_dates
from faultcast.train.tile_options import TileOptions
from faultcast.train.tile_protocol import get_tile_protocol, tile_splits, used_part
from faultcast.train.tile_table import join_tables, prediction_table

Floats = NDArray[np.float64]

BASELINES = {
    "persistence": "persistence",
    "trend_train": "trend + annual, training epochs only",
    "trend_refitted": "trend + annual, refitted at each origin",
    "ridge": "pooled ridge",
    "ridge_chosen": "pooled ridge, lags chosen on validation",
    "dlinear": "DLinear",
}


def run_baselines(
    tiles: Mapping[str, Tile],
    *,
    protocol: str,
    ridge_lags: Sequence[int] = (12, 30, 45, 60, 75, 90),
    reference_lags: int = 30,
    **options: Any,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Forecast every test window of some tiles without a network.

    Where gaps are filled with 0 (a leak) the cells outside the mask, which hold 0 throughout, are
    forecast as 0 and the others as they were. Each map is fitted to one tile, not to all.

    Parameters
    ----------
    tiles, protocol, options : as for `train.tile.run_tile`.
    ridge_lags : candidates of `ridge_chosen`; those that a short series does not hold are left out.
    reference_lags : of `ridge` and DLinear, fewer where the series is too short.

    Returns
    -------
    table : `train.tile_table.COLUMNS`, seed -1, models the keys of `BASELINES`.
    validation : domain, protocol, fold, model, n_lags (of what has lags), `loss` (mean squared
        error on the validation windows over the variance of the training epochs: what trainings
        of networks report) and `n_values` behind it.
    """
    rules, settings = get_tile_protocol(protocol), TileOptions.from_mapping(options)
    require_same_dates(tiles)
    tables, validation = [], []
    for name, whole in tiles.items():
        tile, start = used_part(whole, rules)
        for fold, split in enumerate(tile_splits(tile.dates, rules, settings)):
            candidates = lags_that_fit((*ridge_lags, reference_lags), split, settings.n_out)
            reference = max(lag for lag in candidates if lag <= reference_lags)
            fits = _fit(tile, split, settings.n_out, candidates, reference)
            head = {"domain": name, "protocol": protocol, "fold": fold}
            validation += [head | row for row in _validation(tile, split, settings.n_out, fits)]
            for key, told in _tell(tile, split, split.test, settings.n_out, fits).items():
                scored = fill_gaps(tile) if rules.gaps == "zero" else tile
                tables.append(
                    prediction_table(
                        scored,
                        _on_all_cells(told, tile) if rules.gaps == "zero" else told,
                        split.test,
                        start=start,
                        domain=name,
                        protocol=protocol,
                        model=key,
                        seed=-1,
                        fold=fold,
                    )
                )
    return join_tables(tables), pd.DataFrame(validation)


def lags_that_fit(candidates: Sequence[int], split: WindowSplit, n_out: int) -> list[int]:
    """Return the numbers of lags for which there are windows to fit to and to validate on.

    Raises
    ------
    DataError
        There are none.
    """
    kept = sorted(
        {
            lags
            for lags in candidates
            if lags + n_out <= split.train_end
            and lags - 1 <= split.validation.max()
            and lags - 1 <= split.test.min()
        }
    )
    if not kept:
        raise DataError(
            f"none of {sorted(set(candidates))} lags fits into {split.train_end} training epochs: "
            "add a smaller number to ridge_lags"
        )
    return kept


def _fit(
    tile: Tile, split: WindowSplit, n_out: int, candidates: Sequence[int], reference: int
) -> dict[str, PooledLinear]:
    return {
        "ridge": fit_pooled_ridge(tile.series, split.train_end, n_lags=reference, n_out=n_out),
        "ridge_chosen": choose_pooled_ridge(
            tile.series, split.train_end, split.validation, n_lags=candidates, n_out=n_out
        ),
        "dlinear": fit_dlinear(tile.series, split.train_end, n_lags=reference, n_out=n_out),
    }


def _tell(
    tile: Tile,
    split: WindowSplit,
    origins: NDArray[np.int64],
    n_out: int,
    fits: Mapping[str, PooledLinear],
) -> dict[str, Floats]:
    """Return each forecast from some origins, in the order of `BASELINES`."""
    series, years = tile.series, tile.years
    return {
        "persistence": persistence(series, origins, n_out),
        "trend_train": trend_annual(series, years, origins, n_out, train_end=split.train_end),
        "trend_refitted": trend_annual(series, years, origins, n_out),
        **{key: fit.predict(series, origins) for key, fit in fits.items()},
    }


def _validation(
    tile: Tile, split: WindowSplit, n_out: int, fits: Mapping[str, PooledLinear]
) -> Iterator[dict[str, object]]:
    """Yield what each forecast comes to on the validation windows that all have lags for."""
    most = max(fit.n_lags for fit in fits.values())
    origins = split.validation[split.validation >= most - 1]
    target = gather(tile.series, origins, 1, n_out)
    deviation = fit_scaling(tile.series, split.train_end).deviation
    for key, told in _tell(tile, split, origins, n_out, fits).items():
        squares = ((told - target) / deviation) ** 2
        seen = np.isfinite(squares)
        yield {
            "model": key,
            "n_lags": fits[key].n_lags if key in fits else None,
            "loss": squares[seen].mean(),
            "n_values": int(seen.sum()),
        }


def _on_all_cells(told: Floats, tile: Tile) -> Floats:
    """Return (n_origins, n_out, rows * columns) with 0 outside the mask."""
    everywhere: Floats = np.zeros((*told.shape[:2], tile.mask.size))
    everywhere[..., tile.mask.ravel()] = told
    return everywhere
