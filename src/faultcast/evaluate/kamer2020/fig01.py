"""Figure 1 of Kamer et al. (2020): aftershocks split top-down, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from faultcast.errors import DataError
from faultcast.evaluate.kamer2020.plane_rows import plane_rows, point_rows
from faultcast.faults import load_network
from faultcast.faults.geometry import plane_angles, plane_table
from faultcast.faults.mixture import Mixture
from faultcast.faults.top_down import PlaneStage, split_planes

GENTLE_DEG = 30.0
STEEP_DEG = 60.0
OFF_DEG = 30.0
_AXES = ["x_km", "y_km", "z_km"]


@dataclass(frozen=True)
class _Branches:
    """Steep kernels of the bottom-up network: means and unit normals (K, 3), events (n,).

    `kernel` is the branch of each event, -1 for none.
    """

    means: np.ndarray
    normals: np.ndarray
    kernel: np.ndarray


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

    A local branch is a kernel of the bottom-up network that dips 60 degrees or more; it is
    missed where most of its events lie in planes whose normal is more than 30 degrees off its
    own.

    Parameters
    ----------
    points : x_km, y_km, z_km of the events
    global_network : folder of the bottom-up network of the same events, in the same order
    n_planes : of the three stages shown (panels a to c); a stage that splitting does not reach
        is left out
    location_error_km : at which splitting would end
    seed : of the run that is shown
    n_repeats : runs with other seeds (seed + 1 and on)

    Returns
    -------
    DataFrame: panels a to c with kind "point" (series the plane's number), "plane" (columns of
    `plane_rows`; series), "next" (centres x_km, y_km, z_km of the two planes
    after the next split), "missed" (x_km, y_km, z_km and n_events of each missed branch),
    "stage" (n_planes, cost_km2, seed, gentle_share: of the events in planes that dip less than
    30 degrees; missed_share: of the branches' events in planes off their branch; flat_part:
    whether a plane of the split that led here dips less than 30 degrees). Kind "repeat": as
    "stage", other seeds. Without a panel, kind "bottom_up" (n_planes, gentle_share of the
    events in Gaussian kernels).

    Raises
    ------
    DataError
        The points do not split into the planes of panel a, or the network is of other points.
    """
    xyz_km = points[_AXES].to_numpy(dtype=float)
    mixture, events, _ = load_network(global_network)
    if len(events) != len(points):
        raise DataError(
            f"the network has {len(events)} events, the points {len(points)}: both must be of "
            "the same events"
        )
    branches = _branches(mixture, events["kernel"].to_numpy())
    parts = []
    for run in range(seed, seed + 1 + n_repeats):
        most = max(n_planes) + (run == seed)
        stages = split_planes(
            xyz_km, location_error_km=location_error_km, max_planes=most, seed=run
        )
        if run == seed and len(stages) < n_planes[0]:
            raise DataError(
                f"splitting {len(xyz_km)} points ended at {len(stages)} plane(s); figure 1 needs "
                f"{n_planes[0]}: more events, a smaller location error, or another seed"
            )
        for panel, n in zip("abc", n_planes, strict=True):
            if n > len(stages):
                continue
            if run == seed:
                parts += _panel(xyz_km, stages[n - 1], stages[n : n + 1], branches, panel)
            row = {"panel": panel, "kind": "stage" if run == seed else "repeat", "seed": run}
            parts.append(pd.DataFrame([row | _judged(stages[n - 1], branches)]))
    parts.append(_bottom_up(mixture, events))
    return pd.concat(parts, ignore_index=True)


