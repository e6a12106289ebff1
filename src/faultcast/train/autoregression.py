"""Autoregression of a daily series by least squares: what needs no network."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from faultcast.errors import DataError

Series = NDArray[np.float64]


def autoregression(
    inputs: Series, target: Series, learn: NDArray[np.bool_], order: int = 10
) -> Series:
    """Return the prediction of each day's target from the inputs of the days before it.

    Parameters
    ----------
    inputs, target : (n_days,); the two are one series in an autoregression proper.
    learn : (n_days,) target days that the coefficients are fitted on; the first `order` have no
        full past and are left out.
    order : number of days before a day that are used.

    Returns
    -------
    (n_days,), NaN on the first `order` days.

    Raises
    ------
    DataError
        There are fewer days to learn from than coefficients.
    """
    known = learn[order:]
    if known.sum() <= order:
        raise DataError(
            f"an autoregression of order {order} has {known.sum()} days to learn from: "
            f"give at least {order + 1}"
        )
    lags = sliding_window_view(inputs, order)[:-1]  # row i: the days before day i + order
    design = np.column_stack([np.ones(len(lags)), lags])
    coefficients = np.linalg.lstsq(design[known], target[order:][known], rcond=None)[0]
    prediction = np.full(len(target), np.nan)
    # each row on its own: a product of matrices may round it by how many rows come after
    prediction[order:] = (design * coefficients).sum(axis=1)
    return prediction
