"""Waveform-relocated against routine hypocentres of the same events: two networks, one test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from faultcast.evaluate.kamer2020.forecast_inputs import read_periods
from faultcast.evaluate.kamer2020.network_scores import common_floor, fair_scores, slab_numbers
from faultcast.faults import FaultNetwork, load_network


def numbers(
    events: pd.DataFrame,
    targets: pd.DataFrame,
    scores: pd.DataFrame,
    routine: Path,
    relocated: Path,
    *,
    region: Mapping[str, Any],
    target_region: Mapping[str, Any],
    magnitude_min: float = 2.5,
) -> pd.DataFrame:
    """Return one row a network, the routine one first: the relocated one is compared with it.

    Parameters
    ----------
    events, targets, scores, region, target_region, magnitude_min
        As in `catalog_variants.numbers`.
    routine, relocated : folders of the networks of the same events.

    Returns
    -------
    catalog, the columns of `slab_numbers`, median_neighbour_km (distance of an event to its
    nearest neighbour: relocation draws events together), then the columns of `fair_scores`.
    """
    folders = {"routine": routine, "relocated": relocated}
    made = [
        {
            "catalog": name,
            **slab_numbers(folder),
            "median_neighbour_km": median_neighbour_km(folder),
        }
        for name, folder in folders.items()
    ]
    scored = fair_scores(
        {name: FaultNetwork.load(folder) for name, folder in folders.items()},
        read_periods(events, targets, region, target_region),
        floor_weight=common_floor(scores),
        magnitude_min=magnitude_min,
    )
    return pd.concat((pd.DataFrame(made), scored.drop(columns="network")), axis=1)


def median_neighbour_km(folder: Path) -> float:
    """Return the median distance, km, of a network's points to the nearest other point."""
    points = load_network(folder)[1][["x_km", "y_km", "z_km"]].to_numpy(float)
    return float(np.median(cKDTree(points).query(points, k=2)[0][:, 1]))
