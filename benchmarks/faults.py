"""Cost of fault reconstruction beside its peers: `python benchmarks/faults.py [row ...]`.

Every row is measured in a process of its own, after the compiled kernels are loaded: wall and CPU
seconds, and the peak of the process's memory. Rows that are named together run at once, one on
each core; the wall time of both is printed below them. Without arguments all rows whose data is
at hand, about five minutes; a row runs if its name holds one of the arguments.

Data: the Landers aftershocks, the paper's generator, condensed kernels of a finished run of the
preset `small`, and 479,056 hypocentres as in benchmarks/condense.py; FAULTCAST_DATA
names the folder of the data (../shared/data by default). Times of the author's program
and of the paper are quoted in docs/fault-reconstruction.md and not measured here.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from faultcast.faults import FaultNetwork, read_landers
from faultcast.faults.ward import ward_tree
from faultcast.synthetic.paper_generator import paper_network

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("FAULTCAST_DATA", ROOT.parent / "shared/data"))
LANDERS = DATA / "landers/landers.mat"
CONDENSED = ROOT / "results/small/condense/socal/kamer2020/kernels.parquet"
CATALOG = DATA / "merged/socal_1981_2020.csv.gz"
# components of scikit-learn's mixture: as many as the global network had
N_SUBSETS, N_COMPONENTS, EM_STEPS = 30, 251, 20
# how long a row waits for the one that it runs together with
_PATIENCE_S = 600.0


def landers() -> np.ndarray:
    return read_landers(LANDERS)


def faults_20() -> np.ndarray:
    return paper_network(n_faults=20, seed=1, points_per_km2=2.0, noise=0.2).xyz_km


def condensed() -> np.ndarray:
    """Return the condensed kernels that won an event (n, 3), km."""
    kernels = pd.read_parquet(CONDENSED)
    return kernels.loc[kernels["n_events"] > 0, ["x_km", "y_km", "z_km"]].to_numpy()


def uncondensed() -> np.ndarray:
    from condense import positions

    return positions(np.random.default_rng(1))[0]


def catalog_20000() -> np.ndarray:
    return _part_of_catalog(20_000)


def catalog_93149() -> np.ndarray:
    return _part_of_catalog(93_149)


def _part_of_catalog(n: int) -> np.ndarray:
    points = uncondensed()
    return points[np.random.default_rng(0).choice(len(points), n, replace=False)]


def network(points: np.ndarray, **options: Any) -> str:
    net = FaultNetwork(**options).fit(points)
    found = net.summary()
    return f"{net.n_protoclusters_} -> {found['n_kernels']} kernels, BIC {found['bic']:.0f}"


def our_ward(points: np.ndarray) -> str:
    return f"highest merger {ward_tree(points).heights[-1]:.6g}"


def fastcluster_ward(points: np.ndarray) -> str:
    from fastcluster import linkage_vector

    return f"highest merger {linkage_vector(points, method='ward')[-1, 2]:.6g}"


def hdbscan(points: np.ndarray) -> str:
    from sklearn.cluster import HDBSCAN

    labels = HDBSCAN(min_cluster_size=5, copy=True).fit(points).labels_
    return f"{labels.max() + 1} clusters, {np.mean(labels < 0):.0%} noise"


def gaussian_mixture(points: np.ndarray, n_kernels: int) -> str:
    from sklearn.mixture import GaussianMixture

    warnings.simplefilter("ignore")  # it warns that it was stopped
    mixture = GaussianMixture(
        n_kernels, init_params="k-means++", max_iter=EM_STEPS, tol=0.0, random_state=0
    ).fit(points)
    return f"{n_kernels} components, {mixture.n_iter_} steps"


def both(work: str, source: Callable[..., np.ndarray], **options: Any) -> list[tuple]:
    """Return the two rows of both criteria, to run at once."""
    return [
        (f"{work}, {criterion}", source, network, {"criterion": criterion} | options)
        for criterion in ("global", "local")
    ]


def rows() -> list[list[tuple]]:
    """Return groups of rows (work, source of points, call, options) that run at once."""
    groups: list[list[tuple]] = []
    if LANDERS.is_file():
        groups += [
            both(f"Landers, {engine}", landers, engine=engine) for engine in ("exact", "released")
        ]
    groups.append([("20 faults, exact, global", faults_20, network, {})])
    groups.append([("20 faults, released, global", faults_20, network, {"engine": "released"})])
    if CONDENSED.is_file():
        groups += [
            both("condensed, exact", condensed, n_subsets=N_SUBSETS),
            both("condensed, released", condensed, n_subsets=N_SUBSETS, engine="released"),
            [("condensed, Ward tree", condensed, our_ward, {})],
            [("condensed, scikit-learn HDBSCAN", condensed, hdbscan, {})],
            [
                (
                    "condensed, scikit-learn mixture",
                    condensed,
                    gaussian_mixture,
                    {"n_kernels": N_COMPONENTS},
                )
            ],
        ]
    if CATALOG.is_file():
        for name, source in (("20,000", catalog_20000), ("93,149", catalog_93149)):
            groups += [
                [(f"catalog {name}, Ward tree", source, our_ward, {})],
                [(f"catalog {name}, fastcluster Ward", source, fastcluster_ward, {})],
            ]
        groups += [
            [("uncondensed, Ward tree", uncondensed, our_ward, {})],
            [("uncondensed, exact, global", uncondensed, network, {"n_subsets": N_SUBSETS})],
        ]
    return groups


def measure(row: tuple, together: Any, results: Any) -> None:
    """Run one row: n, wall, CPU, peak MB before and after, what came out, when it ended."""
    work, source, call, options = row
    points = source()
    few = paper_network(points_per_km2=0.1).xyz_km
    call(few, **options | ({"n_kernels": 3} if "n_kernels" in options else {}))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    together.wait(timeout=_PATIENCE_S)
    start, cpu = time.perf_counter(), time.process_time()
    result = call(points, **options)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    results.put((work, len(points), wall, cpu, before, peak, result))


def main(chosen: list[str]) -> None:
    """Print the table."""
    groups = [
        group for group in rows() if not chosen or any(word in group[0][0] for word in chosen)
    ]
    for name, path in (("Landers", LANDERS), ("condensed", CONDENSED), ("catalog", CATALOG)):
        if not path.is_file():
            print(f"{name}: skipped, no {path}")
    print(f"{os.cpu_count()} cores; load {os.getloadavg()[0]:.1f}; {time.ctime()}")
    print(
        f"{'work':<34} {'N':>8} {'wall s':>7} {'CPU s':>7} {'start MB':>8} {'peak MB':>8}  result"
    )
    context = multiprocessing.get_context("spawn")
    for group in groups:
        together, results = context.Barrier(len(group)), context.Queue()
        jobs = [context.Process(target=measure, args=(row, together, results)) for row in group]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join()
        if any(job.exitcode for job in jobs):
            raise SystemExit(f"{group[0][0]}: failed, see above")
        found = [results.get() for _ in jobs]
        for work, n, wall, cpu, before, peak, result in sorted(found):
            print(
                f"{work:<34} {n:>8,} {wall:>7.2f} {cpu:>7.2f} {before:>8.0f} {peak:>8.0f}  {result}"
            )
        if len(group) > 1:
            print(f"{'  both at once':<34} {'':>8} {max(row[2] for row in found):>7.2f}")
        sys.stdout.flush()
    print(f"load {os.getloadavg()[0]:.1f}; {time.ctime()}")


if __name__ == "__main__":
    main(sys.argv[1:])
