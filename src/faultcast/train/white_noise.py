"""EQPRED's second half on white noise: what its scores are worth where nothing can be known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.grid import Cube
from faultcast.models.registry import get_row
from faultcast.train.eqpred import run_row
from faultcast.train.event_days import event_days, make_splits
from faultcast.train.job import TrainingResult
from faultcast.train.options import EqpredOptions
from faultcast.train.protocol import get_protocol


def white_noise(n_days: int, seed: int) -> NDArray[np.float64]:
    """Return independent standard exponential values (n_days,): positive as an error is."""
    return np.random.default_rng(seed).exponential(size=n_days)


def run_white_noise(
    cube: Cube,
    *,
    protocol: str,
    seed: int,
    threads: int = 1,
    device: str = "auto",
    checkpoint_folder: str | Path | None = None,
    **options: Any,
) -> TrainingResult:
    """Train EQPRED's predictor on white noise in place of the autoencoder's series.

    Days, splits, event days and all else are those of the cube, so that the scores stand beside
    the catalog's own.

    Parameters
    ----------
    cube, protocol, seed, threads, device, checkpoint_folder, options : as for
        `train.eqpred.run_row`; each seed draws its own noise.

    Returns
    -------
    As from `run_row` for the row "eqpred"; its `error` is the noise.

    Raises
    ------
    ConfigError, DataError
        As from `run_row`.
    """
    settings = EqpredOptions.from_mapping(options)
    days = event_days(cube, settings.threshold_magnitude, settings.onset_days)
    noise = white_noise(cube.n_days, seed)
    novelty = pd.concat(
        [
            pd.DataFrame(
                {
                    "autoencoder": get_row("eqpred").autoencoder,
                    "protocol": protocol,
                    "seed": seed,
                    "origin": split.origin,
                    "day": np.arange(split.test[1]),
                    "part": split.parts(split.test[1]).astype(object),
                    "is_event_day": days.is_event[: split.test[1]],
                    "error": noise[: split.test[1]],
                    "latent_norm": noise[: split.test[1]],
                }
            )
            for split in make_splits(cube, get_protocol(protocol), settings, days)
        ],
        ignore_index=True,
    )
    return run_row(
        cube,
        "eqpred",
        novelty,
        protocol=protocol,
        seed=seed,
        threads=threads,
        device=device,
        checkpoint_folder=checkpoint_folder,
        **options,
    )
