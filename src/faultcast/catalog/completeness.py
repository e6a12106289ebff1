"""Magnitude of completeness and b-value of a catalog, over time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from faultcast.errors import CatalogError

_CORRECTION = 0.2
_LN10 = np.log(10.0)


def magnitude_of_completeness(
    magnitudes: np.ndarray, *, bin_width: float = 0.1, correction: float = _CORRECTION
) -> float:
    """Return the magnitude of completeness by maximum curvature.

    The centre of the fullest magnitude bin, plus 0.2 (Woessner & Wiemer 2005, BSSA 95, 684:
    maximum curvature alone is too low). NaN without a magnitude.

    Parameters
    ----------
    magnitudes : (n,); NaN is left out.
    bin_width : bins are centred on its multiples.
    correction : what is added.
    """
    bins = _bins(magnitudes, bin_width)
    if bins.size == 0:
        return float("nan")
    lowest = bins.min()
    return float((lowest + np.bincount(bins - lowest).argmax()) * bin_width + correction)


def b_value(
    magnitudes: np.ndarray, magnitude_min: float, *, bin_width: float = 0.1
) -> tuple[float, float, int]:
    """Return the b-value of Gutenberg and Richter, its standard error, and the events used.

    Aki (1965) with Utsu's correction for binning, b = log10(e) / (mean M - (Mc - dM / 2)), on
    magnitudes in bins of dM at or above Mc; error after Shi & Bolt (1982, BSSA 72, 1677),
    2.30 b^2 sqrt(sum (M - mean)^2 / (n (n - 1))). NaN where fewer than two events, or magnitudes
    all in the lowest bin, say nothing.
    """
    if not np.isfinite(magnitude_min):
        return float("nan"), float("nan"), 0
    bins = _bins(magnitudes, bin_width)
    used = bins[bins >= round(magnitude_min / bin_width)] * bin_width
    n_events = int(used.size)
    if n_events < 2 or not np.ptp(used) > 0.0:
        return float("nan"), float("nan"), n_events
    lowest = round(magnitude_min / bin_width) * bin_width - bin_width / 2.0
    b = 1.0 / (_LN10 * (used.mean() - lowest))
    spread = np.sqrt(used.var() / (n_events - 1))
    return float(b), float(_LN10 * b**2 * spread), n_events


def completeness_over_time(
    events: pd.DataFrame,
    *,
    years_per_window: float = 1.0,
    bin_width: float = 0.1,
    correction: float = _CORRECTION,
) -> pd.DataFrame:
    """Return completeness and b-value in windows of time.

    Parameters
    ----------
    events : event table; events without a magnitude count in `n_events` alone.
    years_per_window : length of a window, in years of 365.25 days; the first starts with the
        year of the first event.
    bin_width : magnitude bins, see `magnitude_of_completeness`.
    correction : added to the maximum of the curvature.

    Returns
    -------
    One row a window: start, end, n_events, magnitude_of_completeness, n_complete (events at or
    above it), b_value, b_value_error; NaN where a window says nothing.

    Raises
    ------
    CatalogError
        There is no event, or a width is not positive.
    """
    if not (years_per_window > 0.0 and bin_width > 0.0):
        raise CatalogError(
            f"years_per_window is {years_per_window:g} and bin_width {bin_width:g}; "
            "both must be positive"
        )
    if events.empty:
        raise CatalogError("no events to estimate completeness from")
    times = events["time"].to_numpy("datetime64[ns]")
    first = times.min().astype("datetime64[Y]").astype("datetime64[ns]")
    step = np.timedelta64(round(years_per_window * 365.25 * 86_400), "s").astype("timedelta64[ns]")
    edges = first + step * np.arange((times.max() - first) // step + 2)
    window = np.searchsorted(edges, times, side="right") - 1
    magnitudes = events["magnitude"].to_numpy("float64")
    rows = []
    for k in range(len(edges) - 1):
        inside = magnitudes[window == k]
        complete = magnitude_of_completeness(inside, bin_width=bin_width, correction=correction)
        b, error, n_used = b_value(inside, complete, bin_width=bin_width)
        rows.append((int(inside.size), complete, n_used, b, error))
    names = ["n_events", "magnitude_of_completeness", "n_complete", "b_value", "b_value_error"]
    frame = pd.DataFrame(rows, columns=names)
    frame.insert(0, "end", pd.Series(edges[1:]).dt.tz_localize("UTC"))
    frame.insert(0, "start", pd.Series(edges[:-1]).dt.tz_localize("UTC"))
    return frame


def _bins(magnitudes: np.ndarray, bin_width: float) -> np.ndarray:
    """Return the number of each magnitude's bin, centred on multiples; (n,) int64."""
    finite = magnitudes[np.isfinite(magnitudes)]
    # halves go up, whatever binary fraction the magnitude is
    return np.floor(finite / bin_width + 0.5 + 1e-9).astype("int64")
