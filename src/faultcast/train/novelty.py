"""EQPRED's first half: an autoencoder of quiet days, and the series of what it fails to see.

A later paper of the group (GeoHazards 2022, section 4.2) takes the difference of the
autoencoder's input and output as the series that is predicted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.grid import Cube
from faultcast.models.skip_autoencoder import SkipAutoencoder
from faultcast.train.loop import FitOptions, FitResult, fit
from faultcast.train.losses import reconstruction_loss
from faultcast.train.options import EqpredOptions

Days = NDArray[np.bool_]

_CHUNK = 256  # maps a pass: fits a CPU's cache


@dataclass(frozen=True)
class Novelty:
    """An autoencoder and what it says about each day.

    `series` (n_days,): the target series; `error` (n_days,): mean absolute error over the
    cells, in units of `scale` (EQPRED's MAE); equal unless the series is the latent norm.
    """

    model: SkipAutoencoder
    series: NDArray[np.float64]
    error: NDArray[np.float64]
    scale: float
    fitted: FitResult


def dense_maps(cube: Cube, value: str) -> NDArray[np.float32]:
    """Return the maps (n_days, rows, columns) of one value; "log_energy" is log10(1 + E)."""
    if value == "log_energy":
        return np.log10(1.0 + cube.to_dense(value="energy"))
    return cube.to_dense(value=value)


def train_novelty(
    maps: NDArray[np.float32],
    *,
    scale_days: Days,
    learn_days: Days,
    select_days: Days,
    options: EqpredOptions,
    seed: int,
    threads: int = 1,
    device: str = "auto",
    checkpoint: Path | None = None,
    code: str = "",
) -> Novelty:
    """Train the autoencoder and run it over all days.

    Parameters
    ----------
    maps : (n_days, rows, columns).
    scale_days : (n_days,) days that give the scale: the standard deviation of their cells.
        Empty cells stay 0.
    learn_days, select_days : (n_days,) days without an extreme event to learn from, and
        those that select the epoch.

    Raises
    ------
    DataError
        The days for scaling hold no event, or a part is empty.
    """
    scale = float(maps[scale_days].std())
    if not scale > 0:
        raise DataError(
            f"all cells of the {int(scale_days.sum())} days that give the scale are equal: the "
            "cube holds no event there; check the period and the magnitude limit"
        )
    scaled = torch.from_numpy(maps / np.float32(scale))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = SkipAutoencoder(
            *maps.shape[1:],
            latent_size=options.latent_size,
            long_skips=options.long_skips,
            short_skips=options.short_skips,
        )
    # twice as fast on a CPU
    model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # stub lacks it
    fitted = fit(
        model,
        reconstruction_loss,
        (scaled[torch.from_numpy(learn_days)],),
        (scaled[torch.from_numpy(select_days)],),
        FitOptions(
            epochs=options.autoencoder_epochs,
            batch_size=options.batch_size,
            learning_rate=options.learning_rate,
            patience=options.patience,
            samples_per_epoch=options.frames_per_epoch,
            seed=seed,
            threads=threads,
            mixed_precision=options.mixed_precision,
        ),
        device=device,
        checkpoint=checkpoint,
        code=code,
        name="autoencoder",
    )
    error = _each_day(model, scaled, _mean_error)
    series = _each_day(model, scaled, _norm) if options.series == "latent_norm" else error
    return Novelty(model, series, error, scale, fitted)


def _each_day(
    model: SkipAutoencoder,
    scaled: torch.Tensor,
    measure: Callable[[SkipAutoencoder, torch.Tensor], torch.Tensor],
) -> NDArray[np.float64]:
    place = next(model.parameters()).device
    with torch.no_grad():
        parts = [measure(model, maps.to(place)).double().cpu() for maps in scaled.split(_CHUNK)]
    values: NDArray[np.float64] = torch.cat(parts).numpy()
    return values


def _mean_error(model: SkipAutoencoder, maps: torch.Tensor) -> torch.Tensor:
    return (model(maps) - maps).abs().mean(dim=(1, 2))


def _norm(model: SkipAutoencoder, maps: torch.Tensor) -> torch.Tensor:
    return model.encode(maps).norm(dim=1)
