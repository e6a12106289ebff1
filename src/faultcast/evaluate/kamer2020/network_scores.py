"""Networks of one region side by side: what they are made of, and what they forecast."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from faultcast.errors import DataError
from faultcast.evaluate.intervals import sequence_bootstrap
from faultcast.evaluate.kamer2020.forecast_inputs import Periods
from faultcast.evaluate.spatial_targets import select_targets
from faultcast.faults import FaultNetwork, load_network
from faultcast.forecast.density import mass_inside, with_floor
from faultcast.forecast.network import network_density
from faultcast.forecast.volume import Volume

FLAT_DIP_DEG = 20.0
SLAB_DEPTH_KM = (4.0, 7.0)


def common_floor(scores: pd.DataFrame) -> float:
    """Return the weight of the uniform floor in the fair scoring of Figure 12.

    Parameters
    ----------
    scores : the table of `fig12.numbers`, whose floor was chosen on the past.

    Raises
    ------
    DataError
        The table holds no fair scores, or several floors.
    """
    weights = scores.loc[scores["scoring"] == "fair", "floor_weight"].unique()
    if len(weights) != 1:
        raise DataError(
            f"the forecast test has {len(weights)} floor weights in its fair scoring; expected one"
        )
    return float(weights[0])


def slab_numbers(folder: Path, point_events: np.ndarray | None = None) -> dict[str, Any]:
    """Return what a network is made of, and how much of it lies flat at 4 to 7 km.

    Parameters
    ----------
    folder : of the network.
    point_events : (n,) events that each of its points stands for; one each without.

    Returns
    -------
    n_events, n_points, n_faults, n_backgrounds, background_weight, bic_per_point;
    flat_share_kernels (of the Gaussian kernels: dip below 20 degrees, centre at 4-7 km) and
    flat_share_events (of all events: those labelled to such a kernel); median_thickness_km (over
    kernels, sqrt(12 smallest eigenvalue)).

    Raises
    ------
    DataError
        `point_events` has another length than the network has points.
    """
    _, points, record = load_network(folder)
    summary = record["summary"]
    if point_events is None:
        point_events = np.ones(len(points))
    if len(point_events) != len(points):
        raise DataError(
            f"{folder} stands on {len(points)} points, but there are numbers of events for "
            f"{len(point_events)}: are both from the same condensation?"
        )
    planes = FaultNetwork.load(folder).planes()
    low, high = SLAB_DEPTH_KM
    flat = (planes["dip_deg"] < FLAT_DIP_DEG) & planes["z_km"].between(low, high)
    on_flat = points["kernel"].isin(planes.loc[flat, "kernel"]).to_numpy()
    n_events = float(point_events.sum())
    return {
        "n_events": round(n_events),
        "n_points": len(points),
        **{key: summary[key] for key in ("n_faults", "n_backgrounds", "background_weight")},
        "bic_per_point": summary["bic_per_event"],
        "flat_share_kernels": float(flat.mean()) if len(planes) else 0.0,
        "flat_share_events": float(point_events[on_flat].sum()) / n_events,
        "median_thickness_km": float(planes["thickness_km"].median()) if len(planes) else np.nan,
    }


def fair_scores(
    networks: Mapping[str, FaultNetwork],
    periods: Periods,
    *,
    floor_weight: float,
    magnitude_min: float = 2.5,
    weights: Mapping[str, np.ndarray] | None = None,
    n_resamples: int = 2000,
    n_mass_samples: int = 100_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the fair score of each network on the same targets, a row each.

    As the fair scoring of `spatial_forecast_test`: each density is divided by its integral over
    the target volume and mixed with a uniform floor.

    Parameters
    ----------
    networks : by name; the first is the one that others are compared with.
    periods : learning and target period; the learning region's projection is the networks'.
    floor_weight : weight of the uniform floor, chosen on the past.
    magnitude_min : of the targets.
    weights : name -> (k,) weights in place of a network's own.
    n_resamples : of the bootstrap.
    n_mass_samples : draws for each integral.
    seed : of both.

    Returns
    -------
    network, n_targets, n_sequences, floor_weight, mass_inside, nll_per_event (nats) with low and
    high, difference (minus the first network; positive is worse) with difference_low and
    difference_high: 95 % intervals, a bootstrap over sequences with the same draws for all;
    difference_low_wide and difference_high_wide, the same with wider links.

    Raises
    ------
    DataError
        No target is left.
    """
    projection = periods.learning.projection()
    targets = select_targets(periods.targets, periods.target, projection, magnitude_min)
    volume = Volume(periods.target, projection)
    columns, masses = [], []
    for name, network in networks.items():
        density = network_density(network, volume, (weights or {}).get(name))
        mass = mass_inside(density, volume, n_samples=n_mass_samples, seed=seed).inside
        logs = with_floor(density.log_density(targets.xyz_km), mass, floor_weight, volume)
        columns.append(-logs)
        masses.append(mass)
    own = np.stack(columns, axis=1)
    gaps = own - own[:, :1]
    both = sequence_bootstrap(np.hstack((own, gaps)), targets.sequence, n_resamples, seed)
    wide = sequence_bootstrap(gaps, targets.wide_sequence, n_resamples, seed)
    rows = [
        {
            "network": name,
            "n_targets": len(own),
            "n_sequences": len(np.unique(targets.sequence)),
            "floor_weight": floor_weight,
            "mass_inside": masses[i],
            "nll_per_event": both[i].mean,
            "low": both[i].low,
            "high": both[i].high,
            "difference": both[i + len(networks)].mean,
            "difference_low": both[i + len(networks)].low,
            "difference_high": both[i + len(networks)].high,
            "difference_low_wide": wide[i].low,
            "difference_high_wide": wide[i].high,
        }
        for i, name in enumerate(networks)
    ]
    return pd.DataFrame(rows)
