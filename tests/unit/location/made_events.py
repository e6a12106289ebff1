"""Made-up events whose errors follow a known law, for the tests."""

import numpy as np
import pandas as pd

from faultcast.catalog import finish_events

SLOPE_PHASES, SLOPE_RMS = -0.4, 0.6
LEVELS = {"A": 0.3, "B": 1.2, "C": 1.5}


def made_events(n=1500, seed=0, *, known_share=0.5, scatter=0.2):
    rng = np.random.default_rng(seed)
    quality = rng.choice(list(LEVELS), n)
    phases = rng.integers(5, 80, n).astype(float)
    rms = np.exp(rng.normal(np.log(0.2), 0.4, n))
    log_error = (
        np.log([LEVELS[q] for q in quality])
        + SLOPE_PHASES * np.log((phases + 1) / 21)
        + SLOPE_RMS * np.log(rms / 0.2)
    )
    horizontal = np.exp(log_error + scatter * rng.standard_normal(n))
    depth = 2 * np.exp(log_error + scatter * rng.standard_normal(n))
    depth[quality == "C"] = np.where(rng.random((quality == "C").sum()) < 0.7, 31.61, 3.0)
    unknown = rng.random(n) >= known_share
    horizontal[unknown] = depth[unknown] = np.nan
    start = pd.Timestamp("1990-01-01", tz="UTC")
    events, rejected = finish_events(
        pd.DataFrame(
            {
                "event_id": [f"ev{i}" for i in range(n)],
                "time": start + pd.to_timedelta(np.sort(rng.uniform(0, 3650, n)), unit="D"),
                "latitude": rng.uniform(33.5, 34.5, n),
                "longitude": rng.uniform(-117.5, -116.5, n),
                "depth_km": rng.uniform(2, 15, n),
                "magnitude": 2.0,
                "quality": quality,
                "n_phases": phases,
                "rms_s": rms,
                "horizontal_error_km": horizontal,
                "depth_error_km": depth,
            }
        )
    )
    assert rejected.empty
    return events
