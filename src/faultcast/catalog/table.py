"""The event table: its columns, what a row must fulfil, and what happens to rows that do not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from faultcast.catalog.readers.values import in_range, times_from_text
from faultcast.errors import CatalogError

TIME_DTYPE = "datetime64[ns, UTC]"

EVENT_COLUMNS: dict[str, str] = {
    "event_id": "str",
    "time": TIME_DTYPE,
    "latitude": "float64",
    "longitude": "float64",
    "depth_km": "float64",
    "magnitude": "float64",
    "magnitude_type": "str",
    "event_type": "str",
    "quality": "str",
    "n_phases": "float64",
    "rms_s": "float64",
    "horizontal_error_km": "float64",
    "depth_error_km": "float64",
    "source": "str",
}
"""Name -> dtype of every column, in order; missing numbers are NaN, missing text is ""."""

REJECTED_COLUMNS: dict[str, str] = {"file": "str", "line": "int64", "reason": "str", "text": "str"}

EVENT_TYPES = ("earthquake", "quarry_blast", "explosion", "other", "unknown")

DEPTH_RANGE_KM = (-12.0, 800.0)
MAGNITUDE_RANGE = (-5.0, 10.0)

_POSITIVE = ("horizontal_error_km", "depth_error_km")
_NOT_NEGATIVE = ("n_phases", "rms_s")


def check_events(events: pd.DataFrame, name: str = "the event table") -> pd.DataFrame:
    """Return `events` unchanged if it keeps the contract of the event table.

    Raises
    ------
    CatalogError
        A column is missing or of another kind, or a row breaks the contract.
    """
    missing = [column for column in EVENT_COLUMNS if column not in events.columns]
    if missing:
        raise CatalogError(
            f"{name} lacks the columns {', '.join(missing)}; expected {', '.join(EVENT_COLUMNS)}"
        )
    kinds = [
        f"{column} is {events[column].dtype}, not {dtype}"
        for column, dtype in EVENT_COLUMNS.items()
        if events[column].dtype != pd.Series([], dtype=dtype).dtype
    ]
    if kinds:
        raise CatalogError(f"{name} has columns of the wrong kind: {'; '.join(kinds)}")
    if not events["time"].is_monotonic_increasing:
        raise CatalogError(f"{name} is not sorted by time; pass it through finish_events")
    if events["event_id"].duplicated().any():
        raise CatalogError(f"{name} has repeated event ids; pass it through finish_events")
    reasons = _nonsense(events)
    bad = np.flatnonzero(reasons != "")
    if bad.size:
        raise CatalogError(
            f"{name} has {bad.size} rows that make no sense, the first in row {bad[0]}: "
            f"{reasons[bad[0]]}"
        )
    return events


def empty_rejected() -> pd.DataFrame:
    """Return a table of rejected rows without rows."""
    return pd.DataFrame(
        {name: pd.Series([], dtype=kind) for name, kind in REJECTED_COLUMNS.items()}
    )


def rejected_rows(
    file: str | Path, lines: np.ndarray, reasons: np.ndarray | str, texts: np.ndarray | str = ""
) -> pd.DataFrame:
    """Return rows for the rejected table.

    Parameters
    ----------
    file : the file that the rows came from; only its name is kept.
    lines : line numbers, 1-based.
    reasons : why, one a line or one for all.
    texts : the lines themselves, cut at 200 characters.
    """
    frame = pd.DataFrame({"line": np.asarray(lines, dtype="int64")})
    frame.insert(0, "file", Path(file).name)
    frame["reason"] = reasons
    frame["text"] = texts
    frame = frame.astype(REJECTED_COLUMNS)
    frame["text"] = frame["text"].str.slice(0, 200)
    return frame


def finish_events(
    frame: pd.DataFrame, *, file: str | Path = ""
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Bring what a reader found into the event table's form.

    Columns that are absent are filled (NaN, ""), an absent `event_type` with "unknown"; times
    become UTC; longitudes from 180 to 360 become negative; errors <= 0 and negative RMS and
    phase counts become NaN (unknown); rows are sorted by time, file order kept on ties.

    Parameters
    ----------
    frame : columns of the event table, at least `event_id`, `time`, `latitude`, `longitude`;
        an optional column `line` is the 1-based line in `file`.
    file : where the rows come from, for the rejected table.

    Returns
    -------
    events : the event table.
    rejected : file, line, reason and text of the rows that make no sense: no id, no time,
        position, depth or magnitude out of range, an id seen before (the first is kept).
    """
    for column in ("event_id", "time", "latitude", "longitude"):
        if column not in frame.columns:
            raise CatalogError(f"{file or 'the table'} has no column for {column}")
    lines = (
        frame["line"].to_numpy("int64") if "line" in frame.columns else np.arange(1, len(frame) + 1)
    )
    events = pd.DataFrame(
        {name: _column(frame, name, kind) for name, kind in EVENT_COLUMNS.items()},
        index=pd.RangeIndex(len(frame)),
    )
    reasons = _nonsense(events)
    repeated = _seen_before(events["event_id"], reasons == "")
    if repeated.any():
        ids = events["event_id"].to_numpy(dtype=object)[repeated]
        reasons[repeated] = [f"event id {name} was seen before" for name in ids]
    bad = reasons != ""
    rejected = rejected_rows(file, lines[bad], reasons[bad], _row_text(events[bad]))
    if bad.any():
        events = events[~bad]
    if not events["time"].is_monotonic_increasing:
        events = events.sort_values("time", kind="stable")
    return events.reset_index(drop=True), rejected


