"""Scores of HierarchicalQuake's floors: forecasts without a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from faultcast.evaluate.hierarchicalquake.floor_choice import (
    FloorOptions,
    choose_settings,
    fitted_floors,
    honest_rate,
)
from faultcast.evaluate.hierarchicalquake.origins import origins_of, part_draws
from faultcast.evaluate.hierarchicalquake.score_rows import ALL, Scored, Subject, score_table
from faultcast.evaluate.hierarchicalquake.scoring import Stage
from faultcast.forecast.cell_etas import JAPAN
from faultcast.grid import Cube, WindowLabels
from faultcast.grid.sinusoidal import CORNER, sinusoidal

REFERENCE = "smoothed_map"
"""The honest map: from train days, smoothed, its settings chosen on validation."""


def numbers(
    *,
    cube: Cube,
    magnitude_min: float,
    map_magnitudes: Sequence[float],
    n_origins: int,
    near: int = 10,
    far: int = 50,
    region_km: float = 80.0,
    block_days: int = 100,
    n_resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    choices: FloorOptions | None = None,
    **lengths: Any,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return scores and reliability of all floors on the test days of all origins.

    Parameters
    ----------
    cube : the catalog.
    magnitude_min, near, far : of the labels.
    map_magnitudes : smallest events that maps choose from.
    n_origins : rolling origins. The lineage's one test part is scored too, with the settings of
        the last rolling origin, since its own validation days are train days.
    region_km, block_days : squares of cells and blocks of days that are drawn.
    n_resamples, level, seed : of the two-way resampling (`region_blocks`).
    choices : what else the floors choose from; None for the defaults.
    lengths : of the parts of the days, as `origins_of` takes them.

    Returns
    -------
    scores : `score_rows.COLUMNS`; the floor "etas" in the lineage's box only, for which parameters
        are published. `kind` is "floor", `form` empty, `seed` -1.
    reliability : model, kind, form, parts, seed, origin and `calibration_bins.COLUMNS`, of the
        cells as they are.

    Raises
    ------
    DataError
        The cube is too short, or the test days of an origin hold no event.
    """
    labels = WindowLabels(cube, magnitude_min, near, far)
    options = choices or FloorOptions(tuple(map_magnitudes), block_days=block_days)
    origins = origins_of(cube.n_days, n_origins, far=far, **lengths)
    chosen = [choose_settings(cube, labels, one, options) for one in origins["rolling"]]
    settings = {"rolling": chosen, "lineage": chosen[-1:]}
    scored: list[Scored] = []
    bins = []
    etas = JAPAN if _covers_japan(cube) and magnitude_min >= JAPAN.magnitude_min else None
    for name, every in origins.items():
        draws = part_draws(
            cube,
            every,
            region_km=region_km,
            block_days=block_days,
            n_resamples=n_resamples,
            seed=seed,
        )
        for one, setting, drawn in zip(every, settings[name], draws, strict=True):
            train = one.days("train")
            rate = honest_rate(cube, labels, train, setting.smoothed)
            stage = Stage.of(
                cube, labels, one, rate, draws=drawn, region_km=region_km, block_days=block_days
            )
            for floor in fitted_floors(cube, labels, train, setting, seed=options.seed, etas=etas):
                subject = Subject(floor.key, "floor", "", name, ALL, floor.choice)
                found, reliability = stage.scored(floor.forecast, subject)
                scored += found
                bins.append(reliability)
    return score_table(scored, level=level), pd.concat(bins, ignore_index=True)


def _covers_japan(cube: Cube) -> bool:
    """Return whether a cube lies in the lineage's box."""
    return cube.crs == sinusoidal(*CORNER).crs
