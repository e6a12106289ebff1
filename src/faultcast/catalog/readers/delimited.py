"""Tables with one event a line and named columns: comma, semicolon, tab, bar or blanks.

A column map says which column of the file holds what; that makes any such file a catalog.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from faultcast.catalog.readers.rows import BLANKS, split_rows
from faultcast.catalog.readers.text import CatalogText
from faultcast.catalog.readers.values import (
    event_types,
    numbers,
    times_from_parts,
    times_from_text,
)
from faultcast.catalog.table import EVENT_COLUMNS, rejected_rows
from faultcast.errors import CatalogError

ColumnMap = Mapping[str, str | int | Sequence[str | int]]

MERGED: ColumnMap = {
    "event_id": "evid",
    "time": "time",
    "latitude": "latitude",
    "longitude": "longitude",
    "depth_km": "depth_km",
    "magnitude": "mag",
    "magnitude_type": "mag_type",
    "event_type": "event_type",
    "quality": "quality",
    "n_phases": "nph",
    "rms_s": "rms_s",
    "horizontal_error_km": "herr_km",
    "depth_error_km": "zerr_km",
    "source": "src",
}
JAPAN: ColumnMap = {
    "event_id": "id",
    "time": "time",
    "latitude": "latitude",
    "longitude": "longitude",
    "magnitude": "magnitude",
}
OWN: ColumnMap = {name: name for name in EVENT_COLUMNS}
COLUMN_MAPS: dict[str, ColumnMap] = {"merged": MERGED, "japan": JAPAN, "faultcast": OWN}
"""Named column maps, which `columns` can give by name."""

_TEXT = tuple(name for name, kind in EVENT_COLUMNS.items() if kind == "str")
_DELIMITERS = (",", ";", "\t", "|")
_TIME_PARTS = 6
_TIMES = ("time", "updated")


def read(
    source: CatalogText, columns: ColumnMap, *, optional: Sequence[str] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the mapped columns of a table, and the lines that cannot be read.

    Rules: blank lines and lines that start with "#" hold no event. A line with another number
    of fields, and one with text where a number or a time belongs, is rejected. Empty cells and
    nan, none, null, na, - are "no value".

    Parameters
    ----------
    source : the file.
    columns : name in the result -> column of the file. `time` may name one column (ISO 8601),
        two (date and time of day) or six (year .. second). Integers are positions from 0 in a
        file without a header. Names beyond those of the event table become number columns,
        `updated` a time.
    optional : names of the result whose column may be absent.

    Raises
    ------
    CatalogError
        A mapped column is missing, or the file is no such table.
    """
    start, header, delimiter = _layout(source, columns)
    usable = _present(source.name, columns, header, optional)
    wanted = sorted({column for group in usable.values() for column in group})
    table, lines, odd = split_rows(source, start, header, delimiter, wanted)
    frame, faults = _convert(table, usable)
    frame["line"] = lines
    bad = faults != ""
    found = {**dict(zip(lines[bad].tolist(), faults[bad], strict=True)), **odd}
    if not found:
        return frame, rejected_rows(source.name, np.zeros(0), "")
    numbers_of_bad = sorted(found)
    texts = source.lines
    rejected = rejected_rows(
        source.name,
        np.array(numbers_of_bad),
        np.array([found[k] for k in numbers_of_bad], dtype=object),
        np.array([texts[k - 1] for k in numbers_of_bad], dtype=object),
    )
    return frame[~bad].reset_index(drop=True), rejected


def split_header(line: str) -> tuple[list[str], str]:
    """Return the column names of a header line and its delimiter."""
    line = line.lstrip("#")
    delimiter = max(_DELIMITERS, key=line.count)
    if delimiter not in line:
        return line.split(), BLANKS
    return [name.strip().strip('"') for name in line.split(delimiter)], delimiter


def _layout(source: CatalogText, columns: ColumnMap) -> tuple[int, list[str], str]:
    """Return the index of the first line of the body, the header and the delimiter."""
    used = [item for value in columns.values() for item in _as_list(value)]
    positions = [item for item in used if isinstance(item, int)]
    if positions and len(positions) < len(used):
        raise CatalogError(
            f"the column map for {source.name} mixes names and positions: use names for a file "
            "with a header, positions from 0 for one without"
        )
    lines = source.head()
    first = next((k for k, line in enumerate(lines) if line.strip() and line[0] != "#"), 0)
    if positions:
        fields, delimiter = split_header(lines[first])
        return first, [str(k) for k in range(len(fields))], delimiter
    for k, line in enumerate(lines[:first]):
        # FDSN text comments out its header
        if len({*used} & {*split_header(line)[0]}) > 1:
            first = k
            break
    return first + 1, *split_header(lines[first])


def _present(
    name: str, columns: ColumnMap, header: list[str], optional: Sequence[str]
) -> dict[str, list[str]]:
    """Return the columns of the file for each name, optional ones left out where absent."""
    present: dict[str, list[str]] = {}
    missing = []
    for target, value in columns.items():
        wanted = [str(item) for item in _as_list(value)]
        absent = [item for item in wanted if item not in header]
        if not absent:
            present[target] = wanted
        elif target not in optional:
            missing += absent
    if missing:
        raise CatalogError(
            f"{name} has no column {', '.join(missing)}; it has {', '.join(header)[:300]}. "
            "Give a column map that names the columns it has"
        )
    mapped = {column for group in present.values() for column in group}
    twice = sorted(column for column in mapped if header.count(column) > 1)
    if twice:
        raise CatalogError(f"{name} has more than one column named {', '.join(twice)}")
    return present


def _convert(table: pa.Table, usable: dict[str, list[str]]) -> tuple[pd.DataFrame, np.ndarray]:
    """Return typed columns and the fault of each row, "" where there is none."""
    faults = np.full(table.num_rows, "", dtype=object)
    frame = pd.DataFrame(index=pd.RangeIndex(table.num_rows))
    for target, group in usable.items():
        if target in _TIMES:
            frame[target] = _times(table, group)
            bad = frame[target].isna().to_numpy()
            reason = f"no time can be read in {' '.join(group)}"
        elif target in _TEXT:
            text = pc.utf8_trim_whitespace(table[group[0]]).to_pandas().astype("str")
            frame[target] = event_types(text) if target == "event_type" else text
            continue
        else:
            frame[target], bad = numbers(table[group[0]])
            reason = f"{group[0]} is not a number"
        faults[bad & (faults == "")] = reason
    return frame, faults


def _times(table: pa.Table, group: list[str]) -> pd.Series:
    if len(group) == _TIME_PARTS:
        return times_from_parts(*(numbers(table[part])[0] for part in group))
    text = table[group[0]]
    if len(group) > 1:
        text = pc.binary_join_element_wise(
            *(pc.utf8_trim_whitespace(table[part]) for part in group),
            pa.scalar(" ", pa.large_string()),
        )
    return times_from_text(text.to_pandas())


def _as_list(value: str | int | Sequence[str | int]) -> list[str | int]:
    return [value] if isinstance(value, (str, int)) else list(value)
