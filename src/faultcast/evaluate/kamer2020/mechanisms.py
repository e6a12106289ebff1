"""Agreement of fault kernels with focal mechanisms, against three nulls.

One value a kernel, so that a kernel with thousands of mechanisms counts once: the median angle
between its normal and that of the nearer nodal plane, over its well-constrained mechanisms.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from faultcast.errors import DataError
from faultcast.evaluate.kamer2020.nodal_planes import (
    Floats,
    near_permutations,
    pair_angles,
    plane_normals,
    random_normals,
    slip_vectors,
)
from faultcast.faults import load_network
from faultcast.faults.geometry import plane_angles

QUALITIES = ("A", "B")
MIN_MECHANISMS = 10
FLATNESS = 0.25
REGIONAL_STRIKE_DEG, REGIONAL_DIP_DEG = 320.0, 90.0
REACH_KM = 50.0
STEEP_DEG = 45.0
_ANGLES_DEG = np.arange(0.0, 90.5, 1.0)


def numbers(
    mechanisms: pd.DataFrame,
    assignment: pd.DataFrame,
    condensed: pd.DataFrame,
    *,
    n_draws: int = 200,
    n_resamples: int = 2000,
    seed: int = 0,
    **networks: Path,
) -> pd.DataFrame:
    """Return what the figure shows.

    Parameters
    ----------
    mechanisms : event_id, strike_deg, dip_deg, rake_deg, quality; A and B are used.
    assignment : event_id and the condensed kernel that it is assigned to.
    condensed : the condensed kernels; those with `n_events` > 0 are the points of networks of
        condensed kernels.
    n_draws : of the isotropic planes and of the permutations.
    n_resamples : of the bootstrap over kernels.
    seed : of all random numbers.
    networks : name -> folder, of condensed kernels or of events.

    Returns
    -------
    DataFrame, `network`, `group` ("all" kernels, or the "steep" that dip 45 degrees or more) and
    `kind`:
    "kernel" (group "all"): kernel, dip_deg, n_mechanisms, angle_deg, regional_deg, isotropic_deg
    and permuted_deg (medians over draws);
    "curve": series, angle_deg, share (of kernels, and draws, at or below);
    "summary": series, n_kernels, n_mechanisms, median_deg with low and high (bootstrap over
    kernels, 95 %), difference_deg (the null's median minus the kernels') with difference_low and
    difference_high, p_value (share of draws whose median is not above the kernels'; of isotropic
    and permuted alone), seed.
    Series: "kernels", and the nulls "permuted" (sets of mechanisms permuted among kernels of the
    group, none further than 50 km), "regional" (N40W, vertical, for all) and "isotropic" (a
    random plane for each kernel).

    Raises
    ------
    DataError
        Fewer than two kernels of a network qualify.
    """
    tables = []
    for name, folder in networks.items():
        owners = _event_kernels(folder, assignment, condensed)
        kernels, normals, sets = _eligible(folder, mechanisms, owners)
        if len(kernels) < 2:
            raise DataError(
                f"{len(kernels)} kernels of {folder} are flat and have {MIN_MECHANISMS} mechanisms "
                f"of quality {' or '.join(QUALITIES)}; expected at least 2: are the mechanisms of "
                "this catalog's events?"
            )
        for group, least_deg in (("all", 0.0), ("steep", STEEP_DEG)):
            inside = np.flatnonzero(kernels["dip_deg"] >= least_deg)
            if len(inside) < 2:
                continue
            rng = np.random.default_rng(seed)
            part = kernels.iloc[inside]
            observed, nulls = _angles(
                part, normals[inside], [sets[k] for k in inside.tolist()], n_draws, rng
            )
            rows = part[["kernel", "dip_deg", "n_mechanisms"]].assign(kind="kernel")
            for series, values in {"angle": observed[None], **nulls}.items():
                rows[f"{series}_deg"] = np.median(values, axis=0)
            every = {"kernels": observed[None], **nulls}
            counts = {"n_kernels": len(part), "n_mechanisms": int(part["n_mechanisms"].sum())}
            summary = _summary(every, n_resamples, rng).assign(**counts, seed=seed)
            shown = ([rows] if group == "all" else []) + [_curves(every), summary]
            tables.append(pd.concat(shown, ignore_index=True).assign(network=name, group=group))
    table = pd.concat(tables, ignore_index=True)
    first = ["network", "group", "kind"]
    return table[first + [name for name in table.columns if name not in first]]


def permuted_agreement(
    folder: Path,
    mechanisms: pd.DataFrame,
    *,
    n_draws: int = 200,
    n_resamples: int = 2000,
    seed: int = 0,
) -> dict[str, float]:
    """Return how much nearer the kernels of a network of events are to their own mechanisms.

    Returns
    -------
    n_mechanism_kernels; mechanism_angle_deg, the median over kernels; permuted_gap_deg, the same
    of mechanisms permuted within 50 km minus it (positive: the kernels' own are nearer) with
    permuted_gap_low and permuted_gap_high, as in `numbers`; NaN where fewer than two kernels
    qualify.
    """
    owners = load_network(folder)[1][["event_id", "kernel"]]
    kernels, normals, sets = _eligible(folder, mechanisms, owners)
    found = {"n_mechanism_kernels": len(kernels), "mechanism_angle_deg": np.nan}
    gaps = {f"permuted_gap_{end}": np.nan for end in ("deg", "low", "high")}
    if len(kernels) >= 2:
        rng = np.random.default_rng(seed)
        observed, nulls = _angles(kernels, normals, sets, n_draws, rng)
        every = {"kernels": observed[None], "permuted": nulls["permuted"]}
        rows = _summary(every, n_resamples, rng).set_index("series").to_dict("index")
        found["mechanism_angle_deg"] = rows["kernels"]["median_deg"]
        gaps = {name: rows["permuted"][name.replace("permuted_gap", "difference")] for name in gaps}
    return found | gaps


def _eligible(
    folder: Path, mechanisms: pd.DataFrame, owners: pd.DataFrame
) -> tuple[pd.DataFrame, Floats, list[Floats]]:
    """Return flat kernels with enough mechanisms, their normals, and the nodal normals of each."""
    mixture = load_network(folder)[0]
    good = mechanisms[mechanisms["quality"].isin(QUALITIES)].merge(owners, on="event_id")
    values, vectors = np.linalg.eigh(mixture.covariances)
    flat = ~mixture.is_background & (values[:, 0] < FLATNESS * values[:, 1])
    owner = good["kernel"].to_numpy()
    n_mechanisms = np.bincount(owner, minlength=len(mixture))
    chosen = np.flatnonzero(flat & (n_mechanisms >= MIN_MECHANISMS))
    angles = [good[name].to_numpy(float) for name in ("strike_deg", "dip_deg", "rake_deg")]
    nodal = np.stack((plane_normals(*angles[:2]), slip_vectors(*angles)), axis=1)
    normals = vectors[chosen, :, 0]
    kernels = pd.DataFrame({"kernel": chosen, "n_mechanisms": n_mechanisms[chosen]})
    kernels["dip_deg"] = plane_angles(normals)[1]
    kernels[["x_km", "y_km", "z_km"]] = mixture.means[chosen]
    return kernels, normals, [nodal[owner == k] for k in chosen.tolist()]


def _event_kernels(folder: Path, assignment: pd.DataFrame, condensed: pd.DataFrame) -> pd.DataFrame:
    """Return event_id and the network's kernel: of the event itself or of its condensed kernel."""
    points = load_network(folder)[1]
    used = np.flatnonzero(condensed["n_events"].to_numpy() > 0)
    if not np.array_equal(condensed["event_id"].to_numpy()[used], points["event_id"].to_numpy()):
        return points[["event_id", "kernel"]]
    label = np.full(len(condensed), -1)
    label[used] = points["kernel"].to_numpy()
    return pd.DataFrame(
        {
            "event_id": assignment["event_id"],
            "kernel": label[assignment["kernel"].to_numpy()],
        }
    )


def _angles(
    kernels: pd.DataFrame,
    normals: Floats,
    sets: list[Floats],
    n_draws: int,
    rng: np.random.Generator,
) -> tuple[Floats, dict[str, Floats]]:
    """Return the angle of each kernel (n,), and of each null (draws, n)."""
    pairs = pair_angles(normals, sets)
    regional = plane_normals([REGIONAL_STRIKE_DEG], [REGIONAL_DIP_DEG])
    centres = kernels[["x_km", "y_km", "z_km"]].to_numpy()
    order = near_permutations(centres, REACH_KM, n_draws, rng)
    isotropic = [pair_angles(random_normals(n_draws, rng), [nodal])[:, 0] for nodal in sets]
    return np.diag(pairs).copy(), {
        "permuted": pairs[np.arange(len(sets)), order],
        "regional": pair_angles(regional, sets),
        "isotropic": np.stack(isotropic, axis=1),
    }


def _curves(every: dict[str, Floats]) -> pd.DataFrame:
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "kind": "curve",
                    "series": series,
                    "angle_deg": _ANGLES_DEG,
                    "share": np.searchsorted(np.sort(values.ravel()), _ANGLES_DEG, "right")
                    / values.size,
                }
            )
            for series, values in every.items()
        ],
        ignore_index=True,
    )


def _summary(every: dict[str, Floats], n_resamples: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return medians over kernels; each resample takes the same kernels for all series."""
    observed = every["kernels"]
    drawn = rng.integers(observed.shape[1], size=(n_resamples, observed.shape[1]))
    own = np.median(observed[0][drawn], axis=1)
    rows = []
    for series, values in every.items():
        # a resample of a null with draws takes one of them, so that its chance counts too
        row = rng.integers(len(values), size=n_resamples)
        medians = np.median(values[row[:, None], drawn], axis=1)
        low, high = np.quantile(medians, [0.025, 0.975])
        per_draw = np.median(values, axis=1)
        found = {
            "kind": "summary",
            "series": series,
            "median_deg": float(np.median(per_draw)),
            "low": low,
            "high": high,
        }
        if series != "kernels":
            gap_low, gap_high = np.quantile(medians - own, [0.025, 0.975])
            gap = float(np.median(per_draw) - np.median(observed))
            found |= {"difference_deg": gap, "difference_low": gap_low, "difference_high": gap_high}
        if len(values) > 1:
            as_good = int(np.sum(per_draw <= np.median(observed)))
            found["p_value"] = (1 + as_good) / (1 + len(values))
        rows.append(found)
    return pd.DataFrame(rows)
