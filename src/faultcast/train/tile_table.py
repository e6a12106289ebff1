"""Forecasts of tiles as a table: the same for networks and for forecasts without one."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.deformation import Tile, carry_forward, gather

Floats = NDArray[np.float64]

LABELS = ("domain", "protocol", "model")
COLUMNS = (
    *LABELS, "seed", "fold", "origin", "horizon", "cell", "last", "target", "prediction",
)  # fmt: skip


def step_domains(name: str) -> tuple[str, str, str]:
    """Return what windows of a tile with a step are called: before it, with it, after it."""
    return name, f"{name}, step", f"{name}, after the step"


def prediction_table(
    tile: Tile,
    prediction_mm: Floats,
    origins: NDArray[np.int64],
    *,
    start: int = 0,
    domain: str,
    protocol: str,
    model: str,
    seed: int,
    fold: int,
) -> pd.DataFrame:
    """Return one row a forecast of an observed value.

    Parameters
    ----------
    tile : whose covered cells and observed values count.
    prediction_mm : (n_origins, n_out, n_cells) of the covered cells, finite wherever a cell has a
        value at or before the origin.
    start : number of the tile's first epoch in the whole series.
    seed : -1 for a forecast without one. fold : number of the fit.

    Returns
    -------
    `COLUMNS`: `origin` (last observed epoch), `horizon` (epochs after it), `cell` (row * columns
    + column), `last` (value at the origin or before it), `target`, `prediction` in mm.
    """
    n_out = prediction_mm.shape[1]
    series = tile.series
    target = gather(series, origins, 1, n_out)
    last = np.broadcast_to(carry_forward(series)[origins][:, None], target.shape)
    cell = np.flatnonzero(tile.mask)
    keep = np.isfinite(target) & np.isfinite(last)
    at, horizon, place = np.nonzero(keep)
    table = pd.DataFrame(
        {
            "seed": np.int32(seed),
            "fold": np.int32(fold),
            "origin": (origins[at] + start).astype(np.int32),
            "horizon": (horizon + 1).astype(np.int32),
            "cell": cell[place].astype(np.int32),
            "last": last[keep].astype(np.float32),
            "target": target[keep].astype(np.float32),
            "prediction": prediction_mm[keep].astype(np.float32),
        }
    )
    for name, value in zip(LABELS, (domain, protocol, model), strict=True):
        table[name] = pd.Categorical([value] * len(table))
    return table[list(COLUMNS)]


def join_tables(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Return tables below each other, their labels kept small."""
    joined = pd.concat(
        [table.astype(dict.fromkeys(LABELS, "str")) for table in tables], ignore_index=True
    )
    return joined.astype(dict.fromkeys(LABELS, "category"))
