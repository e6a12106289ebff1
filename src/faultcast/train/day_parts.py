"""Parts of HierarchicalQuake's days: as its lineage runs them, and without the leak.

A day t is the day of the last input; its label reaches to day t + far - 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faultcast.errors import DataError

Days = tuple[int, int]

VALIDATION_BEFORE_TEST: tuple[Days, ...] = ((1651, 921), (374, 70))
"""Days before the test's first: 2009-01..2010-12 and 2012-07..2013-04 in the lineage's window."""


@dataclass(frozen=True)
class DayParts:
    """Half-open ranges of days t of one origin.

    Parameters
    ----------
    origin : number of the origin, from 0.
    train, validation : ranges in order of time.
    test : the days that are scored.
    warmup : days before the test whose inputs a state is built up from.
    """

    origin: int
    train: tuple[Days, ...]
    validation: tuple[Days, ...]
    test: Days
    warmup: Days

    def days(self, part: str, step: int = 1) -> NDArray[np.int64]:
        """Return every `step`-th day of "train", "validation", "test" or "warmup"."""
        ranges = getattr(self, part)
        ranges = (ranges,) if isinstance(ranges[0], int) else ranges
        return np.concatenate([np.arange(*each, dtype=np.int64) for each in ranges])[::step]


def lineage_parts(
    n_days: int, *, far: int = 50, test_days: int = 1000, validation_days: int = 200, drop: int = 10
) -> DayParts:
    """Return the parts as the paper's lineage runs them.

    The last `test_days` without their last `far` (whose labels leave the catalog) and without
    the first `drop` (the state starts at zero on the first of them); validation on the first
    train days.

    Raises
    ------
    DataError
        A part would be empty.
    """
    begin = n_days - test_days
    train = (0, begin - far)
    parts = DayParts(
        origin=0,
        train=(train,),
        validation=((0, validation_days),),
        test=(begin + drop, n_days - far),
        warmup=(begin, begin + drop),
    )
    return _checked(parts)


def rolling_parts(
    end: int,
    n_origins: int,
    *,
    far: int = 50,
    test_days: int = 1000,
    warmup_days: int = 365,
    validation_before_test: tuple[Days, ...] = VALIDATION_BEFORE_TEST,
) -> list[DayParts]:
    """Return one set of parts for each of the last `n_origins` blocks of `test_days`.

    In each block all days are scored whose label ends inside it: 950 of 1,000. Train days are
    those before, without the validation blocks and without `far` days on both sides of a
    validation block and before the test; so no label of one part reaches into another part.

    Parameters
    ----------
    end : day after the last test block, at most the length of the cube.
    n_origins : number of blocks.
    far : end of the label's window, days after t.
    test_days : length of a block.
    warmup_days : days before a block that a state is built up from, inputs only.
    validation_before_test : (first, end) of each validation block, in days before the block,
        in order of time; the last ends at least `far` days before it.

    Raises
    ------
    DataError
        A part would be empty, or a validation block does not keep its distance.
    """
    if n_origins < 1:
        raise DataError(f"{n_origins} origins: give at least one")
    every = []
    for origin, begin in enumerate(range(end - n_origins * test_days, end, test_days)):
        validation = tuple((begin - a, begin - b) for a, b in validation_before_test)
        train, free = [], 0
        for low, high in [*validation, (begin, end)]:
            if free and low < free:
                raise DataError(
                    f"origin {origin}: days {low} to {high} begin before day {free}, closer than "
                    f"{far} days behind a validation block: move the blocks apart"
                )
            if low - far > free:
                train.append((free, low - far))
            free = high + far
        parts = DayParts(
            origin=origin,
            train=tuple(train),
            validation=validation,
            test=(begin, begin + test_days - far),
            warmup=(begin - warmup_days, begin),
        )
        every.append(_checked(parts))
    return every


def _checked(parts: DayParts) -> DayParts:
    ranges = [*parts.train, *parts.validation, parts.test, parts.warmup]
    if not parts.train or any(not 0 <= low < high for low, high in ranges):
        raise DataError(
            f"origin {parts.origin} has a part that is empty or begins before day 0 ({parts}): "
            "choose a longer catalog, fewer origins or shorter blocks"
        )
    return parts
