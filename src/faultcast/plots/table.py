"""A result table as one HTML page for the report."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

from faultcast.plots.score_blocks import STYLE, score_blocks

_STYLE = """
body { font: 13px/1.45 sans-serif; margin: 1rem; color: #1a1a1a; }
table { border-collapse: collapse; }
th, td { padding: 0.2rem 0.7rem; text-align: right; border-bottom: 1px solid #ddd; }
th { position: sticky; top: 0; background: #fff; border-bottom: 2px solid #444; }
td.text, th.text { text-align: left; }
tr:hover td { background: #f3f6fa; }
p { color: #666; }
"""


def page(
    table: pd.DataFrame, title: str, preset: str, layout: Mapping[str, Any] | None = None
) -> str:
    """Return the page: numbers to four significant digits, large ones whole; empty cells empty.

    Parameters
    ----------
    table : as it lies beside the page as CSV, in full precision.
    title : heading.
    preset : name of the preset.
    layout : arguments of `score_blocks`, for a long table of scores; None: row by row.
    """
    heading = escape(title)
    note = f"faultcast, preset {escape(preset)}; the CSV beside this page has full precision"
    body = _rows(table) if layout is None else score_blocks(table, **layout)
    style = _STYLE if layout is None else _STYLE + STYLE
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{heading}</title><style>{style}</style></head>
<body><h1>{heading}</h1><p>{note}</p>
{body}
</body></html>
"""


def _rows(table: pd.DataFrame) -> str:
    text = [not pd.api.types.is_numeric_dtype(table[name]) for name in table.columns]
    classes = [' class="text"' if is_text else "" for is_text in text]
    head = "".join(
        f"<th{kind}>{escape(str(name).replace('_', ' '))}</th>"
        for name, kind in zip(table.columns, classes, strict=True)
    )
    rows = "\n".join(
        "<tr>"
        + "".join(
            f"<td{kind}>{_cell(value)}</td>" for value, kind in zip(row, classes, strict=True)
        )
        + "</tr>"
        for row in table.itertuples(index=False)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table>"


def _cell(value: object) -> str:
    if pd.isna(value):  # type: ignore[call-overload]  # cells are scalars
        return ""
    if isinstance(value, float):
        # no exponent where the fifth digit of, say, a BIC is what is compared
        return f"{value:.0f}" if 999.95 <= abs(value) < 1e9 else f"{value:.4g}"
    return escape(str(value))
