"""HierarchicalQuake run through days in order, without learning: for validation and forecasts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from faultcast.models.hierarchical_quake import HierarchicalQuake, QuakeState
from faultcast.train.quake_days import CHUNK_DAYS, QuakeDays


class DayOutput(NamedTuple):
    """What the network says after one day."""

    day: int
    output: Tensor
    """(rows, columns)."""
    state: QuakeState
    """After the day."""


def run_days(
    model: HierarchicalQuake,
    days: QuakeDays,
    start: int,
    stop: int,
    *,
    carried: bool = True,
    mixed_precision: bool = False,
) -> Iterator[DayOutput]:
    """Yield the network's output on days [start, stop), from a state of zeros on `start`.

    The network is left in evaluation mode. What does not recur is computed for a block of days
    at once; blocks end at fixed days of the cube.

    Parameters
    ----------
    carried : False starts each day from zeros.
    mixed_precision : bfloat16 on CUDA.
    """
    model.eval()
    state = zero = model.initial_state()
    device = zero.h.device
    mixed = mixed_precision and device.type == "cuda"
    first = start
    while first < stop:
        end = min(first - first % CHUNK_DAYS + CHUNK_DAYS, stop)
        with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, enabled=mixed):
            encoded = model.encode(days.inputs(first, end)).days()
        for day, today in enumerate(encoded, first):
            with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, enabled=mixed):
                before = state if carried else zero
                output, state = model.step(today, before)
            yield DayOutput(day, output, state)
        first = end
