"""Windows of a series: which epochs a model reads, which it is to tell, and in which part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.errors import DataError

Indices = NDArray[np.int64]
Number = TypeVar("Number", np.float32, np.float64)
PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class WindowSplit:
    """Origins of each part. An origin is the last observed epoch; its targets follow it.

    Parameters
    ----------
    train_end : number of epochs that priors, scales and fits may see.
    train, validation, test : (n,) origins.
    """

    train_end: int
    train: Indices
    validation: Indices
    test: Indices


def chronological_windows(
    n_epochs: int,
    n_in: int,
    n_out: int,
    fractions: tuple[float, float, float] = (0.70, 0.15, 0.15),
) -> WindowSplit:
    """Return all windows, by part; a window belongs to a part only if all its targets do.

    The parts end at the whole number of epochs below their share (304 epochs: 212, 258, 304).
    Inputs of validation and test windows may lie in the part before: that is the past.

    Raises
    ------
    DataError
        The shares do not sum to 1, or a part holds no window.
    """
    if len(fractions) != 3 or min(fractions) <= 0 or not np.isclose(sum(fractions), 1.0):
        raise DataError(f"fractions are {fractions}; give three positive shares that sum to 1")
    first, second = (int(n_epochs * share + 1e-9) for share in np.cumsum(fractions)[:2])
    parts = [
        _origins(low, high, n_in, n_out)
        for low, high in ((0, first), (first, second), (second, n_epochs))
    ]
    _check(parts, n_epochs, n_in, n_out)
    return WindowSplit(first, *parts)


def rolling_windows(
    dates: pd.DatetimeIndex,
    n_in: int,
    n_out: int,
    *,
    test_days: int = 365,
    n_blocks: int = 4,
    validation_epochs: int = 46,
) -> list[WindowSplit]:
    """Return splits whose test origins, block after block, cover at least `test_days`.

    The last origin is the last epoch with `n_out` epochs after it. Origins reach back over
    `test_days` and are cut into blocks of equal length; before each block a model is fitted
    anew: the last `validation_epochs` up to the block's first origin are targets of
    validation, all before them of training. Nothing after a block's first origin is fitted to.

    Parameters
    ----------
    dates : (n_epochs,) of the series.
    n_in, n_out : epochs read and told.

    Raises
    ------
    DataError
        The series is too short.
    """
    n_epochs = len(dates)
    last = n_epochs - 1 - n_out
    if last < 0 or n_blocks < 1:
        raise DataError(f"{n_epochs} epochs hold no window of {n_in} + {n_out}, or no block")
    before = np.flatnonzero(dates <= dates[last] - pd.Timedelta(days=test_days))
    if not before.size:
        raise DataError(
            f"{n_epochs} epochs from {dates[0]:%Y-%m-%d} do not hold {test_days} days of origins "
            f"with {n_out} epochs after them: choose fewer test_days"
        )
    splits = []
    for test in np.array_split(np.arange(before[-1], last + 1), n_blocks):
        known = int(test[0]) + 1 if len(test) else 0
        train_end = known - validation_epochs
        train = _origins(0, train_end, n_in, n_out)
        validation = _origins(train_end, known, n_in, n_out)
        _check([train, validation, test], n_epochs, n_in, n_out)
        splits.append(WindowSplit(train_end, train, validation, test))
    return splits


def gather(values: NDArray[Number], origins: Indices, first: int, n: int) -> NDArray[Number]:
    """Return n epochs of each origin from `first` epochs after it on, (n_origins, n, ...).

    `gather(values, origins, 1, n_out)` are the targets, `gather(values, origins, 1 - n_in, n_in)`
    the inputs, which end with the origin itself.

    Raises
    ------
    DataError
        A window leaves the series.
    """
    index = origins[:, None] + np.arange(first, first + n)
    if index.size and (index.min() < 0 or index.max() >= len(values)):
        raise DataError(
            f"windows reach from epoch {index.min()} to {index.max()} of a series of "
            f"{len(values)}: choose other origins or shorter windows"
        )
    return values[index]


def carry_forward(values: NDArray[Number]) -> NDArray[Number]:
    """Return (n_epochs, ...) with each gap filled by the last value before it.

    Nothing after a gap enters, so that inputs filled so stay causal. A gap at the start of a
    series has no value before it and stays NaN.
    """
    epoch = np.arange(len(values)).reshape(-1, *[1] * (values.ndim - 1))
    latest = np.maximum.accumulate(np.where(np.isfinite(values), epoch, 0), axis=0)
    return np.take_along_axis(values, latest, axis=0)


def _origins(low: int, high: int, n_in: int, n_out: int) -> Indices:
    """Return the origins whose inputs exist and whose targets all lie in [low, high)."""
    return np.arange(max(low - 1, n_in - 1), max(high - n_out, n_in - 1), dtype=np.int64)


def _check(parts: list[Indices], n_epochs: int, n_in: int, n_out: int) -> None:
    if min(n_in, n_out) < 1:
        raise DataError(f"windows of {n_in} + {n_out} epochs: give at least one of each")
    for name, origins in zip(PARTS, parts, strict=True):
        if not len(origins):
            raise DataError(
                f"the {name} part of {n_epochs} epochs holds no window of {n_in} + {n_out}: "
                "choose shorter windows, other parts, or a longer series"
            )
