"""How time and memory of the exact engine grow with the number of points, stage by stage.

The points are random parts of one set: the first n of one permutation, so that the smaller ones
lie in the larger.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
import pandas as pd

from faultcast.errors import DataError
from faultcast.faults import FaultNetwork

STAGES = ("ward", "atomization", "global", "local")
"""The Ward tree and its cut into subsets, atomization of all, merging by either criterion."""
POINTS_PER_SUBSET = 16_000
_CRITERIA: tuple[Literal["global"], Literal["local"]] = ("global", "local")
_SEED = 0
# below it a call is so short that the least of three is taken
_SHORT = 30_000
# exponents are fitted from here on, where that leaves at least three sizes
_FITTED_FROM = 10_000
# to compile, or to load what was compiled
_FEW = 400
_Result = TypeVar("_Result")


def numbers(points: pd.DataFrame, n_points: Sequence[int]) -> pd.DataFrame:
    """Return the cost of each stage at each size: a measurement, not the same on two machines.

    Parameters
    ----------
    points : table with x_km, y_km, z_km; rows without a position are left out.
    n_points : sizes; one above the number of points is replaced by that number.

    Returns
    -------
    DataFrame of n_points, n_subsets (one per 16,000 points), stage, cpu_s, wall_s, peak_mb (of
    the process while the stage runs, what it held before included), exponent (b of
    cpu_s ~ n^b, the same in all rows of a stage) and kb_per_point (growth of peak_mb from the
    smallest size to the largest).

    Raises
    ------
    DataError
        Fewer points than compilation takes, or no size.
    """
    xyz_km = points[["x_km", "y_km", "z_km"]].dropna().to_numpy(dtype=float)
    if len(xyz_km) < _FEW or not n_points:
        raise DataError(
            f"{len(xyz_km)} points and sizes {list(n_points)}; expected at least {_FEW} points "
            "and one size: take a longer period, or fill growth_points"
        )
    xyz_km = np.random.default_rng(_SEED).permutation(xyz_km)
    _stage_costs(xyz_km[:_FEW])
    sizes = sorted({min(n, len(xyz_km)) for n in n_points})
    rows = [row for n in sizes for row in _stage_costs(np.ascontiguousarray(xyz_km[:n]))]
    table = pd.DataFrame(rows)
    fits = {stage: _growth(part) for stage, part in table.groupby("stage")}
    for i, name in enumerate(("exponent", "kb_per_point")):
        table[name] = table["stage"].map({stage: fit[i] for stage, fit in fits.items()})
    return table


def _stage_costs(xyz_km: np.ndarray) -> list[dict[str, object]]:
    n_subsets = max(1, len(xyz_km) // POINTS_PER_SUBSET)
    repeats = 3 if len(xyz_km) <= _SHORT else 1
    net, local = (FaultNetwork(name, n_subsets=n_subsets) for name in _CRITERIA)
    division, tree = _cost(lambda: net.divide(xyz_km), repeats)
    parts, atoms = _cost(lambda: [net.first_pass(division, s) for s in range(n_subsets)], repeats)
    _, merged = _cost(lambda: net.join(xyz_km, division, parts), repeats)
    _, merged_local = _cost(lambda: local.join(xyz_km, division, parts), repeats)
    size = {"n_points": len(xyz_km), "n_subsets": n_subsets}
    return [
        size | {"stage": stage, "cpu_s": cost[0], "wall_s": cost[1], "peak_mb": cost[2]}
        for stage, cost in zip(STAGES, (tree, atoms, merged, merged_local), strict=True)
    ]


def _cost(call: Callable[[], _Result], repeats: int) -> tuple[_Result, np.ndarray]:
    """Call; return the result, and CPU seconds, wall seconds and peak MB, the least of each."""
    costs = []
    for _ in range(repeats):
        _forget_peak()
        wall, cpu = time.perf_counter(), time.process_time()
        result = call()
        costs.append((time.process_time() - cpu, time.perf_counter() - wall, _peak_mb()))
    return result, np.min(costs, axis=0)


def _forget_peak() -> None:
    """Let the peak start again from what is held; elsewhere than on Linux it goes on."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _peak_mb() -> float:
    """Return the largest memory that this process has held, MB."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _growth(part: pd.DataFrame) -> tuple[float, float]:
    """Return the exponent of CPU time and the kilobytes a point; NaN with one size."""
    timed = part[part["cpu_s"] > 0.0]
    large = timed[timed["n_points"] >= _FITTED_FROM]
    fitted = large if len(large) >= 3 else timed
    if len(fitted) < 2:
        return np.nan, np.nan
    exponent = np.polyfit(np.log(fitted["n_points"]), np.log(fitted["cpu_s"]), 1)[0]
    ends = part.iloc[[0, -1]]
    return exponent, 1024.0 * np.ptp(ends["peak_mb"]) / np.ptp(ends["n_points"])
