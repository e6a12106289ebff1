"""Events whose depth was fixed, not located: the catalog's mark, and pile-ups at one depth.

A routine location that does not resolve the depth keeps its starting depth. In southern
California's catalog that is 5 or 6 km below the stations, printed below sea level: the same value
again and again near one place, another value where the ground is higher.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from faultcast.location.regression import known_errors

_CELL_DEG = 0.2
_STEP_KM = 0.01
_HALF_WINDOW = 25
_LEAST = 5
_EXCESS = 5.0


def fixed_depths(events: pd.DataFrame) -> np.ndarray:
    """Return which depths count as fixed (n,): unknown, marked, or part of a pile-up.

    Marked is a depth error of 31.61 km, as ComCat prints it. See `depth_pile_ups` for the third.

    Parameters
    ----------
    events : event table.
    """
    marked = known_errors(events)[2]
    known = events["depth_km"].notna().to_numpy()
    fixed = marked | ~known
    fixed[known] |= depth_pile_ups(
        events["latitude"].to_numpy(float)[known],
        events["longitude"].to_numpy(float)[known],
        events["depth_km"].to_numpy(float)[known],
    )
    return fixed


def depth_pile_ups(latitude: np.ndarray, longitude: np.ndarray, depth_km: np.ndarray) -> np.ndarray:
    """Return which events (n,) share a depth with too many others near by.

    In a cell of 0.2 degrees a depth, to 10 m, is a pile-up if at least 5 events have it and more
    than five times the mean number at the depths up to 250 m above and below.

    Parameters
    ----------
    latitude, longitude, depth_km : (n,), finite; degrees and km.
    """
    row = np.floor(latitude / _CELL_DEG).astype(np.int64)
    column = np.floor(longitude / _CELL_DEG).astype(np.int64)
    step = np.rint(depth_km / _STEP_KM).astype(np.int64)
    step -= step.min(initial=0)
    # cells lie further apart on the key than the window reaches
    stride = int(step.max(initial=0)) + 2 * _HALF_WINDOW + 1
    _, cell = np.unique(np.column_stack((row, column)), axis=0, return_inverse=True)
    key = cell.reshape(-1) * stride + step
    order = np.sort(key)

    def count(low: np.ndarray, high: np.ndarray) -> np.ndarray:
        return np.searchsorted(order, high, "right") - np.searchsorted(order, low, "left")

    same = count(key, key)
    around = (count(key - _HALF_WINDOW, key + _HALF_WINDOW) - same) / (2 * _HALF_WINDOW)
    return np.asarray((same >= _LEAST) & (same > _EXCESS * around))
