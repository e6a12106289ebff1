"""HierarchicalQuake run through days in order: on a CPU as it is, on a GPU as CUDA graphs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from faultcast.models.hierarchical_quake import HierarchicalQuake, QuakeState
from faultcast.models.quake_graph import GraphedQuake
from faultcast.train.quake_days import QuakeDays
from faultcast.train.quake_options import QuakeOptions

Runner = Callable[[Tensor, QuakeState], tuple[Tensor, QuakeState]]
"""Goes on by a block of days, as `HierarchicalQuake.forward`."""

EVALUATED_DAYS = 16
"""Length of the blocks in which days are gone through without learning."""


def runner(model: HierarchicalQuake, options: QuakeOptions) -> Runner:
    """Return what runs a model where it is; mixed precision and graphs on CUDA only."""
    if model.offset.device.type != "cuda":
        return model
    if options.cuda_graphs:
        return GraphedQuake(model, mixed_precision=options.mixed_precision)

    def plain(days: Tensor, state: QuakeState) -> tuple[Tensor, QuakeState]:
        with torch.autocast("cuda", torch.bfloat16, enabled=options.mixed_precision):
            output, after = model(days, state)
        return output, after

    return plain


def run_days(
    run: Runner,
    days: QuakeDays,
    start: int,
    stop: int,
    state: QuakeState,
    *,
    block_days: int = EVALUATED_DAYS,
    carried: bool = True,
) -> Iterator[tuple[int, Tensor, QuakeState]]:
    """Yield first day, outputs (n, rows, columns) and the state after, block by block.

    Parameters
    ----------
    run : of a model in the mode that is wanted.
    start, stop : days [start, stop).
    state : before the first day.
    block_days : days at once.
    carried : False starts each day from `state`.
    """
    length = block_days if carried else 1
    before = state
    for first in range(start, stop, length):
        with torch.no_grad():
            output, after = run(days.inputs(first, min(first + length, stop)), before)
        yield first, output, after
        before = after if carried else state
