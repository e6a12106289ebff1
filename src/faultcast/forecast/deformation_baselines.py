"""The humble forecasts of displacement, which every network has to beat.

All take `series` (n_epochs, n_series) mm with NaN for gaps and `origins` (n,), the last observed
epoch of each forecast, and return (n_origins, n_out, n_series). Inputs with gaps hold the last
value before them; a series without any value up to an origin has no forecast (NaN).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faultcast.deformation.harmonic import holds_a_year, least_squares, trend_annual_design
from faultcast.deformation.windows import Indices, carry_forward, gather
from faultcast.errors import DataError

Floats = NDArray[np.float64]


def persistence(series: Floats, origins: Indices, n_out: int) -> Floats:
    """Return the last observed value, unchanged."""
    last = carry_forward(series)[origins]
    return np.repeat(last[:, None], n_out, axis=1)


def trend_annual(
    series: Floats, years: Floats, origins: Indices, n_out: int, *, train_end: int | None = None
) -> Floats:
    """Return a straight line and an annual cycle, fitted to each series by least squares.

    The line alone where the epochs of a fit span less than a year.

    Parameters
    ----------
    years : (n_epochs,) years since any moment.
    train_end : fit once to the epochs before it; None: fit anew at each origin to all epochs up
        to and with the origin.
    """
    targets = gather(years, origins, 1, n_out)
    design = trend_annual_design(years - years[0])
    out = np.empty((*targets.shape, series.shape[1]))
    for k, origin in enumerate(origins):
        if k == 0 or train_end is None:
            end = int(origin) + 1 if train_end is None else train_end
            n_terms = design.shape[1] if holds_a_year(years[:end]) else 2
            coefficients = least_squares(design[:end, :n_terms], series[:end])
        out[k] = trend_annual_design(targets[k] - years[0])[:, :n_terms] @ coefficients
    return out


@dataclass(frozen=True)
class PooledLinear:
    """A linear map from lags to all horizons at once, the same for every series.

    Parameters
    ----------
    weights : (n_lags, n_out); intercept : (n_out,) mm.
    is_relative : whether lags and horizons are counted from the last observed value.
    """

    weights: Floats
    intercept: Floats
    is_relative: bool

    @property
    def n_lags(self) -> int:
        """Number of epochs read, the origin included."""
        return len(self.weights)

    @property
    def n_out(self) -> int:
        """Number of epochs told."""
        return len(self.intercept)

    def predict(self, series: Floats, origins: Indices) -> Floats:
        """Return the forecast of each origin, (n_origins, n_out, n_series)."""
        lags = gather(carry_forward(series), origins, 1 - self.n_lags, self.n_lags)
        base = lags[:, -1:] if self.is_relative else np.zeros_like(lags[:, -1:])
        steps = np.einsum("olc,lh->ohc", lags - base, self.weights, optimize=True)
        return base + steps + self.intercept[:, None]


def fit_pooled_ridge(
    series: Floats, train_end: int, *, n_lags: int = 30, n_out: int = 10, alpha: float = 10.0
) -> PooledLinear:
    """Fit a ridge regression on the last values, pooled over series.

    The lags are `n_lags` values up to the origin relative to the last one (so the last of them
    is 0), the targets the increments from it. The penalty `alpha` (mm^2) is on the sum of squared
    weights, not on the intercept, and is not divided by the number of samples.

    Parameters
    ----------
    train_end : all epochs of the fit, targets included, lie before it.
    """
    gram, cross, mean_in, mean_out = _moments(series, train_end, n_lags, n_out, relative=True)
    weights = np.asarray(np.linalg.solve(gram + alpha * np.eye(n_lags), cross), dtype=np.float64)
    return PooledLinear(weights, mean_out - mean_in @ weights, is_relative=True)


def choose_pooled_ridge(
    series: Floats,
    train_end: int,
    validation: Indices,
    *,
    n_lags: Sequence[int] = (12, 30, 45, 60, 75, 90),
    n_out: int = 10,
    alpha: float = 10.0,
) -> PooledLinear:
    """Return the ridge with the number of lags that has the least squared error on validation.

    Parameters
    ----------
    train_end : all epochs of each fit, targets included, lie before it.
    validation : (n,) origins; those with fewer epochs before them than the most lags are left
        out, so that all candidates are judged on the same ones.
    n_lags : candidates.

    Raises
    ------
    DataError
        No origin has that many epochs before it, or a fit has no window.
    """
    origins = validation[validation >= max(n_lags) - 1]
    fits = [
        fit_pooled_ridge(series, train_end, n_lags=lags, n_out=n_out, alpha=alpha)
        for lags in n_lags
    ]
    targets = gather(series, origins, 1, n_out)
    errors = np.array([fit.predict(series, origins) - targets for fit in fits])
    # where the longest memory has no forecast, none is judged
    seen = np.isfinite(errors).all(axis=0)
    if not seen.any():
        raise DataError(
            f"no validation origin has {max(n_lags)} epochs before it and observed targets: give "
            "fewer lags, or a longer series"
        )
    return fits[int(np.argmin((errors[:, seen] ** 2).mean(axis=1)))]


def fit_dlinear(
    series: Floats, train_end: int, *, n_lags: int = 30, n_out: int = 10, kernel: int = 25
) -> PooledLinear:
    """Fit DLinear (Zeng et al. 2023, AAAI 37, 11121) in closed form, pooled over series.

    DLinear parts the window into a moving average and the rest and maps each linearly. Its own
    training is gradient descent from equal weights; its squared loss is convex, and this is the
    minimiser in which both maps together have the least norm. The moving average repeats the
    window's ends, as theirs does.

    Parameters
    ----------
    train_end : all epochs of the fit, targets included, lie before it.
    kernel : length of the moving average, odd.
    """
    gram, cross, mean_in, mean_out = _moments(series, train_end, n_lags, n_out, relative=False)
    average = moving_average_matrix(n_lags, kernel)
    # lags @ both is [trend, rest], (n_lags, 2 n_lags)
    both = np.hstack([average, np.eye(n_lags) - average])
    parts = np.linalg.pinv(both.T @ gram @ both, hermitian=True) @ (both.T @ cross)
    weights = both @ parts
    return PooledLinear(weights, mean_out - mean_in @ weights, is_relative=False)


def moving_average_matrix(n: int, kernel: int) -> Floats:
    """Return (n, n): a row of n values times it is their moving average, ends repeated."""
    if kernel < 1 or kernel % 2 == 0:
        raise DataError(f"kernel is {kernel}; a centred moving average needs an odd length")
    half = kernel // 2
    matrix = np.zeros((n, n))
    for at in range(n):
        np.add.at(matrix[:, at], np.clip(np.arange(at - half, at + half + 1), 0, n - 1), 1.0)
    return matrix / kernel


def _moments(
    series: Floats, train_end: int, n_lags: int, n_out: int, *, relative: bool
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return centred sums of squares and products of lags and targets, and their means.

    Summed origin by origin, so that memory does not grow with the number of windows.
    """
    origins = np.arange(n_lags - 1, min(train_end, len(series)) - n_out)
    if not len(origins):
        raise DataError(
            f"{train_end} training epochs hold no window of {n_lags} lags and {n_out} targets: "
            "give fewer lags, or a longer series"
        )
    filled = carry_forward(series)
    n_terms = n_lags + n_out
    total, squares, count = np.zeros(n_terms), np.zeros((n_terms, n_terms)), 0
    for origin in origins:
        rows = np.vstack(
            [filled[origin - n_lags + 1 : origin + 1], series[origin + 1 : origin + 1 + n_out]]
        )
        if relative:
            rows = rows - filled[origin]
        rows = rows[:, np.isfinite(rows).all(axis=0)]
        total += rows.sum(axis=1)
        squares += rows @ rows.T
        count += rows.shape[1]
    if not count:
        raise DataError("no series has a whole window in the training part: there are only gaps")
    mean = total / count
    centred = squares - count * np.outer(mean, mean)
    return centred[:n_lags, :n_lags], centred[:n_lags, n_lags:], mean[:n_lags], mean[n_lags:]
