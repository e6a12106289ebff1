"""The floors of HierarchicalQuake, their few settings chosen on the validation days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from faultcast.evaluate.pooled_ranks import Block, Blocks, pooled_ranks
from faultcast.forecast.cell_logistic import CellLogistic
from faultcast.forecast.cell_maps import AdaptiveCellMap, CellFloor, CellMap
from faultcast.forecast.cell_recent import RecentCellRate
from faultcast.grid import Cube, WindowLabels
from faultcast.train.day_parts import DayParts


@dataclass(frozen=True)
class FloorOptions:
    """What the floors choose from, on validation, by pooled AUC.

    Parameters
    ----------
    map_magnitudes : smallest events that a map counts.
    bandwidths_km : of the smoothed map; the recent rate and the regression take the chosen one.
    neighbours : of the adaptive map.
    decay_days, prior_days : of the recent rate.
    validation_step : every how many validation days one is scored.
    block_days : days held at once.
    seed : of the regression's negatives.
    """

    map_magnitudes: tuple[float, ...]
    bandwidths_km: tuple[float, ...] = (5.0, 10.0, 20.0, 40.0, 80.0)
    neighbours: tuple[int, ...] = (1, 2, 4, 8, 16)
    decay_days: tuple[float, ...] = (30.0, 300.0, 3000.0)
    prior_days: tuple[float, ...] = (300.0, 3000.0, 30000.0)
    validation_step: int = 10
    block_days: int = 100
    seed: int = 0


@dataclass(frozen=True)
class FittedFloor:
    """A floor that has learned, and what was chosen for it."""

    key: str
    floor: CellFloor
    choice: str


def fitted_floors(
    cube: Cube, labels: WindowLabels, parts: DayParts, options: FloorOptions
) -> list[FittedFloor]:
    """Return all floors of one origin, learned from its train days.

    `all_days_map` alone learns from every day of the cube, test days included: the prior of the
    paper's lineage, which no honest forecast can use.
    """
    train, least = parts.days("train"), labels.magnitude_min

    def best(candidates: list[tuple[str, CellFloor]], key: str) -> tuple[int, FittedFloor]:
        days = parts.days("validation", options.validation_step)
        for _, floor in candidates:
            floor.fit(cube, train)
        aucs = [
            pooled_ranks(stream(floor, labels, days, options.block_days)).auc
            for _, floor in candidates
        ]
        # without a positive in the validation days the first candidate stands
        chosen = 0 if np.isnan(aucs).any() else int(np.argmax(aucs))
        name, floor = candidates[chosen]
        return chosen, FittedFloor(key, floor, name)

    smoothed = list(product(options.map_magnitudes, options.bandwidths_km))
    number, smooth_map = best(
        [(f"M >= {m:g}, {km:g} km", CellMap(m, km)) for m, km in smoothed], "smoothed_map"
    )
    magnitude, width = smoothed[number]
    adaptive = product(options.map_magnitudes, options.neighbours)
    recent = product(options.decay_days, options.prior_days)
    return [
        FittedFloor("raw_map", CellMap(least).fit(cube, train), f"M >= {least:g}"),
        FittedFloor(
            "gaussian_map_10km", CellMap(least, 10.0).fit(cube, train), f"M >= {least:g}, 10 km"
        ),
        smooth_map,
        best(
            [(f"M >= {m:g}, neighbour {k}", AdaptiveCellMap(m, k)) for m, k in adaptive],
            "adaptive_map",
        )[1],
        best(
            [
                (f"{tau:g} days, prior {prior:g}", RecentCellRate(magnitude, width, tau, prior))
                for tau, prior in recent
            ],
            "recent_rate",
        )[1],
        FittedFloor(
            "logistic",
            CellLogistic(labels, magnitude, width, seed=options.seed).fit(cube, train),
            f"map and sums of M >= {magnitude:g}, {width:g} km",
        ),
        FittedFloor(
            "all_days_map",
            CellMap(least).fit(cube, np.arange(cube.n_days)),
            f"M >= {least:g}, test days included",
        ),
    ]


def stream(
    floor: CellFloor, labels: WindowLabels, days: NDArray[np.int64], block_days: int
) -> Blocks:
    """Return passes over the scores and labels of some days in blocks of `block_days`."""

    def blocks() -> Iterator[Block]:
        for first in range(0, len(days), block_days):
            part = days[first : first + block_days]
            yield floor.scores(part), labels.at(part)

    return blocks
