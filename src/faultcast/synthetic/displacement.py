"""A ground-displacement tile as EGMS delivers it, with everything in it known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from faultcast.errors import DataError
from faultcast.synthetic.okada import SlipPlane, surface_displacement

Floats = NDArray[np.float64]

_YEAR_DAYS = 365.25
# lower left corner, EPSG:3035 metres: where the tile would lie if it were real
_CORNER_M = (4_500_000.0, 1_700_000.0)
_BOWL_MM_A, _BOWL_KM = -18.0, 0.9
_SEASONAL_MM = 3.0
# lifts the ground by 12 mm at most
_SLIP_MM = 38.4
_THRUST = SlipPlane(
    east_km=0.0, north_km=0.0, depth_km=1.0, strike_deg=0.0, dip_deg=45.0, rake_deg=90.0,
    length_km=1.6, width_km=1.2,
)  # fmt: skip
_WHITE_MM, _RED_MM, _RED_MEMORY, _RED_CELLS = 0.8, 0.7, 0.9, 4.0


def displacement_tile(
    *,
    step_time: pd.Timestamp,
    seed: int,
    n_cells: int = 40,
    cell_m: float = 100.0,
    n_epochs: int = 150,
    step_days: int = 6,
    share_missing_cells: float = 0.25,
    share_missing_values: float = 0.005,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a tile of vertical displacement and what it is made of.

    Displacement is the sum of a subsidence bowl (constant velocity, Gaussian in space), a
    seasonal signal, a step (slip on a buried thrust of any strike, Okada 1985), noise without
    memory, and noise smooth in space with memory. Patches of cells are absent, and single values
    are empty.

    Parameters
    ----------
    step_time : when the step happens; it lies at two thirds of the series.
    seed : of the random numbers.
    n_cells : cells along each side; cell_m : their size.
    n_epochs, step_days : number of epochs and days between them.
    share_missing_cells, share_missing_values : what is absent.

    Returns
    -------
    tile : columns of an EGMS L3 Ortho file of 2020-2024: `pid`, `easting`, `northing` (EPSG:3035,
        m), attributes (mm, year) and one column a date (YYYYMMDD, mm). The attributes are fitted
        to the whole series, as EGMS does: as inputs of a forecast they leak.
    truth : `pid`, `velocity_mm_a`, `seasonal_mm` (amplitude), `seasonal_phase_days` (day of year
        of the maximum), `step_mm`, a row a point.
    """
    if n_cells < 4 or n_epochs < 10 or not 0.0 <= share_missing_cells < 1.0:
        raise DataError(
            f"a tile of {n_cells} cells a side, {n_epochs} epochs and {share_missing_cells} of "
            "the cells missing: give at least 4 cells, 10 epochs, and a share in [0, 1)"
        )
    rng = np.random.default_rng(seed)
    first = step_time.normalize() - pd.Timedelta(days=(2 * n_epochs // 3) * step_days)
    dates = pd.date_range(first, periods=n_epochs, freq=f"{step_days}D")
    row, column = (index.ravel() for index in np.indices((n_cells, n_cells)))
    truth = _components(row, column, n_cells, cell_m / 1000.0, rng)
    series = _signal(truth, dates, step_time) + _noise(n_cells, n_epochs, rng)
    present = _patches(n_cells, share_missing_cells, rng)
    points = pd.DataFrame(
        {
            "pid": [f"sim{number:06d}" for number in range(n_cells**2)],
            "easting": _CORNER_M[0] + cell_m * (column + 0.5),
            "northing": _CORNER_M[1] + cell_m * (row + 0.5),
            "height_ortho": (20.0 + 0.5 * row + 0.3 * column).round(1),
        }
    )
    values = series.round(1)
    values[rng.random(values.shape) < share_missing_values] = np.nan
    names = dates.strftime("%Y%m%d")
    tile = pd.concat(
        [points, _attributes(series, dates), pd.DataFrame(values, columns=names)], axis=1
    )
    truth.insert(0, "pid", points["pid"])
    return tile[present].reset_index(drop=True), truth[present].reset_index(drop=True)


def _components(
    row: NDArray[np.int64],
    column: NDArray[np.int64],
    n_cells: int,
    cell_km: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    x_km, y_km = (np.asarray((index + 0.5) * cell_km, np.float64) for index in (column, row))
    size_km = n_cells * cell_km
    bowl, source = rng.uniform(0.3, 0.7, 2) * size_km, rng.uniform(0.2, 0.8, 2) * size_km
    from_bowl = np.hypot(x_km - bowl[0], y_km - bowl[1])
    fault = replace(
        _THRUST, east_km=source[0], north_km=source[1], strike_deg=rng.uniform(0.0, 360.0)
    )
    return pd.DataFrame(
        {
            "velocity_mm_a": _BOWL_MM_A * np.exp(-0.5 * (from_bowl / _BOWL_KM) ** 2),
            "seasonal_mm": _SEASONAL_MM * (0.4 + 0.6 * x_km / size_km),
            "seasonal_phase_days": 80.0 + 20.0 * y_km / size_km,
            "step_mm": _SLIP_MM * surface_displacement(x_km, y_km, fault)[:, 2],
        }
    )


def _signal(truth: pd.DataFrame, dates: pd.DatetimeIndex, step_time: pd.Timestamp) -> Floats:
    years = np.asarray((dates - dates[0]) / pd.Timedelta(days=1)) / _YEAR_DAYS
    day_of_year = dates.day_of_year.to_numpy()
    phase = day_of_year[None, :] - truth["seasonal_phase_days"].to_numpy()[:, None]
    seasonal = truth["seasonal_mm"].to_numpy()[:, None] * np.cos(2 * np.pi * phase / _YEAR_DAYS)
    after = np.asarray(dates > step_time, dtype=np.float64)
    trend = np.outer(truth["velocity_mm_a"], years)
    signal: Floats = trend + seasonal + np.outer(truth["step_mm"], after)
    return signal


def _noise(n_cells: int, n_epochs: int, rng: np.random.Generator) -> Floats:
    """Return (n_cells^2, n_epochs): white noise, and smooth fields with memory."""
    fields = rng.standard_normal((n_epochs, n_cells, n_cells))
    fields = gaussian_filter(fields, (0.0, _RED_CELLS, _RED_CELLS), mode="wrap")
    fields /= fields.std()
    red = np.empty_like(fields)
    red[0] = fields[0]
    for epoch in range(1, n_epochs):
        red[epoch] = _RED_MEMORY * red[epoch - 1]
        red[epoch] += np.sqrt(1.0 - _RED_MEMORY**2) * fields[epoch]
    white = rng.standard_normal((n_cells**2, n_epochs))
    return _RED_MM * red.reshape(n_epochs, -1).T + _WHITE_MM * white


def _patches(n_cells: int, share_missing: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return which cells exist, (n_cells^2,): a smooth random field above a level."""
    field = gaussian_filter(rng.standard_normal((n_cells, n_cells)), 2.0, mode="wrap").ravel()
    return np.asarray(field >= np.quantile(field, share_missing))


def _attributes(series: Floats, dates: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the attributes that EGMS prints, from a least-squares fit to the whole series."""
    years = np.asarray((dates - dates[0]) / pd.Timedelta(days=1)) / _YEAR_DAYS
    turn = 2.0 * np.pi * years
    design = np.column_stack(
        [np.ones_like(years), years, years**2 / 2.0, np.cos(turn), np.sin(turn)]
    )
    linear = design[:, [0, 1, 3, 4]]
    fit, _, _, _ = np.linalg.lstsq(design, series.T)
    fit_linear, _, _, _ = np.linalg.lstsq(linear, series.T)
    rest = series.T - design @ fit
    rmse = np.sqrt(np.mean(rest**2, axis=0))
    error = np.sqrt(np.diag(np.linalg.inv(design.T @ design)))
    error_linear = np.sqrt(np.diag(np.linalg.inv(linear.T @ linear)))
    return pd.DataFrame(
        {
            "rmse_ts": rmse.round(1),
            "mean_velocity": fit_linear[1].round(1),
            "mean_velocity_std": (rmse * error_linear[1]).round(1),
            "acceleration": fit[2].round(2),
            "acceleration_std": (rmse * error[2]).round(2),
            "seasonality": np.hypot(fit[3], fit[4]).round(1),
            "seasonality_std": (rmse * error[3]).round(1),
            "gnss_velocity_n": 0.0,
            "gnss_velocity_e": 0.0,
            "gnss_velocity_u": 0.0,
        }
    )
