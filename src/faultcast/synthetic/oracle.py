"""What the simulation's own model expects of each day and cell, given all events before the day.

The oracle knows the parameters, the faults and every event that happened, detected or not: no
forecast made from the observed catalog can be better on average.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from faultcast.catalog import Projection
from faultcast.etas import (
    EtasParameters,
    Space,
    daily_rate,
    even_points,
    expected_descendants,
    probability_of_exceeding,
)
from faultcast.grid import cell_index

Floats = NDArray[np.float64]

# printed magnitudes have two decimals: 3.50 begins at 3.495
ROUNDING = 0.005
_N_BACKGROUND = 2**18
_FARTHEST_KM = 2000.0
# upper magnitude and number of points at which an event's kernel is integrated
_CLASSES = ((2.0, 16), (3.0, 64), (4.0, 256), (5.0, 1024), (np.inf, 4096))


@dataclass(frozen=True)
class Oracle:
    """Conditional rates of a simulated history on the cells of a grid in degrees.

    Parameters
    ----------
    history : table of `faultcast.etas.simulate`, all true events.
    parameters : of the simulation.
    masses : (n_events, n_rows * n_columns) share of an event's aftershocks in each cell.
    background : (n_rows * n_columns,) background events a day.
    shape : (n_rows, n_columns).
    n_days : days of the forecasts.
    """

    history: pd.DataFrame
    parameters: EtasParameters
    masses: csr_array
    background: Floats
    shape: tuple[int, int]
    n_days: int

    @classmethod
    def of(
        cls,
        space: Space,
        parameters: EtasParameters,
        history: pd.DataFrame,
        *,
        projection: Projection,
        row_edges: Floats,
        column_edges: Floats,
        n_days: int,
    ) -> Oracle:
        """Return the oracle of a history; kernels are integrated at evenly spread points."""
        shape = (len(row_edges) - 1, len(column_edges) - 1)

        cells = cells_of(projection, row_edges, column_edges)
        inside = cells(space.background(even_points(_N_BACKGROUND, 4))[0])
        counts = np.bincount(inside[inside >= 0], minlength=shape[0] * shape[1])
        return cls(
            history=history,
            parameters=parameters,
            masses=aftershock_masses(space, parameters, history, cells, shape[0] * shape[1]),
            background=parameters.background_per_day * counts / _N_BACKGROUND,
            shape=shape,
            n_days=n_days,
        )

    def expected_number(self, magnitude: float | None = None) -> Floats:
        """Return the expected number of events >= `magnitude` of each day and cell.

        Aftershocks within the day are counted, in the cell of their first ancestor of the day.

        Returns
        -------
        (n_days, n_rows, n_columns). Magnitudes do not depend on time and place.
        """
        number = self._rate(expected_descendants(self.parameters))
        number = number.reshape(self.n_days, *self.shape)
        return number if magnitude is None else number * self._tail(magnitude)

    def probability(self, magnitude: float) -> Floats:
        """Return the chance of an event >= `magnitude` in the region on each day, (n_days,)."""
        weight = probability_of_exceeding(self.parameters, magnitude - ROUNDING)
        return -np.expm1(-self._rate(weight, whole=True)[:, 0])

    def daily(self, magnitudes: list[float]) -> pd.DataFrame:
        """Return the region's expectation of each day.

        Columns: `day`, `expected_number` (of any magnitude), and for each magnitude m
        `expected_m<m>` and `probability_m<m>` (m with one decimal).
        """
        number = self._rate(expected_descendants(self.parameters), whole=True)[:, 0]
        table = {"day": np.arange(self.n_days), "expected_number": number}
        for magnitude in magnitudes:
            table[f"expected_m{magnitude:.1f}"] = number * self._tail(magnitude)
            table[f"probability_m{magnitude:.1f}"] = self.probability(magnitude)
        return pd.DataFrame(table)

    def _tail(self, magnitude: float) -> float:
        return float(self.parameters.magnitude_tail(magnitude - ROUNDING))

    def _rate(self, weight: Callable[[Floats], Floats], whole: bool = False) -> Floats:
        """Return (n_days, n_cells), or (n_days, 1) for the whole region: far cheaper."""
        masses, background = self.masses, self.background
        if whole:
            masses = csr_array(masses.sum(axis=1)[:, None])
            background = background.sum(keepdims=True)
        return daily_rate(
            self.history["time_days"].to_numpy(),
            self.history["magnitude"].to_numpy(),
            masses,
            background,
            self.parameters,
            n_days=self.n_days,
            weight=weight,
        )


def cells_of(
    projection: Projection, row_edges: Floats, column_edges: Floats
) -> Callable[[Floats], NDArray[np.int64]]:
    """Return a function from places (n, 3) km to cells, row * n_columns + column, -1 outside."""

    def cells(place_km: Floats) -> NDArray[np.int64]:
        # a power law's last place may lie beyond what can be projected: outside as well
        near = np.clip(place_km[:, :2], -_FARTHEST_KM, _FARTHEST_KM)
        latitude, longitude = projection.inverse(near[:, 0], near[:, 1])
        row = cell_index(latitude, row_edges)
        column = cell_index(longitude, column_edges)
        return np.where((row < 0) | (column < 0), -1, row * (len(column_edges) - 1) + column)

    return cells


def aftershock_masses(
    space: Space,
    parameters: EtasParameters,
    history: pd.DataFrame,
    cells: Callable[[Floats], NDArray[np.int64]],
    n_cells: int,
) -> csr_array:
    """Return the share of each event's direct aftershocks in each cell, (n_events, n_cells)."""
    place = history[["x_km", "y_km", "z_km"]].to_numpy()
    fault, magnitude = history["fault"].to_numpy(), history["magnitude"].to_numpy()
    events, targets, shares = [], [], []
    lower = -np.inf
    for upper, n_points in _CLASSES:
        chosen = np.flatnonzero((magnitude >= lower) & (magnitude < upper))
        lower = upper
        parent = np.repeat(chosen, n_points)
        uniforms = np.tile(even_points(n_points, 3), (len(chosen), 1))
        points = space.aftershocks(
            parameters, place[parent], fault[parent], magnitude[parent], uniforms
        )
        target = cells(points) if len(points) else np.empty(0, dtype=np.int64)
        kept = target >= 0
        events.append(parent[kept])
        targets.append(target[kept])
        shares.append(np.full(int(kept.sum()), 1.0 / n_points))
    entries = (np.concatenate(shares), (np.concatenate(events), np.concatenate(targets)))
    # the conversion adds up points that fall into one cell
    return coo_array(entries, shape=(len(history), n_cells)).tocsr()
