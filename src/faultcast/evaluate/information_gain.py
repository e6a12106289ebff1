"""Information gain on non-overlapping windows, with intervals by regions x blocks of days.

Labels of windows of 40 days overlap from day to day. Days 40 apart do not: they make one set of
windows, and there are 40 such sets, each of which gives a gain. Their mean is taken; they are not
counted as independent, since the resampling draws regions and blocks of days, not windows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.evaluate.point_sums import PointSums
from faultcast.evaluate.region_blocks import Drawn, Draws, resampled


def information_gain(
    one: PointSums, other: PointSums, *, window_days: int, block_days: int, draws: Draws
) -> Drawn:
    """Return the log score of one forecast over another's, nats per positive cell-window.

    For each offset o = 0 .. window_days - 1, the windows of days o, o + window_days, ... do not
    overlap: G_o = sum (log p_one - log p_other) / number of positive cell-windows. The gain is
    the mean of G_o over the offsets that have a positive.

    Parameters
    ----------
    one, other : of `point_sums`, on the same consecutive days and cells.
    window_days : length of the label's window, far - near.
    block_days : days of a block of `draws`.
    draws : of `two_way_draws`, for as many regions and blocks.

    Raises
    ------
    DataError
        The forecasts were not made for the same cell-days.
    """
    if not np.array_equal(one.positive, other.positive):
        raise DataError(
            f"the forecasts stand on labels of shape {one.positive.shape} and "
            f"{other.positive.shape} that differ: score both on the same days and cells"
        )
    day = np.arange(len(one.positive))
    n_blocks, n_offsets = -(-len(day) // block_days), min(window_days, len(day))
    unit = day % window_days * n_blocks + day // block_days
    order = np.argsort(unit, kind="stable")
    which, first = np.unique(unit[order], return_index=True)

    def split(values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(offsets, blocks, regions)."""
        sums = np.zeros((n_offsets * n_blocks, values.shape[1]))
        sums[which] = np.add.reduceat(values[order], first, axis=0)
        return sums.reshape(n_offsets, n_blocks, -1)

    gain, positive = split(one.log_score - other.log_score), split(one.positive)
    whole = _mean_ratio(gain.sum(axis=(1, 2))[None], positive.sum(axis=(1, 2))[None])
    drawn = _mean_ratio(resampled(gain, draws), resampled(positive, draws))
    return Drawn(float(whole[0]), drawn)


def _mean_ratio(gain: NDArray[np.float64], positive: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean over offsets of (m, offsets) / (m, offsets); NaN without a positive."""
    known = positive > 0
    ratio = np.divide(gain, positive, out=np.zeros_like(gain), where=known)
    number = known.sum(axis=1)
    mean = np.full(len(gain), np.nan)
    return np.divide(ratio.sum(axis=1), number, out=mean, where=number > 0)
