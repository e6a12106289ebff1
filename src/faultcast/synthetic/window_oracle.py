"""What the simulation's own model expects of each cell in a window of days ahead.

The oracle knows the parameters, the faults and every event up to the end of day t, detected or
not: no forecast of the window's labels can be better on average.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from faultcast.catalog import Projection
from faultcast.errors import DataError
from faultcast.etas import EtasParameters, Space, even_points, omori_exponentials
from faultcast.grid import Cube
from faultcast.grid.window_labels import FAR_DAYS, NEAR_DAYS, increasing
from faultcast.synthetic.oracle import ROUNDING, aftershock_masses, cells_of
from faultcast.synthetic.window_families import (
    Types,
    family_chances,
    magnitude_nodes,
    travel,
    window_steps,
)

Floats = NDArray[np.float64]

_N_BACKGROUND = 2**18


@dataclass(frozen=True)
class WindowOracle:
    """P(an event >= m strikes a cell in days [t + near, t + far) | all events up to day t).

    A floor (`forecast.cell_maps.CellFloor`) that has nothing to learn.

    Parameters
    ----------
    time_days : (n_events,) of the history, increasing.
    numbers : (n_events,) expected direct aftershocks of each.
    masses : (n_events, n_types) share of them that is of each type.
    background : (n_types,) background events a day.
    parameters : of the simulation.
    edges : (n_steps + 1,) times of the steps, days after the start of day t.
    chances : (n_steps, n_types, n_cells) of `window_families.family_chances`.
    """

    time_days: Floats
    numbers: Floats
    masses: csr_array
    background: Floats
    parameters: EtasParameters
    edges: Floats
    chances: NDArray[np.float32]

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
        magnitude_min: float,
        near: int = NEAR_DAYS,
        far: int = FAR_DAYS,
    ) -> WindowOracle:
        """Return the oracle of a history.

        Parameters
        ----------
        space, parameters : of the simulation.
        history : table of `faultcast.etas.simulate`, all true events.
        projection, row_edges, column_edges : of the grid in degrees.
        magnitude_min : smallest event of a label, as printed with two decimals.
        near, far : the window, days after t.

        Raises
        ------
        DataError
            The window is empty or begins before t + 1.
        """
        if not 1 <= near < far:
            raise DataError(
                f"the window [t + {near}, t + {far}) is empty or holds day t itself: give "
                "1 <= near < far"
            )
        cells = cells_of(projection, row_edges, column_edges)
        n_cells = (len(row_edges) - 1) * (len(column_edges) - 1)
        by_cell = aftershock_masses(space, parameters, history, cells, n_cells).tocoo()
        event, cell = by_cell.coords
        on_fault = history["fault"].to_numpy()[event]
        place, fault = space.background(even_points(_N_BACKGROUND, 4))
        start = cells(place)
        known = start >= 0
        codes = ((fault[known] + 1) * n_cells + start[known], (on_fault + 1) * n_cells + cell)
        types = Types(np.unique(np.concatenate(codes)), n_cells)
        background = np.bincount(types.index(fault, start)[known], minlength=len(types.code))
        masses = csr_array(
            (by_cell.data, (event, types.index(on_fault, cell))),
            shape=(len(history), len(types.code)),
        )
        least, edges = magnitude_min - ROUNDING, window_steps(near, far)
        nodes = magnitude_nodes(parameters, least)
        travels = [travel(space, parameters, cells, types, float(node)) for node in nodes[0]]
        return cls(
            time_days=history["time_days"].to_numpy(),
            numbers=parameters.direct_aftershocks(history["magnitude"].to_numpy()),
            masses=masses,
            background=parameters.background_per_day * background / _N_BACKGROUND,
            parameters=parameters,
            edges=edges,
            chances=family_chances(
                parameters, types, travels, nodes, edges, magnitude=least, near=near
            ),
        )

    def fit(self, cube: Cube, train_days: NDArray[np.int64]) -> Self:
        """Learn nothing: all is known."""
        return self

    def scores(self, days: ArrayLike) -> NDArray[np.float32]:
        """Return the probabilities on increasing days t, (n, n_cells)."""
        first = self.first_events(days)
        flat = self.chances.reshape(-1, self.chances.shape[2])
        expected = first.reshape(len(first), -1) @ flat
        return np.asarray(-np.expm1(-expected), dtype=np.float32)

    def first_events(self, days: ArrayLike) -> NDArray[np.float32]:
        """Return the expected first events of families after day t, (n, n_steps, n_types).

        Background, and direct aftershocks of the events before day t + 1.
        """
        t = increasing(days)
        amplitude, decay = omori_exponentials(self.parameters)
        # integral over each step of exp(-s u), u from the end of day t
        within = amplitude / decay * -np.diff(np.exp(-np.outer(self.edges - 1.0, decay)), axis=0)
        state = np.zeros((len(decay), len(self.background)))
        background = np.outer(np.diff(self.edges), self.background)
        found = np.empty((len(t), *background.shape), dtype=np.float32)
        seen, previous = 0, 0.0
        for i, now in enumerate(t + 1.0):
            state *= np.exp(-decay * (now - previous))[:, None]
            end = int(np.searchsorted(self.time_days, now, side="left"))
            left = np.exp(-np.outer(now - self.time_days[seen:end], decay))
            left *= self.numbers[seen:end, None]
            state += (self.masses[seen:end].T @ left).T
            seen, previous = end, now
            found[i] = background + within @ state
        return found
