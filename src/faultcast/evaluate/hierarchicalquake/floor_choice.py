"""The floors of HierarchicalQuake: their few settings, chosen on the validation days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from faultcast.etas import EtasParameters
from faultcast.evaluate.pooled_ranks import Block, Blocks, pooled_ranks
from faultcast.forecast.cell_etas import CellEtas
from faultcast.forecast.cell_logistic import CellLogistic
from faultcast.forecast.cell_maps import AdaptiveCellMap, CellFloor, CellMap
from faultcast.forecast.cell_recent import RecentCellRate
from faultcast.forecast.window_probability import (
    MapProbability,
    WindowProbability,
    calibrated_rate,
    window_probability,
)
from faultcast.grid import Cube, WindowLabels
from faultcast.train.day_parts import DayParts

Setting = TypeVar("Setting")
MapSetting = tuple[float, float, float]


@dataclass(frozen=True)
class FloorOptions:
    """What the floors choose from, on validation: by pooled AUC, and even shares by log score.

    Parameters
    ----------
    map_magnitudes : smallest events that a map counts.
    bandwidths_km : of the smoothed map; recent rate, regression and ETAS take the chosen one.
    even_shares : of the smoothed map, by log score, since ranks hardly depend on them; the adaptive
        map, recent rate, regression and ETAS take the chosen one.
    neighbours : of the adaptive map.
    decay_days, prior_days : of the recent rate.
    validation_step : every how many validation days one is scored.
    block_days : days held at once.
    seed : of the regression's negatives.
    """

    map_magnitudes: tuple[float, ...]
    bandwidths_km: tuple[float, ...] = (5.0, 10.0, 20.0, 40.0, 80.0)
    even_shares: tuple[float, ...] = (0.01, 0.03, 0.1, 0.3)
    neighbours: tuple[int, ...] = (1, 2, 4, 8, 16)
    decay_days: tuple[float, ...] = (30.0, 300.0, 3000.0)
    prior_days: tuple[float, ...] = (300.0, 3000.0, 30000.0)
    validation_step: int = 10
    block_days: int = 100
    seed: int = 0


@dataclass(frozen=True)
class FloorSettings:
    """What was chosen.

    Parameters
    ----------
    smoothed : smallest event, bandwidth in km and even share of the honest map.
    adaptive : smallest event and neighbour of the adaptive map.
    recent : decay and prior days of the recent rate.
    """

    smoothed: MapSetting
    adaptive: tuple[float, int]
    recent: tuple[float, float]


class Scoring(Protocol):
    """What is scored: a forecast of all cells on given days."""

    def scores(self, days: ArrayLike) -> NDArray[np.float32]:
        """Return the scores of increasing days, (n, n_cells)."""


@dataclass(frozen=True)
class FittedFloor:
    """A floor that has learned; its scores are probabilities. `choice` says what was chosen."""

    key: str
    forecast: Scoring
    choice: str


def choose_map(
    cube: Cube, labels: WindowLabels, parts: DayParts, options: FloorOptions
) -> MapSetting:
    """Return smallest event, bandwidth in km and even share of the honest map of one origin."""
    settings = list(product(options.map_magnitudes, options.bandwidths_km))
    floors = [CellMap(magnitude, km) for magnitude, km in settings]
    magnitude, km = _best(settings, floors, cube, labels, parts, options)
    train, days = parts.days("train"), parts.days("validation", options.validation_step)
    n_positive = sum(
        labels.at(days[first : first + options.block_days]).sum(axis=0)
        for first in range(0, len(days), options.block_days)
    )

    def log_score(share: float) -> float:
        rate = honest_rate(cube, labels, train, (magnitude, km, share))
        p = window_probability(rate, labels.far - labels.near).astype(np.float64)
        none = len(days) - n_positive
        return float((n_positive * np.log(p) + none * np.log1p(-p)).sum())

    return magnitude, km, max(options.even_shares, key=log_score)


def choose_settings(
    cube: Cube, labels: WindowLabels, parts: DayParts, options: FloorOptions
) -> FloorSettings:
    """Return the settings of all floors of one origin, from its validation days."""
    smoothed = choose_map(cube, labels, parts, options)
    magnitude, km, even = smoothed
    adaptive = list(product(options.map_magnitudes, options.neighbours))
    recent = list(product(options.decay_days, options.prior_days))
    maps: list[CellFloor] = [AdaptiveCellMap(m, k, even) for m, k in adaptive]
    rates: list[CellFloor] = [
        RecentCellRate(magnitude, km, tau, prior, even) for tau, prior in recent
    ]
    return FloorSettings(
        smoothed,
        _best(adaptive, maps, cube, labels, parts, options),
        _best(recent, rates, cube, labels, parts, options),
    )


def fitted_floors(
    cube: Cube,
    labels: WindowLabels,
    train_days: NDArray[np.int64],
    settings: FloorSettings,
    *,
    seed: int = 0,
    etas: EtasParameters | None = None,
) -> Iterator[FittedFloor]:
    """Yield all floors, learned from train days, one after the other; `etas` where it is given.

    `all_days_map` alone learns from every day of the cube, test days included: the prior of the
    paper's lineage, which no honest forecast can use.
    """
    least, window = labels.magnitude_min, labels.far - labels.near
    magnitude, km, even = settings.smoothed
    maps = [
        ("raw_map", CellMap(least), f"M >= {least:g}"),
        ("gaussian_map_10km", CellMap(least, 10.0), f"M >= {least:g}, 10 km"),
        ("smoothed_map", CellMap(*settings.smoothed), map_choice(settings.smoothed)),
        (
            "adaptive_map",
            AdaptiveCellMap(*settings.adaptive, even),
            "M >= {:g}, neighbour {}".format(*settings.adaptive),
        ),
    ]

    def static(
        floor: CellMap, days: NDArray[np.int64], labelled: NDArray[np.int64]
    ) -> MapProbability:
        rate = calibrated_rate(floor.fit(cube, days).rate, labels, labelled)
        return MapProbability(window_probability(rate, window))

    for key, floor, choice in maps:
        yield FittedFloor(key, static(floor, train_days, train_days), choice)
    own = CellMap(magnitude, km, even).fit(cube, train_days).rate
    factor = float((calibrated_rate(own, labels, train_days) / own).max())
    recent = RecentCellRate(magnitude, km, *settings.recent, even).fit(cube, train_days)
    yield FittedFloor(
        "recent_rate",
        WindowProbability(recent, window, factor),
        "{:g} days, prior {:g}".format(*settings.recent),
    )
    yield FittedFloor(
        "logistic",
        CellLogistic(labels, magnitude, km, even_share=even, seed=seed).fit(cube, train_days),
        f"map and sums of M >= {magnitude:g}, {km:g} km",
    )
    if etas is not None:
        model = CellEtas(labels, etas, km, even).fit(cube, train_days)
        yield FittedFloor("etas", model, f"published parameters; background map {km:g} km")
    yield FittedFloor(
        "all_days_map",
        static(CellMap(least), np.arange(cube.n_days), np.arange(labels.n_usable)),
        f"M >= {least:g}, test days included",
    )


def honest_rate(
    cube: Cube, labels: WindowLabels, train_days: NDArray[np.int64], setting: MapSetting
) -> NDArray[np.float64]:
    """Return the daily rate of the honest map, (n_cells,), right on average over train days."""
    return calibrated_rate(CellMap(*setting).fit(cube, train_days).rate, labels, train_days)


def map_choice(setting: MapSetting) -> str:
    """Return the settings of an honest map as a text."""
    magnitude, km, share = setting
    return f"M >= {magnitude:g}, {km:g} km, {100 * share:g} % even"


def stream(
    forecast: Scoring, labels: WindowLabels, days: NDArray[np.int64], block_days: int
) -> Blocks:
    """Return passes over the scores and labels of some days in blocks of `block_days`."""

    def blocks() -> Iterator[Block]:
        for first in range(0, len(days), block_days):
            part = days[first : first + block_days]
            yield forecast.scores(part), labels.at(part)

    return blocks


def _best(
    settings: list[Setting],
    floors: Sequence[CellFloor],
    cube: Cube,
    labels: WindowLabels,
    parts: DayParts,
    options: FloorOptions,
) -> Setting:
    """Return the setting whose floor has the highest AUC on the validation days."""
    train, days = parts.days("train"), parts.days("validation", options.validation_step)
    aucs = [
        pooled_ranks(stream(floor.fit(cube, train), labels, days, options.block_days)).auc
        for floor in floors
    ]
    # without a positive in the validation days the first candidate stands
    return settings[0 if np.isnan(aucs).any() else int(np.argmax(aucs))]
