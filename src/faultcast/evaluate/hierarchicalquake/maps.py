"""The two maps that HierarchicalQuake's networks correct: the lineage's, and the honest one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from faultcast.evaluate.hierarchicalquake.floor_choice import (
    FloorOptions,
    choose_map,
    honest_rate,
    map_choice,
)
from faultcast.evaluate.hierarchicalquake.origins import origins_of
from faultcast.forecast.cell_maps import CellMap
from faultcast.grid import Cube, WindowLabels

COLUMNS = ("parts", "origin", "cell", "all_days", "train", "choice")


def numbers(
    *,
    cube: Cube,
    magnitude_min: float,
    map_magnitudes: Sequence[float],
    n_origins: int,
    near: int = 10,
    far: int = 50,
    bandwidths_km: Sequence[float] = (5.0, 10.0, 20.0, 40.0, 80.0),
    validation_step: int = 10,
    **parts: object,
) -> pd.DataFrame:
    """Return both maps of all origins, one row a cell.

    Parameters
    ----------
    cube : the catalog.
    magnitude_min, near, far : of the labels.
    map_magnitudes, bandwidths_km : what the honest map chooses from, by pooled AUC on every
        `validation_step`-th validation day; its even share is chosen there by log score.
    n_origins : rolling origins.
    parts : further lengths of the parts of the days, as `origins_of` takes them.

    Returns
    -------
    `COLUMNS`. `cell`: row * n_columns + column. `all_days`: share of all days, test days
    included, with an event of at least `magnitude_min`: the lineage's prior. `train`: daily rate
    of the honest map: smoothed, floored, from the train days of these parts, times the factor
    that makes the mean of 1 - (1 - rate)^(far - near) the share of positive labels there. With
    the lineage's parts, whose validation days are train days, it has the settings of the last
    rolling origin.

    Raises
    ------
    DataError
        The cube is too short for its parts, or train days hold no event.
    """
    labels = WindowLabels(cube, magnitude_min, near, far)
    options = FloorOptions(
        tuple(map_magnitudes), tuple(bandwidths_km), validation_step=validation_step
    )
    all_days = CellMap(magnitude_min).fit(cube, np.arange(cube.n_days)).rate
    origins = origins_of(cube.n_days, n_origins, far=far, **parts)
    chosen = [choose_map(cube, labels, one, options) for one in origins["rolling"]]
    settings = {"rolling": chosen, "lineage": chosen[-1:]}
    tables = [
        pd.DataFrame(
            {
                "parts": name,
                "origin": one.origin,
                "cell": np.arange(len(all_days)),
                "all_days": all_days,
                "train": honest_rate(cube, labels, one.days("train"), setting),
                "choice": map_choice(setting),
            }
        )
        for name, every in origins.items()
        for one, setting in zip(every, settings[name], strict=True)
    ]
    return pd.concat(tables, ignore_index=True)
