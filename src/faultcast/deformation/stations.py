"""Daily GNSS positions as a tile: epochs like those of EGMS, one station a cell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.catalog.table import rejected_rows
from faultcast.deformation.gridding import mean_tile
from faultcast.deformation.lattice import Lattice
from faultcast.deformation.series import PointSeries
from faultcast.deformation.tile import Tile
from faultcast.errors import DataError

EPOCH_DAYS = 6


def station_tile(
    series: PointSeries, period: tuple[str, str], *, cell_km: float, min_share: float
) -> tuple[Tile, pd.DataFrame]:
    """Return the stations that cover a period, on a lattice, and those left out.

    An epoch holds the median of the positions of six days (one bad solution of a station under
    snow is off by decimetres) and the date of the last of them: nothing later enters. Each
    station counts from its first epoch, since files begin at other years. Of two stations in
    one cell that with more epochs stays: a mean would jump wherever one of them has a gap. Where
    the series name a `frame`, stations in another than most are left out: their trends differ.
    `min_share` looks at the whole period, test origins included: stations are selected by when
    they have values, never by the values.

    Parameters
    ----------
    series : daily, of `read_gnss_positions`.
    period : first day and the day after the last, UTC; days after the last whole epoch are left
        out.
    cell_km : side of a cell.
    min_share : of the epochs that a station must have, above 0 and at most 1.

    Returns
    -------
    tile : NaN where a station has no day in an epoch.
    dropped : stations left out, as `rejected_rows`.

    Raises
    ------
    DataError
        The period holds no epoch, too few stations cover it, or an option is out of bounds.
    """
    if not cell_km > 0 or not 0 < min_share <= 1:
        raise DataError(
            f"cell_km = {cell_km}, min_share = {min_share}: give a positive size and a share "
            "above 0 and at most 1"
        )
    values, dates = _epochs(series, period)
    share = np.isfinite(values).mean(axis=1)
    frame = series.points.get("frame", pd.Series("", index=series.points.index))
    other_frame = (frame != frame.mode()[0]).to_numpy()
    kept = np.flatnonzero((share >= min_share) & ~other_frame)
    if not kept.size:
        raise DataError(
            f"{series.name}: no station of {series.n_points} has values in {min_share:.0%} of the "
            f"{len(dates)} epochs from {period[0]}: choose another period or a smaller share"
        )
    lattice = _lattice_around(series.positions_m[kept], 1000.0 * cell_km, series.crs)
    # the most complete first, so that it is the one that its cell keeps
    kept = kept[np.argsort(-share[kept], kind="stable")]
    _, first = np.unique(lattice.cells_of(*series.positions_m[kept].T), return_index=True)
    chosen = np.sort(kept[first])
    reasons = {
        "in another frame than most": np.flatnonzero(other_frame),
        "fewer epochs than asked for": np.flatnonzero((share < min_share) & ~other_frame),
        "a station with as many epochs or more has its cell": np.setdiff1d(kept, chosen),
    }
    dropped = [
        rejected_rows(str(series.points["pid"].iloc[k]), np.zeros(1), reason, f"{share[k]:.3f}")
        for reason, indices in reasons.items()
        for k in indices
    ]
    points = replace(
        series,
        points=series.points.iloc[chosen].reset_index(drop=True),
        dates=dates,
        displacement_mm=_since_first(values[chosen]),
    )
    empty = rejected_rows("", np.zeros(0), "")
    return mean_tile(points, lattice), pd.concat([empty, *dropped], ignore_index=True)


def _epochs(
    series: PointSeries, period: tuple[str, str]
) -> tuple[NDArray[np.float64], pd.DatetimeIndex]:
    """Return (n_points, n_epochs) medians and the last day of each epoch."""
    days = pd.date_range(period[0], period[1], freq="D", tz="UTC", inclusive="left").as_unit("ns")
    n_epochs = len(days) // EPOCH_DAYS
    if not n_epochs:
        raise DataError(f"the period {period} holds no epoch of {EPOCH_DAYS} days: choose a longer")
    days = days[: n_epochs * EPOCH_DAYS]
    daily = pd.DataFrame(series.displacement_mm.T, index=series.dates).reindex(days)
    medians = daily.groupby(np.arange(len(days)) // EPOCH_DAYS).median()
    return medians.to_numpy(np.float64).T, days[EPOCH_DAYS - 1 :: EPOCH_DAYS]


def _since_first(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n_points, n_epochs) relative to each point's first value."""
    first = np.isfinite(values).argmax(axis=1)
    return values - np.take_along_axis(values, first[:, None], axis=1)


def _lattice_around(positions: NDArray[np.float64], cell_m: float, crs: str) -> Lattice:
    """Return the lattice of whole multiples of a cell's side that holds all positions."""
    low = np.floor(positions.min(axis=0) / cell_m)
    columns, rows = (np.floor(positions.max(axis=0) / cell_m) - low + 1).astype(int).tolist()
    west, south = (low * cell_m).tolist()
    return Lattice(west, south, cell_m, rows, columns, crs)
