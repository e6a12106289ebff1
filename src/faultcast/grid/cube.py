"""The cube: a catalog on (day, row, column), kept as the list of its non-empty cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.io import read_json, read_table, reading, write_json, write_table

COLUMNS = ("day", "row", "column", "energy", "mean", "maximum", "last", "count")
VALUES = COLUMNS[3:]


@dataclass(frozen=True)
class Cube:
    """Values of a catalog on days x rows x columns; rows run from south to north.

    Parameters
    ----------
    cells : one row a non-empty cell, sorted by day, row, column: `day` from 0, `row`, `column`,
        `energy` (sum of 10^(1.5 M)), `mean`, `maximum`, `last` magnitude, `count`.
    row_edges, column_edges : (n_rows + 1,), (n_columns + 1,) in `unit`, increasing.
    unit : "deg" (latitude, longitude) or "km" (y, x in `crs`).
    start : first instant of day 0, UTC.
    n_days : number of days, empty ones included.
    crs : PROJ string of the km coordinates; "" for degrees.
    n_without_magnitude : events of the region left out because their magnitude is unknown.
    incomplete_days : days on which large shocks hid events that the cube should hold.
    """

    cells: pd.DataFrame = field(repr=False)
    row_edges: NDArray[np.float64] = field(repr=False)
    column_edges: NDArray[np.float64] = field(repr=False)
    unit: Literal["deg", "km"]
    start: pd.Timestamp
    n_days: int
    crs: str = ""
    n_without_magnitude: int = 0
    incomplete_days: tuple[int, ...] = ()

    @property
    def n_rows(self) -> int:
        """Number of cells from south to north."""
        return len(self.row_edges) - 1

    @property
    def n_columns(self) -> int:
        """Number of cells from west to east."""
        return len(self.column_edges) - 1

    @property
    def shape(self) -> tuple[int, int, int]:
        """(days, rows, columns)."""
        return self.n_days, self.n_rows, self.n_columns

    @property
    def dates(self) -> pd.DatetimeIndex:
        """(n_days,) first instant of each day."""
        return pd.date_range(self.start, periods=self.n_days, freq="D")

    @property
    def is_complete(self) -> NDArray[np.bool_]:
        """(n_days,) False on the `incomplete_days`."""
        complete = np.ones(self.n_days, dtype=bool)
        complete[list(self.incomplete_days)] = False
        return complete

    def to_dense(
        self, first_day: int = 0, n_days: int | None = None, *, value: str = "mean"
    ) -> NDArray[np.float32]:
        """Return a window of one value; a cell without events holds 0.

        Parameters
        ----------
        first_day, n_days : the window; all days from `first_day` on by default.
        value : "energy", "mean", "maximum", "last" or "count".

        Returns
        -------
        (n_days, rows, columns) float32. Energy of M 10 is 1e15: far inside float32's range.

        Raises
        ------
        DataError
            The value is not known, or the window leaves the cube.
        """
        if value not in VALUES:
            raise DataError(f"a cube has no value {value!r}: choose one of {', '.join(VALUES)}")
        length = self.n_days - first_day if n_days is None else n_days
        if first_day < 0 or length < 1 or first_day + length > self.n_days:
            raise DataError(
                f"days {first_day} to {first_day + length} are not inside the cube's "
                f"{self.n_days} days: choose first_day and n_days within it"
            )
        dense = np.zeros((length, self.n_rows, self.n_columns), dtype=np.float32)
        # cells are sorted by day: two binary searches find the window
        day = self.cells["day"].to_numpy()
        low, high = np.searchsorted(day, [first_day, first_day + length])
        part = self.cells.iloc[low:high]
        dense[day[low:high] - first_day, part["row"], part["column"]] = part[value]
        return dense

    def event_rate(self, first_day: int = 0, n_days: int | None = None) -> NDArray[np.float64]:
        """Return the mean number of events a day in each cell over a window, (rows, columns)."""
        counts = self.to_dense(first_day, n_days, value="count")
        rate: NDArray[np.float64] = counts.mean(axis=0, dtype=np.float64)
        return rate

    def grid(self) -> dict[str, Any]:
        """Return the grid's definition, ready for JSON."""
        return {
            "row_edges": self.row_edges.tolist(),
            "column_edges": self.column_edges.tolist(),
            "unit": self.unit,
            "start": self.start.isoformat(),
            "n_days": self.n_days,
            "crs": self.crs,
            "n_without_magnitude": self.n_without_magnitude,
            "incomplete_days": list(self.incomplete_days),
        }

    def save(self, folder: str | Path, provenance: Mapping[str, Any] | None = None) -> None:
        """Write `cells.parquet` and `grid.json` into `folder`."""
        write_table(self.cells, Path(folder) / "cells.parquet", provenance)
        write_json(self.grid(), Path(folder) / "grid.json")

    @classmethod
    def load(cls, folder: str | Path) -> Cube:
        """Read a cube written by `save`.

        Raises
        ------
        DataError
            A file is missing, damaged or does not hold a cube.
        """
        table, definition = Path(folder) / "cells.parquet", Path(folder) / "grid.json"
        for path in (table, definition):
            if not path.is_file():
                raise DataError(
                    f"no cube in {folder}: {path.name} is missing; make it with daily_cube(...)"
                    ".save(folder)"
                )
        grid, cells = read_json(definition), read_table(table)
        lacking = [name for name in COLUMNS if name not in cells]
        if lacking:
            raise DataError(f"{table} is no cube: it lacks the columns {', '.join(lacking)}")
        with reading(definition):
            cube = cls(
                cells=cells,
                row_edges=np.array(grid.pop("row_edges"), dtype=np.float64),
                column_edges=np.array(grid.pop("column_edges"), dtype=np.float64),
                start=pd.Timestamp(grid.pop("start")),
                # cubes made before there was such a list have none
                incomplete_days=tuple(grid.pop("incomplete_days", ())),
                **grid,
            )
            fault = _fault(cube)
        if fault:
            raise DataError(f"{folder} is no cube: {fault}; delete it and make it anew")
        return cube


def _fault(cube: Cube) -> str:
    """Return what in a cube contradicts itself, "" where nothing does."""
    edges = (cube.row_edges, cube.column_edges)
    if any(axis.ndim != 1 or len(axis) < 2 or not (np.diff(axis) > 0.0).all() for axis in edges):
        return "its edges do not increase"
    if cube.unit not in ("deg", "km") or not isinstance(cube.crs, str):
        return f"its unit is {cube.unit!r}, its projection {cube.crs!r}"
    numbers = (cube.n_days, cube.n_without_magnitude, *cube.incomplete_days)
    if not all(type(number) is int for number in numbers) or cube.start.tzinfo is None:
        return "a number of days is no whole number, or its start has no time zone"
    # a day that no date can hold raises here
    _ = cube.start + pd.Timedelta(days=cube.n_days)
    limits = dict(zip(COLUMNS[:3], cube.shape, strict=True))
    inside = all(cube.cells[name].between(0, n - 1).all() for name, n in limits.items())
    if not inside or any(not 0 <= day < cube.n_days for day in cube.incomplete_days):
        return f"a cell or a day lies outside its shape {cube.shape}"
    return ""
