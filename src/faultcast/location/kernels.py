"""From events to location kernels: the best description that an event has."""

from __future__ import annotations

import numpy as np
import pandas as pd

from faultcast.catalog.projection import Projection
from faultcast.errors import DataError
from faultcast.location.mixture import mixture_kernels
from faultcast.location.regression import ErrorRegression, fit_error_regression, known_errors
from faultcast.location.table import (
    COVARIANCE_COLUMNS,
    KERNEL_COLUMNS,
    empty_kernels,
    make_kernels,
)

CLASS_LIMITS_KM: dict[str, tuple[float, float]] = {
    "A": (1.0, 2.0),
    "B": (2.0, 5.0),
    "C": (5.0, np.inf),
    "D": (10.0, np.inf),
}
"""Letter -> horizontal and vertical limit; inf where the letter does not bound the depth. D says
only "> 5 km"; any other letter counts as D."""


def location_kernels(
    events: pd.DataFrame,
    projection: Projection,
    *,
    covariances: pd.DataFrame | None = None,
    samples: pd.DataFrame | None = None,
    class_limits: bool = False,
    depth_range_km: tuple[float, float] = (0.0, 20.0),
    max_components: int = 6,
    seed: int = 0,
) -> tuple[pd.DataFrame, ErrorRegression | None]:
    """Return the location kernels of all events.

    An event takes the first of these that it has: posterior samples (a mixture of Gaussians),
    a covariance, formal errors, and else errors from a regression of the known ones. Formal
    errors are 1 sigma and make a diagonal covariance, the same along east and north. A fixed or
    missing depth gets the standard deviation of a uniform depth over `depth_range_km` (5.8 km
    for 20 km), a missing one its middle.

    Parameters
    ----------
    events : event table.
    projection : to km.
    covariances : event_id, cxx, cxy, cxz, cyy, cyz, czz, km^2, x east, y north, z down; with
        latitude, longitude, depth_km, if there, as the mean (as `read_locations` gives them).
    samples : event_id, latitude, longitude, depth_km: equally likely places, many an event.
    class_limits : take the limits of the quality letters as sigmas instead of the regression.
    depth_range_km : where depths can lie.
    max_components : most components of a mixture.
    seed : of the mixture fits.

    Returns
    -------
    kernels : table of location kernels, events in the order of `events`.
    regression : what estimated the unknown errors; None where nothing was to be estimated.

    Raises
    ------
    DataError
        Too few known errors for a regression, or a description that makes no sense.
    """
    low, high = depth_range_km
    if not low < high:
        raise DataError(f"depth_range_km is {depth_range_km}; expected the lower value first")
    if covariances is not None and covariances["event_id"].duplicated().any():
        event = covariances["event_id"][covariances["event_id"].duplicated()].iloc[0]
        raise DataError(f"event {event} has more than one covariance: keep one an event")
    source = error_source(events, covariances=covariances, samples=samples)
    regression = None
    if "estimated" in source and not class_limits:
        regression = fit_error_regression(events)
    parts = []
    by_errors = events[np.isin(source, ["formal", "estimated"])]
    if len(by_errors):
        parts.append(_from_errors(by_errors, projection, regression, low, high))
    if covariances is not None and "covariance" in source:
        wanted = covariances.set_index("event_id").loc[events["event_id"][source == "covariance"]]
        places = events[source == "covariance"].set_index("event_id")
        parts.append(_from_covariances(wanted, places, projection))
    if samples is not None and "samples" in source:
        wanted = samples[samples["event_id"].isin(events["event_id"])]
        fits = mixture_kernels(wanted, projection, max_components=max_components, seed=seed)
        parts.append(make_kernels(*fits))
    kernels = pd.concat(parts, ignore_index=True) if parts else empty_kernels()
    return (kernels if len(parts) < 2 else _in_event_order(kernels, events)), regression


def _from_errors(
    events: pd.DataFrame,
    projection: Projection,
    regression: ErrorRegression | None,
    low_km: float,
    high_km: float,
) -> pd.DataFrame:
    """Return one kernel an event from formal errors, estimated where they are unknown."""
    horizontal, depth, fixed = known_errors(events)
    depth_open = np.isnan(depth) & ~fixed
    rows = np.flatnonzero(np.isnan(horizontal) | depth_open)
    if rows.size:
        unknown = events.iloc[rows]
        estimates = regression.predict(unknown) if regression else _class_limits(unknown)
        horizontal[rows] = np.where(np.isnan(horizontal[rows]), estimates[0], horizontal[rows])
        depth[rows] = np.where(depth_open[rows], estimates[1], depth[rows])
        fixed[rows] |= depth_open[rows] & estimates[2]
    z_km = events["depth_km"].to_numpy(dtype=float, copy=True)
    no_depth = np.isnan(z_km)
    z_km[no_depth] = 0.5 * (low_km + high_km)
    # the standard deviation of a uniform depth
    depth[fixed | no_depth] = (high_km - low_km) / np.sqrt(12.0)
    x_km, y_km = projection.forward(events["latitude"].to_numpy(), events["longitude"].to_numpy())
    matrices = np.zeros((len(events), 6))
    matrices[:, 0] = matrices[:, 3] = horizontal**2
    matrices[:, 5] = depth**2
    return _single(events["event_id"], np.column_stack([x_km, y_km, z_km]), matrices)


def _from_covariances(
    covariances: pd.DataFrame, events: pd.DataFrame, projection: Projection
) -> pd.DataFrame:
    """Return one kernel an event, at the expectation where the table gives one."""
    columns = ["latitude", "longitude", "depth_km"]
    table = covariances if set(columns) <= set(covariances.columns) else events
    x_km, y_km = projection.forward(table["latitude"].to_numpy(), table["longitude"].to_numpy())
    means = np.column_stack([x_km, y_km, table["depth_km"].to_numpy()])
    return _single(events.index, means, covariances[list(COVARIANCE_COLUMNS)].to_numpy())


def _single(
    event_ids: pd.Series | pd.Index, means: np.ndarray, matrices: np.ndarray
) -> pd.DataFrame:
    n = len(means)
    return make_kernels(np.asarray(event_ids), np.zeros(n, int), np.ones(n), means, matrices)


def error_source(
    events: pd.DataFrame,
    *,
    covariances: pd.DataFrame | None = None,
    samples: pd.DataFrame | None = None,
) -> np.ndarray:
    """Return where each event's location PDF comes from, (n,) str.

    "samples", "covariance", "formal" (both errors known, or the depth fixed), "estimated".
    """
    horizontal, depth, fixed = known_errors(events)
    known = np.isfinite(horizontal) & (np.isfinite(depth) | fixed)
    source = np.where(known, "formal", "estimated").astype("<U10")
    for name, table in (("covariance", covariances), ("samples", samples)):
        if table is not None:
            source[events["event_id"].isin(table["event_id"]).to_numpy()] = name
    return source


def _class_limits(events: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    letter = events["quality"].where(events["quality"].isin(list(CLASS_LIMITS_KM)), "D")
    limits = np.array([CLASS_LIMITS_KM[name] for name in letter])
    return limits[:, 0], limits[:, 1], np.isinf(limits[:, 1])


def _in_event_order(kernels: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    place = pd.Index(events["event_id"]).get_indexer(kernels["event_id"])
    order = np.lexsort((kernels["component"].to_numpy(), place))
    return kernels.iloc[order].reset_index(drop=True)[list(KERNEL_COLUMNS)]
