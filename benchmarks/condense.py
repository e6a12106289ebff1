"""Cost of condensation and assignment: python benchmarks/condense.py (one to two minutes).

100,000 location kernels, one an event, per-axis sigma log-normal with median 0.5 km and shape
0.8, seed 1; positions drawn from the merged catalog in ../shared/data, or made clusters without.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from faultcast.catalog import Projection
from faultcast.condense import assign_events, condense
from faultcast.location import make_kernels

CATALOG = (
    Path(__file__).resolve().parents[2] / "shared" / "data" / "merged" / "socal_1981_2020.csv.gz"
)
N_KERNELS, N_ASSIGNED, THREADS = 100_000, 10_000, 2


def positions(n: int, rng: np.random.Generator) -> tuple[np.ndarray, str]:
    """Return (n, 3) km and where they come from."""
    if CATALOG.exists():
        table = pd.read_csv(CATALOG, usecols=["latitude", "longitude", "depth_km"])
        table = table.iloc[np.sort(rng.choice(len(table), n, replace=False))]
        x_km, y_km = Projection.centred(34.5, -118.0, 8.0).forward(
            table["latitude"].to_numpy(), table["longitude"].to_numpy()
        )
        return np.column_stack([x_km, y_km, table["depth_km"]]), "merged catalog"
    n_clusters = 400
    centres = rng.random((n_clusters, 3)) * [600, 400, 15]
    members = rng.choice(n_clusters, n, p=rng.dirichlet(np.full(n_clusters, 0.2)))
    return centres[members] + rng.normal(size=(n, 3)) * [5, 5, 3], "made clusters"


def location_table(n: int) -> tuple[pd.DataFrame, str]:
    rng = np.random.default_rng(1)
    means, source = positions(n, rng)
    variance = np.exp(2 * (np.log(0.5) + 0.8 * rng.standard_normal((n, 3))))
    zero = np.zeros(n)
    matrices = np.column_stack([variance[:, 0], zero, zero, variance[:, 1], zero, variance[:, 2]])
    names = np.arange(n).astype(str)
    return make_kernels(names, np.zeros(n, int), np.ones(n), means, matrices), source


def timed(work: str, n: int, call: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Run once and print a row."""
    start = time.perf_counter()
    result = call()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{work:<58} {n:>9,} {seconds:>8.2f} {peak:>8.0f}")
    return result


def main() -> None:
    kernels, source = location_table(N_KERNELS)
    few = kernels.iloc[:300]
    # compiled before the clock starts
    condensed = condense(few, threads=THREADS)
    assign_events(few, condensed, 10, threads=THREADS)
    print(f"positions: {source}; threads: {THREADS}")
    print(f"{'work':<58} {'N':>9} {'s':>8} {'peak MB':>8}")
    for n in (10_000, 30_000, N_KERNELS):
        condensed = timed(
            "condense, deterministic, 100 points a kernel",
            n,
            lambda k=kernels.iloc[:: N_KERNELS // n]: condense(k, threads=THREADS),
        )
    timed(
        "condense, Monte Carlo, 100 points a kernel",
        N_KERNELS,
        lambda: condense(kernels, "monte_carlo", threads=THREADS),
    )
    timed(
        f"assign to {len(condensed):,} kernels, 1000 points an event",
        N_ASSIGNED,
        lambda: assign_events(kernels.iloc[:: N_KERNELS // N_ASSIGNED], condensed, threads=THREADS),
    )


if __name__ == "__main__":
    main()
