"""Figure 8 of Kamer et al. (2020): condensation and assignment of three events, computed."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch

from faultcast.plots import style

_COLOURS = {"1": style.BLUE, "2": style.VERMILION, "3": style.GREEN}
_TITLES = {
    "a": "{n} kernels, weight {weight:.2f}",
    "b": "condensed: {n}, weight {weight:.2f}",
    "c": "sampling of the events",
    "d": "{events} events on {n} kernels",
}
# where a kernel's weight is written, degrees from east about its centre
_LABEL_DEG = {0: 165.0, 1: 75.0, 2: 90.0, 3: -60.0, 4: -90.0, 5: -120.0}
_OFFSETS_PT = {"1": (0, -24), "2": (-16, 9), "3": (0, -14)}


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Draw transfer (a), condensed kernels (b), sampling (c) and assignment (d)."""
    figure, axes = style.new_figure(5.2, 6.3, 2, 2, sharex=True, sharey=True)
    numbers = numbers.assign(series=_event_names(numbers["series"]))
    for axis, panel in zip(axes.ravel(), "abcd", strict=True):
        rows = numbers[numbers["panel"] == panel]
        kernels = rows[rows["kind"] == "kernel"].set_index("kernel")
        for number, (_, kernel) in zip(kernels.index.astype(int), kernels.iterrows(), strict=True):
            _circle(axis, kernel, panel, _rim(kernel, number))
        _arrows(axis, rows, kernels)
        for event, points in rows[rows["kind"] == "sample"].groupby("series"):
            axis.scatter(
                points["x_km"], points["y_km"], s=5, lw=0, alpha=0.8, color=_COLOURS[str(event)]
            )
        axis.set_title(_title(panel, rows, kernels))
        axis.set_aspect("equal")
        style.panel_letter(axis, panel)
    first = numbers[(numbers["panel"] == "a") & (numbers["kind"] == "kernel")]
    for coordinate, limit in (("x_km", axes[0, 0].set_xlim), ("y_km", axes[0, 0].set_ylim)):
        low, high = first[coordinate] - first["sigma_km"], first[coordinate] + first["sigma_km"]
        limit(low.min() - 1.4, high.max() + 1.0)
    for axis in axes[1]:
        axis.set_xlabel("x (km)")
    for axis in axes[:, 0]:
        axis.set_ylabel("y (km)")
    keys = [
        Circle((0, 0), facecolor=colour, alpha=0.5, label=f"event {event}")
        for event, colour in _COLOURS.items()
    ]
    figure.legend(handles=keys, loc="outside upper center", ncols=3)
    return figure


def _event_names(series: pd.Series) -> pd.Series:
    """Undo what a CSV does to names that are numbers."""
    return series.map(lambda name: "" if pd.isna(name) else f"{float(name):.0f}")


def _rim(kernel: pd.Series, number: int) -> np.ndarray:
    """Return the place on a kernel's circle at which its weight is written."""
    angle = np.radians(_LABEL_DEG[number])
    centre = kernel[["x_km", "y_km"]].to_numpy(dtype=float)
    return centre + kernel["sigma_km"] * np.array([np.cos(angle), np.sin(angle)])


def _circle(axis: Axes, kernel: pd.Series, panel: str, rim: np.ndarray) -> None:
    centre = kernel[["x_km", "y_km"]].to_numpy(dtype=float)
    unused = panel == "d" and not kernel["n_events"] > 0
    colour = style.GREY if unused else _COLOURS[kernel["series"]]
    alpha = 0.12 if unused else 0.12 + 0.4 * min(kernel["weight"], 1.0)
    x, y = centre
    axis.add_patch(Circle((x, y), kernel["sigma_km"], fc=colour, ec="none", alpha=alpha))
    axis.add_patch(Circle((x, y), kernel["sigma_km"], fc="none", ec=colour, lw=0.8))
    if panel in "ab":
        x, y = rim + 0.55 * (rim - centre) / kernel["sigma_km"]
        text = f"{kernel['weight']:.2f}"
        axis.text(x, y, text, ha="center", va="center", fontsize=7, color=colour)


def _arrows(axis: Axes, rows: pd.DataFrame, kernels: pd.DataFrame) -> None:
    places = kernels[["x_km", "y_km"]].astype(float)
    for _, move in rows[rows["kind"] == "transfer"].iterrows():
        start, end = places.loc[move["kernel"]].to_numpy(), places.loc[move["to_kernel"]].to_numpy()
        source = kernels.loc[move["kernel"]]
        if np.hypot(*(end - start)) < source["sigma_km"]:
            start = _rim(source, int(move["kernel"]))
        colour = _COLOURS[source["series"]]
        _arrow(axis, start, end, colour, 0.6 + 5.0 * move["weight"])
    for _, event in rows[rows["kind"] == "assignment"].iterrows():
        start = event[["x_km", "y_km"]].to_numpy(dtype=float)
        colour = _COLOURS[event["series"]]
        axis.plot(*start, "o", color=colour, ms=6, mec="white", mew=0.6)
        _arrow(axis, start, places.loc[event["to_kernel"]].to_numpy(), colour, 1.4)
        axis.annotate(
            f"event {event['series']}: {100 * event['won']:.0f} %",
            (start[0], start[1]),
            _OFFSETS_PT[event["series"]],
            textcoords="offset points",
            ha="center",
            fontsize=7,
            color=colour,
        )


def _arrow(axis: Axes, start: np.ndarray, end: np.ndarray, colour: str, width: float) -> None:
    if np.allclose(start, end):
        return
    axis.add_patch(
        FancyArrowPatch(
            (start[0], start[1]),
            (end[0], end[1]),
            arrowstyle="-|>",
            mutation_scale=7 + 2 * width,
            shrinkA=1,
            shrinkB=1,
            lw=width,
            color=colour,
            connectionstyle="arc3,rad=0.15",
        )
    )


def _title(panel: str, rows: pd.DataFrame, kernels: pd.DataFrame) -> str:
    used = kernels[kernels["n_events"] > 0] if panel == "d" else kernels
    return _TITLES[panel].format(
        n=len(used), weight=kernels["weight"].sum(), events=(rows["kind"] == "assignment").sum()
    )
