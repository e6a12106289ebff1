"""Shaded relief below a map, from a grid of elevations that the user has."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LightSource
from numpy.typing import NDArray

from faultcast.catalog.unpack import read_unpacked
from faultcast.errors import DataError

_REQUIRED = ("ncols", "nrows", "cellsize")
_CORNERS = (("xllcorner", "xllcenter"), ("yllcorner", "yllcenter"))
_KNOWN = {*_REQUIRED, *_CORNERS[0], *_CORNERS[1], "nodata_value"}
_NO_DATA = -9999.0  # where the header names none
_METRES_PER_DEGREE = 111_130.0
# slopes are drawn steeper than they are: in a map of degrees true ones hardly show
_EXAGGERATION = 4.0


@dataclass(frozen=True)
class ElevationGrid:
    """Elevations (n_rows, n_columns) in metres, NaN where unknown; the first row is the north.

    `west_deg`, `south_deg`: outer edges of the grid; `cell_deg`: size of a cell.
    """

    elevation_m: NDArray[np.float32]
    west_deg: float
    south_deg: float
    cell_deg: float

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """West, east, south, north in degrees."""
        rows, columns = self.elevation_m.shape
        east, north = (
            low + n * self.cell_deg for low, n in ((self.west_deg, columns), (self.south_deg, rows))
        )
        return self.west_deg, east, self.south_deg, north


def read_ascii_grid(path: str | Path) -> ElevationGrid:
    """Read an ESRI ASCII grid in degrees, as the GEBCO download page offers one of a region.

    Parameters
    ----------
    path : ".asc", gzipped or not (told by content).

    Raises
    ------
    DataError
        The file is missing, cut short or no such grid; the text names the line.
    """
    source = Path(path)
    cure = 'give an ESRI ASCII grid (".asc" or ".asc.gz") in degrees, or set relief to null'
    if not source.is_file():
        raise DataError(f"there is no relief at {source}: {cure}")
    try:
        stream = io.TextIOWrapper(io.BytesIO(read_unpacked(source)), encoding="ascii")
        # "no data" of some programs is beyond what four bytes hold
        with np.errstate(over="ignore"):
            header, values = _parse(stream)
            no_data = np.float32(header.get("nodata_value", _NO_DATA))
    except (OSError, ValueError, DataError) as error:
        raise DataError(f"{source} is no relief that can be read ({error}): {cure}") from error
    rows, columns = int(header["nrows"]), int(header["ncols"])
    if values.size != rows * columns:
        raise DataError(
            f"{source} holds {values.size} elevations, its header says {rows} rows of {columns}: "
            "the file is cut short or damaged; get it anew"
        )
    values[values == no_data] = np.nan
    if np.isinf(values).any():
        raise DataError(f"{source} holds elevations that are not finite: {cure}")
    cell = header["cellsize"]
    west, south = (
        header[corner] if corner in header else header[center] - cell / 2.0
        for corner, center in _CORNERS
    )
    return ElevationGrid(values.reshape(rows, columns), west, south, cell)


def draw(axis: Axes, grid: ElevationGrid) -> None:
    """Draw the relief in light greys below all else, lit from the north-west.

    Parameters
    ----------
    axis : map in degrees with its limits set; they stay.

    Raises
    ------
    DataError
        The grid lies outside the map.
    """
    (map_west, map_east), (map_south, map_north) = axis.get_xlim(), axis.get_ylim()
    west, east, south, north = grid.extent
    # some grids count their longitudes from 0 to 360
    turn = 360.0 * round((map_west + map_east - west - east) / 720.0)
    west, east = west + turn, east + turn
    rows = _inside(north - map_north, north - map_south, grid.cell_deg, len(grid.elevation_m))
    columns = _inside(map_west - west, map_east - west, grid.cell_deg, grid.elevation_m.shape[1])
    part = grid.elevation_m[rows, columns]
    if min(part.shape) < 2:
        raise DataError(
            f"the relief covers longitude {west:g} to {east:g} and latitude {south:g} to "
            f"{north:g}, the map {map_west:g} to {map_east:g} and {map_south:g} to {map_north:g}: "
            "give a grid in degrees that covers the region, or set relief to null"
        )
    cell_m = grid.cell_deg * _METRES_PER_DEGREE
    shade = LightSource(azdeg=315, altdeg=45).hillshade(
        part,
        vert_exag=_EXAGGERATION,
        dx=cell_m * math.cos(math.radians(0.5 * (map_south + map_north))),
        dy=cell_m,
    )
    axis.imshow(
        shade,
        extent=(
            west + columns.start * grid.cell_deg,
            west + columns.stop * grid.cell_deg,
            north - rows.stop * grid.cell_deg,
            north - rows.start * grid.cell_deg,
        ),
        cmap="gray",
        # from mid grey to white, so that what lies above stays legible
        vmin=-1.2,
        vmax=1.0,
        aspect=axis.get_aspect(),
        zorder=0,
    )
    axis.set_xlim(map_west, map_east)
    axis.set_ylim(map_south, map_north)


def _inside(low: float, high: float, step: float, n_cells: int) -> slice:
    """Return the cells between two distances from the first edge, and one more on each side."""
    first, last = math.floor(low / step) - 1, math.ceil(high / step) + 1
    return slice(min(max(first, 0), n_cells), min(max(last, 0), n_cells))


def _parse(stream: TextIO) -> tuple[dict[str, float], NDArray[np.float32]]:
    header: dict[str, float] = {}
    lines: list[NDArray[np.float32]] = []
    for number, line in enumerate(stream, start=1):
        words = line.split()
        try:
            if words and words[0].lower() in _KNOWN:
                header[words[0].lower()] = float(words[1])
            else:
                lines.append(np.array(words, dtype=np.float32))
        except (ValueError, IndexError) as error:
            raise ValueError(f"line {number}: {line.strip()[:40]!r}") from error
        if lines and not header:
            raise ValueError("it does not begin with ncols, nrows, ...")
    missing = [name for name in _REQUIRED if not header.get(name, 0.0) > 0]
    missing += [" or ".join(pair) for pair in _CORNERS if not set(pair) & set(header)]
    if missing:
        raise ValueError(f"its header lacks {', '.join(missing)}")
    infinite = [name for name, value in header.items() if not math.isfinite(value)]
    if infinite:
        raise ValueError(f"{', '.join(infinite)} in its header: not finite")
    return header, np.concatenate(lines) if lines else np.array([], dtype=np.float32)
