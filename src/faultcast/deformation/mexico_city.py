"""The Sentinel-1 crop over Mexico City: fast subsidence, as a tile in degrees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from faultcast.catalog.unpack import load_arrays
from faultcast.deformation.lattice import Lattice
from faultcast.deformation.tile import Tile
from faultcast.errors import DataError
from faultcast.io import reading

_CRS = "EPSG:4326"
_KEYS = ("disp", "dates", "dem", "bounds")


def read_mexico_city(path: str | Path) -> Tile:
    """Return the displacement series made from the 30 interferograms of the crop.

    Line of sight, mm, negative away from the satellite; the first epoch is 0 by construction;
    13 epochs of 2018 at uneven distances. Rows of the file run from north to south, those of the
    tile from south to north. Cells are square in degrees, not in metres.

    Parameters
    ----------
    path : `derived_los_displacement_mm.npz` with `disp` (epochs, rows, columns) mm, `dates`
        (YYYYMMDD), `dem` (rows, columns) m, `bounds` (west, south, east, north) degrees.

    Raises
    ------
    DataError
        The file is absent, damaged, packed beyond what data can be, or not of that form.
    """
    cure = "expected derived_los_displacement_mm.npz: fetch it again"
    # numpy warns of a damaged shape before it refuses it
    with reading(path, cure), np.errstate(invalid="ignore"), load_arrays(path) as archive:
        lacking = [key for key in _KEYS if key not in archive]
        if lacking:
            raise DataError(f"{path} lacks the arrays {', '.join(lacking)}")
        # what is no array comes as bytes
        displacement, dates, dem, bounds = (np.asarray(archive[key]) for key in _KEYS)
    shapes = displacement.shape[:1], displacement.shape[1:], (4,)
    if displacement.ndim != 3 or (dates.shape, dem.shape, bounds.shape) != shapes:
        raise DataError(
            f"{path}: displacement of shape {displacement.shape}, dates of {dates.shape}, heights "
            f"of {dem.shape}, bounds of {bounds.shape}; expected (epochs, rows, columns), "
            "(epochs,), (rows, columns), (4,)"
        )
    with reading(path, cure):
        # as ASCII: pandas fails on characters that are none
        written = dates.astype("S").astype("U")
        epochs = pd.to_datetime(written, format="%Y%m%d", utc=True).as_unit("ns")
        displacement = displacement.astype(np.float64)
    west, south, east, north = (float(value) for value in bounds)
    _, n_rows, n_columns = displacement.shape
    cell, height = (east - west) / n_columns, (north - south) / n_rows
    if abs(cell - height) > 1e-3 * cell:
        raise DataError(f"{path}: cells of {cell} x {height} degrees; expected square ones")
    values = displacement[:, ::-1]
    mask = np.isfinite(values).any(axis=0)
    return Tile(
        displacement_mm=values,
        mask=mask,
        dates=epochs,
        lattice=Lattice(west, south, cell, n_rows, n_columns, _CRS),
        component="LOS",
        height_m=np.where(mask, dem[::-1], np.nan).astype(np.float64),
        name="Mexico City",
    )
