"""EQPRED and its rivals from a cube to predictions, in two jobs.

An autoencoder is trained once a protocol, seed, kind and size; each row of the paper's tables that
stands on it then trains its predictor on the series. Rows without one see the maps.

Feng and Fox, "Spatiotemporal Pattern Mining for Nowcasting Extreme Earthquakes in
Southern California". docs/eqpred.md says what the paper leaves open.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from faultcast.errors import DataError
from faultcast.grid import Cube
from faultcast.io import frame_digest
from faultcast.models.registry import get_row
from faultcast.train.event_days import EventDays, event_days, make_splits
from faultcast.train.job import Job, TrainingResult
from faultcast.train.novelty import SERIES, cell_scale, dense_maps, train_novelty
from faultcast.train.options import EqpredOptions
from faultcast.train.prediction_table import prediction_table
from faultcast.train.predictor import train_predictor
from faultcast.train.protocol import get_protocol
from faultcast.train.splits import Split

logger = logging.getLogger(__name__)


def run_autoencoder(
    cube: Cube,
    *,
    protocol: str,
    kind: str,
    latent_size: int = 16,
    seed: int,
    threads: int = 1,
    device: str = "auto",
    checkpoint_folder: str | Path | None = None,
    **options: Any,
) -> TrainingResult:
    """Train one autoencoder under one protocol with one seed and measure every day by it.

    Parameters
    ----------
    cube : daily cube of the events that the protocol uses (magnitude limit, types).
    protocol : "as_published" or "leak_free".
    kind, latent_size : key of `models.registry.AUTOENCODERS`, and size of its bottleneck.
    threads : part of the result; the same count gives the same bits.
    device : "auto", "cpu" or "cuda".
    checkpoint_folder : a killed job goes on from here; emptied of this job's files at the end.
    options : fields of `EqpredOptions`.

    Returns
    -------
    Its table: `autoencoder`, `latent_size`, `protocol`, `seed`, `origin`, `day`, `part`,
    `is_event_day`, and the columns of `Novelty.table`; days up to the end of a test part.

    Raises
    ------
    ConfigError
        An option, the protocol, the kind or the device is not known.
    DataError
        There are no extreme days in the cube or in a training part, or the series is too
        short.
    """
    rules, settings = get_protocol(protocol), EqpredOptions.from_mapping(options)
    days = event_days(cube, settings.threshold_magnitude, settings.onset_days)
    splits = make_splits(cube, rules, settings, days)
    maps = dense_maps(cube, settings.value)
    what = {"autoencoder": kind, "latent_size": latent_size}
    job = Job(what, 0, cube, rules, settings, seed, threads, device, checkpoint_folder)
    for split in splits:
        logger.info(
            "%s%d, %s, seed %d: origin %d of %d",
            kind, latent_size, protocol, seed, split.origin + 1, len(splits),
        )  # fmt: skip
        novelty = train_novelty(
            maps,
            split,
            days,
            rules,
            kind=kind,
            latent_size=latent_size,
            **job.fit_arguments(split),
        )
        end = split.test[1]
        table = novelty.table[:end]
        head = pd.DataFrame(
            {
                **what,
                "protocol": protocol,
                "seed": seed,
                "origin": split.origin,
                "day": np.arange(end),
                "part": split.parts(end).astype(object),
                "is_event_day": days.is_event[:end],
            }
        )
        job.add(split, pd.concat([head, table], axis=1), novelty.model, novelty.fitted)
    return job.result()


def run_row(
    cube: Cube,
    row: str,
    novelty: pd.DataFrame | None = None,
    *,
    protocol: str,
    seed: int,
    threads: int = 1,
    device: str = "auto",
    checkpoint_folder: str | Path | None = None,
    **options: Any,
) -> TrainingResult:
    """Train the predictor of one row of the tables and predict every day.

    Parameters
    ----------
    cube : as for `run_autoencoder`.
    row : key of `models.registry.ROWS`.
    novelty : table of the row's autoencoder, same protocol, seed and origins; None for a row
        without one, whose target is the mean over the cells of a day's map.
    seed, threads, device, checkpoint_folder, options : as for `run_autoencoder`.

    Returns
    -------
    Its table: `model` (the row's key), `protocol`, `seed`, `date`, and the columns of
    `prediction_table`.

    Raises
    ------
    ConfigError, DataError
        As for `run_autoencoder`; the novelty is missing, or of other origins.
    """
    entry, rules = get_row(row), get_protocol(protocol)
    settings = EqpredOptions.from_mapping(options)
    days = event_days(cube, settings.threshold_magnitude, settings.onset_days)
    splits = make_splits(cube, rules, settings, days)
    if (entry.autoencoder is None) != (novelty is None):
        raise DataError(
            f"{entry.title} stands on "
            + ("the maps alone: give no novelty table" if novelty is not None else
               f"the autoencoder {entry.autoencoder!r}: give its novelty table")
        )  # fmt: skip
    job = Job({"model": row}, 1, cube, rules, settings, seed, threads, device, checkpoint_folder)
    maps = dense_maps(cube, settings.value)
    for split in splits:
        logger.info(
            "%s, %s, seed %d: origin %d of %d",
            entry.title, protocol, seed, split.origin + 1, len(splits),
        )  # fmt: skip
        end = split.test[1]
        if novelty is None:
            inputs = maps[:end] / np.float32(cell_scale(maps, split, rules))
            series = inputs.mean(axis=(1, 2), dtype=np.float64)
            error = np.full(end, np.nan)
        else:
            inputs = None
            made_by = {"autoencoder": entry.autoencoder, "protocol": protocol, "seed": seed}
            table = _of_origin(novelty, split, days, made_by)
            series, error = (table[name].to_numpy() for name in (SERIES[settings.series], "error"))
        found = train_predictor(
            inputs,
            series,
            split,
            rules,
            kind=entry.predictor,
            smoothed=novelty is not None,
            known=days.is_complete[:end],
            **job.fit_arguments(split),
        )
        scored = prediction_table(
            split, days, rules, target=found.target, prediction=found.prediction, error=error
        )
        job.add(split, scored, found.model, found.fitted)
    result = job.result({} if novelty is None else {"novelty": frame_digest(novelty)})
    table = result.table
    table.insert(0, "model", row)
    table.insert(1, "protocol", protocol)
    table.insert(2, "seed", seed)
    table.insert(5, "date", cube.dates[table["day"]])
    return result


def _of_origin(
    novelty: pd.DataFrame, split: Split, days: EventDays, made_by: dict[str, Any]
) -> pd.DataFrame:
    """Return the novelty of one origin, if it is that of the row's own autoencoder."""
    table = novelty[novelty["origin"] == split.origin].sort_values("day")
    end = split.test[1]
    if not np.array_equal(table["day"], np.arange(end)):
        raise DataError(
            f"the novelty table has {len(table)} days of origin {split.origin}, the cube {end} up "
            "to the end of its test part: train the autoencoder on the same cube and test dates"
        )
    for name, wanted in made_by.items():
        found = table[name].unique().tolist()
        if found != [wanted]:
            raise DataError(
                f"the novelty table is of {name} {found}, the row stands on {wanted!r}: give it "
                "the table of its own autoencoder, protocol and seed"
            )
    same_parts = np.array_equal(table["part"], split.parts(end))
    if not same_parts or not np.array_equal(table["is_event_day"], days.is_event[:end]):
        raise DataError(
            f"the novelty table has other parts or event days of origin {split.origin} than the "
            "row: what the autoencoder learnt from may lie in the row's future; train both with "
            "the same options"
        )
    return table
