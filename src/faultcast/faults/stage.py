"""The stage as one call: a table of positions in, a fitted network out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from faultcast.errors import DataError
from faultcast.faults.network import FaultNetwork

_AXES = ["x_km", "y_km", "z_km"]


def reconstruct_network(
    points: pd.DataFrame,
    *,
    criterion: Literal["global", "local"] = "global",
    engine: Literal["exact", "released"] = "exact",
    n_subsets: int = 1,
    min_points: int = 4,
    background: Literal["box", "hull", "voronoi"] = "box",
    refine: Literal["em"] | None = None,
    assigned_only: bool = False,
) -> tuple[FaultNetwork, pd.DataFrame]:
    """Fit a network to a table with x_km, y_km, z_km (events, or condensed kernels).

    Parameters
    ----------
    points : DataFrame
    criterion, engine, n_subsets, min_points, background, refine
        As in `FaultNetwork`.
    assigned_only : bool
        Keep only condensed kernels that won an event (`n_events` > 0), as section 4.3 does.

    Returns
    -------
    FaultNetwork, and the rows of `points` that it was fitted to, in order: those with a
    position that is known, one a place in space per row.

    Raises
    ------
    DataError
        A column is missing, or the points cannot carry a network.
    """
    used = usable_points(points, assigned_only=assigned_only)
    net = FaultNetwork(criterion, engine, n_subsets, min_points, background, refine)
    return net.fit(positions(used)), used


def usable_points(points: pd.DataFrame, *, assigned_only: bool = False) -> pd.DataFrame:
    """Return the rows that a network is fitted to; see `reconstruct_network`."""
    missing = [name for name in _AXES if name not in points.columns]
    if assigned_only and "n_events" not in points.columns:
        missing.append("n_events")
    if missing:
        raise DataError(
            f"the points have no column {', '.join(missing)}; expected x_km, y_km, z_km"
            + (" and n_events" if assigned_only else "")
        )
    used = points
    if assigned_only:
        used = used[used["n_events"] > 0]
    return used[used[_AXES].notna().all(axis=1)].reset_index(drop=True)


def positions(used: pd.DataFrame) -> np.ndarray:
    """Return the positions (n, 3) of rows, km."""
    return used[_AXES].to_numpy(dtype=float)


def save_fitted(
    network: FaultNetwork, used: pd.DataFrame, folder: str | Path, provenance: Mapping[str, Any]
) -> None:
    """Write a network with the ids and positions of the rows that it was fitted to."""
    network.save(
        folder,
        event_ids=used["event_id"].to_numpy(),
        xyz_km=positions(used),
        crs=provenance.get("crs", ""),
        provenance=provenance,
    )
