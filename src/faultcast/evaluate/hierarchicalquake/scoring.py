"""One forecast of HierarchicalQuake on the test days of one origin: scores and reliability."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from tempfile import TemporaryFile

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from faultcast.evaluate.calibration_bins import calibration_bins
from faultcast.evaluate.cell_scores import CellScores, Ground, score_cells
from faultcast.evaluate.coarse_cells import coarse_blocks
from faultcast.evaluate.hierarchicalquake.floor_choice import Scoring, stream
from faultcast.evaluate.hierarchicalquake.origins import grounds_of
from faultcast.evaluate.hierarchicalquake.score_rows import Scored, Subject
from faultcast.evaluate.region_blocks import Draws
from faultcast.forecast.window_probability import MapProbability
from faultcast.grid import Cube, WindowLabels
from faultcast.train.day_parts import DayParts


@dataclass(frozen=True)
class Stage:
    """An origin: its days and labels, what is scored on, and the honest map's own scores.

    Parameters
    ----------
    cube, labels : the catalog, and the labels of the same cube.
    parts : of the days of this origin.
    grounds : by the number of cells put together along a side.
    reference : the honest map's scores on each ground.
    """

    cube: Cube
    labels: WindowLabels
    parts: DayParts
    grounds: Mapping[int, Ground]
    reference: Mapping[int, CellScores]

    @classmethod
    def of(
        cls,
        cube: Cube,
        labels: WindowLabels,
        parts: DayParts,
        map_rate: NDArray[np.float64],
        *,
        draws: Draws,
        region_km: float,
        block_days: int,
    ) -> Stage:
        """Return the stage, the honest map scored on each of its grounds.

        Parameters
        ----------
        map_rate : (n_cells,) daily rate of the honest map of this origin.
        draws : of this origin, as `part_draws` gives them for the same regions and blocks.

        Raises
        ------
        DataError
            As `grounds_of`.
        """
        grounds = grounds_of(
            cube, labels, parts, map_rate, draws=draws, region_km=region_km, block_days=block_days
        )
        days = parts.days("test")
        reference = {}
        for factor, ground in grounds.items():
            blocks = stream(MapProbability(grounds[1].reference), labels, days, ground.block_days)
            if factor > 1:
                blocks = coarse_blocks(blocks, cube.n_rows, cube.n_columns, factor)
            reference[factor] = score_cells(blocks, ground)
        return cls(cube, labels, parts, grounds, reference)

    def scored(self, forecast: Scoring, subject: Subject) -> tuple[list[Scored], pd.DataFrame]:
        """Return the scores on each ground, and the reliability of the cells as they are.

        `forecast` is asked for each block of days once, in order.
        """
        days, native = self.parts.days("test"), self.grounds[1]
        steady = kept(forecast, days, native.block_days)
        blocks = stream(steady, self.labels, days, native.block_days)
        every = []
        for factor, ground in self.grounds.items():
            part = blocks
            if factor > 1:
                part = coarse_blocks(blocks, self.cube.n_rows, self.cube.n_columns, factor)
            every.append(
                Scored(
                    subject=subject,
                    origin=self.parts.origin,
                    first_day=f"{self.cube.dates[self.parts.test[0]]:%Y-%m-%d}",
                    cell_factor=factor,
                    own=score_cells(part, ground),
                    reference=self.reference[factor].scores,
                )
            )
        bins = calibration_bins(blocks, native.region, native.draws)
        named = {**subject.names, "origin": self.parts.origin}
        return every, pd.DataFrame({**named, **{name: bins[name] for name in bins.columns}})


def kept(forecast: Scoring, days: NDArray[np.int64], block_days: int) -> Scoring:
    """Return a forecast whose scores of these days are computed once, and lie in a file."""
    first = forecast.scores(days[:2])
    if len(first) > 1 and first.strides[0] == 0:
        return forecast
    # a file without a name: gone when the map of it is
    with TemporaryFile() as file:
        table = np.memmap(file, np.float32, "w+", shape=(len(days), first.shape[1]))
    for begin in range(0, len(days), block_days):
        table[begin : begin + block_days] = forecast.scores(days[begin : begin + block_days])
    return _Table(days, table)


class _Table:
    """Scores that lie in a table, a row a day."""

    def __init__(self, days: NDArray[np.int64], table: NDArray[np.float32]) -> None:
        self._days, self._table = days, table

    def scores(self, days: ArrayLike) -> NDArray[np.float32]:
        low = int(np.searchsorted(self._days, np.asarray(days)[0]))
        return np.asarray(self._table[low : low + len(np.asarray(days))])
