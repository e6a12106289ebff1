"""LOESS of a daily series, with the future (two-sided) and without it (one-sided)."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from faultcast.errors import DataError

Series = NDArray[np.float64]


def loess(series: Series, window_days: int, *, one_sided: bool) -> Series:
    """Return the LOESS of a daily series: local lines, tricube weights, no robust rounds.

    A window of 1 day leaves the series as it is.

    Parameters
    ----------
    series : (n_days,), finite.
    window_days : days a local line is fitted to. Two-sided, day t's line sees as many days
        after t as before it; one-sided, it sees days t - window_days + 1 .. t alone.

    Returns
    -------
    (n_days,). Tricube weights vanish at the window's end, so a window of 3 days
    (two-sided) changes nothing. One-sided, the first days use what past there is.

    Raises
    ------
    DataError
        The window is shorter than 1 day or longer than the series.
    """
    n_days = len(series)
    if not 1 <= window_days <= n_days:
        raise DataError(
            f"a LOESS window of {window_days} days does not fit a series of {n_days} days: "
            "choose smoothing_days from 1 to the length of the series"
        )
    if not np.isfinite(series).all():
        raise DataError("the series holds values that are not finite: LOESS needs every day")
    if window_days == 1:
        return series.astype(np.float64)
    if one_sided:
        return _one_sided(series, window_days)
    from statsmodels.nonparametric.smoothers_lowess import lowess

    days = np.arange(n_days, dtype=np.float64)
    # the half keeps int(frac * n) from falling to window_days - 1
    smooth: Series = lowess(
        series, days, frac=(window_days + 0.5) / n_days, it=0, delta=0.0, return_sorted=False
    )
    return smooth


def _one_sided(series: Series, window_days: int) -> Series:
    # without robust rounds LOESS is linear in the series, with the same weights each day
    smooth = np.empty_like(series, dtype=np.float64)
    for day in range(window_days - 1):
        smooth[day] = _last_day_weights(day + 1) @ series[: day + 1]
    windows = sliding_window_view(np.asarray(series, dtype=np.float64), window_days)
    smooth[window_days - 1 :] = windows @ _last_day_weights(window_days)
    return smooth


@cache
def _last_day_weights(n_days: int) -> Series:
    """Return what each of `n_days` adds to the LOESS of the last of them."""
    if n_days < 3:  # a line through two points, one of weight 0
        return np.eye(n_days)[-1]
    from statsmodels.nonparametric.smoothers_lowess import lowess

    days = np.arange(n_days, dtype=np.float64)
    return np.array(
        [
            lowess(unit, days, frac=1.0, it=0, delta=0.0, return_sorted=False)[-1]
            for unit in np.eye(n_days)
        ]
    )
