"""Cost of the simulated region and a daily cube: python benchmarks/synthetic_and_grid.py."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from faultcast.catalog import Region, finish_events
from faultcast.grid import daily_cube
from faultcast.synthetic import simulate_region


def timed(work: str, n: int, call: Callable[[], object]) -> None:
    """Run once and print a row."""
    begin = time.perf_counter()
    call()
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{work:<58} {n:>11,} {seconds:>8.2f} {peak:>8.0f}")


def random_events(n: int) -> pd.DataFrame:
    """Return an event table over EQPRED's box and 29 years."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "event_id": np.arange(n).astype(str),
            "time": pd.Timestamp("1990-01-01", tz="UTC")
            + pd.to_timedelta(np.sort(rng.integers(0, 10_592 * 86_400, n)), unit="s"),
            "latitude": rng.uniform(32, 36, n).round(3),
            "longitude": rng.uniform(-120, -114, n).round(3),
            "magnitude": rng.exponential(0.5, n).round(2),
        }
    )
    return finish_events(frame)[0]


def main() -> None:
    """Print work, N, seconds and peak memory of the process so far in MB."""
    print(f"{'work':<58} {'N':>11} {'s':>8} {'peak MB':>8}")
    simulate_region(seed=0, years=1)  # compile
    simulated = simulate_region(seed=0)
    timed(
        "simulate a region, 30 years, oracle and tile (true events)",
        len(simulated.truth),
        lambda: simulate_region(seed=0),
    )
    number = simulated.oracle.n_days * 400
    timed("oracle's expected number (day-cells)", number, simulated.oracle.expected_number)
    events = random_events(445_000)
    region = Region(latitude=(32, 36), longitude=(-120, -114), start="1990-01-01", end="2019-01-01")
    cube = daily_cube(events, region)
    timed("daily cube 60 x 40 (events)", len(events), lambda: daily_cube(events, region))
    timed("dense cube of all days (day-cells)", int(np.prod(cube.shape)), cube.to_dense)


if __name__ == "__main__":
    main()
