"""A fault network on disk: kernels, events and backgrounds as Parquet, network.json beside them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from faultcast.errors import DataError
from faultcast.faults.boxes import Box, gaussian_box
from faultcast.faults.geometry import plane_table
from faultcast.faults.mixture import Mixture
from faultcast.faults.shapes import backgrounds_from_table, backgrounds_to_table
from faultcast.io import read_json, read_table, reading, write_json, write_table

_COVARIANCE = {
    "cxx": (0, 0),
    "cxy": (0, 1),
    "cxz": (0, 2),
    "cyy": (1, 1),
    "cyz": (1, 2),
    "czz": (2, 2),
}
_FILES = ("kernels.parquet", "events.parquet", "network.json")


def kernel_table(mixture: Mixture, n_events: np.ndarray) -> pd.DataFrame:
    """Return one row a kernel: weight, moments, box corners, plane (NaN for a background).

    The box of a Gaussian, and of a background that is no box, is the uniform cuboid of the same
    moments.
    """
    table = pd.DataFrame({"weight": mixture.weights, "is_background": mixture.is_background})
    table[["x_km", "y_km", "z_km"]] = mixture.means
    for name, (a, b) in _COVARIANCE.items():
        table[name] = mixture.covariances[:, a, b]
    table["n_events"] = n_events
    boxes = [gaussian_box(m, c) for m, c in zip(mixture.means, mixture.covariances, strict=True)]
    for k, body in zip(np.flatnonzero(mixture.is_background), mixture.backgrounds, strict=True):
        if isinstance(body, Box):
            boxes[k] = body
    corners = np.array([box.corners() for box in boxes]).reshape(-1, 8, 3)
    for c in range(8):
        for a, axis in enumerate("xyz"):
            table[f"corner{c}_{axis}_km"] = corners[:, c, a]
    planes = plane_table(mixture, n_events).set_index("kernel")
    names = ["strike_deg", "dip_deg", "length_km", "width_km", "thickness_km", "density_per_km3"]
    return table.join(planes[names])


def save_network(
    folder: str | Path,
    mixture: Mixture,
    events: pd.DataFrame,
    record: Mapping[str, Any],
    provenance: Mapping[str, Any] | None = None,
) -> None:
    """Write a network; `events` has a row an event (kernel, responsibility), `record` the rest."""
    target = Path(folder)
    counts = np.bincount(events["kernel"], minlength=len(mixture))
    write_table(kernel_table(mixture, counts), target / "kernels.parquet", provenance)
    shapes = backgrounds_to_table(mixture.backgrounds)
    write_table(shapes, target / "backgrounds.parquet", provenance)
    write_table(events, target / "events.parquet", provenance)
    write_json({**record, "provenance": dict(provenance or {})}, target / "network.json")


def load_network(folder: str | Path) -> tuple[Mixture, pd.DataFrame, dict[str, Any]]:
    """Read a network written by `save_network`: mixture, events, record.

    Raises
    ------
    DataError
        The folder is no fault network.
    """
    source = Path(folder)
    missing = [name for name in _FILES if not (source / name).is_file()]
    if missing:
        raise DataError(
            f"{source} is no fault network: {', '.join(missing)} not found; expected a folder "
            "written by FaultNetwork.save"
        )
    with reading(source):
        return (
            _mixture(source),
            read_table(source / "events.parquet"),
            read_json(source / _FILES[2]),
        )


def _mixture(source: Path) -> Mixture:
    table = read_table(source / "kernels.parquet")
    covariances = np.empty((len(table), 3, 3))
    for name, (a, b) in _COVARIANCE.items():
        covariances[:, a, b] = covariances[:, b, a] = table[name]
    is_background = table["is_background"].to_numpy(dtype=bool)
    if (source / "backgrounds.parquet").is_file():
        backgrounds = backgrounds_from_table(read_table(source / "backgrounds.parquet"))
    else:  # networks of earlier versions had boxes only, by their corners
        backgrounds = [_box(corners) for corners in _corners(table[is_background])]
    if len(backgrounds) != is_background.sum():
        raise DataError(
            f"{source} has {is_background.sum()} backgrounds, but {len(backgrounds)} bodies of "
            "them: its files are not of one network; save it again"
        )
    return Mixture(
        table["weight"].to_numpy(dtype=float),
        table[["x_km", "y_km", "z_km"]].to_numpy(dtype=float),
        covariances,
        is_background,
        backgrounds,
    )


def network_summary(folder: str | Path) -> dict[str, Any]:
    """Return the numbers of a network that stand against published ones.

    Keys: criterion, engine, n_subsets, min_points, background, refine, n_events, n_kernels
    (backgrounds included), n_faults, n_backgrounds, background_weight, n_protoclusters,
    capacity_kernels, capacity_clusters, bic, bic_per_event, log_likelihood.
    """
    return dict(load_network(folder)[2]["summary"])


def _corners(table: pd.DataFrame) -> np.ndarray:
    """Return the corners (K, 8, 3) of the kernels' boxes."""
    names = [f"corner{c}_{axis}_km" for c in range(8) for axis in "xyz"]
    return table[names].to_numpy(dtype=float).reshape(-1, 8, 3)


def _box(corners: np.ndarray) -> Box:
    """Return the box of corners (8, 3) in the order of `Box.corners`."""
    sides = corners[[4, 2, 1]] - corners[0]
    length = np.linalg.norm(sides, axis=1)
    return Box(corners.mean(axis=0), sides / length[:, None], length / 2.0)
