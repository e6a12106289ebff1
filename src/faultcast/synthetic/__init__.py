"""Planted things: the simulated region, its oracle and controls, the papers' generators."""

from faultcast.synthetic.controls import control_cubes, etas_control, poisson_control
from faultcast.synthetic.detection import Detection
from faultcast.synthetic.displacement import displacement_tile
from faultcast.synthetic.fault_space import FaultSpace, plant_faults
from faultcast.synthetic.observation import observe, quarry_blasts
from faultcast.synthetic.oracle import Oracle
from faultcast.synthetic.region import SimulatedRegion, simulate_region

__all__ = [
    "Detection",
    "FaultSpace",
    "Oracle",
    "SimulatedRegion",
    "control_cubes",
    "displacement_tile",
    "etas_control",
    "observe",
    "plant_faults",
    "poisson_control",
    "quarry_blasts",
    "simulate_region",
]
