"""The 3,360 Landers aftershocks that ship with the author's program (MATLAB file)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from faultcast.errors import CatalogError
from faultcast.io import reading

# fitted to independent catalogs, +- 0.3 km; the file itself has no origin
ORIGIN_LATITUDE, ORIGIN_LONGITUDE = 33.80, -116.757
CRS = (
    f"+proj=tmerc +lat_0={ORIGIN_LATITUDE} +lon_0={ORIGIN_LONGITUDE} +k=1 "
    "+datum=WGS84 +units=km +no_defs"
)


def read_landers(path: str | Path) -> np.ndarray:
    """Return the hypocentres (3360, 3), km: x east and y north of their origin, z down.

    Raises
    ------
    CatalogError
        The file cannot be read or has no table `xyz_mat` of three columns.
    """
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    cure = "expected a MATLAB v5 file: fetch it again"
    with reading(path, cure, CatalogError):
        try:
            content = loadmat(path)
        except MatReadError as error:
            raise ValueError(error) from error
    table = content.get("xyz_mat")
    if table is None or table.ndim != 2 or table.shape[1] != 3:
        names = ", ".join(name for name in content if not name.startswith("_")) or "nothing"
        raise CatalogError(f"{path} holds {names}; expected a table xyz_mat with columns x, y, z")
    with reading(path, cure, CatalogError):
        xyz_km = np.ascontiguousarray(table, dtype=np.float64)
    if not np.isfinite(xyz_km).all():
        raise CatalogError(f"{path} holds positions that are not finite; {cure}")
    return xyz_km


def landers_points(path: str | Path) -> pd.DataFrame:
    """Return the hypocentres as a table: event_id, x_km, y_km, z_km."""
    xyz_km = read_landers(path)
    points = pd.DataFrame(xyz_km, columns=["x_km", "y_km", "z_km"])
    points.insert(0, "event_id", [f"landers{number:04d}" for number in range(len(points))])
    return points
