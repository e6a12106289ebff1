"""EGMS level 3 (Ortho) and level 2b (Calibrated) files as delivered, read into point series."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from faultcast.catalog.readers.delimited import split_header
from faultcast.catalog.readers.rows import split_rows
from faultcast.catalog.readers.values import numbers
from faultcast.catalog.table import rejected_rows
from faultcast.deformation.archive import as_text, read_single
from faultcast.deformation.egms_columns import REQUIRED, Layout, component_of, layout
from faultcast.deformation.series import FEW_CELLS_CURE, PointSeries
from faultcast.errors import DataError

_LOGGER = logging.getLogger("faultcast.deformation")
_N_REASONS = 3
_NO_NUMBER = " is not a number"


def read_egms(path: str | Path, component: str | None = None) -> tuple[PointSeries, pd.DataFrame]:
    """Return the series of an EGMS file, and the rows that cannot be used.

    Parameters
    ----------
    path : zip or CSV as delivered (gzip too), level 3 or level 2b, of 2018-2022 or 2020-2024
        (2015-2021 has other names and, as far as is known, the columns of 2018-2022).
        Dates are the columns of eight digits, whatever stands before them.
    component : "U" or "E", needed only where a level 3 file lost its name.

    Returns
    -------
    series : positions in EPSG:3035, values in mm; level 2b: along the line of sight. Attributes
        besides pid and position are NaN where the file holds no number; one warning counts them.
    rejected : file, line, reason, text of each row that was left out.

    Raises
    ------
    DataError
        The file is unusable (see `read_members`), has no or a doubtful date column, lacks a
        column, or holds fewer than two usable rows.
    CatalogError
        Quoted fields span lines.
    """
    name, data = read_single(path)
    where = str(path) if name == Path(path).name else f"{name} in {path}"
    source = as_text(name, data)
    header, delimiter = split_header(source.text.split("\n", 1)[0])
    found = layout(where, header)
    # a renamed zip still holds the delivered name, and the other way round
    component = component_of(f"{name} in {Path(path).name}", header, component)
    if found.unknown:
        _LOGGER.info("%s: columns not known and left out: %s", name, ", ".join(found.unknown))
    wanted = [*found.attributes.values(), *found.date_columns]
    table, lines, odd = split_rows(source, 1, header, delimiter, wanted)
    points, values, faults, lost = _convert(table, found)
    if lost:
        told = ", ".join(f"{column} in {count} of {len(lines)}" for column, count in lost.items())
        _LOGGER.warning("%s: cells that are no number are left empty: %s rows", name, told)
    bad = faults != ""
    reasons = {**dict(zip(lines[bad].tolist(), faults[bad], strict=True)), **odd}
    rejected = _rejected(name, reasons, source.lines if reasons else [])
    first = "; ".join(
        f"line {line}: {reason}"
        for line, reason in rejected[["line", "reason"]].head(_N_REASONS).itertuples(index=False)
    )
    if (n := int((~bad).sum())) < 2:
        told = _common_fault(table, lines, faults) or first or FEW_CELLS_CURE
        raise DataError(
            f"{where} holds {n} usable row(s) of {n + len(rejected)}; expected a tile of many "
            f"cells: {told}"
        )
    if len(rejected):
        _LOGGER.warning("%s: %d rows, %d left out: %s", name, n, len(rejected), first)
    series = PointSeries(
        points=points[~bad].reset_index(drop=True),
        dates=found.dates,
        displacement_mm=values[~bad],
        component=component,
        name=Path(name).stem,
        source=where,
    )
    return series, rejected


def egms_series(frame: pd.DataFrame, component: str, name: str) -> PointSeries:
    """Return the series of an EGMS table in memory (columns as delivered, numbers as numbers).

    Raises
    ------
    DataError
        As `read_egms`, without its rows kept aside.
    """
    found = layout(name, [str(column) for column in frame.columns])
    renamed = {theirs: ours for ours, theirs in found.attributes.items()}
    points = frame[list(renamed)].rename(columns=renamed).reset_index(drop=True)
    points["pid"] = points["pid"].astype("str")
    if "height_m" not in points:
        points["height_m"] = np.nan
    values = frame[found.date_columns].to_numpy(np.float64)
    return PointSeries(points, found.dates, values, component, name=name)


def _convert(
    table: pa.Table, found: Layout
) -> tuple[pd.DataFrame, NDArray[np.float64], NDArray[np.object_], dict[str, int]]:
    """Return points, values, the fault of each row, "" where there is none, and what was lost.

    Lost are cells that hold no number, in columns that forecasts do without: column -> how many.
    """
    n = table.num_rows
    faults = np.full(n, "", dtype=object)
    lost: dict[str, int] = {}
    points = pd.DataFrame(index=pd.RangeIndex(n))
    for ours, theirs in found.attributes.items():
        if ours == "pid":
            points[ours] = pc.utf8_trim_whitespace(table[theirs]).to_pandas().astype("str")
        elif ours in REQUIRED:
            points[ours] = _column(table, theirs, faults)
        else:
            read, odd = numbers(table[theirs])
            odd = odd | np.isinf(read)
            points[ours] = np.where(odd, np.nan, read)
            if odd.any():
                lost[theirs] = int(odd.sum())
    if "height_m" not in points:
        points["height_m"] = np.nan
    values: NDArray[np.float64] = np.empty((n, len(found.date_columns)))
    for epoch, column in enumerate(found.date_columns):
        values[:, epoch] = _column(table, column, faults)
    places = points[["easting_m", "northing_m"]].to_numpy(np.float64)
    _note(faults, np.isnan(places).any(axis=1), "no position")
    _note(faults, np.all(np.isnan(values), axis=1), "no value at any date")
    pid = points["pid"].to_numpy(object)
    _note(faults, np.array([not text for text in pid], dtype=bool), "no pid")
    usable = np.flatnonzero(faults == "")
    again = np.zeros(n, dtype=bool)
    again[usable] = pd.Series(pid[usable]).duplicated().to_numpy()
    _note(faults, again, "its pid stands further up")
    return points, values, faults, lost


def _common_fault(table: pa.Table, lines: NDArray[np.int64], faults: NDArray[np.object_]) -> str:
    """Return the one fault of all rows in words, "" where they differ or a row has none."""
    if len(set(faults)) != 1 or not faults[0]:
        return ""
    column = faults[0].removesuffix(_NO_NUMBER)
    if column == faults[0]:
        return f"in all rows {faults[0]}"
    cell = table[column][0].as_py()[:40]
    return (
        f"the column {column} is text throughout, {cell!r} in line {lines[0]}; write numbers, or "
        "remove the column if it is a date without values"
    )


def _column(table: pa.Table, name: str, faults: NDArray[np.object_]) -> NDArray[np.float64]:
    values, unreadable = numbers(table[name])
    _note(faults, unreadable, f"{name}{_NO_NUMBER}")
    _note(faults, np.isinf(values), f"{name} is infinite")
    return values


def _note(faults: NDArray[np.object_], bad: NDArray[np.bool_], reason: str) -> None:
    faults[bad & (faults == "")] = reason


def _rejected(name: str, reasons: dict[int, str], texts: list[str]) -> pd.DataFrame:
    lines = sorted(reasons)
    if not lines:
        return rejected_rows(name, np.zeros(0), "")
    return rejected_rows(
        name,
        np.array(lines),
        np.array([reasons[line] for line in lines], dtype=object),
        np.array([texts[line - 1] for line in lines], dtype=object),
    )
