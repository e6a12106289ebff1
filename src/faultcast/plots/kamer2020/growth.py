"""Growth of time and memory with the number of points, stage by stage."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from faultcast.plots import style

_LOOKS = {
    "ward": (style.GREY, "o", "Ward tree"),
    "atomization": (style.GREEN, "s", "atomization"),
    "global": (style.BLUE, "D", "merging, global"),
    "local": (style.VERMILION, "^", "merging, local"),
}


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the figure: CPU seconds and peak memory against the number of points."""
    figure, (seconds, memory) = style.new_figure(style.PAGE_IN, 3.0, 1, 2)
    for stage, (colour, marker, label) in _LOOKS.items():
        part = numbers[numbers["stage"] == stage]
        look = {"color": colour, "marker": marker, "ms": 3.5}
        timed = part[part["cpu_s"] > 0.0]
        exponent, slope = part[["exponent", "kb_per_point"]].iloc[0]
        seconds.loglog(
            timed["n_points"], timed["cpu_s"], label=f"{label}: $N^{{{exponent:.2f}}}$", **look
        )
        memory.semilogx(
            part["n_points"], part["peak_mb"], label=f"{label}: {slope:.1f} kB a point", **look
        )
    seconds.yaxis.set_minor_formatter(NullFormatter())
    seconds.set_ylabel("CPU time (s)")
    memory.set_ylabel("peak memory of the process (MB)")
    memory.set_ylim(0.0, 1.6 * numbers["peak_mb"].max())
    sizes = sorted(set(numbers["n_points"]))
    for axis, letter in ((seconds, "a"), (memory, "b")):
        axis.set_xlabel("number of points N, in thousands")
        axis.set_xticks(sizes, [f"{n / 1000:.3g}" for n in sizes])
        axis.xaxis.set_minor_locator(NullLocator())
        axis.grid(True, which="major", color="0.9", lw=0.5)
        axis.set_axisbelow(True)
        axis.legend(loc="upper left")
        style.panel_letter(axis, letter)
    return figure
