"""Time and memory of fault reconstruction: `python benchmarks/faults.py [n ...]`."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import numpy as np

from faultcast.faults import FaultNetwork, read_landers
from faultcast.faults.ward import ward_tree
from faultcast.synthetic.paper_generator import paper_network

LANDERS = Path(__file__).resolve().parents[2] / "shared/data/landers/landers.mat"


def clustered(n: int, seed: int = 1) -> np.ndarray:
    """Return points (n, 3) on planted planes spread over a region, a tenth of them noise."""
    n_faults = max(20, n // 700)
    planted = paper_network(
        n_faults=n_faults, seed=seed, spread=20 / n_faults, points_per_km2=2.6, noise=0.1
    )
    rows = np.random.default_rng(seed).permutation(len(planted.xyz_km))[:n]
    return planted.xyz_km[rows]


def report(work: str, points: np.ndarray, seconds: float, result: str) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{work:32s} {len(points):8d} {seconds:8.2f} {peak:8.0f}  {result}", flush=True)


def timed(work: str, points: np.ndarray, **options: object) -> None:
    start = time.perf_counter()
    net = FaultNetwork(**options).fit(points)
    summary = net.summary()
    report(
        work,
        points,
        time.perf_counter() - start,
        f"{summary['n_kernels']} kernels, BIC {summary['bic']:.0f}",
    )


def main(sizes: list[int]) -> None:
    """Print one line a work; compilation is done before."""
    for criterion in ("global", "local"):
        for engine in ("exact", "released"):
            FaultNetwork(criterion, engine).fit(clustered(400))
    print(f"{'work':32s} {'N':>8s} {'seconds':>8s} {'peak MB':>8s}")
    if LANDERS.is_file():
        landers = read_landers(LANDERS)
        for engine in ("exact", "released"):
            for criterion in ("global", "local"):
                timed(f"Landers, {engine} {criterion}", landers, engine=engine, criterion=criterion)
    for n in sizes:
        points = clustered(n)
        start = time.perf_counter()
        ward_tree(points)
        report("Ward tree", points, time.perf_counter() - start, "")
        n_subsets = max(1, n // 3000)
        for criterion in ("local", "global"):
            work = f"exact {criterion}, {n_subsets} subsets"
            timed(work, points, criterion=criterion, n_subsets=n_subsets)


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [1_000, 10_000, 30_000])
