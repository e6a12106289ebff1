"""Counts of a soak into docs/reliability.md, between the marks of the part that was run."""

import platform
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("snakemake", "numpy", "pandas", "pyarrow", "torch", "obspy")
KILLS = "kill -9"


def update_report(page: Path, done: Counter[tuple[str, str]], seed: int) -> None:
    """Replace the counts of the parts that ran; the other part and the prose stay.

    Parameters
    ----------
    page : Markdown with the lines `<!-- kills -->` and `<!-- damaged input -->`, each followed
        somewhere by `<!-- end -->`.
    done : (what, kind of count) -> count; kills begin with `KILLS`.
    """
    text = page.read_text(encoding="utf-8")
    for part in ("kills", "damaged input"):
        counts = {
            key: n for key, n in done.items() if key[0].startswith(KILLS) == (part == "kills")
        }
        if counts:
            begin = f"<!-- {part} -->\n"
            assert begin in text, f"{page} holds no place for the counts of {part}"
            before, rest = text.split(begin, 1)
            _, after = rest.split("<!-- end -->", 1)
            text = f"{before}{begin}{_when(seed)}\n\n{_table(counts)}\n<!-- end -->{after}"
    page.write_text(text, encoding="utf-8")


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
