"""Labels of HierarchicalQuake: whether an event strikes a cell in a window of days ahead.

They are kept as the list of event days and spread out for the days asked for only: 940 days of
50,000 cells would be 47 million values.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from faultcast.errors import DataError
from faultcast.grid.cube import Cube

NEAR_DAYS, FAR_DAYS = 10, 50
"""The window [t + 10, t + 50) that the paper's lineage runs."""


def event_cells(cube: Cube, magnitude_min: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return day and cell, row * n_columns + column, of each day-cell with M >= `magnitude_min`.

    The lineage's M > 3.5 is a `magnitude_min` of `np.nextafter(3.5, 4)`.
    """
    large = cube.cells[cube.cells["maximum"] >= magnitude_min]
    cell = large["row"].to_numpy(np.int64) * cube.n_columns + large["column"].to_numpy(np.int64)
    return large["day"].to_numpy(np.int64), cell


@dataclass(frozen=True)
class WindowLabels:
    """Whether a cell has an event of at least `magnitude_min` in days [t + near, t + far).

    Parameters
    ----------
    cube : the catalog.
    magnitude_min : smallest magnitude that counts, itself included.
    near, far : the window in days after the day t of the last input.

    Raises
    ------
    DataError
        The window is empty or begins before t + 1.
    """

    cube: Cube = field(repr=False)
    magnitude_min: float
    near: int = NEAR_DAYS
    far: int = FAR_DAYS
    _events: tuple[NDArray[np.int64], NDArray[np.int64]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if not 1 <= self.near < self.far:
            raise DataError(
                f"the window [t + {self.near}, t + {self.far}) is empty or holds day t itself: "
                "give 1 <= near < far"
            )
        object.__setattr__(self, "_events", event_cells(self.cube, self.magnitude_min))

    @property
    def n_cells(self) -> int:
        """Number of cells, rows times columns."""
        return self.cube.n_rows * self.cube.n_columns

    @property
    def n_usable(self) -> int:
        """Number of days, from day 0 on, whose window lies inside the cube."""
        return max(0, self.cube.n_days - self.far + 1)

    def at(self, days: ArrayLike) -> NDArray[np.bool_]:
        """Return the labels of some days, (n, n_cells).

        Parameters
        ----------
        days : (n,) int, increasing.

        Raises
        ------
        DataError
            Days do not increase, or the window of one leaves the cube.
        """
        t = increasing(days)
        if len(t) and (t[0] < 0 or t[-1] >= self.n_usable):
            raise DataError(
                f"days {t[0]} to {t[-1]} have no full window: the cube's {self.cube.n_days} days "
                f"give labels to days 0 to {self.n_usable - 1}"
            )
        day, cell = self._events
        if len(t):
            low, high = np.searchsorted(day, [t[0] + self.near, t[-1] + self.far])
            day, cell = day[low:high], cell[low:high]
        # day d is in the window of t = d - far + 1 .. d - near
        first = np.searchsorted(t, day - self.far, side="right")
        stop = np.searchsorted(t, day - self.near, side="right")
        labels = np.zeros((len(t), self.n_cells), dtype=bool)
        for where, begin, end in zip(cell, first, stop, strict=True):
            labels[begin:end, where] = True
        return labels


def increasing(days: ArrayLike) -> NDArray[np.int64]:
    """Return days as int64, (n,).

    Raises
    ------
    DataError
        They do not increase.
    """
    t = np.asarray(days, dtype=np.int64)
    if t.ndim != 1 or (np.diff(t) <= 0).any():
        raise DataError(f"days of shape {t.shape} do not increase: give each once, in order")
    return t
