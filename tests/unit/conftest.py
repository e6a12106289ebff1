"""A made-up catalog for HierarchicalQuake, small enough to train on in a second."""

import numpy as np
import pandas as pd
import pytest

from faultcast.grid import Cube
from faultcast.grid.day_cells import day_cells

N_DAYS, ROWS, COLUMNS = 420, 12, 10


class QuakeCase:
    """A cube with clusters of events, its maps, and settings that train in a second."""

    def __init__(self):
        self.settings = {
            "magnitude_min": 4.0,
            "n_origins": 2,
            "test_days": 60,
            "validation_before_test": [[60, 40]],
            "near": 2,
            "far": 6,
            "seed": 0,
            "device": "cpu",
            "pass_days": 48,
            "segments": 2,
            "segment_days": 10,
            "validation_days": 12,
            "dropped_days": 3,
            "validate_every": 20,
            "block_validate_every": 5,
            "passes": 2,
            "patience": 5,
            "block_days": 8,
            "warmup_days": 15,
            "record_every": 7,
        }
        generator = np.random.default_rng(0)
        n = 2500
        busy = generator.integers(0, [ROWS, COLUMNS], size=(15, 2))
        place = busy[generator.integers(15, size=n)]
        self.events = pd.DataFrame(
            {
                "day": np.sort(generator.integers(N_DAYS, size=n)),
                "row": place[:, 0],
                "column": place[:, 1],
                "magnitude": 2.5 + generator.exponential(0.6, n),
            }
        )

    def cube(self, *extra):
        """Return the cube, with further events (day, row, column, magnitude)."""
        more = pd.DataFrame(extra, columns=self.events.columns)
        events = pd.concat([self.events, more]) if extra else self.events
        events = events.sort_values("day", kind="stable")
        cells = day_cells(*(events[name].to_numpy() for name in events))
        edges = np.arange(ROWS + 1.0), np.arange(COLUMNS + 1.0)
        return Cube(cells, *edges, "km", pd.Timestamp("1990-01-01", tz="UTC"), N_DAYS)

    def maps(self):
        """Return a table of maps of all parts and origins, made from no day in particular."""
        rate = np.random.default_rng(1).uniform(0.0, 0.02, ROWS * COLUMNS)
        rows = [
            {"parts": parts, "origin": origin, "cell": cell, "all_days": each, "train": each / 2}
            for parts, origin in [("lineage", 0), ("rolling", 0), ("rolling", 1)]
            for cell, each in enumerate(rate)
        ]
        return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def quake_case():
    return QuakeCase()
