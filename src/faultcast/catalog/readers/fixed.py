"""What the fixed-column formats of the Southern California Earthquake Data Center share.

Header lines start with "#", and the footer gives the number of rows.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from faultcast.catalog.readers.text import CatalogText
from faultcast.catalog.readers.values import numbers
from faultcast.catalog.table import empty_rejected, rejected_rows

_FOOTER = re.compile(r"^#+ Number of rows returned: *(\d+)")
_CUT_HEAD = "spliced line: the record at its head is cut (the complete one at its end is kept)"


def match_lines(source: CatalogText, pattern: str, start: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the fields of every line that a pattern matches, and the other lines.

    Rules: blank lines and lines that start with "#" hold no event. A line that does not
    match is rejected; where a complete record stands at its end, after a cut one (two
    downloads spliced), that record is kept. A last line without a line break is rejected,
    since its last field may be cut.

    Parameters
    ----------
    source : the file.
    pattern : RE2 with named groups, without anchors.
    start : what every record starts with, to look for a second one in a line.

    Returns
    -------
    fields : one text column a group, and `line`; (n, groups + 1).
    rejected : the rejected table, with a row at the footer where its count disagrees.
    """
    lines = source.lines
    texts = pa.array(lines, type=pa.large_string())
    is_data = pc.and_(
        pc.invert(pc.starts_with(texts, "#")), pc.not_equal(pc.utf8_trim_whitespace(texts), "")
    ).to_numpy(zero_copy_only=False)
    numbers_of_lines = np.flatnonzero(is_data) + 1
    n_data = len(numbers_of_lines)
    cut = n_data > 0 and not source.is_terminated and numbers_of_lines[-1] == len(lines)
    found = pc.extract_regex(texts.filter(pa.array(is_data)), f"^{pattern} *$")
    matched = pc.is_valid(found).to_numpy(zero_copy_only=False).copy()
    if cut:
        matched[-1] = False
    fields = pd.DataFrame(
        {
            found.type.field(k).name: pc.struct_field(found, k)
            .filter(pa.array(matched))
            .to_pandas()
            for k in range(found.type.num_fields)
        },
        dtype=pd.ArrowDtype(pa.large_string()),
    )
    fields["line"] = numbers_of_lines[matched]
    bad = numbers_of_lines[~matched]
    tails, reasons = _tails(lines, bad, pattern, start, cut_line=len(lines) if cut else 0)
    if tails:
        fields = pd.concat([fields, pd.DataFrame(tails)], ignore_index=True)
    rejected = rejected_rows(
        source.name, bad, np.array(reasons, dtype=object), np.array([lines[k - 1] for k in bad])
    )
    footer = _footer(source.name, lines, n_data)
    return fields, pd.concat([rejected, footer], ignore_index=True)


def field_numbers(fields: pd.DataFrame, name: str) -> np.ndarray:
    """Return a column of matched text as numbers; (n,) float64, NaN where it is empty."""
    return numbers(pa.array(fields[name], type=pa.large_string()))[0]


def _tails(
    lines: list[str], bad: np.ndarray, pattern: str, start: str, cut_line: int
) -> tuple[list[dict[str, str | int]], list[str]]:
    record = re.compile(f"{pattern} *$")
    begin = re.compile(start)
    tails: list[dict[str, str | int]] = []
    reasons = []
    for number in bad:
        if number == cut_line:
            reasons.append("the last line has no line break and may be cut")
            continue
        starts = [hit.start() for hit in begin.finditer(lines[number - 1])]
        tail = record.match(lines[number - 1], starts[-1]) if len(starts) > 1 else None
        if tail is None:
            reasons.append("the line does not have the columns of its format")
        else:
            tails.append({**{k: v or "" for k, v in tail.groupdict().items()}, "line": number})
            reasons.append(_CUT_HEAD)
    return tails, reasons


def _footer(name: str, lines: list[str], n_data: int) -> pd.DataFrame:
    for number in range(len(lines), max(len(lines) - 20, 0), -1):
        hit = _FOOTER.match(lines[number - 1])
        if hit is None:
            continue
        if int(hit[1]) == n_data:
            return empty_rejected()
        reason = f"the footer counts {hit[1]} rows, the file holds {n_data}: a part is missing"
        return rejected_rows(name, np.array([number]), reason, lines[number - 1])
    reason = f"no footer after {n_data} rows: the file is cut or was edited"
    return rejected_rows(name, np.array([len(lines)]), reason)
