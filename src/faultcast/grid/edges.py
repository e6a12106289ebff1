"""Edges of grid cells and the cell of a value: half-open, exact, never a floored quotient."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from faultcast.errors import DataError

# a step that leaves a rest smaller than this share of itself is taken to fit
_FIT = 1e-6


def degree_edges(low_deg: float, high_deg: float, step_deg: float) -> NDArray[np.float64]:
    """Return the edges from `low_deg` to `high_deg`, each the float nearest to its decimal value.

    Parameters
    ----------
    low_deg, high_deg : ends; their distance must be a whole number of steps.
    step_deg : size of a cell, > 0.

    Returns
    -------
    (n_cells + 1,) increasing.

    Raises
    ------
    DataError
        The step is not positive or does not fit into the range.

    Notes
    -----
    A catalog holds decimal numbers. 32 + 7 * 0.1 is 32.7 + 7e-15, so an event printed at 32.7
    would fall below that edge; rounding to ten digits gives the float that "32.7" is read as.
    """
    n_cells = _n_cells(low_deg, high_deg, step_deg)
    return np.round(low_deg + step_deg * np.arange(n_cells + 1), 10)


def km_edges(low_km: float, high_km: float, step_km: float) -> NDArray[np.float64]:
    """Return edges at multiples of `step_km` that cover `low_km` to `high_km`.

    Raises
    ------
    DataError
        The step is not positive or the range is empty.
    """
    if not step_km > 0 or not high_km > low_km:
        raise DataError(
            f"cannot cut {low_km} to {high_km} km into cells of {step_km} km: "
            "give a positive cell size and a range that is not empty"
        )
    first = np.floor(low_km / step_km + _FIT)
    last = np.ceil(high_km / step_km - _FIT)
    return np.round(step_km * np.arange(first, max(last, first + 1) + 1), 10)


def cell_index(values: ArrayLike, edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the cell of each value, -1 outside; a cell holds its lower edge, not its upper.

    Parameters
    ----------
    values : (n,) in the unit of the edges; NaN is outside.
    edges : (n_cells + 1,) increasing.

    Returns
    -------
    (n,) in -1 .. n_cells - 1.
    """
    array = np.asarray(values, dtype=np.float64)
    index = np.searchsorted(edges, array, side="right") - 1
    # NaN sorts behind every number
    index[~(array < edges[-1])] = -1
    return index.astype(np.int64)


def _n_cells(low: float, high: float, step: float) -> int:
    n_cells = (high - low) / step if step > 0 else 0.0
    whole = round(n_cells)
    if whole < 1 or abs(n_cells - whole) > _FIT:
        raise DataError(
            f"a cell of {step} degrees does not fit into {low} to {high}: that would be "
            f"{n_cells:g} cells; give a positive size that divides the region without a rest"
        )
    return whole
