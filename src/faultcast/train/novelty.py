"""EQPRED's first half: an autoencoder of quiet days, and the series of what it fails to see.

A later paper of the group (GeoHazards 2022, section 4.2) takes the difference of the
autoencoder's input and output as the series that is predicted.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from faultcast.errors import DataError
from faultcast.grid import Cube
from faultcast.models.registry import make_autoencoder
from faultcast.train.event_days import EventDays
from faultcast.train.loop import FitOptions, FitResult, fit
from faultcast.train.losses import reconstruction_loss, variational_loss
from faultcast.train.options import EqpredOptions
from faultcast.train.protocol import Protocol
from faultcast.train.splits import Split

Maps = NDArray[np.float32]

# column of a novelty table that is the target series
SERIES = {"reconstruction_error": "error", "latent_norm": "latent_norm"}
_CHUNK = 256  # maps a pass: fits a CPU's cache
_OCCUPIED_MAGNITUDE = 0.5


@dataclass(frozen=True)
class Novelty:
    """An autoencoder and what it says about each day.

    `table`, one row a day, with X in units of `scale` and X' its reconstruction: `error`, mean
    |X - X'| over the cells (EQPRED's MAE); `squared_error`; `latent_norm`; `correct_share`, share
    of cells that are called empty or not as they are; `occupied_share`, of cells with events;
    `output_mean`, `output_mean_square` of X' over the cells.
    """

    model: nn.Module
    table: pd.DataFrame
    scale: float
    fitted: FitResult


def dense_maps(cube: Cube, value: str) -> Maps:
    """Return the maps (n_days, rows, columns) of one value; "log_energy" is log10(1 + E)."""
    if value == "log_energy":
        return np.log10(1.0 + cube.to_dense(value="energy"))
    return cube.to_dense(value=value)


def cell_scale(maps: Maps, split: Split, protocol: Protocol) -> float:
    """Return the standard deviation of all cells of the days that a protocol scales by.

    Raises
    ------
    DataError
        Those days hold no event.
    """
    used = _measured_on(maps, split, protocol)
    scale = float(used.std())
    if not scale > 0:
        raise DataError(
            f"all cells of the {len(used)} days that give the scale are equal: the cube holds no "
            "event there; check the period and the magnitude limit"
        )
    return scale


def _measured_on(maps: Maps, split: Split, protocol: Protocol) -> Maps:
    return maps if protocol.scaler == "all" else maps[: split.train_end]


def train_novelty(
    maps: Maps,
    split: Split,
    days: EventDays,
    protocol: Protocol,
    *,
    kind: str,
    latent_size: int,
    options: EqpredOptions,
    seed: int,
    threads: int = 1,
    device: str = "auto",
    checkpoint: Path | None = None,
    code: str = "",
) -> Novelty:
    """Train an autoencoder on days without an extreme event and run it over all days.

    Parameters
    ----------
    maps : (n_days, rows, columns); empty cells are 0 and stay 0.
    split, days, protocol : which days are learnt from, selected on, scaled by.
    kind, latent_size : key of `models.registry.AUTOENCODERS`, and size of its bottleneck.

    Raises
    ------
    DataError
        The days for scaling hold no event, or a part is empty.
    """
    scale = cell_scale(maps, split, protocol)
    scaled = torch.from_numpy(maps / np.float32(scale))
    part = split.parts(len(maps))
    known = part != "" if protocol.autoencoder == "all" else np.arange(len(maps)) < split.train_end
    learn, select = known & ~days.is_event, (part == protocol.selection) & ~days.is_event
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = make_autoencoder(kind, maps.shape[1], maps.shape[2], latent_size)
    # twice as fast on a CPU
    model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # stub lacks it
    fitted = fit(
        model,
        variational_loss if kind == "vae" else reconstruction_loss,
        (scaled[torch.from_numpy(learn)],),
        (scaled[torch.from_numpy(select)],),
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
        name=f"autoencoder {kind}{latent_size}",
    )
    # half of the smallest value where the values are no magnitudes
    used = _measured_on(maps, split, protocol)
    least = float(used[used > 0].min()) / 2.0
    limit = least if options.value in ("energy", "log_energy", "count") else _OCCUPIED_MAGNITUDE
    place = next(model.parameters()).device
    with torch.no_grad():
        parts = [_measure(model, x.to(place), limit / scale).cpu() for x in scaled.split(_CHUNK)]
    table = pd.DataFrame(torch.cat(parts).double().numpy(), columns=list(_MEASURES))
    return Novelty(model, table, scale, fitted)


_MEASURES = (
    "error", "squared_error", "latent_norm", "correct_share", "occupied_share", "output_mean",
    "output_mean_square",
)  # fmt: skip


def _measure(model: nn.Module, maps: torch.Tensor, limit: float) -> torch.Tensor:
    """Return `_MEASURES` of each day: (n, rows, columns) -> (n, 7)."""
    output = model(maps)
    latent: torch.Tensor = model.encode(maps)  # type: ignore[operator]  # all autoencoders have it
    occupied = maps != 0
    cells = (
        (output - maps).abs(),
        (output - maps) ** 2,
        ((output > limit) == occupied).float(),
        occupied.float(),
        output,
        output**2,
    )
    means = [values.mean(dim=(1, 2)) for values in cells]
    return torch.stack((*means[:2], latent.norm(dim=1), *means[2:]), dim=1)
