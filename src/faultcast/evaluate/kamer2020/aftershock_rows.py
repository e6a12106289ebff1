"""Our values of what section 4.1 of Kamer et al. (2020) prints on the Landers aftershocks."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from faultcast.faults import FaultNetwork, load_network, network_summary
from faultcast.faults.geometry import plane_table

_AXES = ["x_km", "y_km", "z_km"]
_PAPER_MINUTES = 5.0
_MINUTES_A_MONTH = 60.0 * 24.0 * 365.25 / 12.0


def aftershock_rows(
    points: pd.DataFrame,
    networks: dict[str, Path],
    others: dict[str, Path],
    aftershocks: str,
    n_catalog: int,
) -> list[dict[str, Any]]:
    """Return the rows of figure 6.

    Parameters
    ----------
    points : x_km, y_km, z_km of the events
    networks, others : folders by criterion ("local", "global"): of the default engine, and of
        the other one for the notes
    aftershocks : "landers" if these are the paper's own data
    n_catalog : events of the large catalog

    Returns
    -------
    rows with id, value, note, comparable.
    """
    values, other = _values(networks), _values(others)
    engines = [network_summary(folders["global"])["engine"] for folders in (networks, others)]
    comparable = aftershocks == "landers"
    rows = [
        {
            "id": f"fig06.{name}",
            "value": float(value),
            "note": f"{aftershocks}, engine {engines[0]}; engine {engines[1]}: {other[name]:.4g} "
            "(released follows the author's program, exact does not)",
            "comparable": comparable,
        }
        for name, value in values.items()
    ]
    low, high = points["y_km"].min(), points["y_km"].max()
    third = float(low + (high - low) / 3.0)
    thick, other_thick = (
        {name: _thickness_south_of(folder, third) for name, folder in folders.items()}
        for folders in (networks, others)
    )
    ratio = n_catalog / len(points)
    extrapolated = _PAPER_MINUTES * ratio**2 / _MINUTES_A_MONTH
    arithmetic = f"{n_catalog:,} / {len(points):,} events"
    extra: tuple[tuple[str, float, str, bool | None], ...] = (
        (
            "global_thicker_south",
            float(thick["global"] > thick["local"]),
            f"mean thickness, km: global {thick['global']:.2f}, local {thick['local']:.2f}; engine "
            f"{engines[1]}: {other_thick['global']:.2f} and {other_thick['local']:.2f}",
            comparable,
        ),
        (
            "wall_time",
            _whole_minutes(points, engines[0]),
            f"both criteria, engine {engines[0]}, compiled, one core, rounded up to a minute",
            comparable,
        ),
        ("catalog_ratio", ratio, arithmetic, None),
        (
            "extrapolated_wall_time",
            extrapolated,
            f"{_PAPER_MINUTES:g} min x ({arithmetic})^2, as the paper reckons; the benchmarks "
            "have what the whole catalog takes",
            comparable,
        ),
    )
    rows += [
        {"id": f"fig06.{name}", "value": value, "note": note, "comparable": known}
        for name, value, note, known in extra
    ]
    return rows


def _values(networks: dict[str, Path]) -> dict[str, float]:
    local, whole = (network_summary(networks[name]) for name in ("local", "global"))
    return {
        "n_events": local["n_events"],
        "n_protoclusters": local["n_protoclusters"],
        "n_kernels_local": local["n_kernels"],
        "n_kernels_global": whole["n_kernels"],
        "background_local": 100.0 * local["background_weight"],
        "background_global": 100.0 * whole["background_weight"],
        "local_has_more_kernels": float(local["n_kernels"] > whole["n_kernels"]),
        "local_has_more_background": float(local["background_weight"] > whole["background_weight"]),
    }


def _thickness_south_of(folder: Path, limit_km: float) -> float:
    """Return the mean thickness by events, km, of kernels with a centre south of a limit."""
    mixture, events, _ = load_network(folder)
    planes = plane_table(mixture, np.bincount(events["kernel"], minlength=len(mixture)))
    south = planes[(planes["y_km"] <= limit_km) & (planes["n_events"] > 0)]
    if south.empty:
        return np.nan
    return float(np.average(south["thickness_km"], weights=south["n_events"]))


def _whole_minutes(points: pd.DataFrame, engine: Literal["exact", "released"]) -> float:
    """Return the wall time of both criteria, rounded up: the digest of a result is no clock."""
    xyz_km = points[_AXES].to_numpy(dtype=float)
    start = time.perf_counter()
    for criterion in ("local", "global"):
        FaultNetwork(criterion, engine).fit(xyz_km)
    return float(np.ceil((time.perf_counter() - start) / 60.0))
