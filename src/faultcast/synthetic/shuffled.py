"""A catalog whose days come in random order: the same maps, and nothing in time to learn from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from faultcast.grid import Cube


def shuffled_cube(cube: Cube, seed: int) -> Cube:
    """Return the cube with its days in random order.

    Each day keeps its cells, so that places, magnitudes, the number of events a day and the
    number of extreme days stay as they are; clusters, trends and all other order in time are
    lost. No forecast from the days before can gain over the share of extreme days.

    Parameters
    ----------
    cube : any.
    seed : of `numpy.random.default_rng`.

    Returns
    -------
    Cube of the same grid and days. No day of it is incomplete: what a large shock hid
    is now anywhere.
    """
    day = cube.cells["day"].to_numpy()
    place = np.random.default_rng(seed).permutation(cube.n_days).astype(day.dtype)
    cells = cube.cells.assign(day=place[day])
    # stable: rows and columns of a day stay sorted
    cells = cells.sort_values("day", kind="stable", ignore_index=True)
    return replace(cube, cells=cells, incomplete_days=())
