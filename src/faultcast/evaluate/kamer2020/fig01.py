"""Figure 1 of Kamer et al. (2020): aftershocks split top-down, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from faultcast.errors import DataError
from faultcast.evaluate.kamer2020.plane_rows import plane_rows, point_rows
from faultcast.faults.geometry import plane_angles, plane_corners, plane_table
from faultcast.faults.mixture import Mixture
from faultcast.faults.store import load_network
from faultcast.faults.top_down import PlaneStage, split_planes

GENTLE_DEG = 30.0


def numbers(
    points: pd.DataFrame,
    global_network: Path,
    *,
    n_planes: Sequence[int] = (2, 3, 4),
    location_error_km: float = 1.0,
    seed: int = 0,
    n_repeats: int = 20,
) -> pd.DataFrame:
    """Return what Figure 1 shows.

    Parameters
    ----------
    points : x_km, y_km, z_km of the events
    global_network : folder of the bottom-up network of the same events, for comparison
    n_planes : of the three stages shown (panels a to c); a stage that splitting does not reach
        is left out
    location_error_km : at which splitting would end
    seed : of the run that is shown
    n_repeats : runs with other seeds (seed + 1 and on), for the share in gentle planes

    Returns
    -------
    DataFrame: panels a to c with kind "point" (series the plane's number), "plane" (columns of
    `plane_rows` and z1_km .. z4_km; series), "next" (centres x_km, y_km, z_km of the two planes
    after the next split), "stage" (n_planes, cost_km2, gentle_share: of the events in planes
    that dip less than 30 degrees). Kind "repeat" (panel, seed, gentle_share) and, without a
    panel, kind "bottom_up" (n_planes, gentle_share of the events in Gaussian kernels).

    Raises
    ------
    DataError
        The points do not split into the planes of panel a.
    """
    xyz_km = points[["x_km", "y_km", "z_km"]].to_numpy(dtype=float)
    most = max(n_planes) + 1
    shown = _stages(xyz_km, location_error_km, most, seed)
    if len(shown) < n_planes[0]:
        raise DataError(
            f"splitting {len(xyz_km)} points ended at {len(shown)} plane(s); figure 1 needs "
            f"{n_planes[0]}: more events, a smaller location error, or another seed"
        )
    parts = []
    for panel, n in zip("abc", n_planes, strict=True):
        if n <= len(shown):
            parts += _panel(xyz_km, shown[n - 1], shown[n : n + 1], panel)
    for repeat in range(seed + 1, seed + 1 + n_repeats):
        stages = _stages(xyz_km, location_error_km, max(n_planes), repeat)
        for panel, n in zip("abc", n_planes, strict=True):
            if n <= len(stages):
                share = _gentle_share(stages[n - 1])
                row = {"panel": panel, "kind": "repeat", "seed": repeat, "gentle_share": share}
                parts.append(pd.DataFrame([row]))
    parts.append(_bottom_up(global_network))
    return pd.concat(parts, ignore_index=True)


def _stages(xyz_km: np.ndarray, error_km: float, most: int, seed: int) -> list[PlaneStage]:
    return split_planes(xyz_km, location_error_km=error_km, max_planes=most, seed=seed)


def _panel(
    xyz_km: np.ndarray, stage: PlaneStage, after: list[PlaneStage], panel: str
) -> list[pd.DataFrame]:
    n = len(stage.means)
    counts = np.bincount(stage.labels, minlength=n)
    mixture = Mixture(
        counts / counts.sum(), stage.means, stage.covariances, np.zeros(n, dtype=bool), []
    )
    planes = plane_rows(mixture, counts, panel)
    corners = plane_corners(stage.means, stage.covariances)
    for c in range(4):
        planes[f"z{c + 1}_km"] = corners[:, c, 2]
    planes["series"] = np.arange(n).astype(str)
    centres = [
        pd.DataFrame(next_one.means[list(next_one.parts)], columns=["x_km", "y_km", "z_km"])
        for next_one in after
    ]
    row = {
        "panel": panel,
        "kind": "stage",
        "n_planes": n,
        "cost_km2": stage.cost_km2,
        "gentle_share": _gentle_share(stage),
    }
    return [
        point_rows(xyz_km, stage.labels.astype(str), panel),
        planes,
        *(places.assign(panel=panel, kind="next") for places in centres),
        pd.DataFrame([row]),
    ]


def _gentle_share(stage: PlaneStage) -> float:
    normals = np.linalg.eigh(stage.covariances)[1][:, :, 0]
    gentle = plane_angles(normals)[1] < GENTLE_DEG
    return float(gentle[stage.labels].mean())


def _bottom_up(folder: Path) -> pd.DataFrame:
    mixture, events, _ = load_network(folder)
    counts = events["kernel"].value_counts().reindex(range(len(mixture)), fill_value=0)
    planes = plane_table(mixture, counts.to_numpy())
    gentle = planes.loc[planes["dip_deg"] < GENTLE_DEG, "n_events"].sum()
    share = gentle / max(1, planes["n_events"].sum())
    return pd.DataFrame([{"kind": "bottom_up", "n_planes": len(planes), "gentle_share": share}])
