"""Columns of text turned into times, numbers and event types, whole columns at a time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_YEARS = (1678, 2261)  # what datetime64[ns] holds, whole years
_NO_VALUE = ("nan", "none", "null", "na", "n/a", "-", "--")

_TYPES = {
    "earthquake": (
        "earthquake", "eq", "le", "re", "ts", "l", "r", "induced or triggered event",
        "anthropogenic event", "tremor",
    ),
    "quarry_blast": ("quarry_blast", "quarry blast", "quarry", "qb", "mining explosion"),
    "explosion": (
        "explosion", "ex", "nt", "nuclear explosion", "chemical explosion", "nuclear blast",
        "controlled explosion", "experimental explosion", "industrial explosion",
        "accidental explosion",
    ),
    "unknown": ("", "unknown", "uk", "not reported", "not existing"),
}  # fmt: skip
_TYPE_OF = {word: kind for kind, words in _TYPES.items() for word in words}


def event_types(codes: pd.Series) -> pd.Series:
    """Return the event types for a provider's codes or words, "other" for any not known.

    SCEDC: eq, le (local), re (regional), ts (teleseism) are earthquakes, qb quarry blasts,
    nt nuclear tests. ComCat and QuakeML: the words of the QuakeML type list.
    """
    text = codes.astype("str").fillna("").str.strip().str.lower()
    kinds = {word: _TYPE_OF.get(word, "other") for word in text.unique()}
    return text.map(kinds).astype("str")


def numbers(texts: pa.Array | pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers in a column of text and which cells hold none.

    Returns
    -------
    values : (n,) float64, NaN where the cell is empty or a word for "no value".
    unreadable : (n,) bool, cells that hold anything else.
    """
    trimmed = pc.utf8_trim_whitespace(texts)
    filled = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, trimmed.type), trimmed)
    try:
        values = pc.cast(filled, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        series = pd.Series(filled.to_pylist(), dtype="object")
        values = pd.to_numeric(series, errors="coerce").to_numpy("float64")
        empty = series.isna() | series.str.lower().isin(_NO_VALUE)
        return values, np.isnan(values) & ~empty.to_numpy(bool)
    return values, np.zeros(len(values), dtype=bool)


def times_from_text(texts: pd.Series) -> pd.Series:
    """Return UTC times from ISO 8601 text, NaT where it cannot be read.

    Seconds of 60.xx are carried over into the next minute; NonLinLoc's 00.-1990, which is
    -0.1990 seconds, into the one before.
    """
    texts = texts.astype("str").str.strip()
    times = in_range(pd.to_datetime(texts, format="ISO8601", utc=True, errors="coerce"))
    lost = times.isna()
    if lost.any():
        carried = texts[lost].str.replace(r"(:\d\d):60(\D|$)", r"\1:59\2", regex=True)
        carried = carried[carried != texts[lost]]
        repaired = pd.to_datetime(carried, format="ISO8601", utc=True, errors="coerce")
        times[carried.index] = in_range(repaired + pd.Timedelta(seconds=1))
        early = texts[lost].str.extract(r"^(.*:00)\.-(\d{1,6})$").dropna()
        minute = pd.to_datetime(early[0], format="ISO8601", utc=True, errors="coerce")
        fraction = pd.to_timedelta("0." + early[1] + "s")
        times[early.index] = in_range(minute - fraction)
    return times


def times_from_parts(
    year: np.ndarray,
    month: np.ndarray,
    day: np.ndarray,
    hour: np.ndarray,
    minute: np.ndarray,
    second: np.ndarray,
) -> pd.Series:
    """Return UTC times from calendar parts, each (n,) float64; NaT where they make no sense.

    Seconds of 60.xx and a minute of -1 (both in SCSN files, where a revised origin time was
    written into the old minute) are carried over.
    """
    good = (year >= _YEARS[0]) & (year <= _YEARS[1]) & (month >= 1) & (month <= 12)
    good &= (day >= 1) & (day <= 31) & (hour >= 0) & (hour <= 23)
    good &= (minute >= -1) & (minute <= 59) & (second >= 0.0) & (second < 61.0)
    for part in (year, month, day, hour, minute):
        good &= part == np.floor(part)
    fields = [np.where(good, part, 1).astype("int64") for part in (year, month, day, hour, minute)]
    years, months, days, hours, minutes = fields
    months_since = (np.where(good, years, 1970) - 1970) * 12 + months - 1
    first_day = months_since.astype("datetime64[M]").astype("datetime64[D]").astype("int64")
    next_first = (months_since + 1).astype("datetime64[M]").astype("datetime64[D]").astype("int64")
    good &= first_day + days <= next_first
    microseconds = np.rint(np.where(good, second, 0.0) * 1e6).astype("int64")
    total = ((first_day + days - 1) * 24 + hours) * 60 + minutes
    nanoseconds = (total * 60_000_000 + microseconds) * 1000
    times = nanoseconds.astype("datetime64[ns]")
    times[~good] = np.datetime64("NaT")
    return pd.Series(times).dt.tz_localize("UTC")


def in_range(times: pd.Series) -> pd.Series:
    """Return times with nanoseconds, NaT outside the years that these can hold."""
    years = times.dt.year
    return times.where((years >= _YEARS[0]) & (years <= _YEARS[1])).dt.as_unit("ns")
