"""Forecasts on a common footing, by name, and the spatial densities behind them."""

from typing import Any

from faultcast.forecast.adaptive import adaptive_kernels
from faultcast.forecast.base import Forecast
from faultcast.forecast.cells import Cells, cell_probabilities
from faultcast.forecast.density import Density, Uniform, mass_inside, with_floor
from faultcast.forecast.em_mixture import em_mixture
from faultcast.forecast.gaussians import GaussianSum, kernel_table_density
from faultcast.forecast.maps import SmoothedMap, StaticMap, UniformMap
from faultcast.forecast.network import network_density
from faultcast.forecast.recent import ExponentialRate, Persistence, RollingRate
from faultcast.forecast.reweight import reestimated_weights
from faultcast.forecast.spatial import (
    AdaptiveForecast,
    CondensedForecast,
    FaultNetworkForecast,
    TripleSForecast,
    hypocentres,
)
from faultcast.forecast.triple_s import TripleS, triple_s_log_densities
from faultcast.forecast.volume import Volume

FORECASTS: dict[str, type[Any]] = {
    "uniform": UniformMap,
    "static_map": StaticMap,
    "smoothed_map": SmoothedMap,
    "rolling": RollingRate,
    "exponential": ExponentialRate,
    "persistence": Persistence,
    "triple_s": TripleSForecast,
    "adaptive": AdaptiveForecast,
    "condensed": CondensedForecast,
    "fault_network": FaultNetworkForecast,
}
"""Name -> class with ``fit(events, region)`` and ``rate(times, cells)``, see `Forecast`."""

__all__ = [
    "FORECASTS",
    "AdaptiveForecast",
    "Cells",
    "CondensedForecast",
    "Density",
    "ExponentialRate",
    "FaultNetworkForecast",
    "Forecast",
    "GaussianSum",
    "Persistence",
    "RollingRate",
    "SmoothedMap",
    "StaticMap",
    "TripleS",
    "TripleSForecast",
    "Uniform",
    "UniformMap",
    "Volume",
    "adaptive_kernels",
    "cell_probabilities",
    "em_mixture",
    "hypocentres",
    "kernel_table_density",
    "mass_inside",
    "network_density",
    "reestimated_weights",
    "triple_s_log_densities",
    "with_floor",
]
