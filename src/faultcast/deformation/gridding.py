"""Point series brought onto a lattice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from faultcast.deformation.lattice import NATIVE_M, Lattice, native_lattice, tile_lattice
from faultcast.deformation.series import FEW_CELLS_CURE, PointSeries
from faultcast.deformation.tile import Tile
from faultcast.errors import DataError

MIN_CELLS = 4


def level3_tile(series: PointSeries, n_cells: int = 64) -> Tile:
    """Return level 3 on n x n cells: as delivered where that suffices, else by cell means.

    A full 100 km tile is averaged to `n_cells` a side; where the covered area is under `n_cells`
    native cells wide and high (an island, a cropped tile), its 100 m cells stay as they are.
    """
    covered_m = np.ptp(series.positions_m, axis=0).max() + NATIVE_M
    if covered_m < n_cells * NATIVE_M:
        return native_tile(series)
    return mean_tile(series, tile_lattice(series, n_cells))


def native_tile(series: PointSeries, *, n_cells: int | None = None, patch: int = 8) -> Tile:
    """Return the delivered cells of level 3 as they are, padded as `native_lattice` says.

    Raises
    ------
    DataError
        Two points share a cell, or see `native_lattice` and `mean_tile`.
    """
    lattice = native_lattice(series, n_cells=n_cells, patch=patch)
    cell = lattice.cells_of(*series.positions_m.T)
    counts = np.bincount(cell)
    if counts.max() > 1:
        first, second = series.points["pid"][cell == int(counts.argmax())].tolist()[:2]
        raise DataError(
            f"{series.name}: the points {first} and {second} are the same cell: level 3 has one a "
            "cell; remove one"
        )
    return mean_tile(series, lattice)


def mean_tile(series: PointSeries, lattice: Lattice) -> Tile:
    """Return the mean of the points of each cell at each epoch; points outside are left out.

    Single missing values of a point are left out of its cell's mean at that epoch.

    Raises
    ------
    DataError
        The lattice has another CRS, or fewer than `MIN_CELLS` cells are covered.
    """
    if series.crs != lattice.crs:
        raise DataError(
            f"{series.name} is in {series.crs or 'no CRS'}, the lattice in {lattice.crs}: "
            "project one to the other"
        )
    cell = lattice.cells_of(*series.positions_m.T)
    inside = cell >= 0
    n_flat = lattice.n_rows * lattice.n_columns
    values = _means(cell[inside], series.displacement_mm[inside], n_flat)
    mask = np.isfinite(values).any(axis=0)
    if mask.sum() < MIN_CELLS:
        raise DataError(
            f"{series.where} covers {int(mask.sum())} cell(s) of the lattice: a map of "
            f"displacement needs at least {MIN_CELLS}; {FEW_CELLS_CURE}"
        )
    height = _means(cell[inside], series.points[["height_m"]].to_numpy()[inside], n_flat)
    return Tile(
        displacement_mm=values.reshape(-1, *lattice.shape),
        mask=mask.reshape(lattice.shape),
        dates=series.dates,
        lattice=lattice,
        component=series.component,
        height_m=height.reshape(lattice.shape),
        name=series.name,
    )


def coarser_tile(tile: Tile, factor: int) -> Tile:
    """Return the tile on cells of factor x factor of its own, by means of the covered ones.

    Blocks are counted from the south-west; those at the north and the east may hold fewer cells.

    Raises
    ------
    DataError
        The factor is below 1.
    """
    if factor < 1:
        raise DataError(f"a factor of {factor}: give a whole number of at least 1")
    n_rows, n_columns = (-(-size // factor) for size in tile.lattice.shape)
    row, column = np.nonzero(tile.mask)
    block = row // factor * n_columns + column // factor
    n_flat = n_rows * n_columns
    values = _means(block, tile.series.T, n_flat)
    height = _means(block, tile.height_m[tile.mask][:, None], n_flat)
    lattice = replace(
        tile.lattice, cell=tile.lattice.cell * factor, n_rows=n_rows, n_columns=n_columns
    )
    return replace(
        tile,
        displacement_mm=values.reshape(-1, n_rows, n_columns),
        mask=np.isfinite(values).any(axis=0).reshape(n_rows, n_columns),
        lattice=lattice,
        height_m=height.reshape(n_rows, n_columns),
    )


def _means(
    cell: NDArray[np.int64], values: NDArray[np.float64], n_flat: int
) -> NDArray[np.float64]:
    """Return (n_epochs, n_flat): means of (n_points, n_epochs) by cell, NaN without a value."""
    means = np.full((values.shape[1], n_flat), np.nan)
    for epoch, column in enumerate(values.T):
        seen = np.isfinite(column)
        count = np.bincount(cell[seen], minlength=n_flat)
        total = np.bincount(cell[seen], weights=column[seen], minlength=n_flat)
        means[epoch, count > 0] = total[count > 0] / count[count > 0]
    return means
