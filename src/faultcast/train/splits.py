"""Which days a model learns from, is selected on, and is scored on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.errors import ConfigError, DataError

PARTS = ("warmup", "train", "validation", "gap", "test")


@dataclass(frozen=True)
class Split:
    """Half-open ranges of days; `first` is the first day with a full history."""

    origin: int
    first: int
    train_end: int
    validation: tuple[int, int]
    test: tuple[int, int]

    def parts(self, n_days: int) -> NDArray[np.str_]:
        """Return the part of each day; days after the test part are of none (empty text)."""
        part = np.full(n_days, "", dtype="U10")
        part[: self.test[0]] = "gap"
        part[: self.train_end] = "train"
        part[: self.first] = "warmup"
        part[slice(*self.validation)] = "validation"
        part[slice(*self.test)] = "test"
        return part


def chronological_split(n_days: int, first: int, fractions: tuple[float, float, float]) -> Split:
    """Return train, validation and test in this order, by their share of all days.

    Raises
    ------
    DataError
        The shares do not sum to 1, or a part would be empty.
    """
    if len(fractions) != 3 or not np.isclose(sum(fractions), 1.0) or min(fractions) <= 0:
        raise DataError(f"fractions are {fractions}; give three positive shares that sum to 1")
    cuts = [round(n_days * share) for share in np.cumsum(fractions)[:2]]
    split = Split(0, first, cuts[0], (cuts[0], cuts[1]), (cuts[1], n_days))
    _check(split, n_days)
    return split


def rolling_origins(
    n_days: int,
    first: int,
    *,
    test: tuple[int, int],
    block_days: int,
    validation_days: int,
    gap_days: int,
    large_shocks: NDArray[np.int64],
    blackout_days: int,
) -> list[Split]:
    """Return one split a test block; each learns from all days before its block.

    Parameters
    ----------
    n_days, first : days of the series; first day with a full history.
    test : half-open range of all test days, cut into blocks of `block_days` (the last
        one takes a rest shorter than half a block).
    validation_days : days before the gap that select the epoch and calibrate.
    gap_days : days between validation and test.
    large_shocks : days of shocks after which no cut may fall for `blackout_days`: a cut
        would put one aftershock sequence on both sides. Such a cut is moved: the start of
        a test block to the blackout's end, the start of the validation to the shock.

    Raises
    ------
    DataError
        A part would be empty.
    """
    begin, end = test
    n_blocks = max(1, round((end - begin) / block_days))
    wanted = [begin + i * block_days for i in range(n_blocks)]
    cuts = sorted({_clear(cut, large_shocks, blackout_days) for cut in wanted})
    cuts = [cut for cut in cuts if cut < end]
    if not cuts:
        raise DataError(
            f"test days {begin} to {end} lie within {blackout_days} days of a large shock or are "
            "empty: move test_start or test_end"
        )
    splits = []
    for origin, (low, high) in enumerate(zip(cuts, [*cuts[1:], end], strict=True)):
        validation_end = low - gap_days
        train_end = _step_back(validation_end - validation_days, large_shocks, blackout_days)
        split = Split(origin, first, train_end, (train_end, validation_end), (low, high))
        _check(split, n_days)
        splits.append(split)
    return splits


def day_of(date: str, start: pd.Timestamp) -> int:
    """Return the index of a date (UTC) in days since `start`.

    Raises
    ------
    ConfigError
        It is no date.
    """
    try:
        stamp = pd.Timestamp(date)
    except ValueError as error:
        raise ConfigError(f"{date!r} is no date of a test day; write YYYY-MM-DD") from error
    stamp = stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp.tz_convert("UTC")
    return (stamp - start).days


def _clear(cut: int, large_shocks: NDArray[np.int64], blackout_days: int) -> int:
    for shock in np.sort(large_shocks):
        if shock < cut <= shock + blackout_days:
            cut = int(shock) + blackout_days + 1
    return cut


def _step_back(cut: int, large_shocks: NDArray[np.int64], blackout_days: int) -> int:
    for shock in np.sort(large_shocks)[::-1]:
        if shock < cut <= shock + blackout_days:
            cut = int(shock)
    return cut


def _check(split: Split, n_days: int) -> None:
    ranges = {
        "training": (split.first, split.train_end),
        "validation": split.validation,
        "test": split.test,
    }
    for name, (low, high) in ranges.items():
        if low >= high or high > n_days:
            raise DataError(
                f"origin {split.origin}: the {name} part would be days {low} to {high} of a "
                f"series of {n_days} days (the first {split.first} only serve as history): "
                "choose a longer period, shorter parts, or other test dates"
            )
