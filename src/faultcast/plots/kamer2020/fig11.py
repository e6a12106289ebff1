"""Figure 11 of Kamer et al. (2020): four networks of the region, 5 and 30 subsets."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from faultcast.plots import style
from faultcast.plots.kamer2020.planes import add_planes


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Draw the four networks, planes coloured by events per km^3, their numbers above them."""
    every = numbers[numbers["kind"] == "plane"]
    density = every.loc[every["density_per_km3"] > 0.0, "density_per_km3"]
    low, high = (density.quantile([0.02, 0.98])) if len(density) else (1.0, 10.0)
    norm = LogNorm(low, max(high, 2.0 * low))
    extent = {
        side: float(np.ptp(every[[f"{side}{corner}_km" for corner in range(1, 5)]].to_numpy()))
        for side in ("x", "y")
        if len(every)
    }
    map_in = min(2.8 * extent["y"] / extent["x"], 2.7) if extent else 2.7
    figure, axes = style.new_figure(
        style.PAGE_IN, 2.0 * map_in + 1.4, 2, 2, sharex=True, sharey=True
    )
    figure.set_layout_engine("compressed")
    for axis, panel in zip(axes.ravel(), "abcd", strict=True):
        rows = numbers[numbers["panel"] == panel]
        network = rows[rows["kind"] == "network"].iloc[0]
        # the densest on top, where the eye looks for them
        planes = rows[rows["kind"] == "plane"].sort_values("density_per_km3")
        add_planes(
            axis,
            planes,
            array=planes["density_per_km3"].clip(low, high).to_numpy(),
            norm=norm,
            cmap=f"{style.SEQUENTIAL}_r",
            edgecolors=style.BLACK,
            linewidths=0.2,
            alpha=0.85,
        )
        axis.set_aspect("equal")
        axis.set_title(
            f"{network['criterion']}, {network['n_subsets']:.0f} subsets: "
            f"{network['n_kernels']:.0f} kernels\n"
            f"background {100 * network['background_weight']:.1f} %, "
            f"BIC {network['bic_per_event']:.3f} per event",
            fontsize=7,
        )
        style.panel_letter(axis, panel)
    for axis in axes[1]:
        axis.set_xlabel("x (km)")
    for axis in axes[:, 0]:
        axis.set_ylabel("y (km)")
    figure.colorbar(
        ScalarMappable(norm, f"{style.SEQUENTIAL}_r"),
        ax=axes,
        label="events per km$^3$",
        location="right",
        shrink=0.6,
        extend="both",
    )
    return figure
