"""Daily cubes of a catalog: released energy, mean, maximum and last magnitude, count."""

from faultcast.grid.cube import Cube
from faultcast.grid.daily import daily_cube
from faultcast.grid.edges import cell_index, degree_edges, km_edges
from faultcast.grid.incompleteness import incomplete_days
from faultcast.grid.sinusoidal import sinusoidal, sinusoidal_cube
from faultcast.grid.window_labels import WindowLabels, event_cells

__all__ = [
    "Cube",
    "WindowLabels",
    "cell_index",
    "daily_cube",
    "degree_edges",
    "event_cells",
    "incomplete_days",
    "km_edges",
    "sinusoidal",
    "sinusoidal_cube",
]
