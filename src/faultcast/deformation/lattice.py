"""The lattice of a tile: square cells with exact edges, rows from south to north."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyproj
from numpy.typing import NDArray

from faultcast.deformation.series import EGMS_CRS, PointSeries
from faultcast.errors import DataError
from faultcast.grid import cell_index

NATIVE_M = 100.0
TILE_M = 100_000.0
PATCH = 8
_OFF_CENTRE = 1e-3  # share of a cell


@dataclass(frozen=True)
class Lattice:
    """Cells on a map; row 0 is the southernmost, column 0 the westernmost.

    Parameters
    ----------
    west, south : lower left corner, in the unit of `crs` (metres for EPSG:3035).
    cell : side of a cell, in the same unit.
    n_rows, n_columns : number of cells.
    crs : as pyproj reads it.
    """

    west: float
    south: float
    cell: float
    n_rows: int
    n_columns: int
    crs: str = EGMS_CRS

    def __post_init__(self) -> None:
        if not self.cell > 0 or min(self.n_rows, self.n_columns) < 1:
            raise DataError(
                f"a lattice of {self.n_rows} x {self.n_columns} cells of {self.cell}: give a "
                "positive size and at least one row and column"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.n_rows, self.n_columns

    def cells_of(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return row * n_columns + column of each point (n,), -1 outside; half-open cells."""
        column = cell_index(x, self._edges(self.west, self.n_columns))
        row = cell_index(y, self._edges(self.south, self.n_rows))
        outside = (row < 0) | (column < 0)
        return np.where(outside, -1, row * self.n_columns + column)

    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return x and y of the cells' centres, each (rows, columns), in the unit of `crs`."""
        x = self.west + self.cell * (np.arange(self.n_columns) + 0.5)
        y = self.south + self.cell * (np.arange(self.n_rows) + 0.5)
        x, y = np.meshgrid(x, y)
        return x, y

    def degrees(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return latitude and longitude of the cells' centres, each (rows, columns)."""
        transform = pyproj.Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True)
        longitude, latitude = transform.transform(*self.centres())
        return np.asarray(latitude), np.asarray(longitude)

    def _edges(self, low: float, n: int) -> NDArray[np.float64]:
        return np.asarray(low + self.cell * np.arange(n + 1), dtype=np.float64)

    def as_record(self) -> dict[str, Any]:
        """Return the definition, ready for JSON."""
        return asdict(self)


def native_lattice(
    series: PointSeries, *, cell_m: float = NATIVE_M, n_cells: int | None = None, patch: int = PATCH
) -> Lattice:
    """Return the square lattice of the delivered cells, padded around them.

    Parameters
    ----------
    series : cells at their centres, as level 3 delivers them.
    cell_m : their size.
    n_cells : cells a side; None: the smallest multiple of `patch` that holds them (34 rows and
        32 columns of tile E45N17 become 40 x 40). The covered part lies in the middle.

    Raises
    ------
    DataError
        A point is no centre of a cell, the points reach over more than a 100 km tile, or the
        cells do not fit.
    """
    lows, counts = [], []
    for name, at in zip(("easting", "northing"), series.positions_m.T, strict=True):
        if np.ptp(at) > TILE_M:
            raise DataError(
                f"{series.name} reaches from {name} {at.min():.0f} to {at.max():.0f} m: level 3 "
                "comes in tiles of 100 km; remove the points that lie elsewhere"
            )
        steps = (at - at.min()) / cell_m
        off = np.abs(steps - np.rint(steps)) > _OFF_CENTRE
        if off.any():
            raise DataError(
                f"{series.name}: {int(off.sum())} points lie off the centres of {cell_m:g} m cells "
                f"({name} {at[off][0]:.2f}): only level 3 has a native grid; use a lattice and "
                "means for points"
            )
        lows.append(float(at.min()) - cell_m / 2)
        counts.append(int(np.rint(steps).max()) + 1)
    needed = max(counts)
    size = -(-needed // patch) * patch if n_cells is None else n_cells
    if size < needed:
        raise DataError(f"{series.name} covers {needed} cells; {n_cells} do not hold them")
    west, south = (
        low - (size - count) // 2 * cell_m for low, count in zip(lows, counts, strict=True)
    )
    return Lattice(west, south, cell_m, size, size, series.crs)


def tile_lattice(series: PointSeries, n_cells: int = 64) -> Lattice:
    """Return n x n cells over the whole 100 km tile in which all points lie.

    Raises
    ------
    DataError
        The points lie in more than one 100 km tile of the EGMS grid.
    """
    at = series.positions_m
    corner = np.floor(at.min(axis=0) / TILE_M) * TILE_M
    if (at >= corner + TILE_M).any():
        raise DataError(
            f"{series.name} reaches over the edge of the 100 km tile at {corner[0]:.0f}, "
            f"{corner[1]:.0f}: give a lattice of your own"
        )
    return Lattice(float(corner[0]), float(corner[1]), TILE_M / n_cells, n_cells, n_cells)
