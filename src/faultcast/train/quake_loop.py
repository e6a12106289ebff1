"""The loop that trains HierarchicalQuake.

It is not `train.loop`: its state runs on through thousands of sparse days with a validation
every so many updates, so a killed training goes on from the middle of a pass, with the state of
that day; and its days are made dense block by block.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from faultcast.errors import DataError
from faultcast.models.hierarchical_quake import HierarchicalQuake, QuakeState, detach
from faultcast.train.checkpoint import (
    Checkpoint,
    Weights,
    clone_weights,
    load_checkpoint,
    save_checkpoint,
)
from faultcast.train.day_parts import DayParts
from faultcast.train.device import ON_THE_CPU, CostMeter
from faultcast.train.quake_days import QuakeDays
from faultcast.train.quake_loss import QuakeLoss
from faultcast.train.quake_options import QuakeOptions
from faultcast.train.quake_phases import Step
from faultcast.train.quake_protocol import QuakeProtocol
from faultcast.train.quake_stream import run_days, runner

logger = logging.getLogger(__name__)

HISTORY = ["iteration", "phase", "train_loss", "validation_loss"]


@dataclass(frozen=True)
class QuakeFit:
    """What a training left behind; the model itself holds the weights to be used.

    Attributes
    ----------
    history : `iteration` (updates done), `phase`, `train_loss` (mean over the updates since the
        last row), `validation_loss` (NaN where it was not taken).
    best_iteration : of the lowest validation loss.
    cost : wall time, memory, device and the days learned from, since it was last resumed.
    """

    history: pd.DataFrame
    best_iteration: int
    cost: dict[str, Any]


@dataclass
class QuakeLoop:
    """A training in progress, one call of `advance` an update.

    Parameters
    ----------
    model, days : on one device.
    steps : the updates in order.
    parts : its validation ranges are used.
    """

    model: HierarchicalQuake
    loss: QuakeLoss
    days: QuakeDays
    steps: list[Step]
    parts: DayParts
    protocol: QuakeProtocol
    options: QuakeOptions
    name: str = "network"
    number: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._state = self._zero = self.model.initial_state()
        self.device = self._zero.h.device
        self._run = runner(self.model, self.options)
        self._optimizer = torch.optim.Adam(self.model.parameters())
        self._total = torch.zeros((), dtype=torch.float64, device=self.device)
        self._counted = 0
        self.history: list[tuple[int, int, float, float]] = []
        self.best: Weights = {}
        self.best_iteration, self.best_loss, self.waited = 0, np.inf, 0

    @property
    def finished(self) -> bool:
        """Whether all steps are done, or the validation loss has stopped falling."""
        gave_up = not self.protocol.published and self.waited >= self.options.patience
        return gave_up or self.number == len(self.steps)

    def advance(self) -> None:
        """Do the next update, and what is due after it."""
        step = self.steps[self.number]
        if self.number == 0 and not self.protocol.published:
            # an untrained network on logits is the map: what is kept is no worse on validation
            self._record(0, validate=True)
        self._update(step)
        self.number += 1
        ahead = self.steps[self.number].phase if self.number < len(self.steps) else None
        due = self.number % self.options.record_every == 0 or ahead != step.phase
        if due or step.validate:
            self._record(step.phase, validate=step.validate)

    def _update(self, step: Step) -> None:
        if step.new_optimizer:
            self._optimizer = torch.optim.Adam(self.model.parameters(), lr=step.learning_rate)
        from_zero = step.from_zero or self.protocol.state == "reset"
        state = self._zero if from_zero else self._state
        self.model.train()
        output, state = self._run(self.days.inputs(step.first, step.stop), state)
        loss = self.loss(output, self.days.labels(step.first, step.stop)).mean()
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if not self.protocol.published:
            # one great sequence must not undo what years have taught
            clip_grad_norm_(self.model.parameters(), self.options.block_clip)
        self._optimizer.step()
        self._state = detach(state)
        self._total += loss.detach().double()
        self._counted += 1

    def _record(self, phase: int, *, validate: bool) -> None:
        train = float(self._total) / self._counted if self._counted else np.nan
        validation = self._validation_loss() if validate else np.nan
        shown = [train] * bool(self._counted) + [validation] * validate
        if not np.isfinite(shown).all():
            raise DataError(
                f"{self.name}: the loss is not finite at iteration {self.number} (training "
                f"{train}, validation {validation}); look for NaN in the input, or lower the "
                "learning rate"
            )
        self.history.append((self.number, phase, train, validation))
        self._total, self._counted = torch.zeros_like(self._total), 0
        if not validate:
            return
        logger.info(
            "%s: iteration %d of at most %d, phase %d, loss %.5g, validation %.5g",
            self.name, self.number, len(self.steps), phase, train, validation,
        )  # fmt: skip
        self.waited += 1
        if validation < self.best_loss:
            self.best_iteration, self.best_loss, self.waited = self.number, validation, 0
            if not self.protocol.published:
                self.best = clone_weights(self.model)

    def _validation_loss(self) -> float:
        """Return the mean daily loss over the validation ranges, each with a state of its own."""
        # the template starts every validation day from zeros, as its training does
        carried = not (self.protocol.published and self.protocol.state == "reset")
        warmup = self.options.warmup_days if self.protocol.test_state == "warmup" else 0
        total = torch.zeros((), dtype=torch.float64, device=self.device)
        self.model.eval()
        run = self._run
        if self.number == 0 and self.model.head == "logit":
            run = self._as_the_map
        for first, stop in self.parts.validation:
            start = max(0, first - warmup)
            blocks = run_days(run, self.days, start, stop, self._zero, carried=carried)
            for day, output, _ in blocks:
                known = output[max(0, first - day) :]
                if len(known):
                    label = self.days.labels(day + len(output) - len(known), day + len(output))
                    total += self.loss(known, label).double().sum()
        return float(total) / len(self.parts.days("validation"))

    def _as_the_map(self, days: Tensor, state: QuakeState) -> tuple[Tensor, QuakeState]:
        """Return what the network says before its first update, without running it."""
        return self.model.offset.expand(len(days), -1, -1), state

    def state(self) -> Checkpoint:
        """Return all that the rest of the training depends on."""
        progress = {
            "number": self.number,
            "total": float(self._total),
            "counted": self._counted,
            "history": self.history,
            "best_iteration": self.best_iteration,
            "best_loss": self.best_loss,
            "waited": self.waited,
            # convolutions of another memory layout end in other bits
            "channels_last": [k for k, v in self._state._asdict().items() if _channels_last(v)],
        }
        return Checkpoint(
            self.model.state_dict(),
            self.best,
            self._optimizer.state_dict(),
            progress,
            self._state._asdict(),
        )

    def restore(self, state: Checkpoint) -> None:
        """Go on from a state."""
        self.model.load_state_dict(state.model)
        self._optimizer.load_state_dict(state.optimizer)
        self.best = {name: value.to(self.device) for name, value in state.best.items()}
        progress = state.progress
        carried = {name: value.to(self.device) for name, value in state.carried.items()}
        for name in progress["channels_last"]:
            carried[name] = carried[name].contiguous(memory_format=torch.channels_last)
        self._state = QuakeState(**carried)
        self.number, self._counted = progress["number"], progress["counted"]
        self._total = torch.full_like(self._total, progress["total"])
        self.history = [(i, phase, *losses) for i, phase, *losses in progress["history"]]
        self.best_iteration, self.best_loss, self.waited = (
            progress[name] for name in ("best_iteration", "best_loss", "waited")
        )


def train_network(
    training: QuakeLoop,
    *,
    checkpoint: Path | None = None,
    checkpoint_key: str = "",
    checkpoint_seconds: float = 30.0,
) -> QuakeFit:
    """Run a training to its end and leave the model with the weights to be used.

    Those are the last ones in the published forms, else those of the lowest validation loss.

    Parameters
    ----------
    checkpoint : file to resume from and to write to, used only if it has the same key. On one
        device and thread count a resumed training ends with the bits of an unbroken one.

    Raises
    ------
    DataError
        A loss is not finite, or the GPU has too little memory.
    """
    meter = CostMeter(training.device)
    if checkpoint is not None and (found := load_checkpoint(checkpoint, checkpoint_key)):
        training.restore(found)
        logger.info("%s: resumed after iteration %d", training.name, training.number)
    begun, saved = training.number, time.monotonic()
    try:
        while not training.finished:
            training.advance()
            due = training.finished or time.monotonic() - saved >= checkpoint_seconds
            if checkpoint is not None and due:
                save_checkpoint(checkpoint, checkpoint_key, training.state())
                saved = time.monotonic()
    except torch.OutOfMemoryError as error:
        raise DataError(
            f"{training.name}: the GPU has too little memory for blocks of "
            f"{training.options.block_days} days; choose larger cells, or {ON_THE_CPU}"
        ) from error
    if training.best:
        training.model.load_state_dict(training.best)
    training.model.eval()
    learned = training.steps[begun : training.number]
    return QuakeFit(
        pd.DataFrame(training.history, columns=HISTORY),
        training.best_iteration,
        {**meter.read(), "train_days": sum(step.stop - step.first for step in learned)},
    )


def _channels_last(tensor: Tensor) -> bool:
    last = tensor.ndim == 4 and tensor.is_contiguous(memory_format=torch.channels_last)
    return last and not tensor.is_contiguous()
