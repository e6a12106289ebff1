"""A graph's Laplacian as STGCN wants it.

Yu, Yin and Zhu (2018), sections 2.2 and 3.2: L = I - D^-1/2 W D^-1/2, scaled to
2 L / lambda_max - I, and Chebyshev polynomials of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faultcast.errors import DataError

Floats = NDArray[np.float64]


def scaled_laplacian(adjacency: Floats) -> Floats:
    """Return the normalised Laplacian with its eigenvalues scaled to [-1, 1], (n, n).

    A node without an edge has a row of 0 in the Laplacian, as it has no neighbour to differ from.
    """
    adjacency = np.asarray(adjacency, dtype=np.float64)
    square = adjacency.ndim == 2 and adjacency.shape[0] == adjacency.shape[1]
    if not square or not (adjacency >= 0).all() or not np.array_equal(adjacency, adjacency.T):
        raise DataError(
            f"adjacency of shape {adjacency.shape}: it must be square and symmetric, without NaN "
            "or negative weights"
        )
    degree = adjacency.sum(axis=1)
    linked = degree > 0
    if not linked.any():
        raise DataError("a graph without a single edge: give nodes more neighbours")
    root = np.where(linked, 1.0 / np.sqrt(np.where(linked, degree, 1.0)), 0.0)
    laplacian = np.diag(linked.astype(float)) - root[:, None] * adjacency * root
    largest = np.linalg.eigvalsh(laplacian)[-1]
    return 2.0 * laplacian / largest - np.eye(len(laplacian))


def chebyshev(matrix: Floats, number: int) -> Floats:
    """Return the polynomials T_0 .. T_(number - 1) of a matrix, (number, n, n)."""
    found = [np.eye(len(matrix)), matrix]
    while len(found) < number:
        found.append(2.0 * matrix @ found[-1] - found[-2])
    return np.stack(found[:number])
