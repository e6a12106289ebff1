"""Reading a catalog of any known format into the event table."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from faultcast.catalog.readers import (
    comcat,
    delimited,
    fdsn_text,
    merged,
    nonlinloc_csv,
    quakeml,
    scec_dc,
    scsn,
)
from faultcast.catalog.readers.text import CatalogText, decode, load_bytes
from faultcast.catalog.table import finish_events, rejected_rows
from faultcast.errors import CatalogError

_LOGGER = logging.getLogger("faultcast.catalog")

_Reader = Callable[[CatalogText], tuple[pd.DataFrame, pd.DataFrame]]
_READERS: dict[str, _Reader] = {
    "scec_dc": scec_dc.read,
    "scsn": scsn.read,
    "comcat": comcat.read,
    "fdsn_text": fdsn_text.read,
    "nonlinloc_csv": nonlinloc_csv.read,
}
FORMATS = (*_READERS, "quakeml", "csv")
"""What `format` of `read_catalog` can be."""

NO_MAGNITUDE_TYPE = "n"
"""SCEDC's magnitude type for "no magnitude": the number printed is a placeholder."""

_N_REASONS = 3
_HEAD_BYTES = 100_000


def read_catalog(
    path: str | Path,
    format: str | None = None,
    columns: delimited.ColumnMap | str | None = None,
    placeholder_magnitudes: Literal["missing", "keep"] = "missing",
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the events of a catalog file, and what was rejected.

    Parameters
    ----------
    path : the file, gzipped or not.
    format : one of `FORMATS`, or None to tell by content ("csv" if `columns` is given).
    columns : for "csv": name in the event table -> column of the file (`time` may name one
        ISO column, two for date and time of day, or six from year to second; integers are
        positions in a file without a header), or the name of a map: "merged", "japan",
        "faultcast". None tells by the header.
    placeholder_magnitudes : "missing" makes magnitudes of type "n" NaN, "keep" leaves the
        number as it is printed.

    Returns
    -------
    events : event table.
    rejected : file, line, reason, text of each line that could not be read or makes no sense
        (of QuakeML, `line` is the event's place in the file); a footer whose count disagrees
        stands there too.

    Raises
    ------
    CatalogError
        The file is absent, cut, empty, binary or of no known format; a column is missing; or
        no row is valid.

    Examples
    --------
    >>> events, rejected = read_catalog("japan.csv.gz", columns="japan")  # doctest: +SKIP
    """
    if placeholder_magnitudes not in ("missing", "keep"):
        raise CatalogError(
            f"placeholder_magnitudes is {placeholder_magnitudes!r}; choose 'missing' or 'keep'"
        )
    if format is not None and format not in FORMATS:
        raise CatalogError(f"format {format!r} does not exist; choose from {', '.join(FORMATS)}")
    if columns is not None and format not in (None, "csv"):
        raise CatalogError(f"a column map goes with format 'csv', not with {format!r}")
    data = load_bytes(path)
    if format is None:
        format = "csv" if columns is not None else _detect(data, path)
    if format == "quakeml":
        frame, unreadable = _read_quakeml(data, path)
    else:
        frame, unreadable = _read_text(decode(data, path), format, columns)
    if "source" not in frame.columns:
        frame["source"] = format
    if placeholder_magnitudes == "missing" and "magnitude_type" in frame.columns:
        placeholder = (frame["magnitude_type"] == NO_MAGNITUDE_TYPE).to_numpy()
        frame["magnitude"] = np.where(placeholder, np.nan, frame["magnitude"])
    events, nonsense = finish_events(frame, file=path)
    rejected = pd.concat([unreadable, nonsense], ignore_index=True)
    first = "; ".join(
        f"line {line}: {reason}"
        for line, reason in rejected[["line", "reason"]].head(_N_REASONS).itertuples(index=False)
    )
    if events.empty:
        raise CatalogError(
            f"{path} holds no valid event (read as {format!r}). {first or 'It has no rows'}. "
            "Check the format and the column map"
        )
    if len(rejected):
        _LOGGER.warning("%s: %d events, %d rejected: %s", path, len(events), len(rejected), first)
    return events, rejected


def detect_format(path: str | Path) -> str:
    """Return the format of a catalog file, told by its content.

    Raises
    ------
    CatalogError
        It is none of the known ones; the text lists them.
    """
    return _detect(load_bytes(path), path)


def _detect(data: bytes, path: str | Path) -> str:
    if data[:100].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        return "quakeml"
    lines = [line for line in decode(data[:_HEAD_BYTES], path).head() if line.strip()]
    for name, start in (("scec_dc", scec_dc.START), ("scsn", scsn.START)):
        if any(re.match(start, line) for line in lines):
            return name
    for line in lines:
        header = {*delimited.split_header(line)[0]}
        for name, columns in (
            ("fdsn_text", fdsn_text.COLUMNS),
            ("nonlinloc_csv", nonlinloc_csv.COLUMNS),
            ("comcat", comcat.COLUMNS),
        ):
            needed = [columns[key] for key in ("event_id", "time", "latitude", "longitude")]
            if header.issuperset(needed) and columns.get("magnitude", needed[0]) in header:
                return name
        if not line.startswith("#"):
            break
    if _known_map(lines) is not None:
        return "csv"
    raise CatalogError(
        f"{path} is of no known format; give `format` as one of {', '.join(FORMATS)}, and for "
        f"'csv' `columns`. (Focal mechanisms: read_mechanisms; .hyp files: read_locations.) "
        f"It begins: {' '.join(lines)[:100]!r}"
    )


def _known_map(lines: list[str]) -> str | None:
    """Return the name of the column map whose columns a header has."""
    header = next((line for line in lines if line.strip() and line[0] != "#"), "")
    names = {*delimited.split_header(header)[0]}
    for name, columns in delimited.COLUMN_MAPS.items():
        if names.issuperset(columns.values()):
            return name
    return None


def _read_text(
    source: CatalogText, format: str, columns: delimited.ColumnMap | str | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    if format != "csv":
        return _READERS[format](source)
    if columns is None:
        columns = _known_map(source.head())
        if columns is None:
            raise CatalogError(
                f"{source.name} has no header that is known: give `columns`, a map from the event "
                "table's names to the file's, such as {'time': 'origin_time', ...}"
            )
    if isinstance(columns, str):
        if columns not in delimited.COLUMN_MAPS:
            raise CatalogError(
                f"column map {columns!r} does not exist; choose from "
                f"{', '.join(delimited.COLUMN_MAPS)}, or give a mapping"
            )
        columns = delimited.COLUMN_MAPS[columns]
    return _read_csv(source, columns)


def _read_csv(
    source: CatalogText, columns: delimited.ColumnMap
) -> tuple[pd.DataFrame, pd.DataFrame]:
    needed = ("time", "latitude", "longitude")
    lacking = [name for name in needed if name not in columns]
    unknown = [name for name in columns if name not in delimited.OWN]
    if lacking or unknown:
        raise CatalogError(
            f"the column map for {source.name} "
            + (f"lacks {', '.join(lacking)}" if lacking else f"has unknown {', '.join(unknown)}")
            + f"; it can name {', '.join(delimited.OWN)}"
        )
    frame, rejected = delimited.read(source, columns)
    if columns is delimited.MERGED:
        frame = merged.put_back_hundreds(frame)
    if "event_id" not in columns:
        frame["event_id"] = "line" + frame["line"].astype("str")
    return frame, rejected


def _read_quakeml(data: bytes, path: str | Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    frame, left_out = quakeml.read(data, str(path))
    places = np.array([*left_out], dtype="int64")
    ids, reasons = np.array([*left_out.values()], dtype=object).reshape(-1, 2).T
    return frame, rejected_rows(path, places, reasons, ids)