def _seen_before(ids: pd.Series, usable: np.ndarray) -> np.ndarray:
    """Return which usable rows carry an id that a usable row above has; (n,) bool."""
    repeated = np.zeros(len(ids), dtype=bool)
    repeated[usable] = ids[usable].duplicated().to_numpy()
    return repeated


def _column(frame: pd.DataFrame, name: str, kind: str) -> pd.Series:
    n_rows = len(frame)
    if name not in frame.columns:
        if kind == "str":
            text = "unknown" if name == "event_type" else ""
            return pd.Series([text], dtype="str").repeat(n_rows).reset_index(drop=True)
        return pd.Series(np.full(n_rows, np.nan))
    column = frame[name].reset_index(drop=True)
    if kind == "str":
        return column.astype("str").fillna("").str.strip()
    if kind == TIME_DTYPE:
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            return in_range(pd.to_datetime(column, utc=True))
        return times_from_text(column)
    values = pd.to_numeric(column, errors="coerce").astype("float64").to_numpy(copy=True)
    if name == "longitude":
        values = np.where((values >= 180.0) & (values <= 360.0), values - 360.0, values)
    if name in _POSITIVE:
        values[~(np.isfinite(values) & (values > 0.0))] = np.nan
    if name in _NOT_NEGATIVE:
        values[~(np.isfinite(values) & (values >= 0.0))] = np.nan
    return pd.Series(values)


def _nonsense(events: pd.DataFrame) -> np.ndarray:
    """Return the reason why a row makes no sense, "" where it does; (n,) object."""
    reasons = np.full(len(events), "", dtype=object)

    def mark(bad: np.ndarray, reason: str) -> None:
        reasons[bad & (reasons == "")] = reason

    checks: list[tuple[np.ndarray, str]] = [
        ((events["event_id"] == "").to_numpy(), "no event id"),
        (events["time"].isna().to_numpy(), "no readable time"),
    ]
    for name, (low, high) in (("latitude", (-90.0, 90.0)), ("longitude", (-180.0, 180.0))):
        values = events[name].to_numpy()
        checks.append((~((values >= low) & (values <= high)), f"{name} not in {low:g}..{high:g}"))
    for name, (low, high) in (("depth_km", DEPTH_RANGE_KM), ("magnitude", MAGNITUDE_RANGE)):
        values = events[name].to_numpy()
        checks.append(((values < low) | (values > high), f"{name} not in {low:g}..{high:g}"))
    checks.append(
        (
            ~events["event_type"].isin(EVENT_TYPES).to_numpy(),
            f"event_type not one of {', '.join(EVENT_TYPES)}",
        )
    )
    for bad, reason in checks:
        if bad.any():
            mark(bad, reason)
    return reasons


def _row_text(rows: pd.DataFrame) -> np.ndarray:
    columns = ["event_id", "time", "latitude", "longitude", "depth_km", "magnitude"]
    return np.array([" ".join(map(str, row)) for row in rows[columns].to_numpy()], dtype=object)
