"""Counts of a soak into docs/reliability.md, between the marks of the part that was run."""

import platform
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("snakemake", "numpy", "pandas", "pyarrow", "torch", "obspy")
# part of the page -> how what it counts begins; the rest is damaged input
KILLS, TWICE = "kill -9", "made twice"
_PARTS = {"kills": KILLS, "twice": TWICE, "damaged input": ""}


def update_report(page: Path, done: Counter[tuple[str, str]], seed: int) -> None:
    """Replace the counts of the parts that ran; the other parts and the prose stay.

    Parameters
    ----------
    page : Markdown with the lines `<!-- kills -->`, `<!-- twice -->` and `<!-- damaged input -->`,
        each followed somewhere by `<!-- end -->`.
    done : (what, kind of count) -> count; kills begin with `KILLS`, what was compared with `TWICE`.
    """
    text = page.read_text(encoding="utf-8")
    for part in _PARTS:
        counts = {key: n for key, n in done.items() if _part_of(key[0]) == part}
        if counts:
            begin = f"<!-- {part} -->\n"
            assert begin in text, f"{page} holds no place for the counts of {part}"
            before, rest = text.split(begin, 1)
            _, after = rest.split("<!-- end -->", 1)
            text = f"{before}{begin}{_when(seed)}\n\n{_table(counts)}\n<!-- end -->{after}"
    page.write_text(text, encoding="utf-8")


def _part_of(what: str) -> str:
    return next(part for part, begin in _PARTS.items() if what.startswith(begin))


def _when(seed: int) -> str:
    day = datetime.now(tz=UTC).strftime("%Y-%m-%d")
    versions = ", ".join(f"{name} {version(name).split('+')[0]}" for name in PACKAGES)
    return f"Run on {day}, seed {seed}; Python {platform.python_version()}, {versions}."


def _table(counts: dict[tuple[str, str], int]) -> str:
    kinds = list(dict.fromkeys(kind for _, kind in counts))
    rows = [
        "| " + " | ".join([what, *(str(counts.get((what, kind), "")) for kind in kinds)]) + " |"
        for what in dict.fromkeys(what for what, _ in counts)
    ]
    head = ["| | " + " | ".join(kinds) + " |", "|---|" + "---:|" * len(kinds)]
    return "\n".join(head + rows)
