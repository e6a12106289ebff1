"""The test parts of HierarchicalQuake, and what all forecasts are scored on there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.evaluate.cell_scores import Ground
from faultcast.evaluate.region_blocks import Draws, region_of_cells, two_way_draws
from faultcast.forecast.cell_maps import cell_sizes_km, train_counts
from faultcast.forecast.window_probability import positive_days, window_probability
from faultcast.grid import Cube, WindowLabels
from faultcast.train.day_parts import DayParts
from faultcast.train.quake_protocol import FORMS, form_parts

COARSE = 4
"""Cells put together along a side: 40 km from cells of 10 km."""


def origins_of(
    n_days: int, n_origins: int, *, far: int, **lengths: Any
) -> dict[str, list[DayParts]]:
    """Return the parts of the days by name: "rolling", and "lineage", which has one origin.

    Parameters
    ----------
    n_days : of the cube.
    n_origins : rolling ones.
    far : end of the label's window.
    lengths : as `faultcast.train.quake_protocol.form_parts` takes them.
    """
    forms = {FORMS[name].parts: FORMS[name] for name in ("leak_free", "as_published_reset")}
    return {
        name: form_parts(form, n_days, n_origins, far=far, **lengths)
        for name, form in forms.items()
    }


def put_together(cube: Cube) -> bool:
    """Return whether cells are scored put together too: those of 10 km are."""
    return cube.unit == "km" and bool(np.allclose(cell_sizes_km(cube), 10.0))


def region_side(cube: Cube, region_km: float) -> int:
    """Return how many cells a region has along a side; whole larger cells where there are such."""
    unit = COARSE if put_together(cube) else 1
    return max(1, round(region_km / (unit * max(cell_sizes_km(cube))))) * unit


def part_draws(
    cube: Cube,
    origins: Sequence[DayParts],
    *,
    region_km: float,
    block_days: int,
    n_resamples: int,
    seed: int,
) -> list[Draws]:
    """Return the draws of each origin: regions are drawn alike in all, blocks in each."""
    side = region_side(cube, region_km)
    n_regions = -(-cube.n_rows // side) * -(-cube.n_columns // side)
    n_blocks = [-(-len(one.days("test")) // block_days) for one in origins]
    return two_way_draws(n_regions, n_blocks, n_resamples, seed)


def grounds_of(
    cube: Cube,
    labels: WindowLabels,
    one: DayParts,
    map_rate: NDArray[np.float64],
    *,
    draws: Draws,
    region_km: float,
    block_days: int,
) -> dict[int, Ground]:
    """Return what is scored on at one origin, by the number of cells put together along a side.

    4 stands beside 1 where cells are 10 km.

    Parameters
    ----------
    map_rate : (n_cells,) daily rate of the honest map of this origin.
    draws : of this origin.

    Raises
    ------
    DataError
        The test days hold no event, or the map is of another grid.
    """
    if len(map_rate) != labels.n_cells:
        raise DataError(
            f"the honest map has {len(map_rate)} cells, the cube {labels.n_cells}: make the maps "
            "from the same cube"
        )
    test = one.days("test")
    if not any(labels.at(part).any() for part in np.array_split(test, -(-len(test) // block_days))):
        raise DataError(
            f"origin {one.origin}: no event of M >= {labels.magnitude_min:g} in the test days "
            f"{one.test}: there is nothing to rank"
        )
    window = labels.far - labels.near
    train = one.days("train")
    counts = train_counts(cube, train, labels.magnitude_min).ravel()
    share = positive_days(labels, train).mean() / len(train)
    native = Ground(
        reference=window_probability(map_rate, window),
        uniform=np.full(len(counts), share, dtype=np.float32),
        active=counts > 0,
        region=region_of_cells(cube.n_rows, cube.n_columns, region_side(cube, region_km)),
        draws=draws,
        window_days=window,
        block_days=block_days,
    )
    if not put_together(cube):
        return {1: native}
    side = region_side(cube, region_km) // COARSE
    return {1: native, COARSE: native.coarse(cube.n_rows, cube.n_columns, COARSE, side)}
