"""Lines of a delimited file split into columns of text, whole files at a time."""

from __future__ import annotations

import csv
import re

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from faultcast.catalog.readers.text import CatalogText
from faultcast.errors import CatalogError

BLANKS = " "
_BLOCK_BYTES = 16 << 20


def split_rows(
    source: CatalogText, start: int, header: list[str], delimiter: str, wanted: list[str]
) -> tuple[pa.Table, np.ndarray, dict[int, str]]:
    """Return columns of text, the line number of each row, and lines of another shape.

    Parameters
    ----------
    source : the file.
    start : index of the first line of the body.
    header : names of all columns.
    delimiter : one character, `BLANKS` for any run of blanks.
    wanted : the columns to return.

    Returns
    -------
    table : (n, len(wanted)) large_string.
    lines : (n,) int64, 1-based.
    odd : line number -> what is wrong with it.
    """
    body, numbers = _body(source, start, delimiter)
    table, odd = _parse(source.name, body, header, delimiter, wanted)
    if table.num_rows + len(odd) != len(numbers):
        # a quote that is not closed swallows the lines after it: leave such lines out
        rows = body.decode().removesuffix("\n").split("\n")
        closed = np.array([_quotes_close(row, delimiter) for row in rows], dtype=bool)
        lost = dict.fromkeys(numbers[~closed].tolist(), "a quote is not closed")
        body = "\n".join(row for row, whole in zip(rows, closed, strict=True) if whole).encode()
        numbers = numbers[closed]
        table, odd = _parse(source.name, body, header, delimiter, wanted)
        if table.num_rows + len(odd) != len(numbers):
            raise CatalogError(f"{source.name} has quoted fields that span lines: remove them")
    else:
        lost = {}
    lost |= {int(numbers[k]): reason for k, reason in odd}
    return table, np.delete(numbers, [k for k, _ in odd]), lost


def _body(source: CatalogText, start: int, delimiter: str) -> tuple[bytes, np.ndarray]:
    """Return the lines that hold rows, as bytes, and their numbers."""
    if delimiter != BLANKS and "\n#" not in source.text and "\n\n" not in source.text:
        offset = 0
        for _ in range(start):
            offset = source.text.find("\n", offset) + 1 or len(source.text)
        return source.text[offset:].encode(), np.arange(start + 1, source.n_lines + 1)
    lines = source.lines
    numbers = [
        k + 1 for k in range(start, len(lines)) if lines[k].strip() and not lines[k].startswith("#")
    ]
    body = [lines[k - 1] for k in numbers]
    if delimiter == BLANKS:
        body = [re.sub(r"[\s,]+", ",", line.strip()) for line in body]
    return "\n".join(body).encode(), np.array(numbers, dtype="int64")


def _parse(
    name: str, body: bytes, header: list[str], delimiter: str, wanted: list[str]
) -> tuple[pa.Table, list[tuple[int, str]]]:
    """Return the wanted columns, and position and fault of rows with another width."""
    odd: list[tuple[int, str]] = []

    def set_aside(row: pa_csv.InvalidRow) -> str:
        reason = f"{row.actual_columns} fields, not {row.expected_columns}"
        odd.append((int(row.number) - 1, reason))
        return "skip"

    if not body.strip():
        return pa.table({column: pa.array([], pa.large_string()) for column in wanted}), odd
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(body),
            # single-threaded, so that rows of another width come with their number
            read_options=pa_csv.ReadOptions(
                column_names=header, use_threads=False, block_size=_BLOCK_BYTES
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter="," if delimiter == BLANKS else delimiter,
                invalid_row_handler=set_aside,
                ignore_empty_lines=False,
            ),
            convert_options=pa_csv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, pa.large_string()),
                strings_can_be_null=False,
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise CatalogError(f"{name} cannot be read as a table: {error}") from error
    return table, odd


def _quotes_close(row: str, delimiter: str) -> bool:
    if '"' not in row:
        return True
    try:
        next(csv.reader([row], strict=True, delimiter="," if delimiter == BLANKS else delimiter))
    except csv.Error:
        return False
    return True
