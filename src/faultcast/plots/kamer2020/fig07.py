"""Figure 7 of Kamer et al. (2020): two boxcars as Gaussians and their merger, in one dimension."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from faultcast.plots import style

_LOOKS = {
    "boxcar": {"color": style.GREY, "ls": ":"},
    "part": {"color": style.GREY},
    "merged": {"color": style.BLACK},
}
_LABELS = {"boxcar": "uniform", "part": "its Gaussian", "merged": "merged Gaussian"}


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Draw two distances (a, b); shaded: what the merger adds to the tails."""
    figure, axes = style.new_figure(style.PAGE_IN, 2.5, 1, 2, sharex=True, sharey=True)
    for axis, panel in zip(axes, "ab", strict=True):
        rows = numbers[numbers["panel"] == panel]
        tail = rows[rows["kind"] == "tail"].iloc[0]
        for kind, look in _LOOKS.items():
            for series, curve in rows[rows["kind"] == kind].groupby("series", dropna=False):
                label = _LABELS[kind] if series != "right" else None
                axis.plot(curve["x_km"], curve["density_per_km"], label=label, **look)
        merged, parts = (
            rows[rows["kind"] == kind].reset_index(drop=True) for kind in ("merged", "parts")
        )
        axis.fill_between(
            merged["x_km"],
            parts["density_per_km"],
            merged["density_per_km"],
            where=merged["x_km"].abs() >= tail["edge_km"],
            color=style.VERMILION,
            alpha=0.4,
            lw=0,
            label="added in the tails",
        )
        axis.set_title(
            f"centres {tail['distance_km']:g} km apart\n"
            f"mass in the tails {100 * tail['parts_mass']:.1f} → {100 * tail['merged_mass']:.1f} %"
        )
        axis.set_xlabel("x (km)")
        axis.set_ylim(0.0, None)
        style.panel_letter(axis, panel)
    axes[0].set_ylabel("density (1/km)")
    axes[1].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure
