"""Figure 11 of Kamer et al. (2020): four networks of the region, 5 and 30 subsets."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from faultcast.plots import style
from faultcast.plots.kamer2020.planes import add_planes

_MAP = f"{style.SEQUENTIAL}_r"


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Draw the four networks, planes coloured by events per km^3, their numbers as insets."""
    every = numbers[numbers["kind"] == "plane"]
    density = every.loc[every["density_per_km3"] > 0.0, "density_per_km3"]
    low, high = density.quantile([0.02, 0.98]) if len(density) else (1.0, 10.0)
    norm = LogNorm(low, max(high, 2.0 * low))
    ends = numbers.loc[numbers["kind"] == "network"].iloc[0]
    x, y = ((ends[f"{axis}_low_km"], ends[f"{axis}_high_km"]) for axis in "xy")
    # the points' extent: a few vague kernels reach far beyond
    margin = 0.06 * (x[1] - x[0])
    below = margin + 0.1 * (y[1] - y[0])  # room for the insets
    map_in = min(2.95 * (y[1] - y[0] + margin + below) / (x[1] - x[0] + 2 * margin), 3.3)
    figure, axes = style.new_figure(
        style.PAGE_IN, 2.0 * map_in + 1.1, 2, 2, sharex=True, sharey=True
    )
    figure.set_layout_engine("compressed")
    axes[0, 0].set_xlim(x[0] - margin, x[1] + margin)
    axes[0, 0].set_ylim(y[0] - below, y[1] + margin)
    for axis, panel in zip(axes.ravel(), "abcd", strict=True):
        _network(axis, numbers[numbers["panel"] == panel], norm)
        style.panel_letter(axis, panel)
    for axis in axes[1]:
        axis.set_xlabel("x (km)")
    for axis in axes[:, 0]:
        axis.set_ylabel("y (km)")
    figure.colorbar(
        ScalarMappable(norm, _MAP),
        ax=axes,
        label="density (points per km$^3$)",
        location="right",
        shrink=0.6,
        extend="both",
    )
    return figure


def _network(axis: Axes, rows: pd.DataFrame, norm: LogNorm) -> None:
    network = rows[rows["kind"] == "network"].iloc[0]
    # the densest on top, where the eye looks for them, and vague ones let through what is below
    planes = rows[rows["kind"] == "plane"].sort_values("density_per_km3")
    shade = np.clip(norm(planes["density_per_km3"].clip(norm.vmin, norm.vmax).to_numpy()), 0, 1)
    colours = ScalarMappable(norm, _MAP).to_rgba(planes["density_per_km3"].to_numpy())
    faces = colours.copy()
    faces[:, 3] = 0.25 + 0.7 * shade
    edges = 0.6 * colours
    edges[:, 3] = 0.9
    # the patches' order is that of density: an alpha of None keeps each colour's own
    add_planes(axis, planes, array=None, facecolors=faces, edgecolors=edges, alpha=None, lw=0.35)
    axis.set_autoscale_on(False)
    axis.set_aspect("equal")
    axis.set_title(f"{network['criterion']}, {network['n_subsets']:.0f} subsets")
    text = (
        f"clusters: {network['n_kernels']:.0f}\n"
        f"background: {100 * network['background_weight']:.1f} %\n"
        f"BIC per point: {network['bic_per_event']:.3f}"
    )
    axis.text(
        0.02,
        0.02,
        text,
        transform=axis.transAxes,
        fontsize=7,
        bbox={"fc": "white", "ec": style.GREY, "lw": 0.5, "alpha": 0.9, "pad": 2.5},
        zorder=5,
    )
    for _, place in rows[rows["kind"] == "sequence"].iterrows():
        centre = (place["x_km"], place["y_km"])
        axis.add_patch(
            Circle(centre, place["radius_km"], fc="none", ec=style.VERMILION, lw=1.0, zorder=4)
        )
        axis.annotate(
            f"Oceanside {100 * place['near_share']:.0f} %",
            centre,
            (-7.0, 0.0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=7,
            color=style.VERMILION,
            bbox={"fc": "white", "ec": "none", "alpha": 0.7, "pad": 0.8},
            zorder=5,
        )
