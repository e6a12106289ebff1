"""Maps in degrees with a coast line, in plain matplotlib: nothing is downloaded at draw time."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from faultcast.plots import style


def draw(axis: Axes) -> int:
    """Draw the coast line within the limits of an axis and set its aspect to that of a map.

    The limits stay as they are; one degree of longitude is drawn as long as it is at the middle
    latitude. The coast is at hand for southern California and Japan (data/README.md); elsewhere
    nothing is drawn.

    Parameters
    ----------
    axis : longitude across, latitude up, limits set.

    Returns
    -------
    The number of lines drawn.
    """
    west, east = axis.get_xlim()
    south, north = axis.get_ylim()
    lines = [line for line in coast() if _touches(line, west, east, south, north)]
    # a white edge keeps the line visible on dark cells
    for colour, width in (("white", 1.6), (style.BLACK, 0.6)):
        axis.add_collection(
            LineCollection(lines, colors=colour, linewidths=width, zorder=2.5), autolim=False
        )
    axis.set_aspect(1.0 / np.cos(np.radians(0.5 * (south + north))))
    return len(lines)


def draw_coast(axis: Axes, latitude: tuple[float, float], longitude: tuple[float, float]) -> int:
    """Set the limits of an axis to a region, name its axes and draw the coast line there.

    Returns
    -------
    The number of lines drawn.
    """
    axis.set_xlim(*longitude)
    axis.set_ylim(*latitude)
    for side in (axis.xaxis, axis.yaxis):
        side.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    axis.set_xlabel("longitude (°E)")
    axis.set_ylabel("latitude (°N)")
    return draw(axis)


def map_height_in(
    width_in: float, latitude: tuple[float, float], longitude: tuple[float, float]
) -> float:
    """Return the height of a map of a region that is `width_in` wide."""
    middle = np.radians(0.5 * (latitude[0] + latitude[1]))
    ratio = (latitude[1] - latitude[0]) / ((longitude[1] - longitude[0]) * np.cos(middle))
    return float(width_in * ratio)


@lru_cache(maxsize=1)
def coast() -> tuple[NDArray[np.float64], ...]:
    """Return the lines of the coast, each (n, 2): longitude and latitude."""
    with files("faultcast.plots").joinpath("data", "coastline.csv").open("rb") as stream:
        table = pd.read_csv(stream)
    points = table[["longitude", "latitude"]].to_numpy(dtype=np.float64)
    cuts = np.flatnonzero(np.diff(table["segment"].to_numpy())) + 1
    return tuple(np.split(points, cuts))


def _touches(
    line: NDArray[np.float64], west: float, east: float, south: float, north: float
) -> bool:
    low, high = line.min(axis=0), line.max(axis=0)
    return bool(low[0] <= east and high[0] >= west and low[1] <= north and high[1] >= south)
