"""A small made-up cube: background events, a few of them extreme, with aftershocks."""

import numpy as np
import pandas as pd
import pytest

from faultcast.grid import Cube


def _make_cube(n_days=900, rows=8, columns=10, seed=0, event_rate=0.03, cells=None):
    generator = np.random.default_rng(seed)
    if cells is None:
        day = np.repeat(np.arange(n_days), generator.poisson(4.0, n_days))
        large = generator.random(n_days) < event_rate
        after = np.flatnonzero(large)
        day = np.concatenate(
            [day, np.repeat(after, 6), np.repeat(np.minimum(after + 1, n_days - 1), 3)]
        )
        magnitude = 2.5 + generator.exponential(0.3, len(day))
        magnitude = np.minimum(magnitude, 3.9)
        day = np.concatenate([day, after])
        magnitude = np.concatenate([magnitude, np.full(len(after), 4.6)])
        frame = pd.DataFrame(
            {
                "day": day,
                "row": generator.integers(rows, size=len(day)),
                "column": generator.integers(columns, size=len(day)),
                "mean": magnitude,
            }
        ).drop_duplicates(["day", "row", "column"], keep="last")
        frame = frame.sort_values(["day", "row", "column"]).reset_index(drop=True)
        frame["maximum"] = frame["last"] = frame["mean"]
        frame["energy"] = 10 ** (1.5 * frame["mean"])
        frame["count"] = 1
        cells = frame[["day", "row", "column", "energy", "mean", "maximum", "last", "count"]]
    return Cube(
        cells,
        np.linspace(33, 35, rows + 1),
        np.linspace(-118, -116, columns + 1),
        "deg",
        pd.Timestamp("1990-01-01", tz="UTC"),
        n_days,
    )


SMALL = {
    "autoencoder_epochs": 2,
    "predictor_epochs": 2,
    "smoothing_days": 7,
    "window_days": 10,
    "validation_days": 150,
    "block_days": 150,
    "gap_days": 10,
    "segment_days": 60,
}


@pytest.fixture
def make_cube():
    return _make_cube


@pytest.fixture
def cube():
    return _make_cube()


@pytest.fixture
def small():
    """Options that train in well under a second."""
    return dict(SMALL)
