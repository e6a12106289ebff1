"""Cost of the spatial densities: python benchmarks/forecast.py (about a minute, one core)."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import numpy as np

from faultcast.catalog import Projection, Region
from faultcast.evaluate.intervals import link_sequences
from faultcast.forecast import (
    TripleS,
    Volume,
    adaptive_kernels,
    mass_inside,
    triple_s_log_densities,
)

N_TARGETS, BANDWIDTHS = 1_147, np.geomspace(0.25, 16.0, 20)


def clustered(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return points in clusters of very different size over 600 x 400 x 20 km."""
    n_clusters = 400
    centres = rng.random((n_clusters, 3)) * [600, 400, 20] - [300, 200, 0]
    members = rng.choice(n_clusters, n, p=rng.dirichlet(np.full(n_clusters, 0.2)))
    return centres[members] + rng.normal(size=(n, 3)) * [8, 8, 3]


def timed(work: str, n: int, call: Callable[[], object]) -> None:
    """Run once and print a row."""
    start = time.perf_counter()
    call()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{work:<58} {n:>9,} {seconds:>8.2f} {peak:>8.0f}")


def main() -> None:
    rng = np.random.default_rng(0)
    region = Region((32.5, 36.0), (-121.0, -115.0), (0.0, 20.0))
    volume = Volume(region, Projection(region.projection().crs))
    small = clustered(500, rng)
    # compiled before the clock starts
    triple_s_log_densities(small, small, BANDWIDTHS)
    adaptive_kernels(small, 10).log_density(small[:5])
    link_sequences(rng.random(10), rng.random((10, 3)))
    print(f"{'work':<58} {'N':>9} {'s':>8} {'peak MB':>8}")
    for n in (50_000, 479_056):
        sources, targets = clustered(n, rng), clustered(N_TARGETS, rng)
        timed(
            f"TripleS, {N_TARGETS:,} targets, {len(BANDWIDTHS)} bandwidths",
            n,
            lambda s=sources, t=targets: triple_s_log_densities(t, s, BANDWIDTHS),
        )
        timed(
            f"adaptive kernels (10th neighbour), {N_TARGETS:,} targets",
            n,
            lambda s=sources, t=targets: adaptive_kernels(s, 10).log_density(t),
        )
        timed(
            "mass inside the volume, 100,000 draws",
            n,
            lambda s=sources: mass_inside(TripleS(s, 2.0), volume),
        )
        timed(
            "link sequences, 30 years, 10 km, 30 days",
            n,
            lambda s=sources, n=n: link_sequences(rng.random(n) * 10_957, s),
        )


if __name__ == "__main__":
    main()
