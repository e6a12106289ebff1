"""A long table of scores as one block a protocol and set of days: models down, scores across."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

import pandas as pd

STYLE = """
h2 { font-size: 1.1rem; margin: 2rem 0 0; }
table.scores td, table.scores th { vertical-align: top; white-space: nowrap; }
table.scores td.note { white-space: normal; text-align: left; max-width: 18rem; }
table.scores td.name { text-align: left; white-space: normal; max-width: 15rem; }
table.scores small { display: block; color: #666; }
table.scores small.printed { color: #8a4b00; }
table.scores tr.reference td.name { font-style: italic; }
"""
_COUNTS = {"n_days": "days", "n_event_days": "event days", "n_onset_days": "onset days"}


def score_blocks(table: pd.DataFrame, *, rows: str, columns: str, blocks: Sequence[str]) -> str:
    """Return the blocks as HTML.

    Parameters
    ----------
    table : one row a score: `mean`, and as far as it has them `standard_deviation`, `low`, `high`,
        `published`, `note`, `key` (empty for a reference row), `difference`, `difference_low`,
        `difference_high`, `claimed`, `reading`, and the counts `n_days`, `n_event_days`,
        `n_onset_days`, `n_seeds`.
    rows, columns : the columns whose values name a block's rows and its columns.
    blocks : the columns whose values together make a block.
    """
    parts = []
    for names, block in table.groupby(list(blocks), sort=False):
        heading = ", ".join(escape(str(name)) for name in names)
        parts.append(f"<h2>{heading}</h2>\n<p>{_counts(block)}</p>\n{_block(block, rows, columns)}")
    return "\n".join(parts)


def _block(block: pd.DataFrame, rows: str, columns: str) -> str:
    scores = _order(block, rows, columns)
    has_note = "note" in block and (block["note"].fillna("") != "").any()
    head = "".join(f"<th>{escape(str(score))}</th>" for score in scores)
    body = []
    for name, part in block.groupby(rows, sort=False):
        seeds = _seeds(part, block)
        by_score = {row[columns]: row for _, row in part.iterrows()}
        cells = "".join(
            f"<td>{_cell(by_score[score], part) if score in by_score else ''}</td>"
            for score in scores
        )
        kind = ' class="reference"' if "key" in part and not _text(part["key"].iloc[0]) else ""
        if has_note:
            notes = dict.fromkeys(text for text in map(_text, part["note"]) if text)
            cells += f'<td class="note">{escape("; ".join(notes))}</td>'
        body.append(f'<tr{kind}><td class="name">{escape(str(name))}{seeds}</td>{cells}</tr>')
    head = f'<th class="text">{escape(rows)}</th>{head}' + (
        '<th class="text">note</th>' if has_note else ""
    )
    return (
        f'<table class="scores"><thead><tr>{head}</tr></thead><tbody>\n'
        + "\n".join(body)
        + "\n</tbody></table>"
    )


def _order(block: pd.DataFrame, rows: str, columns: str) -> list[str]:
    """Return the columns in the order of the fullest row: not every row has each."""
    fullest = block[rows].value_counts(sort=False).idxmax()
    return list(dict.fromkeys([*block.loc[block[rows] == fullest, columns], *block[columns]]))


def _cell(row: pd.Series, part: pd.DataFrame) -> str:
    """Return "mean +- deviation", below it the interval, the printed value, the difference."""
    lines = [_number(row["mean"], 4) if _text(row["mean"]) else "none"]
    if _text(row.get("standard_deviation")):
        lines[0] += f" &plusmn; {_number(row['standard_deviation'], 2)}"
    if _text(row.get("low")):
        lines.append(f"<small>[{_number(row['low'], 3)}, {_number(row['high'], 3)}]</small>")
    if _text(row.get("published")):
        lines.append(f'<small class="printed">printed {_number(row["published"], 5)}</small>')
    if _text(row.get("reading")):
        lines += _difference(row)
    lines.append(_seeds(row.to_frame().T, part))
    return "".join(lines)


def _seeds(part: pd.DataFrame, whole: pd.DataFrame) -> str:
    """Return how many seeds a part of a block has, if fewer than the whole; none: has no seed."""
    if "n_seeds" not in whole or part["n_seeds"].isna().all():
        return ""
    if part["n_seeds"].max() == whole["n_seeds"].max():
        return ""
    return f"<small>{int(part['n_seeds'].max())} seed(s)</small>"


def _difference(row: pd.Series) -> Iterator[str]:
    ends = f"[{_number(row['difference_low'], 3)}, {_number(row['difference_high'], 3)}]"
    yield f"<small>difference {_number(row['difference'], 3)} {ends}</small>"
    claimed = f"claimed {_number(row['claimed'], 3)}: " if _text(row.get("claimed")) else ""
    yield f'<small class="printed">{claimed}{escape(_text(row["reading"]))}</small>'


def _counts(block: pd.DataFrame) -> str:
    parts = []
    for column, what in _COUNTS.items():
        if column in block and block[column].notna().any():
            least, most = int(block[column].min()), int(block[column].max())
            parts.append(f"{what}: {most if least == most else f'{least} to {most}'}")
    if "n_seeds" in block and block["n_seeds"].notna().any():
        parts.append(f"seeds: {int(block['n_seeds'].max())}")
    return ", ".join(parts)


def _number(value: object, digits: int) -> str:
    if not isinstance(value, float):
        return escape(str(value))
    if abs(value) < 1e-12:  # rounding
        return "0"
    return f"{value:.0f}" if abs(value) >= 999.5 else f"{value:.{digits}g}"


def _text(value: object) -> str:
    """Return the text of a scalar, nothing for what is missing."""
    return "" if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]  # cells are scalars
