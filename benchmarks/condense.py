"""Cost of condensation and assignment: python benchmarks/condense.py [fraction ...].

The case: 1,346,010 location kernels of 479,056 events, as many as the catalog of Kamer et al.
(2020, section 4.2) has. Read from that section and made from seed 1:

* events: positions of 479,056 earthquakes before 2011-07 of the merged catalog in the folder
  that FAULTCAST_DATA names, ../shared/data by default (made clusters where it is missing);
* 387,033 events (80.8 %) are mixtures, of 3.24 components on average: two each, and the other
  479,921 components thrown on them at random, so that the total is exact;
* every component has its own sigma along each axis, log-normal with median 0.5 km and shape 0.8;
  its centre is normal about the event with 0.7 of that sigma (a single component lies at the
  event); the components' weights are uniform on the simplex (normalised exponential numbers).

A fraction k takes every k-th event. Without arguments 1/16 of the events: ten seconds; the full
size is `python benchmarks/condense.py 16 8 4 2 1`. Wall and CPU time are printed, because the wall
time of a shared machine says little. Assignment is timed apart, on a part of the events.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from faultcast.catalog import Projection
from faultcast.condense import assign_events, condensation_summary, condense
from faultcast.location import make_kernels

DATA = Path(os.environ.get("FAULTCAST_DATA", Path(__file__).resolve().parents[2] / "shared/data"))
CATALOG = DATA / "merged/socal_1981_2020.csv.gz"
N_EVENTS, N_MIXTURES, N_KERNELS = 479_056, 387_033, 1_346_010
MEDIAN_KM, SHAPE, CENTRE = 0.5, 0.8, 0.7
THREADS = 2
# points an event -> every which event is assigned
ASSIGNED = {100: 10, 1000: 100}


def positions(rng: np.random.Generator) -> tuple[np.ndarray, str]:
    """Return (N_EVENTS, 3) km and where they come from."""
    if CATALOG.exists():
        columns = ["time", "latitude", "longitude", "depth_km", "event_type"]
        table = pd.read_csv(CATALOG, usecols=columns)
        table = table[(table["time"] < "2011-07") & (table["event_type"] == "eq")]
        table = table.iloc[np.sort(rng.choice(len(table), N_EVENTS, replace=False))]
        x_km, y_km = Projection.centred(34.5, -118.0, 8.0).forward(
            table["latitude"].to_numpy(), table["longitude"].to_numpy()
        )
        return np.column_stack([x_km, y_km, table["depth_km"]]), "merged catalog before 2011-07"
    n_clusters = 400
    centres = rng.random((n_clusters, 3)) * [600, 400, 15]
    members = rng.choice(n_clusters, N_EVENTS, p=rng.dirichlet(np.full(n_clusters, 0.2)))
    return centres[members] + rng.normal(size=(N_EVENTS, 3)) * [5, 5, 3], "made clusters"


def mixture_kernels(seed: int = 1) -> tuple[pd.DataFrame, np.ndarray, str]:
    """Return the kernels of the case, each one's event number, and the source of positions."""
    rng = np.random.default_rng(seed)
    places, source = positions(rng)
    count = np.ones(N_EVENTS, dtype=int)
    mixtures = rng.choice(N_EVENTS, N_MIXTURES, replace=False)
    count[mixtures] = 2
    np.add.at(count, rng.choice(mixtures, N_KERNELS - count.sum()), 1)
    event = np.repeat(np.arange(N_EVENTS), count)
    component = np.arange(N_KERNELS) - (np.cumsum(count) - count)[event]
    sigma = MEDIAN_KM * np.exp(SHAPE * rng.standard_normal((N_KERNELS, 3)))
    offset = CENTRE * sigma * rng.standard_normal((N_KERNELS, 3))
    offset[count[event] == 1] = 0
    share = rng.standard_exponential(N_KERNELS)
    share /= np.bincount(event, share)[event]
    matrices = np.zeros((N_KERNELS, 6))
    matrices[:, [0, 3, 5]] = sigma**2
    kernels = make_kernels(event.astype(str), component, share, places[event] + offset, matrices)
    return kernels, event, source


def timed(work: str, n: int, call: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Run once and print a row."""
    start, start_cpu = time.perf_counter(), time.process_time()
    result = call()
    wall, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{work:<52} {n:>9,} {wall:>8.2f} {cpu:>8.2f} {1e6 * cpu / n:>8.1f} {peak:>8.0f}",
        flush=True,
    )
    return result


def run(kernels: pd.DataFrame, event: np.ndarray) -> None:
    """Condense by both methods, and assign a part of the events."""
    condensed = timed(
        "condense, deterministic, 100 points a kernel",
        len(kernels),
        lambda: condense(kernels, threads=THREADS),
    )
    number = np.cumsum(np.diff(event, prepend=event[0]) > 0)
    for n_samples, step in ASSIGNED.items():
        part = kernels[number % step == 0]
        assigned = timed(
            f"assign every {step}th event, {n_samples} points each",
            part["event_id"].nunique(),
            lambda k=part, n=n_samples: assign_events(k, condensed, n, threads=THREADS),
        )
    drawn = timed(
        "condense, Monte Carlo, 100 points a kernel",
        len(kernels),
        lambda: condense(kernels, "monte_carlo", threads=THREADS),
    )
    summary = condensation_summary(kernels, condensed, assigned, assigned)
    both = condensed.merge(drawn, on=["event_id", "component"], how="outer").fillna(0.0)
    print(
        f"{summary['n_events']:,} events, {summary['share_several_components']:.3f} with several "
        f"components, {summary['components_per_mixture']:.3f} of these; "
        f"{summary['n_condensed']:,} condensed kernels, "
        f"{summary['kernels_90_percent']:,} hold 90 %, largest {summary['largest_weight']:.1f}, "
        f"weight error {summary['weight_error']:.1e}; methods correlate "
        f"{np.corrcoef(both['weight_x'], both['weight_y'])[0, 1]:.4f}",
        flush=True,
    )


def main(fractions: list[int]) -> None:
    """Print a table a fraction; compilation is done before the clock starts."""
    kernels, event, source = mixture_kernels()
    few = kernels.iloc[:300]
    condensed = condense(few, threads=THREADS)
    condense(few, "monte_carlo", threads=THREADS)
    assign_events(few, condensed, 10, threads=THREADS)
    print(f"positions: {source}; threads: {THREADS}; load {os.getloadavg()[0]:.1f}; {time.ctime()}")
    print(f"{'work':<52} {'N':>9} {'wall s':>8} {'CPU s':>8} {'us CPU/N':>8} {'peak MB':>8}")
    for fraction in fractions:
        chosen = event % fraction == 0
        run(kernels[chosen].reset_index(drop=True), event[chosen])
        print(f"load {os.getloadavg()[0]:.1f}; {time.ctime()}", flush=True)


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [16])
