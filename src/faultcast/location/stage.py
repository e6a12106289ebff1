"""The stage as one call: events in, their location kernels and the tables that explain them out."""

from __future__ import annotations

import pandas as pd

from faultcast.catalog import Projection
from faultcast.location.kernels import location_kernels


def locate_events(
    events: pd.DataFrame,
    covariances: pd.DataFrame,
    samples: pd.DataFrame,
    projection: Projection,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return location kernels, the coefficients of the error regression, and errors by quality.

    Parameters
    ----------
    events : event table.
    covariances, samples : as `read_locations` gives them, of these and perhaps more events; may
        be empty.
    projection : to km.

    Returns
    -------
    kernels, coefficients, medians; the last two are empty where no error had to be estimated.
    """
    kernels, regression = location_kernels(
        events,
        projection,
        covariances=_of(events, covariances),
        samples=_of(events, samples),
    )
    if regression is None:
        return kernels, pd.DataFrame(columns=["quantity"]), pd.DataFrame(columns=["letter"])
    return kernels, regression.coefficients, regression.medians


def _of(events: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame | None:
    """Return the rows of a table that are of these events; None if there are none."""
    rows = table[table["event_id"].isin(events["event_id"])]
    return rows.reset_index(drop=True) if len(rows) else None
