"""Completeness of a catalog over time, with the counts that it is read from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from faultcast.catalog.completeness import completeness_over_time
from faultcast.errors import DataError

COLUMNS = [
    "kind",
    "start_year",
    "end_year",
    "magnitude",
    "n_events",
    "magnitude_of_completeness",
    "n_complete",
    "b_value",
    "b_value_error",
]
_YEAR_DAYS = 365.25


def numbers(
    events: pd.DataFrame,
    *,
    years_per_window: float = 1.0,
    bin_width: float = 0.1,
    n_time_bins: int = 120,
) -> pd.DataFrame:
    """Return completeness in windows of time and the counts in bins of time and magnitude.

    Parameters
    ----------
    events : event table.
    years_per_window : length of a window, years of 365.25 days.
    bin_width : of the magnitudes; bins are centred on its multiples.
    n_time_bins : bins of time behind the counts.

    Returns
    -------
    `kind` "window": `start_year`, `end_year` (decimal), `n_events`,
    `magnitude_of_completeness`, `n_complete`, `b_value`, `b_value_error`. `kind` "count":
    `start_year`, `end_year`, `magnitude` (middle of the bin), `n_events`; empty bins left out.

    Raises
    ------
    DataError
        No event has a magnitude.
    """
    known = events[events["magnitude"].notna().to_numpy()]
    if known.empty:
        raise DataError(f"none of {len(events)} events has a magnitude: completeness is unknown")
    windows = completeness_over_time(events, years_per_window=years_per_window, bin_width=bin_width)
    windows = windows.drop(columns=["start", "end"]).assign(
        kind="window",
        start_year=decimal_year(windows["start"]),
        end_year=decimal_year(windows["end"]),
    )
    years = decimal_year(known["time"])
    time_edges = np.linspace(years.min(), years.max() + 1 / _YEAR_DAYS, n_time_bins + 1)
    bins = np.floor(known["magnitude"].to_numpy(float) / bin_width + 0.5 + 1e-9).astype(int)
    lowest = bins.min()
    counts = np.zeros((n_time_bins, bins.max() - lowest + 1), dtype=int)
    np.add.at(counts, (np.searchsorted(time_edges, years, side="right") - 1, bins - lowest), 1)
    when, magnitude = np.nonzero(counts)
    filled = pd.DataFrame(
        {
            "kind": "count",
            "start_year": time_edges[when],
            "end_year": time_edges[when + 1],
            "magnitude": np.round((magnitude + lowest) * bin_width, 6),
            "n_events": counts[when, magnitude],
        }
    )
    return pd.concat([windows, filled], ignore_index=True).reindex(columns=COLUMNS)


def decimal_year(times: pd.Series) -> np.ndarray:
    """Return times as decimal years of 365.25 days from 2000-01-01; (n,)."""
    since = (times - pd.Timestamp("2000-01-01", tz="UTC")) / pd.Timedelta(days=_YEAR_DAYS)
    return np.asarray(2000.0 + since.to_numpy(float))
