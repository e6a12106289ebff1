"""Train and score HierarchicalQuake with each switch between its two protocols moved alone."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from faultcast.evaluate.cell_scores import Ground, score_cells
from faultcast.evaluate.hierarchicalquake.floor_choice import stream
from faultcast.evaluate.hierarchicalquake.floor_scores import REFERENCE
from faultcast.evaluate.hierarchicalquake.origins import grounds_of, part_draws
from faultcast.evaluate.region_blocks import Drawn
from faultcast.forecast.quake_network import QuakeForecast
from faultcast.forecast.window_probability import MapProbability
from faultcast.grid import Cube, WindowLabels
from faultcast.grid.window_labels import FAR_DAYS, NEAR_DAYS
from faultcast.io import frame_digest, read_table, write_table
from faultcast.provenance import code_digest, settings_digest
from faultcast.train.day_parts import VALIDATION_BEFORE_TEST, DayParts, Days
from faultcast.train.quake import run_quake
from faultcast.train.quake_options import QuakeOptions
from faultcast.train.quake_protocol import FORMS, QuakeProtocol, form_parts
from faultcast.train.quake_switches import LEAK_FREE, PUBLISHED, mixtures

logger = logging.getLogger(__name__)

SCORES = ("auc", "average_precision", "area_skill", "information_gain")
COLUMNS = ("start", "switch", "seed", "score", "draw", "value")
WHOLE = -1
"""Stands in `draw` for the score of the whole sample."""


def numbers(
    *,
    cube: Cube,
    maps: pd.DataFrame,
    seed: int,
    magnitude_min: float,
    n_origins: int,
    variant: str = "temporal",
    near: int = NEAR_DAYS,
    far: int = FAR_DAYS,
    test_days: int = 1000,
    validation_before_test: Sequence[Days] = VALIDATION_BEFORE_TEST,
    region_km: float = 80.0,
    draw_days: int = 100,
    n_resamples: int = 1000,
    threads: int = 1,
    device: str = "auto",
    checkpoint_folder: str | Path | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Return the scores of all mixtures of one seed on the last origin, and their resamples.

    All are scored on the days that the last test block of both kinds of parts has, with the same
    resamples of regions and blocks of days.

    Parameters
    ----------
    cube, maps, seed, magnitude_min, n_origins, variant, near, far, test_days,
    validation_before_test, threads, device, options : as for `train.quake.run_quake`.
    region_km, draw_days, n_resamples : regions and blocks of days that are drawn, and how often
        (`evaluate.region_blocks`).
    checkpoint_folder : a killed job goes on from here, finished mixtures are not trained again.

    Returns
    -------
    `COLUMNS`: `start` and `switch` of `train.quake_switches.Mixture`; `draw` is -1 for the score of
    the whole sample, else the number of the resample. The honest map of the last rolling origin
    has the `start` "smoothed_map" and the seed -1.

    Raises
    ------
    ConfigError, DataError
        As from `run_quake`.
    """
    settings = QuakeOptions.from_mapping(options)
    lengths: dict[str, Any] = {
        "test_days": test_days,
        "validation_before_test": tuple((int(a), int(b)) for a, b in validation_before_test),
    }
    parts = {
        start: form_parts(
            FORMS[start],
            cube.n_days,
            n_origins,
            far=far,
            validation_days=settings.validation_days,
            dropped_days=settings.dropped_days,
            warmup_days=settings.warmup_days,
            **lengths,
        )[-1]
        for start in (PUBLISHED, LEAK_FREE)
    }
    labels = WindowLabels(cube, magnitude_min, near, far)
    common = replace(
        parts[LEAK_FREE],
        test=(
            max(one.test[0] for one in parts.values()),
            min(one.test[1] for one in parts.values()),
        ),
    )
    days = common.days("test")
    ground = _ground(cube, labels, maps, common, region_km, draw_days, n_resamples)

    def scores(forecast: QuakeForecast | MapProbability) -> Mapping[str, Drawn]:
        return score_cells(stream(forecast, labels, days, draw_days), ground).scores

    what = {
        "variant": variant,
        "seed": seed,
        "magnitude_min": magnitude_min,
        "n_origins": n_origins,
        "near": near,
        "far": far,
        **lengths,
        **options,
    }
    job = {
        **what,
        "threads": threads,
        "draws": [region_km, draw_days, n_resamples],
        "cube": [frame_digest(cube.cells), cube.grid()],
        "maps": frame_digest(maps),
        "code": code_digest(__name__) if checkpoint_folder else "",
    }
    tables = [_rows(REFERENCE, "", -1, scores(MapProbability(ground.reference)))]
    finished = []
    for one in mixtures():
        name = one.switch or "all as they are"
        logger.info("switches, seed %d: %s, %s", seed, one.start, name)
        key = settings_digest({**job, "start": one.start, "switch": one.switch})[:16]
        kept = checkpoint_folder and Path(checkpoint_folder) / f"switch-{key}.parquet"
        if kept and kept.is_file():
            table = read_table(kept)
        else:
            forecast = _trained(cube, maps, one.protocol, what, threads, device, checkpoint_folder)
            table = _rows(one.start, one.switch, seed, scores(forecast))
            if kept:
                write_table(table, kept)
        tables.append(table)
        finished += [kept] if kept else []
    for path in finished:
        path.unlink(missing_ok=True)
    return pd.concat(tables, ignore_index=True)


