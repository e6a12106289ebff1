"""The order in which HierarchicalQuake sees its train days, laid out before the training starts.

A training is a list of steps, one update each; so its place is one number, from which a killed one
goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from faultcast.errors import DataError
from faultcast.train.day_parts import Days
from faultcast.train.quake_options import QuakeOptions


class Step(NamedTuple):
    """One update of the weights, from days [first, stop)."""

    phase: int
    first: int
    stop: int
    from_zero: bool
    """The state starts from zero, else from the step before."""
    learning_rate: float
    new_optimizer: bool
    validate: bool
    """Validate after it."""


def published_steps(
    train: Sequence[Days], options: QuakeOptions, block_days: int, seed: int
) -> list[Step]:
    """Return the three phases: a full pass, random segments, a full pass.

    The learning rate is divided by `segment_decay` from segment to segment; each pass and each
    segment has a new optimizer. Full passes validate after their first and every
    `validate_every`-th step (lineage) and at their end.

    Raises
    ------
    DataError
        No train range is longer than a segment.
    """
    starts = np.concatenate(
        [np.arange(low, max(low, high - options.segment_days)) for low, high in train]
    )
    if options.segments and not len(starts):
        raise DataError(
            f"no range of train days {list(train)} is longer than a segment of "
            f"{options.segment_days} days: choose shorter segments or more train days"
        )
    ranges = last_days(train, options.pass_days)
    rate = options.learning_rate
    steps = _sweep(1, ranges, block_days, rate, options.validate_every)
    generator = np.random.default_rng(seed)
    for _ in range(options.segments):
        begin = int(generator.choice(starts))
        segment = [(begin, begin + options.segment_days)]
        steps += _sweep(2, segment, block_days, rate, None)
        rate /= options.segment_decay
    final = options.learning_rate / options.final_decay
    return steps + _sweep(3, ranges, block_days, final, options.validate_every)


def pass_steps(train: Sequence[Days], options: QuakeOptions, block_days: int) -> list[Step]:
    """Return full passes, phases 1, 2, ..., with one optimizer.

    They validate after every `block_validate_every`-th step and at their end.
    """
    ranges = last_days(train, options.pass_days)
    once = _sweep(1, ranges, block_days, options.block_learning_rate, None)
    return [
        step._replace(
            phase=phase,
            new_optimizer=step.new_optimizer and phase == 1,
            validate=number % options.block_validate_every == 0 or number == len(once),
        )
        for phase in range(1, options.passes + 1)
        for number, step in enumerate(once, start=1)
    ]


def last_days(ranges: Sequence[Days], n_days: int | None) -> list[Days]:
    """Return the last `n_days` days of some ranges in order of time; None: all."""
    if n_days is None:
        return list(ranges)
    kept: list[Days] = []
    for low, high in reversed(ranges):
        length = min(high - low, n_days)
        if length:
            kept.insert(0, (high - length, high))
        n_days -= length
    return kept


def _sweep(
    phase: int, ranges: Sequence[Days], block_days: int, rate: float, every: int | None
) -> list[Step]:
    """Return one pass through ranges; the state starts from zero in each of them."""
    blocks = [
        (first, min(first + block_days, high), first == low)
        for low, high in ranges
        for first in range(low, high, block_days)
    ]
    last = len(blocks) - 1
    return [
        Step(
            phase,
            *block,
            learning_rate=rate,
            new_optimizer=number == 0,
            validate=every is not None and (number % every == 0 or number == last),
        )
        for number, block in enumerate(blocks)
    ]
