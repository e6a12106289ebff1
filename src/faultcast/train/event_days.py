"""What each day of a cube is to the scores, and the splits of the days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.grid import Cube
from faultcast.train.options import EqpredOptions
from faultcast.train.predictor import history_days
from faultcast.train.protocol import Protocol
from faultcast.train.splits import Split, chronological_split, day_of, rolling_origins

Days = NDArray[np.bool_]


@dataclass(frozen=True)
class EventDays:
    """(n_days,) each.

    `maximum`: the largest magnitude, -inf on an empty day. `is_event`: it reaches the threshold.
    `is_quiet`: no event day in the days before. `is_complete`: the day's value is trusted; after
    a large shock small events go unrecorded.
    """

    maximum: NDArray[np.float64]
    n_events: NDArray[np.int64]
    is_event: Days
    is_quiet: Days
    is_complete: Days


def event_days(cube: Cube, threshold_magnitude: float, onset_days: int) -> EventDays:
    """Return what each day of a cube is.

    Parameters
    ----------
    threshold_magnitude : an event of at least this magnitude makes an event day.
    onset_days : an event day with none in so many days before it is an onset.

    Raises
    ------
    DataError
        No day reaches the threshold.
    """
    maximum = np.full(cube.n_days, -np.inf)
    np.maximum.at(maximum, cube.cells["day"].to_numpy(), cube.cells["maximum"].to_numpy())
    n_events = np.bincount(
        cube.cells["day"], weights=cube.cells["count"], minlength=cube.n_days
    ).astype(np.int64)
    is_event = maximum >= threshold_magnitude
    if not is_event.any():
        raise DataError(
            f"no day of the cube's {cube.n_days} days has an event of magnitude "
            f"{threshold_magnitude} or more (the largest is {maximum.max():.2f}): lower "
            "threshold_magnitude, or choose a larger region or a longer period"
        )
    quiet = quiet_days(is_event, onset_days)
    return EventDays(maximum, n_events, is_event, quiet, cube.is_complete)


def quiet_days(is_event: Days, length: int) -> Days:
    """Return the days (n_days,) with no event day in the `length` days before them.

    An event day among them is an onset. Which days are quiet is known before they come, so
    that a forecast of event days can be scored on them alone.
    """
    total = np.concatenate(([0], np.cumsum(is_event)))
    day = np.arange(len(is_event))
    quiet: Days = total[day] == total[np.maximum(day - length, 0)]
    return quiet


def make_splits(
    cube: Cube, protocol: Protocol, options: EqpredOptions, days: EventDays
) -> list[Split]:
    """Return the splits of a protocol: one by fractions, or one a rolling origin.

    Raises
    ------
    DataError
        The series is too short, or a training part has no event day, or nothing else.
    """
    first = history_days(options)
    if cube.n_days <= first + 1:
        raise DataError(
            f"the series has {cube.n_days} days, a prediction needs {first} days of history: "
            "choose a longer period, or smaller window_days or smoothing_days"
        )
    if protocol.split == "fractions":
        splits = [chronological_split(cube.n_days, first, options.fractions)]
    else:
        begin = cube.n_days - cube.n_days // 3
        if options.test_start is not None:
            begin = day_of(options.test_start, cube.start)
        end = cube.n_days if options.test_end is None else day_of(options.test_end, cube.start)
        splits = rolling_origins(
            cube.n_days,
            first,
            test=(begin, end),
            block_days=options.block_days,
            validation_days=options.validation_days,
            gap_days=options.gap_days,
            large_shocks=np.flatnonzero(days.maximum >= options.blackout_magnitude),
            blackout_days=options.blackout_days,
        )
    for split in splits:
        trained = days.is_event[: split.train_end]
        if not trained.any() or trained.all():
            what, cure = ("every", "raise") if trained.all() else ("no", "lower")
            raise DataError(
                f"origin {split.origin}: {what} training day (the first {split.train_end} days) "
                f"has an event of magnitude {options.threshold_magnitude} or more: {cure} "
                "threshold_magnitude, or start the test later"
            )
    return splits
