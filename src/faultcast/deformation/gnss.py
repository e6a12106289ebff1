"""Daily GNSS positions, read into point series so that graph models can run on stations."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.catalog import Projection
from faultcast.catalog.readers.delimited import read
from faultcast.catalog.table import rejected_rows
from faultcast.deformation.archive import as_text, read_members, read_single
from faultcast.deformation.series import PointSeries
from faultcast.errors import DataError

_COLUMNS = {"E": "East (mm)", "N": "North (mm)"}
_FILE = re.compile(r"position\.(?P<station>\w{4})\.cwu\.(?P<frame>\w+)\.csv")
_UNDATED = pd.Timestamp("1970-01-01", tz="UTC")


def read_gnss_positions(
    positions: str | Path, stations: str | Path, component: Literal["E", "N"] = "E"
) -> tuple[PointSeries, pd.DataFrame]:
    """Return daily positions of GAGE stations (CWU solution), and what could not be used.

    Parameters
    ----------
    positions : zip of `position.<station>.cwu.<frame>.csv`: Date, North (mm), East (mm) since
        the station's first day; further columns do not matter.
    stations : CSV with `station`, `lat_deg`, `lon_deg`, `ellipsoid_height_m`.
    component : "E" or "N"; the files hold no vertical one as a rule.

    Returns
    -------
    series : one row a station with a position, on every day from the first to the last of any
        station; NaN on days without a solution. `pid` is the station, `frame` that of its file.
        Easting and northing in a projection about the stations' middle.
    rejected : file, line, reason, text: rows that could not be read, stations without position.

    Raises
    ------
    DataError
        A file is unusable, a column or every station's position is missing.
    """
    if component not in _COLUMNS:
        raise DataError(f"component is {component!r}; the files hold 'E' and 'N'")
    places = _stations(stations)
    columns: dict[str, pd.Series] = {}
    frames: dict[str, str] = {}
    rejected: list[pd.DataFrame] = []
    for name, data in sorted(read_members(positions, ".csv").items()):
        match = _FILE.fullmatch(name)
        if match is None:
            raise DataError(f"{name} in {positions} is no position.<station>.cwu.<frame>.csv")
        station = match["station"]
        found, odd = _station(name, data, _COLUMNS[component])
        rejected.append(odd)
        if station not in places.index:
            reason = "the station has no position in the table of stations"
            rejected.append(rejected_rows(name, np.zeros(1), reason))
            continue
        columns[station], frames[station] = found, match["frame"]
    if len(columns) < 2:
        raise DataError(
            f"{positions} holds {len(columns)} station(s) with a position in {stations}; "
            "expected at least two"
        )
    table = pd.DataFrame(columns)
    days = pd.date_range(table.index.min(), table.index.max(), freq="D").as_unit("ns")
    table = table.reindex(days)
    points, crs = _points(places.loc[list(columns)], frames)
    series = PointSeries(
        points,
        days,
        table.to_numpy().T,
        component,
        crs,
        name="GNSS (CWU)",
        source=str(positions),
    )
    return series, pd.concat(rejected, ignore_index=True)


def read_gnss_sw_china(folder: str | Path) -> tuple[PointSeries, NDArray[np.float64]]:
    """Return 74 stations of southwest China, and the weights between them, (74, 74).

    The source gives neither unit, component, positions nor start date: the values are taken to
    be mm, `is_dated` is False, positions are NaN. `height_m` is its "dem", `fault_distance_km`
    its "distance" (presumably to a fault); all of that is unconfirmed.

    Parameters
    ----------
    folder : with `target.csv` (gzipped or not), `static_data.csv`,
        `adjacency_matrix_with_weights.csv`.

    Raises
    ------
    DataError
        A file is unusable, or their numbers of stations differ.
    """
    folder = Path(folder)
    target = next((p for p in sorted(folder.glob("target.csv*"))), folder / "target.csv")
    values = _numbers(target, header=False)
    static = _numbers(folder / "static_data.csv", header=True)
    weights = _numbers(folder / "adjacency_matrix_with_weights.csv", header=False)
    n = values.shape[1]
    if static.shape != (n, 2) or weights.shape != (n, n):
        raise DataError(
            f"{folder}: {n} stations in {target.name}, but static data of shape {static.shape} "
            f"and weights of shape {weights.shape}"
        )
    points = pd.DataFrame(
        {
            "pid": [f"station{k:02d}" for k in range(n)],
            "easting_m": np.nan,
            "northing_m": np.nan,
            "height_m": static[:, 0],
            "fault_distance_km": static[:, 1],
        }
    )
    days = pd.date_range(_UNDATED, periods=len(values), freq="D").as_unit("ns")
    series = PointSeries(points, days, values.T, "unknown", "", "GNSS (SW China)", is_dated=False)
    return series, weights


def _stations(path: str | Path) -> pd.DataFrame:
    """Return latitude, longitude and height of the stations that have them, by name."""
    source = as_text(*read_single(path))
    columns = {
        "event_id": "station",
        "latitude": "lat_deg",
        "longitude": "lon_deg",
        "height_m": "ellipsoid_height_m",
    }
    table, _ = read(source, columns)
    return table.set_index("event_id")[["latitude", "longitude", "height_m"]].dropna()


def _station(name: str, data: bytes, column: str) -> tuple[pd.Series, pd.DataFrame]:
    """Return mm by day, and the rows that could not be read."""
    source = as_text(name, data)
    table, odd = read(source, {"time": "Date", "mm": column})
    infinite = np.isinf(table["mm"].to_numpy())
    left_out = infinite | table["time"].where(~infinite).duplicated().to_numpy()
    if left_out.any():
        lines = table.loc[left_out, "line"].to_numpy()
        reasons = np.where(infinite, f"{column} is infinite", "the day stands further up")
        texts = np.array([source.lines[line - 1] for line in lines], dtype=object)
        odd = pd.concat(
            [odd, rejected_rows(name, lines, reasons[left_out], texts)],
            ignore_index=True,
        )
    table = table[~left_out]
    return pd.Series(table["mm"].to_numpy(), index=pd.DatetimeIndex(table["time"])), odd


def _points(places: pd.DataFrame, frames: dict[str, str]) -> tuple[pd.DataFrame, str]:
    latitude, longitude = places["latitude"].to_numpy(), places["longitude"].to_numpy()
    extent = max(float(np.ptp(latitude)), float(np.ptp(longitude)))
    projection = Projection.centred(float(latitude.mean()), float(longitude.mean()), extent)
    x_km, y_km = projection.forward(latitude, longitude)
    points = pd.DataFrame(
        {
            "pid": places.index.to_numpy(),
            "easting_m": 1000.0 * x_km,
            "northing_m": 1000.0 * y_km,
            "latitude": latitude,
            "longitude": longitude,
            "height_m": places["height_m"].to_numpy(),
            "frame": [frames[station] for station in places.index],
        }
    )
    return points, projection.crs.replace("+units=km", "+units=m")


def _numbers(path: Path, *, header: bool) -> NDArray[np.float64]:
    name, data = read_single(path)
    text = as_text(name, data).text
    if text.count("\n", 0, len(text.rstrip())) < int(header):
        raise DataError(f"{name} holds a header and no numbers")
    try:
        values = np.loadtxt(io.StringIO(text), delimiter=",", skiprows=int(header), ndmin=2)
    except ValueError as error:
        raise DataError(f"{name} is no table of numbers: {error}") from error
    if not values.size or not np.isfinite(values).all():
        raise DataError(f"{name} is empty or holds values that are not finite")
    return values
