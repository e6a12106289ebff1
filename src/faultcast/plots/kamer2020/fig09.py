"""Figure 9 of Kamer et al. (2020): cumulative weight of the condensed kernels."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from faultcast.plots import style

_SERIES = {
    "before": ("before condensation", style.GREY, "--"),
    "condensed": ("condensed", style.BLUE, "-"),
}


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Draw cumulative weight against the rank, lightest kernel first."""
    figure, axis = style.new_figure(4.6, 3.2)
    for series, (label, colour, line) in _SERIES.items():
        curve = numbers[(numbers["series"] == series) & (numbers["kind"] == "curve")]
        n_kernels = int(curve["n_kernels"].max())
        axis.plot(
            curve["n_kernels"],
            curve["cumulative_weight"],
            line,
            color=colour,
            label=f"{label}, {n_kernels:,} kernels",
        )
    marks = numbers[(numbers["series"] == "condensed") & (numbers["kind"] == "mark")]
    shares = " and ".join(f"{100 * share:.0f}" for share in marks["share_of_kernels"])
    axis.plot(
        marks["n_kernels"],
        marks["cumulative_weight"],
        "o",
        color=style.VERMILION,
        ms=4,
        label=f"5 and 10 % of the weight,\nin the lightest {shares} %",
    )
    axis.set_xlabel("number of kernels, lightest first")
    axis.set_ylabel("cumulative weight (events)")
    axis.set_xlim(left=0)
    axis.set_ylim(bottom=0)
    for ticks in (axis.xaxis, axis.yaxis):
        ticks.set_major_formatter("{x:,.0f}")
    axis.locator_params(axis="x", nbins=6)
    # below the curve of what was before
    axis.legend(loc="lower right", bbox_to_anchor=(1.0, 0.02))
    return figure
