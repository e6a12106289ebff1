"""What a network depends on: condensed kernels, all events, only well-located ones, free depths."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from faultcast.evaluate.kamer2020.forecast_inputs import read_periods
from faultcast.evaluate.kamer2020.network_scores import common_floor, fair_scores, slab_numbers
from faultcast.faults import FaultNetwork
from faultcast.forecast.reweight import reestimated_weights
from faultcast.forecast.spatial import hypocentres

REWEIGHTED = "condensed, weights from events"


def numbers(
    events: pd.DataFrame,
    targets: pd.DataFrame,
    scores: pd.DataFrame,
    kernels: pd.DataFrame,
    condensed: Path,
    *,
    region: Mapping[str, Any],
    target_region: Mapping[str, Any],
    magnitude_min: float = 2.5,
    **networks: Path,
) -> pd.DataFrame:
    """Return one row a network.

    Parameters
    ----------
    events, targets : event tables of the learning and of the target period.
    scores : table of Figure 12; the floor of its fair scoring is taken.
    kernels : condensed kernels, with the number of events that each won.
    condensed : folder of the network of the kernels that won an event; the others are compared
        with it. A second row has its weights re-estimated from all events, as the weights of
        uncondensed networks are.
    region, target_region : learning and target region and period, as `Region.from_config` reads
        them.
    magnitude_min : of the targets.
    networks : variant -> folder of the network of its uncondensed events.

    Returns
    -------
    variant, the columns of `slab_numbers`, then those of `fair_scores`.
    """
    periods = read_periods(events, targets, region, target_region)
    folders = {"condensed": condensed, REWEIGHTED: condensed, **networks}
    fitted = {name: FaultNetwork.load(folder) for name, folder in folders.items()}
    xyz_km = hypocentres(periods.events, periods.learning.projection())
    by_events = reestimated_weights(fitted["condensed"].mixture_, xyz_km)
    # the order in which the network took them
    won = kernels.loc[kernels["n_events"] > 0, "n_events"].to_numpy(float)
    made = pd.DataFrame(
        [
            {"variant": name, **slab_numbers(folder, None if name in networks else won)}
            for name, folder in folders.items()
        ]
    )
    of_events = made["variant"] == REWEIGHTED
    background = float(by_events[fitted["condensed"].is_background_].sum())
    made["background_weight"] = made["background_weight"].mask(of_events, background)
    made["bic_per_point"] = made["bic_per_point"].mask(of_events)
    scored = fair_scores(
        fitted,
        periods,
        floor_weight=common_floor(scores),
        magnitude_min=magnitude_min,
        weights={REWEIGHTED: by_events},
    )
    return pd.concat((made, scored.drop(columns="network")), axis=1)
