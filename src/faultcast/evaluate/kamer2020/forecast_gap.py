"""Table: which part of the gap between TripleS and the network is what (see `spatial_gap`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from faultcast.evaluate.kamer2020.forecast_inputs import read_networks, read_periods
from faultcast.evaluate.spatial_gap import gap_parts
from faultcast.evaluate.spatial_models import ALL_EVENTS, LOCI, Learned
from faultcast.evaluate.spatial_targets import select_targets
from faultcast.forecast import Volume

_SOURCES = {"events": ALL_EVENTS, "loci": LOCI}


def numbers(
    events: pd.DataFrame,
    targets: pd.DataFrame,
    networks: Sequence[Path],
    condensed: pd.DataFrame,
    fig12: pd.DataFrame,
    *,
    region: Mapping[str, Any],
    target_region: Mapping[str, Any],
    bandwidths_km: Sequence[float],
    magnitudes: Sequence[float],
    **options: Any,
) -> pd.DataFrame:
    """Return the parts of the gap by scoring and cut-off, for the network of each scoring.

    Parameters
    ----------
    events, targets, networks, condensed, region, target_region, bandwidths_km, magnitudes
        As in `fig12.numbers`.
    fig12 : its numbers, with the network, the floor and the bandwidths that were chosen.
    options : further ones of `gap_parts`.

    Returns
    -------
    The tables of `gap_parts`, with `network`.
    """
    periods = read_periods(events, targets, region, target_region)
    built = read_networks(networks)
    projection = periods.learning.projection()
    learned = Learned(periods.events, condensed, built)
    volume = Volume(periods.target, projection)
    inside = select_targets(periods.targets, periods.target, projection, min(magnitudes))
    quoted = fig12[fig12["chosen"].astype(bool)]
    tables = []
    for scoring, rows in quoted.groupby("scoring", sort=True):
        chosen = rows.drop_duplicates("model").set_index("model")
        network = chosen.index[chosen["reference"].astype(bool)][0]
        table = gap_parts(
            learned,
            built[network],
            inside,
            volume,
            scoring=str(scoring),
            bandwidths_km=bandwidths_km,
            chosen_km={name: chosen["bandwidth_km"][model] for name, model in _SOURCES.items()},
            floor_weight=chosen["floor_weight"][network],
            magnitude_mins=magnitudes,
            **options,
        )
        table.insert(1, "network", network)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)
