"""Cost of the spatial densities: python benchmarks/forecast.py (about two minutes, one core)."""

from __future__ import annotations

import resource
import time
import warnings
from collections.abc import Callable

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from faultcast.catalog import Projection, Region
from faultcast.evaluate.intervals import link_sequences
from faultcast.faults.boxes import minimum_box
from faultcast.faults.mixture import assemble
from faultcast.forecast import (
    TripleS,
    Volume,
    adaptive_kernels,
    em_mixture,
    mass_inside,
    triple_s_log_densities,
)
from faultcast.forecast.reweight import reestimated_weights

N_TARGETS, BANDWIDTHS = 1_147, np.geomspace(0.25, 16.0, 20)
N_KERNELS, N_STEPS = 257, 20


def clustered(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return points in clusters of very different size over 600 x 400 x 20 km."""
    n_clusters = 400
    centres = rng.random((n_clusters, 3)) * [600, 400, 20] - [300, 200, 0]
    members = rng.choice(n_clusters, n, p=rng.dirichlet(np.full(n_clusters, 0.2)))
    return centres[members] + rng.normal(size=(n, 3)) * [8, 8, 3]


def timed(work: str, n: int, call: Callable[[], object]) -> None:
    """Run once and print a row; CPU seconds, since the machine may be busy."""
    start = time.process_time()
    call()
    seconds = time.process_time() - start
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
    em_mixture(small, 3, max_iterations=2)
    # a peer that is stopped after as many steps says so
    warnings.simplefilter("ignore", ConvergenceWarning)
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
        timed(
            f"EM mixture, {N_KERNELS} Gaussians, {N_STEPS} steps",
            n,
            lambda s=sources: em_mixture(
                s, N_KERNELS, max_events=None, max_iterations=N_STEPS, tolerance=0.0
            ),
        )
        network = assemble(
            np.full(N_KERNELS, 0.9 / N_KERNELS),
            sources[rng.choice(n, N_KERNELS, replace=False)],
            np.broadcast_to(np.diag([64.0, 16.0, 9.0]), (N_KERNELS, 3, 3)),
            [minimum_box(sources)],
            np.array([0.1]),
        )
        reestimated_weights(network, small)
        timed(
            f"weights of {N_KERNELS} kernels re-estimated",
            n,
            lambda s=sources, m=network: reestimated_weights(m, s),
        )
        if n > 100_000:
            continue
        peer = GaussianMixture(
            N_KERNELS, init_params="k-means++", max_iter=N_STEPS, tol=0.0, random_state=0
        )
        timed(
            f"scikit-learn's mixture, {N_KERNELS} Gaussians, {N_STEPS} steps",
            n,
            lambda s=sources, p=peer: p.fit(s),
        )


if __name__ == "__main__":
    main()
