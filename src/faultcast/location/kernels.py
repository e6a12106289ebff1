"""From events to location kernels: the best description that an event has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from faultcast.catalog.projection import Projection
from faultcast.errors import DataError
from faultcast.location.mixture import mixture_kernels
from faultcast.location.regression import ErrorRegression, fit_error_regression, known_errors
from faultcast.location.table import COVARIANCE_COLUMNS, KERNEL_COLUMNS, make_kernels

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
    covariances : event_id, cxx, cxy, cxz, cyy, cyz, czz, km^2, x east, y north, z down.
    samples : event_id, x_km, y_km, z_km in `projection`: posterior samples, many rows an event.
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
    source = error_source(events, covariances=covariances, samples=samples)
    regression = None
    single = events[source != "samples"]
    horizontal, depth, fixed = known_errors(single)
    own = (source != "samples") & (source != "covariance")
    open_rows = own[source != "samples"] & (np.isnan(horizontal) | (np.isnan(depth) & ~fixed))
    if open_rows.any():
        unknown = single[open_rows]
        if class_limits:
            limits = _class_limits(unknown)
        else:
            regression = fit_error_regression(events)
            limits = regression.predict(unknown)
        _fill(open_rows, horizontal, depth, fixed, *limits)
    z_km = single["depth_km"].to_numpy(dtype=float, copy=True)
    no_depth = np.isnan(z_km)
    z_km[no_depth] = 0.5 * (low + high)
    depth[fixed | no_depth] = (high - low) / np.sqrt(12.0)
    matrices = np.zeros((len(single), 6))
    matrices[:, 0] = matrices[:, 3] = horizontal**2
    matrices[:, 5] = depth**2
    given = (source == "covariance")[source != "samples"]
    if covariances is not None and given.any():
        table = covariances.set_index("event_id")[list(COVARIANCE_COLUMNS)]
        matrices[given] = table.loc[single["event_id"][given]].to_numpy()
    x_km, y_km = projection.forward(single["latitude"].to_numpy(), single["longitude"].to_numpy())
    kernels = make_kernels(
        single["event_id"],
        np.zeros(len(single), dtype=int),
        np.ones(len(single)),
        np.column_stack([x_km, y_km, z_km]),
        matrices,
    )
    if samples is not None and (source == "samples").any():
        wanted = samples[samples["event_id"].isin(events["event_id"])]
        mixtures = make_kernels(*mixture_kernels(wanted, max_components=max_components, seed=seed))
        kernels = _in_event_order(pd.concat([kernels, mixtures], ignore_index=True), events)
    return kernels, regression


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


def location_summary(
    events: pd.DataFrame,
    kernels: pd.DataFrame,
    regression: ErrorRegression | None,
    *,
    covariances: pd.DataFrame | None = None,
    samples: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Return counts by source, and the held-out quality of the regression, as plain values."""
    source = error_source(events, covariances=covariances, samples=samples)
    names, counts = np.unique(source, return_counts=True)
    components = kernels.groupby("event_id", sort=False).size()
    summary: dict[str, Any] = {
        "n_events": len(events),
        "n_kernels": len(kernels),
        "events_by_source": dict(zip(names.tolist(), counts.tolist(), strict=True)),
        "n_without_depth": int(events["depth_km"].isna().sum()),
        "share_several_components": float((components > 1).mean()) if len(components) else 0.0,
    }
    if regression is not None:
        chosen = regression.candidates[regression.candidates["chosen"]]
        summary["regression"] = {
            str(row["quantity"]): {
                "form": str(row["form"]),
                "r2_held_out": float(row["r2_held_out"]),
                "scatter_held_out": float(row["scatter_held_out"]),
            }
            for _, row in chosen.iterrows()
        }
    return summary


def _class_limits(events: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    letter = events["quality"].where(events["quality"].isin(list(CLASS_LIMITS_KM)), "D")
    limits = np.array([CLASS_LIMITS_KM[name] for name in letter])
    return limits[:, 0], limits[:, 1], np.isinf(limits[:, 1])


def _fill(
    rows: np.ndarray,
    horizontal: np.ndarray,
    depth: np.ndarray,
    fixed: np.ndarray,
    new_horizontal: np.ndarray,
    new_depth: np.ndarray,
    new_fixed: np.ndarray,
) -> None:
    """Put estimates where `rows` have nothing known; in place."""
    places = np.flatnonzero(rows)
    depth_open = np.isnan(depth[places]) & ~fixed[places]
    horizontal[places] = np.where(np.isnan(horizontal[places]), new_horizontal, horizontal[places])
    depth[places] = np.where(depth_open, new_depth, depth[places])
    fixed[places] |= depth_open & new_fixed


def _in_event_order(kernels: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    place = pd.Index(events["event_id"]).get_indexer(kernels["event_id"])
    order = np.lexsort((kernels["component"].to_numpy(), place))
    return kernels.iloc[order].reset_index(drop=True)[list(KERNEL_COLUMNS)]
