"""EQPRED, Fig. 3: events from four magnitudes on."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from faultcast.plots import basemap, style

# size of a dot in points, from the panel with most events to that with fewest
_DOTS = ((100_000, 0.8), (10_000, 1.0), (1_000, 1.8), (0, 3.2))


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the figure, two panels a row; the number of events stands above each."""
    low, high = (numbers[numbers["kind"] == kind].iloc[0] for kind in ("low", "high"))
    latitude = (low["latitude_deg"], high["latitude_deg"])
    longitude = (low["longitude_deg"], high["longitude_deg"])
    panels = list(numbers.groupby("panel"))
    rows = -(-len(panels) // 2)
    height = basemap.map_height_in(style.PAGE_IN / 2.0 - 0.6, latitude, longitude)
    figure, axes = style.new_figure(
        style.PAGE_IN, rows * (height + 0.45) + 0.25, rows, 2, squeeze=False
    )
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    for axis, (letter, panel) in zip(axes.flat, panels, strict=False):
        basemap.draw_coast(axis, latitude, longitude)
        axis.label_outer()
        places = panel[panel["kind"] == "position"]
        count = int(panel.loc[panel["kind"] == "low", "n_events"].iloc[0])
        axis.plot(
            places["longitude_deg"],
            places["latitude_deg"],
            "o",
            color=style.BLUE,
            markersize=next(size for least, size in _DOTS if count >= least),
            markeredgewidth=0.0,
            # half transparent, positions on a fine grid would show as stripes
            alpha=0.7 if count < _DOTS[1][0] else 1.0,
            rasterized=True,
            zorder=1,
        )
        magnitude = panel["magnitude_min"].iloc[0]
        axis.set_title(f"M ≥ {np.round(magnitude, 2):g}: {count:,} events")
        style.panel_letter(axis, str(letter))
    return figure
