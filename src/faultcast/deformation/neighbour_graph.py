"""The graph of cells or stations that graph networks run on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from faultcast.errors import DataError

Floats = NDArray[np.float64]


def neighbour_graph(positions: Floats, n_neighbours: int = 8) -> Floats:
    """Return Gaussian weights between nearest neighbours [D], (n, n), symmetric, 0 on the diagonal.

    exp(-d^2 / s^2) with s the mean distance of all pairs kept, as Yu, Yin and Zhu (2018, equation
    10) weigh distances between stations; a pair is kept if either is among the other's nearest.

    Parameters
    ----------
    positions : (n, 2) in any unit of length.

    Raises
    ------
    DataError
        Fewer than two positions, two that coincide, or one that is not finite.
    """
    n = len(positions)
    if n < 2 or not np.isfinite(positions).all():
        raise DataError(f"{n} positions, some not finite or too few: a graph needs two known ones")
    near = min(n_neighbours, n - 1)
    distance, index = cKDTree(positions).query(positions, k=near + 1)
    # the nearest of each is itself
    distance, index = distance[:, 1:], index[:, 1:]
    if not distance.min() > 0:
        raise DataError("two nodes of a graph lie at the same place: leave one out")
    weight = np.exp(-((distance / distance.mean()) ** 2))
    graph = np.zeros((n, n))
    graph[np.repeat(np.arange(n), near), index.ravel()] = weight.ravel()
    return np.maximum(graph, graph.T)
