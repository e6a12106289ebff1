"""Epidemic-type aftershock sequences: parameters, simulation and conditional rate."""

from faultcast.etas.day_ahead import expected_descendants, probability_of_exceeding
from faultcast.etas.parameters import EtasParameters
from faultcast.etas.rate import daily_rate, omori_exponentials
from faultcast.etas.simulate import simulate
from faultcast.etas.space import BoxSpace, Space, even_points, power_law_radius

__all__ = [
    "BoxSpace",
    "EtasParameters",
    "Space",
    "daily_rate",
    "even_points",
    "expected_descendants",
    "omori_exponentials",
    "power_law_radius",
    "probability_of_exceeding",
    "simulate",
]