def ours(table: pd.DataFrame) -> pd.DataFrame:
    """Return id, protocol, value, note of what the caption of Figure 1 says on (b) to (c)."""
    runs = table[table["kind"].isin(["stage", "repeat"]) & (table["panel"] == "c")]
    rows: list[tuple[str, float, str]] = []
    if len(runs):
        flat = runs["flat_part"].astype(bool)
        missed = runs["missed_share"].astype(float)
        rows = [
            (
                "fig01.flat_plane_introduced",
                float(flat.mean() > 0.5),
                f"so in {int(flat.sum())} of {len(runs)} runs",
            ),
            (
                "fig01.branches_missed",
                float(missed.mean() > 0.5),
                f"{100 * missed.mean():.0f} % of the events in steep kernels, mean of {len(runs)} "
                "runs",
            ),
        ]
    result = pd.DataFrame(rows, columns=["id", "value", "note"])
    result.insert(1, "protocol", "as_published")
    return result


def _branches(mixture: Mixture, kernel: np.ndarray) -> _Branches:
    normals = np.linalg.eigh(mixture.covariances)[1][:, :, 0]
    steep = ~mixture.is_background & (plane_angles(normals)[1] >= STEEP_DEG)
    number = np.where(steep, np.cumsum(steep) - 1, -1)
    return _Branches(mixture.means[steep], normals[steep], number[kernel])


def _panel(
    xyz_km: np.ndarray,
    stage: PlaneStage,
    after: list[PlaneStage],
    branches: _Branches,
    panel: str,
) -> list[pd.DataFrame]:
    n = len(stage.means)
    counts = np.bincount(stage.labels, minlength=n)
    mixture = Mixture(
        counts / counts.sum(), stage.means, stage.covariances, np.zeros(n, dtype=bool), []
    )
    planes = plane_rows(mixture, counts, panel)
    planes["series"] = np.arange(n).astype(str)
    centres = [
        pd.DataFrame(next_one.means[list(next_one.parts)], columns=_AXES) for next_one in after
    ]
    off = _off_branch(stage, branches)
    own = [off[branches.kernel == k] for k in range(len(branches.means))]
    missed = [k for k, events in enumerate(own) if len(events) and events.mean() > 0.5]
    places = pd.DataFrame(branches.means[missed], columns=_AXES)
    places["n_events"] = [len(own[k]) for k in missed]
    return [
        point_rows(xyz_km, stage.labels.astype(str), panel),
        planes,
        *(place.assign(panel=panel, kind="next") for place in centres),
        places.assign(panel=panel, kind="missed"),
    ]


def _judged(stage: PlaneStage, branches: _Branches) -> dict[str, float | bool]:
    dip = plane_angles(_normals(stage))[1]
    off = _off_branch(stage, branches)[branches.kernel >= 0]
    return {
        "n_planes": len(stage.means),
        "cost_km2": stage.cost_km2,
        "gentle_share": float((dip < GENTLE_DEG)[stage.labels].mean()),
        "missed_share": float(off.mean()) if len(off) else np.nan,
        "flat_part": bool((dip[list(stage.parts)] < GENTLE_DEG).any()),
    }


def _off_branch(stage: PlaneStage, branches: _Branches) -> np.ndarray:
    """Return for each event (n,) whether its plane is off its branch; False without a branch."""
    off = np.zeros(len(stage.labels), dtype=bool)
    inside = branches.kernel >= 0
    own, plane = branches.normals[branches.kernel[inside]], _normals(stage)[stage.labels[inside]]
    off[inside] = np.abs(np.sum(own * plane, axis=1)) < np.cos(np.radians(OFF_DEG))
    return off


def _normals(stage: PlaneStage) -> np.ndarray:
    return np.asarray(np.linalg.eigh(stage.covariances)[1][:, :, 0])


def _bottom_up(mixture: Mixture, events: pd.DataFrame) -> pd.DataFrame:
    counts = np.bincount(events["kernel"], minlength=len(mixture))
    planes = plane_table(mixture, counts)
    gentle = planes.loc[planes["dip_deg"] < GENTLE_DEG, "n_events"].sum()
    share = gentle / max(1, planes["n_events"].sum())
    return pd.DataFrame([{"kind": "bottom_up", "n_planes": len(planes), "gentle_share": share}])
