"""Fault networks: Ward tree, atomization, BIC merging, the estimator, planes and exports."""

from faultcast.faults.export import export_planes
from faultcast.faults.landers import landers_points, read_landers
from faultcast.faults.network import FaultNetwork
from faultcast.faults.stage import positions, reconstruct_network, save_fitted, usable_points
from faultcast.faults.store import load_network, network_summary, save_network
from faultcast.faults.traces import read_traces

__all__ = [
    "FaultNetwork",
    "export_planes",
    "landers_points",
    "load_network",
    "network_summary",
    "positions",
    "read_landers",
    "read_traces",
    "reconstruct_network",
    "save_fitted",
    "save_network",
    "usable_points",
]
