"""Which single step of `as_published` buys how much, on one split of one cube.

All else is the same in all rows: cube, days of each part, labels, networks, first weights.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from faultcast.grid import Cube
from faultcast.models.registry import get_row
from faultcast.train.event_days import event_days, make_splits
from faultcast.train.job import Job
from faultcast.train.novelty import SERIES, Novelty, dense_maps, train_novelty
from faultcast.train.options import EqpredOptions
from faultcast.train.prediction_table import prediction_table
from faultcast.train.predictor import Prediction, train_predictor
from faultcast.train.protocol import Protocol
from faultcast.train.step_protocols import step_protocols

logger = logging.getLogger(__name__)

_ROW = "eqpred"
_LATENT_SIZE = 16  # the paper's, as Table II and III agree


def run_leak_steps(
    cube: Cube,
    *,
    seed: int,
    threads: int = 1,
    device: str = "auto",
    checkpoint_folder: str | Path | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Train EQPRED once for each combination of steps that changes it, and predict every day.

    Four autoencoders (scaler and selection bear on them) and eight predictors (the threshold
    does not) serve the ten rows.

    Parameters
    ----------
    cube : daily cube, the same for all steps.
    seed, threads, device, checkpoint_folder, options : as for `train.eqpred.run_row`.

    Returns
    -------
    The columns of `run_row`'s table; `protocol` is the step's name (see `step_protocols`). A day is
    positive if the series of its row exceeds the threshold of its row's rule, event days aside.

    Raises
    ------
    ConfigError, DataError
        As from `train.eqpred.run_row`.
    """
    settings = EqpredOptions.from_mapping(options)
    days = event_days(cube, settings.threshold_magnitude, settings.onset_days)
    protocols = step_protocols()
    base = protocols[0]
    (split,) = make_splits(cube, base, settings, days)
    maps = dense_maps(cube, settings.value)
    row = get_row(_ROW)
    kind = str(row.autoencoder)
    novelties: dict[Protocol, Novelty] = {}
    predictions: dict[Protocol, Prediction] = {}
    jobs: list[Job] = []

    def start(what: dict[str, Any], stage: int, protocol: Protocol) -> Job:
        jobs.append(
            Job(what, stage, cube, protocol, settings, seed, threads, device, checkpoint_folder)
        )
        return jobs[-1]

    tables = []
    for protocol in protocols:
        logger.info("leak steps, seed %d: %s", seed, protocol.name)
        # the switches that bear on each network; the others are set alike
        on_series = replace(protocol, name="", threshold=base.threshold)
        on_maps = replace(on_series, smoothing=base.smoothing, target=base.target)
        if on_maps not in novelties:
            job = start({"autoencoder": kind, "latent_size": _LATENT_SIZE}, 0, on_maps)
            novelty = novelties[on_maps] = train_novelty(
                maps, split, days, on_maps, **job.fit_arguments(split), kind=kind,
                latent_size=_LATENT_SIZE,
            )  # fmt: skip
            job.add(split, novelty.table, novelty.model, novelty.fitted)
        series = novelties[on_maps].table
        if on_series not in predictions:
            job = start({"model": _ROW}, 1, on_series)
            found = predictions[on_series] = train_predictor(
                None, series[SERIES[settings.series]].to_numpy(), split, on_series,
                **job.fit_arguments(split), kind=row.predictor, known=days.is_complete,
            )  # fmt: skip
            job.add(split, series, found.model, found.fitted)
        found = predictions[on_series]
        table = prediction_table(
            split,
            days,
            protocol,
            target=found.target,
            prediction=found.prediction,
            error=series["error"].to_numpy(),
        )
        table.insert(0, "model", _ROW)
        table.insert(1, "protocol", protocol.name)
        table.insert(2, "seed", seed)
        table.insert(5, "date", cube.dates[table["day"]])
        tables.append(table)
    for job in jobs:
        job.result()  # all is done: removes the checkpoints
    return pd.concat(tables, ignore_index=True)
