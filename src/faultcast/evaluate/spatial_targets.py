"""Target events of the spatial forecast test: which count, and the sequences they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.catalog import Projection, Region
from faultcast.errors import DataError
from faultcast.evaluate.intervals import link_sequences
from faultcast.forecast.spatial import hypocentres


class Links(NamedTuple):
    """What makes two events one sequence."""

    distance_km: float
    days: float


LINKS = Links(10.0, 30.0)
WIDE_LINKS = Links(20.0, 90.0)
"""Links of the sensitivity test of all intervals."""


@dataclass(frozen=True)
class Targets:
    """Target events: hypocentres (n, 3) km, magnitudes (n,), sequence (n,) by both links."""

    xyz_km: NDArray[np.float64]
    magnitude: NDArray[np.float64]
    sequence: NDArray[np.int64]
    wide_sequence: NDArray[np.int64]

    def above(self, magnitude_min: float) -> NDArray[np.bool_]:
        """Return which events reach a cut-off (n,)."""
        return self.magnitude >= magnitude_min


def select_targets(
    events: pd.DataFrame, region: Region, projection: Projection, magnitude_min: float
) -> Targets:
    """Return the events inside a region (its period included) from a magnitude up.

    Raises
    ------
    DataError
        There is none.
    """
    magnitude = events["magnitude"].to_numpy(float)
    kept = events[region.contains(events) & (magnitude >= magnitude_min)]
    if kept.empty:
        raise DataError(
            f"none of {len(events)} events has M >= {magnitude_min:g} and lies in {region}: "
            "lower the cut-off or choose longer periods"
        )
    xyz_km = hypocentres(kept, projection)
    narrow, wide = (
        link_sequences(kept["time"].array, xyz_km, distance_km=links.distance_km, days=links.days)
        for links in (LINKS, WIDE_LINKS)
    )
    return Targets(xyz_km, kept["magnitude"].to_numpy(float), narrow, wide)
