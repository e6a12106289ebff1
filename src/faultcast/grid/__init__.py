"""Daily cubes of a catalog: released energy, mean, maximum and last magnitude, count."""

from faultcast.grid.cube import Cube
from faultcast.grid.daily import daily_cube
from faultcast.grid.edges import cell_index, degree_edges, km_edges

__all__ = ["Cube", "cell_index", "daily_cube", "degree_edges", "km_edges"]
