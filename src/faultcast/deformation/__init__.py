"""Ground displacement: readers, tiles on a lattice, priors from training epochs, windows."""

from faultcast.deformation.active_faults import (
    FaultLines,
    fault_distance_km,
    read_active_faults,
)
from faultcast.deformation.egms import egms_series, read_egms
from faultcast.deformation.gnss import read_gnss_positions, read_gnss_sw_china
from faultcast.deformation.gridding import coarser_tile, level3_tile, mean_tile, native_tile
from faultcast.deformation.lattice import Lattice, native_lattice, tile_lattice
from faultcast.deformation.mexico_city import read_mexico_city
from faultcast.deformation.priors import (
    Priors,
    Scaling,
    cycles,
    fit_priors,
    fit_scaling,
    static_maps,
)
from faultcast.deformation.series import PointSeries
from faultcast.deformation.sources import gridded, measured_tile
from faultcast.deformation.stations import station_tile
from faultcast.deformation.tile import Tile
from faultcast.deformation.windows import (
    WindowSplit,
    carry_forward,
    chronological_windows,
    gather,
    rolling_windows,
)

__all__ = [
    "FaultLines",
    "Lattice",
    "PointSeries",
    "Priors",
    "Scaling",
    "Tile",
    "WindowSplit",
    "carry_forward",
    "chronological_windows",
    "coarser_tile",
    "cycles",
    "egms_series",
    "fault_distance_km",
    "fit_priors",
    "fit_scaling",
    "gather",
    "gridded",
    "level3_tile",
    "mean_tile",
    "measured_tile",
    "native_lattice",
    "native_tile",
    "read_active_faults",
    "read_egms",
    "read_gnss_positions",
    "read_gnss_sw_china",
    "read_mexico_city",
    "rolling_windows",
    "static_maps",
    "station_tile",
    "tile_lattice",
]
