"""Events on a map as the positions that can be told apart in print, each with its count."""

from __future__ import annotations

import numpy as np
import pandas as pd

from faultcast.catalog import Region

# a map of half a page shows about so many places side by side
_RESOLUTION = 600


def positions(events: pd.DataFrame, region: Region) -> pd.DataFrame:
    """Return the positions of events, rounded to what a map of the region can show, each once.

    The step is a power of ten of degrees: 0.01 for a region 6 degrees wide, 0.001 for 2 degrees.
    No event is left out: `n_events` sums to their number.

    Returns
    -------
    `longitude_deg`, `latitude_deg`, `n_events`, `largest_magnitude`, sorted so that a map drawn
    in this order shows positions with many events on top.
    """
    width = region.longitude[1] - region.longitude[0]
    decimals = -int(np.floor(np.log10(width / _RESOLUTION)))
    rounded = pd.DataFrame(
        {
            "longitude_deg": events["longitude"].round(decimals),
            "latitude_deg": events["latitude"].round(decimals),
            "magnitude": events["magnitude"],
        }
    )
    table = (
        rounded.groupby(["longitude_deg", "latitude_deg"])["magnitude"]
        .agg(n_events="size", largest_magnitude="max")
        .reset_index()
    )
    order = ["n_events", "longitude_deg", "latitude_deg"]
    return table.sort_values(order, ignore_index=True)
