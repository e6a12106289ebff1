"""Daily stations for tests: lines, a cycle, noise, gaps, a step of 40 mm at one of them."""

import numpy as np
import pandas as pd

from faultcast.deformation import PointSeries

STEP = "2019-07-06"


def make_stations(n=12, first="2018-01-01", n_days=900, seed=0):
    rng = np.random.default_rng(seed)
    days = pd.date_range(first, periods=n_days, freq="D", tz="UTC").as_unit("ns")
    years = np.arange(n_days) / 365.25
    values = rng.normal(size=(n, n_days)) + 5.0 * np.sin(2 * np.pi * years)
    values += 100.0 * np.arange(n)[:, None] - 20.0 * rng.uniform(size=(n, 1)) * years
    values[3, days >= pd.Timestamp(STEP, tz="UTC")] += 40.0
    values[rng.uniform(size=values.shape) < 0.1] = np.nan
    points = pd.DataFrame(
        {
            "pid": [f"S{k:03d}" for k in range(n)],
            # one a cell of 20 km: two on each column, 60 km apart
            "easting_m": 20_000.0 * (np.arange(n) // 2) - 35_000.0,
            "northing_m": 60_000.0 * (np.arange(n) % 2) + 1_000.0,
            "height_m": rng.uniform(0, 1000, n),
        }
    )
    return PointSeries(points, days, values, "E", "EPSG:32611", "made-up stations")
