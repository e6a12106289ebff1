"""What the forecast test of Kamer et al. 2020 stands on, read and checked for its targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from faultcast.catalog import Region, select_events
from faultcast.errors import DataError
from faultcast.faults import FaultNetwork


class Periods(NamedTuple):
    """Events of the learning and of the target period, with their regions."""

    learning: Region
    target: Region
    events: pd.DataFrame
    targets: pd.DataFrame


def read_periods(
    events: pd.DataFrame,
    targets: pd.DataFrame,
    region: Mapping[str, Any],
    target_region: Mapping[str, Any],
) -> Periods:
    """Return the events of both periods, quarry blasts left out.

    Raises
    ------
    DataError
        A period is not bounded, or the target period starts before the learning period ends.
    """
    learning, target = Region.from_config(region), Region.from_config(target_region)
    if learning.end is None or target.start is None or target.end is None:
        raise DataError("the learning period needs an end, the target period a start and an end")
    if target.start < learning.end:
        raise DataError(
            f"targets start {target.start}, the learning period ends {learning.end}: "
            "a forecast must not see its targets"
        )
    return Periods(
        learning, target, select_events(events, learning), select_events(targets, target)
    )


def read_networks(folders: Sequence[Path]) -> dict[str, FaultNetwork]:
    """Return fault networks by a name that says engine, criterion and number of subsets."""
    networks = [FaultNetwork.load(folder) for folder in folders]
    named = {
        f"network, {net.engine}, {net.criterion}, {net.n_subsets} subsets": net for net in networks
    }
    if len(named) < len(networks):
        raise DataError(f"{len(networks)} networks but only the names {sorted(named)}: one each")
    return named
