"""Gains over the honest map on a control: of the networks, the floors and the oracle."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from faultcast.errors import DataError
from faultcast.evaluate.hierarchicalquake.floor_choice import (
    FloorOptions,
    Scoring,
    choose_settings,
    fitted_floors,
    stream,
)
from faultcast.evaluate.hierarchicalquake.origins import grounds_of, origins_of, part_draws
from faultcast.evaluate.information_gain import information_gain
from faultcast.evaluate.point_sums import point_sums
from faultcast.evaluate.region_blocks import Drawn
from faultcast.forecast.quake_network import QuakeForecast
from faultcast.grid import Cube, WindowLabels
from faultcast.grid.window_labels import FAR_DAYS, NEAR_DAYS
from faultcast.io import read_json
from faultcast.train.day_parts import DayParts

logger = logging.getLogger(__name__)

COLUMNS = ("model", "kind", "seed", "n_origins", "n_positive", "draw", "gain")
WHOLE = -1
"""Stands in `draw` for the gain on the whole sample."""

FORM = "leak_free"
ORACLE = "oracle"


def numbers(
    *,
    cube: Cube,
    maps: pd.DataFrame,
    oracle: Scoring,
    weights: Sequence[str | Path],
    records: Sequence[str | Path],
    magnitude_min: float,
    map_magnitudes: Sequence[float],
    n_origins: int,
    near: int = NEAR_DAYS,
    far: int = FAR_DAYS,
    region_km: float = 80.0,
    block_days: int = 100,
    n_resamples: int = 1000,
    device: str = "auto",
    **lengths: Any,
) -> pd.DataFrame:
    """Return the information gain of each forecast over the honest map, and its resamples.

    Parameters
    ----------
    cube, maps : of the control.
    oracle : its true probabilities: `synthetic.quake_controls.TrueMap` or `etas_oracle`.
    weights, records : files of the trainings on it (`QuakeTraining.write`), alike in number; their
        networks of the form "leak_free" are scored.
    magnitude_min, near, far : of the labels.
    map_magnitudes : smallest events that the floors' maps choose from.
    n_origins : rolling origins; those are scored that all networks were trained for.
    region_km, block_days, n_resamples : of the resampling (`evaluate.region_blocks`).
    lengths : of the parts of the days, as `origins_of` takes them.

    Returns
    -------
    `COLUMNS`. `gain`: nats per positive cell-window that does not overlap another
    (`evaluate.information_gain`), mean over the origins; `draw` is -1 for the whole sample, else
    the number of the resample, the same for all. `seed` is -1 but for networks.

    Raises
    ------
    DataError
        No training holds such a network, or as `origins_of` and `QuakeForecast.load`.
    """
    labels = WindowLabels(cube, magnitude_min, near, far)
    networks = _networks(weights, records)
    every = origins_of(cube.n_days, n_origins, far=far, **lengths)["rolling"]
    chosen = [one for one in every if all(one.origin in run["origins"] for run in networks)]
    if not chosen:
        raise DataError(
            "no origin was trained for by all networks: train them for the same origins"
        )
    units: dict[str, Any] = {"region_km": region_km, "block_days": block_days}
    options = FloorOptions(tuple(map_magnitudes), block_days=block_days)
    all_draws = part_draws(cube, chosen, **units, n_resamples=n_resamples, seed=0)
    gains: dict[tuple[str, str, int], list[Drawn]] = {}
    n_positive = 0
    for one, draws in zip(chosen, all_draws, strict=True):
        own = maps[(maps["parts"] == "rolling") & (maps["origin"] == one.origin)]
        rate = own.sort_values("cell")["train"].to_numpy(np.float64)
        ground = grounds_of(cube, labels, one, rate, draws=draws, **units)[1]
        days = one.days("test")

        def forecasts(one: DayParts = one) -> Iterator[tuple[tuple[str, str, int], Scoring]]:
            yield (ORACLE, "oracle", -1), oracle
            settings = choose_settings(cube, labels, one, options)
            for floor in fitted_floors(cube, labels, one.days("train"), settings):
                yield (floor.key, "floor", -1), floor.forecast
            for run in networks:
                network = QuakeForecast.load(
                    run["weights"],
                    run["record"],
                    cube,
                    maps,
                    variant=run["variant"],
                    form=FORM,
                    seed=run["seed"],
                    origin=one.origin,
                    device=device,
                )
                yield (run["variant"], "network", run["seed"]), network

        reference = None
        for key, forecast in forecasts():
            blocks = stream(forecast, labels, days, block_days)
            if reference is None:
                reference = point_sums(blocks, ground.region, forecast=ground.reference)
                n_positive += int(reference.positive.sum())
            sums = point_sums(blocks, ground.region)
            gain = information_gain(
                sums, reference, window_days=far - near, block_days=block_days, draws=draws
            )
            logger.info("origin %d, %s: %.4f nats", one.origin, key[0], gain.value)
            gains.setdefault(key, []).append(gain)
    return pd.concat(
        [
            pd.DataFrame(
                {
                    **dict(zip(COLUMNS[:3], key, strict=True)),
                    "n_origins": len(chosen),
                    "n_positive": n_positive,
                    "draw": np.arange(WHOLE, n_resamples),
                    "gain": np.mean([[one.value, *one.draws] for one in found], axis=0),
                }
            )
            for key, found in gains.items()
        ],
        ignore_index=True,
    )


def _networks(
    weights: Sequence[str | Path], records: Sequence[str | Path]
) -> Sequence[Mapping[str, Any]]:
    """Return the networks of the form in the files of trainings."""
    found = [
        {
            "weights": weight,
            "record": record,
            "variant": run["variant"],
            "seed": run["seed"],
            "origins": {fit["parts"]["origin"] for fit in run["fits"]},
        }
        for weight, record in zip(weights, records, strict=True)
        for run in read_json(record)["runs"]
        if run["form"] == FORM
    ]
    if not found:
        raise DataError(
            f"none of {len(records)} trainings holds a network of the form {FORM}: train one on "
            "the control"
        )
    return found
