"""Tiles from what was measured: EGMS as delivered, stations, or a crop of Mexico City."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from faultcast.catalog.table import REJECTED_COLUMNS
from faultcast.deformation.egms import read_egms
from faultcast.deformation.gnss import read_gnss_positions
from faultcast.deformation.gridding import coarser_tile, level3_tile, mean_tile
from faultcast.deformation.lattice import Lattice
from faultcast.deformation.mexico_city import read_mexico_city
from faultcast.deformation.series import PointSeries
from faultcast.deformation.stations import station_tile
from faultcast.deformation.tile import Tile


def measured_tile(
    source: Sequence[str | Path],
    making: Mapping[str, Any],
    *,
    lattice: Lattice | None,
    n_cells: int,
) -> tuple[Tile, pd.DataFrame]:
    """Read a tile's files and put it on a lattice.

    Parameters
    ----------
    source : its files; of stations the positions, then the table of stations.
    making : `stations` (component and options of `station_tile`), `coarsen` (cells of Mexico City
        along each side of a cell), or neither: EGMS.
    lattice, n_cells : of EGMS, as for `gridded`.

    Returns
    -------
    The tile, and the rows that were left out: `REJECTED_COLUMNS`.

    Raises
    ------
    DataError
        What the reader says of the files.
    """
    if "stations" in making:
        options = dict(making["stations"])
        positions, stations = source
        series, unread = read_gnss_positions(positions, stations, options.pop("component"))
        tile, unused = station_tile(series, **options)
        return tile, pd.concat([unread, unused], ignore_index=True)
    (path,) = source
    if "coarsen" in making:
        nothing = pd.DataFrame({column: [] for column in REJECTED_COLUMNS})
        return coarser_tile(read_mexico_city(path), making["coarsen"]), nothing
    series, rejected = read_egms(path)
    return gridded(series, lattice, n_cells), rejected


def gridded(series: PointSeries, lattice: Lattice | None, n_cells: int) -> Tile:
    """Return points on a lattice: means of its cells, or their own cells of 100 m if it is None.

    `n_cells` bounds the sides of a lattice of their own (`level3_tile`).
    """
    return level3_tile(series, n_cells) if lattice is None else mean_tile(series, lattice)
