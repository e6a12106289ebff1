"""The controls of HierarchicalQuake: cubes of which P(label) is known, and their oracles.

On the Poisson control nothing changes in time, so that no network can gain over the map it was
drawn from; on the ETAS control none can gain more than the oracle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from faultcast.catalog import Region
from faultcast.errors import DataError
from faultcast.etas import EtasParameters
from faultcast.grid import Cube, daily_cube, degree_edges
from faultcast.grid.day_cells import day_cells
from faultcast.grid.window_labels import FAR_DAYS, NEAR_DAYS
from faultcast.synthetic.controls import etas_control
from faultcast.synthetic.fault_space import FaultSpace
from faultcast.synthetic.region import ETAS, region_box
from faultcast.synthetic.window_oracle import WindowOracle

Floats = NDArray[np.float64]

_MAGNITUDE_MAX = 9.0


def true_rate(maps: pd.DataFrame) -> Floats:
    """Return the events a day that the Poisson control is drawn from, (n_cells,).

    A map's rate r is the chance of an event day, so that the label's is 1 - (1 - r)^(far - near);
    events at the rate -log(1 - r) have the same.

    Parameters
    ----------
    maps : of the cube that the control is made after: `parts`, `origin`, `cell`, `train`. The
        honest map of the last rolling origin is taken.

    Raises
    ------
    DataError
        There is no rolling origin, or its cells are not complete.
    """
    rolling = maps[maps["parts"] == "rolling"]
    last = rolling[rolling["origin"] == rolling["origin"].max()].sort_values("cell")
    if not len(last) or not np.array_equal(last["cell"], np.arange(len(last))):
        raise DataError(
            f"the maps hold {len(last)} cells of a last rolling origin, not each from 0 on once: "
            "give the table that training takes"
        )
    return np.asarray(-np.log1p(-last["train"].to_numpy(np.float64)))


def poisson_cube(
    like: Cube, rate: Floats, *, magnitude_min: float, seed: int, b_value: float = 1.0
) -> Cube:
    """Return a cube with the grid and days of another, its events without structure in time.

    Parameters
    ----------
    like : whose grid and days are taken.
    rate : (n_cells,) expected events of M >= `magnitude_min` a day.
    magnitude_min, b_value : Gutenberg-Richter law of the magnitudes, up to 9.
    seed : of `numpy.random.default_rng`.

    Raises
    ------
    DataError
        The rate does not fit the grid, or no event is drawn.
    """
    if rate.shape != (like.n_rows * like.n_columns,) or not (rate >= 0).all():
        raise DataError(
            f"rates of shape {rate.shape} for {like.n_rows} x {like.n_columns} cells: give one of "
            "0 or more a cell"
        )
    rng = np.random.default_rng(seed)
    n_events = int(rng.poisson(rate.sum() * like.n_days))
    if not n_events:
        raise DataError(
            f"no event in {like.n_days} days at {rate.sum():g} a day: give a map with more events"
        )
    law = EtasParameters(
        background_per_day=0.0,
        productivity=0.0,
        b_value=b_value,
        magnitude_min=magnitude_min,
        magnitude_max=_MAGNITUDE_MAX,
    )
    day = np.sort(rng.integers(like.n_days, size=n_events))
    cell = rng.choice(len(rate), n_events, p=rate / rate.sum())
    row, column = np.divmod(cell, like.n_columns)
    # cut to two decimals, so that none falls below the smallest
    magnitude = np.maximum(law.magnitude_at(rng.random(n_events)).round(2), magnitude_min)
    return Cube(
        day_cells(day, row, column, magnitude),
        like.row_edges,
        like.column_edges,
        like.unit,
        like.start,
        like.n_days,
        like.crs,
    )


def etas_cube(
    truth: pd.DataFrame, region: Region, *, magnitude_min: float, cell_deg: float = 0.1
) -> Cube:
    """Return the daily cube of a simulated region's true events, none missed, at true places.

    Parameters
    ----------
    truth, region : of the `SimulatedRegion`.
    magnitude_min : events below are left out.
    cell_deg : size of a cell.
    """
    events = etas_control(truth, region)
    return daily_cube(events[events["magnitude"] >= magnitude_min], region, cell_deg=cell_deg)


@dataclass(frozen=True)
class TrueMap:
    """The oracle of the Poisson control: P(label) = 1 - exp(-(far - near) rate) on all days.

    Parameters
    ----------
    rate : (n_cells,) that the control was drawn from, a day.
    near, far : the label's window, days.
    """

    rate: Floats
    near: int = NEAR_DAYS
    far: int = FAR_DAYS

    def fit(self, cube: Cube, train_days: NDArray[np.int64]) -> Self:
        """Learn nothing: all is known."""
        return self

    def scores(self, days: ArrayLike) -> NDArray[np.float32]:
        """Return the probabilities, (n, n_cells), a read-only view of one row."""
        row = -np.expm1(-self.rate * (self.far - self.near)).astype(np.float32)
        return np.broadcast_to(row, (len(np.atleast_1d(days)), len(row)))


def etas_oracle(
    truth: pd.DataFrame,
    faults: pd.DataFrame,
    region: Region,
    *,
    magnitude_min: float,
    cell_deg: float = 0.1,
    near: int = NEAR_DAYS,
    far: int = FAR_DAYS,
) -> WindowOracle:
    """Return the oracle of the ETAS control: P(label) given all true events up to day t.

    Parameters
    ----------
    truth, faults, region : of the `SimulatedRegion`, simulated with the parameters `ETAS`.
    magnitude_min : smallest event of a label.
    cell_deg : size of a cell.
    near, far : the label's window, days.

    Raises
    ------
    DataError
        The window is empty, or the region has no start.
    """
    if region.start is None:
        raise DataError("the oracle counts days from the region's start: give one")
    projection = region.projection()
    time = (truth["time"] - region.start).dt.total_seconds() / 86_400.0
    return WindowOracle.of(
        FaultSpace(faults, region_box(region, projection)),
        EtasParameters(**ETAS),
        truth.assign(time_days=time),
        projection=projection,
        row_edges=degree_edges(*region.latitude, cell_deg),
        column_edges=degree_edges(*region.longitude, cell_deg),
        magnitude_min=magnitude_min,
        near=near,
        far=far,
    )
