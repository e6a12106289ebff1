"""Days on which a large shock hid the events that came soon after it.

After a shock of magnitude M, the catalog is complete from
mc(t) = M - 4.5 - 0.75 log10(t), t in days (Helmstetter, Kagan and Jackson 2006, BSSA 96, 90):
its waves and those of its aftershocks cover the smaller ones.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from faultcast.errors import DataError


def hidden_days(magnitudes: ArrayLike, magnitude_min: float) -> NDArray[np.float64]:
    """Return for how many days after each shock mc lies above `magnitude_min`, (n,)."""
    shock = np.asarray(magnitudes, dtype=np.float64)
    duration: NDArray[np.float64] = 10.0 ** ((shock - 4.5 - magnitude_min) / 0.75)
    return duration


def incomplete_days(
    times: pd.Series | pd.DatetimeIndex,
    magnitudes: ArrayLike,
    *,
    start: pd.Timestamp,
    n_days: int,
    magnitude_min: float,
    share: float = 0.1,
) -> NDArray[np.int64]:
    """Return the days on which events of `magnitude_min` were hidden for more than `share`.

    Times that several shocks hide count once. A shock hides what follows it alone, so that
    whether a day counts as incomplete does not depend on any later day.

    Parameters
    ----------
    times : (n,) instants with a time zone, in any order.
    magnitudes : (n,) of the events; unknown ones (NaN) hide nothing. All may be given: an M 4
        hides M 2.5 for ten seconds.
    start, n_days : first instant of day 0, and the number of days.
    magnitude_min : magnitude that the catalog should be complete from.
    share : of a day, from 0 to 1.

    Returns
    -------
    Days from 0 in increasing order.

    Raises
    ------
    DataError
        Times and magnitudes differ in number, or the share is not a share.
    """
    shock = np.asarray(magnitudes, dtype=np.float64)
    if len(times) != len(shock):
        raise DataError(
            f"{len(times)} times but {len(shock)} magnitudes: give one of each an event"
        )
    if not 0.0 <= share < 1.0:
        raise DataError(f"share of a day is {share}: it must be at least 0 and below 1")
    known = np.isfinite(shock)
    begin = ((pd.DatetimeIndex(times[known]) - start) / pd.Timedelta(days=1)).to_numpy()
    end = begin + hidden_days(shock[known], magnitude_min)
    order = np.argsort(begin, kind="stable")
    begin, end = begin[order], end[order]
    # each interval gives up what those before it cover, and the rest is disjoint
    reach = np.maximum.accumulate(end)
    begin[1:] = np.maximum(begin[1:], reach[:-1])
    length = np.maximum(end - begin, 0.0)

    midnight = np.arange(n_days + 1, dtype=np.float64)
    last = np.searchsorted(begin, midnight, side="right") - 1
    total = np.concatenate(([0.0], np.cumsum(length)))
    covered = total[last.clip(0)]
    some = last >= 0
    covered[some] += np.minimum(midnight[some] - begin[last[some]], length[last[some]])
    days: NDArray[np.int64] = np.flatnonzero(np.diff(covered) > share)
    return days
