"""Static priors and cycles: what a model may know besides the displacement itself.

Everything static that is fitted comes from training epochs alone. EGMS's own mean velocity,
acceleration and seasonality are fitted to the whole series and would leak the test period.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.deformation.harmonic import (
    curved_annual_design,
    holds_a_year,
    least_squares,
    trend_annual_design,
)
from faultcast.deformation.tile import Tile
from faultcast.errors import DataError

Floats = NDArray[np.float64]

_YEAR_DAYS = 365.25


class Priors(NamedTuple):
    """Fitted priors, (n_series,) each."""

    velocity_mm_a: Floats
    seasonal_mm: Floats
    acceleration_mm_a2: Floats


class Scaling(NamedTuple):
    """One mean and one deviation for a whole tile."""

    mean: float
    deviation: float

    def apply(self, values: Floats) -> Floats:
        """Return values in units of the deviation from the mean."""
        return (values - self.mean) / self.deviation

    def undo(self, scaled: Floats) -> Floats:
        """Return scaled values in mm."""
        return scaled * self.deviation + self.mean


def fit_priors(series: Floats, years: Floats, train_end: int) -> Priors:
    """Return velocity, annual amplitude and acceleration of the first `train_end` epochs.

    Velocity and amplitude come from [1, t, cos 2 pi t, sin 2 pi t]; acceleration is twice the
    t^2 coefficient of a second fit with t^2 added. t is centred on the training mean: in one
    uncentred fit the t coefficient is the velocity at the origin of t, not the mean one. Where
    the epochs span less than a year both are fitted without the cycle, whose amplitude is 0.

    Parameters
    ----------
    series : (n_epochs, n_series) mm, NaN where nothing was measured.
    years : (n_epochs,) years since any moment.
    train_end : first epoch that is not seen.
    """
    series, years = _training_part(series, years, train_end)
    centred = years - years.mean()
    if not holds_a_year(years):
        terms = np.vander(centred, 3, increasing=True)
        velocity, bend = (least_squares(terms[:, :n], series)[n - 1] for n in (2, 3))
        return Priors(velocity, np.zeros_like(velocity), 2.0 * bend)
    line = least_squares(trend_annual_design(centred), series)
    curve = least_squares(curved_annual_design(centred), series)
    return Priors(line[1], np.hypot(line[2], line[3]), 2.0 * curve[2])


def fit_scaling(series: Floats, train_end: int) -> Scaling:
    """Return mean and standard deviation of all values of the first `train_end` epochs."""
    part = series[:train_end]
    values = part[np.isfinite(part)]
    if not 0 < train_end <= len(series) or not values.size or not values.std() > 0:
        raise DataError(
            f"{values.size} values in the first {train_end} of {len(series)} epochs: a scale "
            "needs training epochs whose values differ"
        )
    return Scaling(float(values.mean()), float(values.std()))


def static_maps(
    tile: Tile,
    train_end: int,
    *,
    height: bool = False,
    fault_distance_km: Floats | None = None,
    mask: bool = False,
) -> tuple[list[str], Floats]:
    """Return the static priors of a tile as maps of mean 0 and deviation 1 over its cells.

    Parameters
    ----------
    train_end : first epoch that the priors do not see.
    height, mask : whether to add the height (unknown ones at their mean) and the mask, the
        latter as 0 and 1.
    fault_distance_km : (rows, columns) from `fault_distance_km`, added if given.

    Returns
    -------
    names : of the k maps.
    maps : (k, rows, columns), 0 outside the mask; no NaN.
    """
    fitted = fit_priors(tile.series, tile.years, train_end)
    columns = dict(fitted._asdict())
    if height:
        columns["height_m"] = tile.height_m[tile.mask]
    if fault_distance_km is not None:
        if fault_distance_km.shape != tile.mask.shape:
            raise DataError(
                f"distances of shape {fault_distance_km.shape} for a tile of {tile.mask.shape}"
            )
        columns["fault_distance_km"] = fault_distance_km[tile.mask]
    maps = np.zeros((len(columns) + mask, *tile.mask.shape))
    for k, values in enumerate(columns.values()):
        maps[k, tile.mask] = _standardised(values)
    if mask:
        maps[-1] = tile.mask
    return [*columns, *(["mask"] if mask else [])], maps


def cycles(dates: pd.DatetimeIndex) -> Floats:
    """Return sin and cos of 2 pi doy / 365.25 at each date, (n, 2)."""
    turn = 2.0 * np.pi * dates.day_of_year.to_numpy() / _YEAR_DAYS
    return np.column_stack([np.sin(turn), np.cos(turn)])


def _training_part(series: Floats, years: Floats, train_end: int) -> tuple[Floats, Floats]:
    if not 0 < train_end <= len(series) or len(years) != len(series):
        raise DataError(
            f"the first {train_end} epochs of {len(series)} (times: {len(years)}) are no training "
            "part: give a train_end within the series and a time an epoch"
        )
    return series[:train_end], years[:train_end]


def _standardised(values: Floats) -> Floats:
    known = np.isfinite(values)
    if not known.any():
        return np.zeros_like(values)
    centred = np.where(known, values - values[known].mean(), 0.0)
    deviation = centred[known].std()
    return centred / deviation if deviation > 0 else centred
