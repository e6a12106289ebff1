"""A tile: displacement on epochs x rows x columns with a mask, kept as its covered cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.deformation.lattice import Lattice
from faultcast.deformation.series import check_dates, years_since_first
from faultcast.errors import DataError
from faultcast.io import read_json, read_table, reading, write_json, write_table

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tile:
    """Displacement of one component on a lattice.

    Parameters
    ----------
    displacement_mm : (n_epochs, rows, columns), NaN outside the mask, and inside it where a single
        value is missing.
    mask : (rows, columns) True where the tile is covered.
    dates : (n_epochs,) UTC, increasing.
    lattice : where the cells lie.
    component : "U", "E", "N" or "LOS".
    height_m : (rows, columns), NaN where unknown.
    name : what the tile is called in messages and tables.
    """

    displacement_mm: Floats = field(repr=False)
    mask: NDArray[np.bool_] = field(repr=False)
    dates: pd.DatetimeIndex = field(repr=False)
    lattice: Lattice
    component: str
    height_m: Floats = field(repr=False)
    name: str = ""

    def __post_init__(self) -> None:
        check_dates(self.dates, self.name)
        shape = self.lattice.shape
        shapes = (self.displacement_mm.shape, self.mask.shape, self.height_m.shape)
        if shapes != ((len(self.dates), *shape), shape, shape):
            raise DataError(
                f"{self.name}: values, mask and heights of shapes {shapes} for {len(self.dates)} "
                f"dates on {shape} cells: they must agree"
            )
        if np.isfinite(self.displacement_mm[:, ~self.mask]).any() or not self.mask.any():
            raise DataError(f"{self.name}: values stand outside the mask, or the mask is empty")

    @property
    def n_epochs(self) -> int:
        """Number of epochs."""
        return len(self.dates)

    @property
    def n_cells(self) -> int:
        """Number of covered cells."""
        return int(self.mask.sum())

    @property
    def series(self) -> Floats:
        """(n_epochs, n_cells) mm of the covered cells, row by row from the south-west."""
        return self.displacement_mm[:, self.mask]

    @property
    def years(self) -> Floats:
        """(n_epochs,) years of 365.25 days since the first epoch."""
        return years_since_first(self.dates)

    def to_map(self, series: Floats) -> Floats:
        """Return (..., n_cells) as (..., rows, columns), NaN outside the mask."""
        if series.shape[-1] != self.n_cells:
            raise DataError(
                f"{self.name}: {series.shape[-1]} values for {self.n_cells} covered cells"
            )
        maps = np.full((*series.shape[:-1], *self.mask.shape), np.nan)
        maps[..., self.mask] = series
        return maps

    def save(self, folder: str | Path, provenance: Mapping[str, Any] | None = None) -> None:
        """Write `cells.parquet` (a row a covered cell) and `tile.json` into `folder`."""
        row, column = np.nonzero(self.mask)
        places = pd.DataFrame({"row": row, "column": column, "height_m": self.height_m[self.mask]})
        stamps = self.dates.strftime("%Y%m%d")
        values = pd.DataFrame(self.series.T, columns=stamps)
        write_table(pd.concat([places, values], axis=1), Path(folder) / "cells.parquet", provenance)
        write_json(
            {
                "lattice": self.lattice.as_record(),
                "dates": stamps.tolist(),
                "component": self.component,
                "name": self.name,
            },
            Path(folder) / "tile.json",
        )

    @classmethod
    def load(cls, folder: str | Path) -> Tile:
        """Read a tile written by `save`.

        Raises
        ------
        DataError
            A file is missing, damaged or does not hold a tile.
        """
        table, definition = Path(folder) / "cells.parquet", Path(folder) / "tile.json"
        for path in (table, definition):
            if not path.is_file():
                raise DataError(
                    f"no tile in {folder}: {path.name} is missing; make it with Tile.save(folder)"
                )
        record, cells = read_json(definition), read_table(table)
        with reading(folder):
            return cls.from_tables(record, cells, table)

    @classmethod
    def from_tables(
        cls, record: Mapping[str, Any], cells: pd.DataFrame, source: str | Path = "the table"
    ) -> Tile:
        """Return the tile of a `tile.json` and a `cells.parquet` that were read already.

        Parameters
        ----------
        source : stands in the error's text.
        """
        lacking = [
            name for name in ("row", "column", "height_m", *record["dates"]) if name not in cells
        ]
        if lacking:
            raise DataError(f"{source} is no tile: it lacks the columns {', '.join(lacking[:5])}")
        lattice = Lattice(**record["lattice"])
        mask = np.zeros(lattice.shape, dtype=bool)
        mask[cells["row"], cells["column"]] = True
        height = np.full(lattice.shape, np.nan)
        height[cells["row"], cells["column"]] = cells["height_m"]
        values = np.full((len(record["dates"]), *lattice.shape), np.nan)
        values[:, cells["row"], cells["column"]] = cells[record["dates"]].to_numpy(np.float64).T
        dates = pd.to_datetime(record["dates"], format="%Y%m%d", utc=True).as_unit("ns")
        return cls(values, mask, dates, lattice, record["component"], height, record["name"])
