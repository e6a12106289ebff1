"""Map and depth section of a fault network."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from faultcast.plots import basemap, style


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the figure: (a) events and planes in map view, (b) depth against longitude."""
    frame = numbers[numbers["kind"] == "region"]
    events = numbers[numbers["kind"] == "event"]
    planes = numbers[numbers["kind"] == "plane"]
    west, east = frame["longitude_deg"].min(), frame["longitude_deg"].max()
    south, north = frame["latitude_deg"].min(), frame["latitude_deg"].max()
    map_height = basemap.map_height_in(0.84 * style.PAGE_IN, (south, north), (west, east))
    figure, (above, below) = style.new_figure(
        style.PAGE_IN,
        map_height + 2.1,
        2,
        1,
        sharex=True,
        gridspec_kw={"height_ratios": [map_height, 1.25]},
    )
    above.set_xlim(west, east)
    above.set_ylim(south, north)
    basemap.draw(above)
    _draw_events(above, events, "latitude_deg")
    _draw_events(below, events, "depth_km")
    depths = planes.groupby("item", sort=False)["depth_km"].mean()
    spread = (np.floor(depths.min()), np.ceil(depths.max())) if len(depths) else (0.0, 1.0)
    shades = mpl.cm.ScalarMappable(Normalize(*spread), mpl.colormaps[style.SEQUENTIAL + "_r"])
    colours = np.asarray(shades.to_rgba(depths.to_numpy()))
    _draw_planes(above, planes, "latitude_deg", colours)
    _draw_planes(below, planes, "depth_km", colours)
    figure.colorbar(shades, ax=[above, below], label="depth of plane (km)", aspect=45)
    above.set_ylabel("latitude (°)")
    below.set_xlabel("longitude (°)")
    below.set_ylabel("depth (km)")
    below.invert_yaxis()
    total = int(frame["n_events"].iloc[0])
    note = "" if len(events) == total else f", {len(events):,} shown"
    above.set_title(f"{len(depths)} planes from {total:,} events{note}")
    style.panel_letter(above, "a")
    style.panel_letter(below, "b")
    return figure


def _draw_events(axis: Axes, events: pd.DataFrame, vertical: str) -> None:
    axis.plot(
        events["longitude_deg"],
        events[vertical],
        ".",
        color=style.GREY,
        markersize=1.2,
        markeredgewidth=0.0,
        zorder=1,
        rasterized=True,
    )


def _draw_planes(axis: Axes, planes: pd.DataFrame, vertical: str, colours: np.ndarray) -> None:
    """Draw rectangles, the upper edge heavy."""
    corners = planes[["longitude_deg", vertical]].to_numpy(float).reshape(-1, 4, 2)
    axis.add_collection(
        PolyCollection(list(corners), facecolors=colours, alpha=0.3, edgecolors="none", zorder=2)
    )
    axis.add_collection(
        PolyCollection(
            list(corners), facecolors="none", edgecolors=colours, linewidths=0.5, zorder=3
        )
    )
    axis.add_collection(
        LineCollection(list(corners[:, :2]), colors=colours, linewidths=1.6, zorder=4)
    )
