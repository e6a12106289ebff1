"""Daily cubes of a catalog: released energy, mean, maximum and last magnitude, count."""

from faultcast.grid.cube import Cube
from faultcast.grid.daily import daily_cube
from faultcast.grid.edges import cell_index, degree_edges, km_edges
from faultcast.grid.incompleteness import incomplete_days

__all__ = [
    "Cube",
    "cell_index",
    "daily_cube",
    "degree_edges",
    "incomplete_days",
    "km_edges",
]