def _ground(
    cube: Cube,
    labels: WindowLabels,
    maps: pd.DataFrame,
    parts: DayParts,
    region_km: float,
    draw_days: int,
    n_resamples: int,
) -> Ground:
    """Return what is scored on: the honest map of these parts, its cells as they are."""
    own = maps[(maps["parts"] == "rolling") & (maps["origin"] == parts.origin)]
    rate = own.sort_values("cell")["train"].to_numpy(np.float64)
    units: dict[str, Any] = {"region_km": region_km, "block_days": draw_days}
    (draws,) = part_draws(cube, [parts], **units, n_resamples=n_resamples, seed=0)
    return grounds_of(cube, labels, parts, rate, draws=draws, **units)[1]


def _trained(
    cube: Cube,
    maps: pd.DataFrame,
    protocol: QuakeProtocol,
    what: Mapping[str, Any],
    threads: int,
    device: str,
    checkpoint_folder: str | Path | None,
) -> QuakeForecast:
    """Train one mixture on the last origin of its parts, and return its forecast."""
    origin = what["n_origins"] - 1 if protocol.parts == "rolling" else 0
    trained = run_quake(
        cube,
        maps,
        form=protocol,
        origins=[origin],
        threads=threads,
        device=device,
        checkpoint_folder=checkpoint_folder,
        **what,
    )
    with TemporaryDirectory() as folder:
        paths = {
            name: str(Path(folder) / file)
            for name, file in (
                ("weights", "weights.safetensors"),
                ("history", "history.csv"),
                ("record", "run.json"),
            )
        }
        trained.write({}, **paths)
        return QuakeForecast.load(
            paths["weights"],
            paths["record"],
            cube,
            maps,
            variant=what["variant"],
            form=protocol,
            seed=what["seed"],
            origin=origin,
            device=device,
        )


def _rows(start: str, switch: str, seed: int, scores: Mapping[str, Drawn]) -> pd.DataFrame:
    tables = []
    for name in SCORES:
        values = np.concatenate([[scores[name].value], scores[name].draws])
        tables.append(
            pd.DataFrame(
                {
                    "start": start,
                    "switch": switch,
                    "seed": seed,
                    "score": name,
                    "draw": np.arange(WHOLE, len(values) - 1),
                    "value": values,
                }
            )
        )
    return pd.concat(tables, ignore_index=True)
