"""The one training loop: seeds, device, early stopping, checkpoint and resume, history.

Started by `train.launch` in several processes, it trains one network in all of them together.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from faultcast.errors import DataError
from faultcast.provenance import settings_digest
from faultcast.train.checkpoint import (
    Checkpoint,
    Weights,
    clone_weights,
    load_checkpoint,
    save_checkpoint,
)
from faultcast.train.device import ON_THE_CPU, CostMeter, choose_device, set_threads
from faultcast.train.losses import Loss
from faultcast.train.schedule import rate_factor
from faultcast.train.workers import Workers, current

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class FitOptions:
    """Settings of one training; all but the device bear on the result.

    `samples_per_epoch` draws that many samples anew in each epoch (None: all).
    `patience` is the number of epochs without a better validation loss after which it stops.
    `ordered`: one sample a step, in their order, for a model that carries its state from one
    to the next; `model.reset_state()` is called before each sweep over them.
    `weight_decay` above 0 makes Adam AdamW (decay apart from the gradient, none on weights of
    one dimension). `warmup_share`: the rate rises over that share of the steps and falls on a
    cosine (`rate_factor`); None: it is constant. `clip_norm`: the gradient's largest norm.
    """

    epochs: int = 100
    batch_size: int = 64
    learning_rate: float = 1e-3
    patience: int = 20
    samples_per_epoch: int | None = None
    seed: int = 0
    threads: int = 1
    mixed_precision: bool = False
    ordered: bool = False
    weight_decay: float = 0.0
    warmup_share: float | None = None
    clip_norm: float | None = None

    def __post_init__(self) -> None:
        """Refuse values that cannot train."""
        faults = [
            f"{name} is {value}; it must be at least 1"
            for name, value in asdict(self).items()
            if name in ("epochs", "batch_size", "patience", "samples_per_epoch", "threads")
            and value is not None
            and value < 1
        ]
        if not self.learning_rate > 0:
            faults.append(f"learning_rate is {self.learning_rate}; it must be above 0")
        if self.weight_decay < 0 or (self.clip_norm is not None and not self.clip_norm > 0):
            faults.append(
                f"weight_decay is {self.weight_decay}, clip_norm {self.clip_norm}: give a decay of "
                "at least 0 and a norm above 0"
            )
        if self.warmup_share is not None and not 0 < self.warmup_share < 1:
            faults.append(f"warmup_share is {self.warmup_share}; it must be between 0 and 1")
        if self.ordered and (self.batch_size != 1 or self.samples_per_epoch is not None):
            faults.append("ordered training takes every sample, one a step: set batch_size to 1")
        if faults:
            raise DataError("; ".join(faults))


@dataclass(frozen=True)
class FitResult:
    """What a training left behind; the model itself holds the best weights.

    `history`: epoch, train_loss, validation_loss. `cost`: wall time, memory, device.
    """

    history: pd.DataFrame
    best_epoch: int
    cost: dict[str, Any]


def fit(
    model: nn.Module,
    loss: Loss,
    train: Sequence[Tensor],
    validation: Sequence[Tensor],
    options: FitOptions,
    *,
    device: str = "auto",
    checkpoint: Path | None = None,
    checkpoint_seconds: float = 30.0,
    code: str = "",
    name: str = "model",
) -> FitResult:
    """Train `model` with Adam and leave it, in evaluation mode, with its best weights.

    Parameters
    ----------
    loss : loss(model, *batch) -> mean over the batch's known targets.
    train, validation : tensors of equal length, the last one the targets, NaN where unknown;
        they are moved to the device once and stay there. The epoch of the lowest validation
        loss is kept.
    checkpoint : file to resume from and to write to; it is used only if it belongs to the
        same data, first weights, options, count of processes and `code` (a digest of the
        program). On one device and thread count a resumed training ends with the bits of an
        unbroken one. Process 0 writes it, all read it.
    name : stands in the log.

    Raises
    ------
    DataError
        No sample, a loss that is not finite, a GPU too small for one sample (of several
        processes: for its part of a batch), or several processes for an ordered training.
    """
    workers = current()
    if options.ordered and workers.size > 1:
        raise DataError(
            f"{name} carries its state from sample to sample: {workers.size} processes cannot "
            "share its steps; set train_processes to 1"
        )
    for part, tensors in (("training", train), ("validation", validation)):
        if not tensors or len(tensors[0]) == 0:
            raise DataError(f"{name}: the {part} part is empty; give it at least one sample")
        if bool(torch.isnan(tensors[-1]).all()):
            raise DataError(
                f"{name}: no day of the {part} part has a known target; choose a longer part"
            )
    set_threads(options.threads)
    place = choose_device(device)
    meter = CostMeter(place)
    key = ""
    if checkpoint is not None or workers.size > 1:
        key = _key(code, model, train, validation, options, workers)
    try:
        model.to(place)
        here = [tuple(tensor.to(place) for tensor in part) for part in (train, validation)]
    except torch.OutOfMemoryError as error:
        size = sum(tensor.nbytes for tensor in (*train, *validation)) / 2**20
        raise DataError(
            f"{name}: the GPU has too little free memory for the data ({size:.0f} MB); free some, "
            f"choose a smaller grid or a shorter period, or {ON_THE_CPU}"
        ) from error
    workers.require_same("data, settings or first weights", int(key[:15] or "0", 16), place)
    trainer = _Trainer(model, loss, here[0], here[1], options, place, name, workers)
    if checkpoint is not None and (state := load_checkpoint(checkpoint, key)) is not None:
        trainer.restore(state)
        logger.info("%s: resumed after epoch %d", name, trainer.epoch)
    workers.require_same("checkpoints", trainer.epoch, place)
    saved = time.monotonic()
    while not trainer.finished:
        trainer.run_epoch()
        due = trainer.finished or time.monotonic() - saved >= checkpoint_seconds
        if checkpoint is not None and due and workers.rank == 0:
            save_checkpoint(checkpoint, key, trainer.state())
            saved = time.monotonic()
    model.load_state_dict(trainer.best)
    model.eval()
    return FitResult(
        pd.DataFrame(trainer.history, columns=["epoch", "train_loss", "validation_loss"]),
        trainer.best_epoch,
        {**meter.read(), "batch_size": trainer.batch_size},
    )


class _Trainer:
    """A training in progress, one call an epoch."""

    def __init__(
        self,
        model: nn.Module,
        loss: Loss,
        train: tuple[Tensor, ...],
        validation: tuple[Tensor, ...],
        options: FitOptions,
        device: torch.device,
        name: str,
        workers: Workers,
    ) -> None:
        self.model, self.loss, self.name, self.workers = model, loss, name, workers
        self.train, self.validation = train, validation
        self.known = {True: _n_known(train[-1]), False: _n_known(validation[-1])}
        self.options, self.device = options, device
        self.batch_size = options.batch_size
        self.optimizer = _make_optimizer(model, options)
        self.best: Weights = clone_weights(model)
        self.history: list[tuple[int, float, float]] = []
        self.best_epoch = 0

    @property
    def epoch(self) -> int:
        return len(self.history)

    @property
    def finished(self) -> bool:
        waited = self.epoch - self.best_epoch
        return self.epoch >= self.options.epochs or waited >= self.options.patience

    def run_epoch(self) -> None:
        epoch = self.epoch + 1
        # seeded by the epoch: a resumed training draws what an unbroken one would have
        seed = _stream(self.options.seed, epoch)
        order = torch.arange(len(self.train[0]))
        if not self.options.ordered:
            order = torch.randperm(len(order), generator=torch.Generator().manual_seed(seed))
        order = order[: self.options.samples_per_epoch].to(self.device)
        devices = [self.device] if self.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices):
            # dropout is drawn apart in each process, the order of the samples in common
            rank = self.workers.rank
            torch.manual_seed(_stream(self.options.seed, epoch, rank) if rank else seed)
            self.model.train()
            train_loss = self._sweep(self.train, order, learn=True)
        self.workers.average_statistics(self.model)
        self.model.eval()
        everything = torch.arange(len(self.validation[0]), device=self.device)
        with torch.no_grad():
            validation_loss = self._sweep(self.validation, everything, learn=False)
        if not np.isfinite([train_loss, validation_loss]).all():
            raise DataError(
                f"{self.name}: the loss is not finite in epoch {epoch} (training {train_loss}, "
                f"validation {validation_loss}); look for NaN in the input, or lower learning_rate"
            )
        if self.best_epoch == 0 or validation_loss < self.history[self.best_epoch - 1][2]:
            self.best_epoch, self.best = epoch, clone_weights(self.model)
        self.history.append((epoch, train_loss, validation_loss))
        logger.info(
            "%s: epoch %d of at most %d, loss %.5g, validation %.5g",
            self.name, epoch, self.options.epochs, train_loss, validation_loss,
        )  # fmt: skip

    def _sweep(self, tensors: tuple[Tensor, ...], order: Tensor, *, learn: bool) -> float:
        """Return the mean loss over the samples `order`; on the way, learn from them."""
        total = torch.zeros((), dtype=torch.float64, device=self.device)
        if self.options.ordered:
            self.model.reset_state()  # type: ignore[operator]  # stateful models have it
        known = self.known[learn]
        first = 0
        while first < len(order):
            index = order[first : first + self.batch_size]
            try:
                if learn:
                    self._set_rate((first + len(index) / 2) / len(order))
                total += self._step(tensors, known, index, learn)
            except torch.OutOfMemoryError as error:
                self._halve_batch(error)
                continue
            first += len(index)
        return float(self.workers.add(total) / known[order].sum())

    def _step(
        self, tensors: tuple[Tensor, ...], known: Tensor, index: Tensor, learn: bool
    ) -> Tensor:
        """Learn from the batch `index`; return the loss times the known targets of this part."""
        part, n_known = index, known[index].sum()
        if self.workers.size > 1:
            # a process that is left without a sample takes one that counts nothing, so that it
            # has a gradient, of zeros
            part = self.workers.part(index) if len(index) > self.workers.rank else index[:1]
            n_known = known[part].sum() * (len(index) > self.workers.rank)
        mixed = self.options.mixed_precision and self.device.type == "cuda"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=mixed):
            loss = self.loss(self.model, *(tensor[part] for tensor in tensors))
        if learn:
            self.optimizer.zero_grad(set_to_none=True)
            if self.workers.size == 1:
                loss.backward()
            else:
                (loss * (n_known / known[index].sum().clamp(min=1))).backward()
                self.workers.add_gradients(self.model)
            if self.options.clip_norm is not None:
                nn.utils.clip_grad_norm_(self.model.parameters(), self.options.clip_norm)
            self.optimizer.step()
        return loss.detach().double() * n_known

    def _set_rate(self, share: float) -> None:
        """Set the learning rate after `share` of the running epoch."""
        if self.options.warmup_share is not None:
            progress = (self.epoch + share) / self.options.epochs
            rate = self.options.learning_rate * rate_factor(progress, self.options.warmup_share)
            for group in self.optimizer.param_groups:
                group["lr"] = rate

    def _halve_batch(self, error: torch.OutOfMemoryError) -> None:
        if self.workers.size > 1:
            raise DataError(
                f"{self.name}: the GPU of process {self.workers.rank} of {self.workers.size} has "
                f"too little memory for its part of {self.batch_size} samples; set a smaller "
                "batch_size or more train_processes"
            ) from error
        if self.batch_size == 1:
            raise DataError(
                f"{self.name}: the GPU has too little memory for a single sample; "
                f"make the model or the grid smaller, or {ON_THE_CPU}"
            ) from error
        self.optimizer.zero_grad(set_to_none=True)
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        self.batch_size //= 2
        logger.warning(
            "%s: out of memory on the GPU, batch halved to %d samples", self.name, self.batch_size
        )

    def state(self) -> Checkpoint:
        progress = {
            "history": self.history,
            "best_epoch": self.best_epoch,
            "batch_size": self.batch_size,
        }
        return Checkpoint(self.model.state_dict(), self.best, self.optimizer.state_dict(), progress)

    def restore(self, state: Checkpoint) -> None:
        self.model.load_state_dict(state.model)
        self.optimizer.load_state_dict(state.optimizer)
        self.best = {name: value.to(self.device) for name, value in state.best.items()}
        self.history = [(int(e), t, v) for e, t, v in state.progress["history"]]
        self.best_epoch = state.progress["best_epoch"]
        self.batch_size = state.progress["batch_size"]


def _make_optimizer(model: nn.Module, options: FitOptions) -> torch.optim.Optimizer:
    if options.weight_decay == 0:
        return torch.optim.Adam(model.parameters(), lr=options.learning_rate)
    weights = [p for p in model.parameters() if p.ndim > 1]
    # biases and normalisations are not decayed
    others = [p for p in model.parameters() if p.ndim <= 1]
    groups: list[dict[str, Any]] = [
        {"params": weights, "weight_decay": options.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=options.learning_rate)


def _n_known(targets: Tensor) -> Tensor:
    """Return the number of known targets of each sample (n, ...) -> (n,)."""
    return (~torch.isnan(targets)).reshape(len(targets), -1).sum(dim=1)


def _stream(*numbers: int) -> int:
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


def _key(
    code: str,
    model: nn.Module,
    train: Sequence[Tensor],
    validation: Sequence[Tensor],
    options: FitOptions,
    workers: Workers,
) -> str:
    """Return the digest of all that a training's outcome depends on."""
    settings = asdict(options) | {"processes": workers.size}
    digest = hashlib.sha256((code + settings_digest(settings)).encode())
    for tensor in (*model.state_dict().values(), *train, *validation):
        array = tensor.detach().cpu().contiguous().numpy()
        digest.update(f"{array.shape} {array.dtype}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
