"""Small tiles for tests of trainings on tiles."""

from dataclasses import replace

import numpy as np
import pandas as pd

from faultcast.deformation import Tile, egms_series, native_tile
from faultcast.synthetic.displacement import displacement_tile

SMALL = {
    "n_in": 4,
    "n_out": 3,
    "test_days": 60,
    "n_blocks": 2,
    "validation_epochs": 8,
    "epochs": 2,
    "samples_per_epoch": 24,
    "learning_rate": 0.01,
    "sizes": {
        "mmstt": {"d_model": 8, "layers": 1, "heads": 2, "feed_forward": 16, "patch": 4},
        "tile_conv_lstm": {"hidden": 4, "layers": 1},
        "stgcn": {"hidden": 4, "bottleneck": 2, "blocks": 1, "time_kernel": 2},
        "staeformer": {
            "d_input": 2, "d_season": 2, "d_adaptive": 4, "layers": 1, "heads": 2,
            "feed_forward": 8,
        },
    },
}  # fmt: skip


def make_tile(seed: int = 0, n_epochs: int = 60, n_cells: int = 8) -> Tile:
    table, _ = displacement_tile(
        step_time=pd.Timestamp("2021-06-01", tz="UTC"),
        seed=seed,
        n_epochs=n_epochs,
        n_cells=n_cells,
        share_missing_values=0.02,
    )
    return native_tile(egms_series(table, "U", f"made up {seed}"))


def change_after(tile: Tile, epoch: int) -> Tile:
    """Return the tile with other values from an epoch on, gaps where they were."""
    values = tile.displacement_mm.copy()
    noise = np.random.default_rng(99).normal(scale=50.0, size=values[epoch:].shape)
    values[epoch:] += noise
    return replace(tile, displacement_mm=values)
