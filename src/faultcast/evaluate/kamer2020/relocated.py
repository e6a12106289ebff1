"""Waveform-relocated against routine hypocentres of the same events: two networks, one test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from faultcast.evaluate.kamer2020.forecast_inputs import read_periods
from faultcast.evaluate.kamer2020.mechanisms import permuted_agreement
from faultcast.evaluate.kamer2020.network_scores import common_floor, fair_scores, slab_numbers
from faultcast.faults import FaultNetwork, load_network


def numbers(
    events: pd.DataFrame,
    targets: pd.DataFrame,
    scores: pd.DataFrame,
    mechanisms: pd.DataFrame,
    routine: Path,
    relocated: Path,
    *,
    region: Mapping[str, Any],
    target_region: Mapping[str, Any],
    magnitude_min: float = 2.5,
) -> pd.DataFrame:
    """Return two rows a set of targets: the routine network first, the other compared with it.

    Parameters
    ----------
    events, targets, scores, region, target_region, magnitude_min
        As in `catalog_variants.numbers`.
    mechanisms : event_id, relocated latitude, longitude and depth_km, and the mechanism.
    routine, relocated : folders of the networks of the same events.

    Returns
    -------
    targets ("all, routine places"; of those with a relocation "relocated events, routine places"
    and "relocated events, relocated places": better places of the targets cannot harm a network
    of better places), catalog, the columns of `slab_numbers`, median_neighbour_km (distance of an
    event to its nearest neighbour: relocation draws events together), those of
    `permuted_agreement`, then those of `fair_scores`.
    """
    folders = {"routine": routine, "relocated": relocated}
    made = pd.DataFrame(
        [
            {
                "catalog": name,
                **slab_numbers(folder),
                "median_neighbour_km": median_neighbour_km(folder),
                **permuted_agreement(folder, mechanisms),
            }
            for name, folder in folders.items()
        ]
    )
    networks = {name: FaultNetwork.load(folder) for name, folder in folders.items()}
    periods = read_periods(events, targets, region, target_region)
    parts = []
    for name, shown in _target_sets(periods.targets, mechanisms).items():
        scored = fair_scores(
            networks,
            periods._replace(targets=shown),
            floor_weight=common_floor(scores),
            magnitude_min=magnitude_min,
        )
        part = pd.concat((made, scored.drop(columns="network")), axis=1)
        part.insert(0, "targets", name)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _target_sets(targets: pd.DataFrame, relocations: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return all targets, and those with a relocation at both places; without any the first."""
    places = ["latitude", "longitude", "depth_km"]
    known = relocations.drop_duplicates("event_id").set_index("event_id")[places].dropna()
    same = targets[targets["event_id"].isin(known.index)]
    sets = {"all, routine places": targets}
    if len(same):
        moved = same.copy()
        moved[places] = known.loc[same["event_id"]].to_numpy()
        sets["relocated events, routine places"] = same
        sets["relocated events, relocated places"] = moved
    return sets


def median_neighbour_km(folder: Path) -> float:
    """Return the median distance, km, of a network's points to the nearest other point."""
    points = load_network(folder)[1][["x_km", "y_km", "z_km"]].to_numpy(float)
    return float(np.median(cKDTree(points).query(points, k=2)[0][:, 1]))
