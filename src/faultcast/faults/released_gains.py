"""BIC gains of the released engine (Kamer et al. 2020, Eq. 3, as the program evaluates it)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from faultcast.faults.gaussians import (
    LOG_PEAK,
    N_COLUMNS,
    WEIGHT,
    combine,
    find_leaves,
    index_points,
    square,
    value,
)
from faultcast.faults.released_rows import (
    FLOOR,
    gaussian_rows,
    tail_density,
    total_density,
    uniform_density,
)
from faultcast.faults.released_state import State


@dataclass
class Field:
    """Points in the order of their k-d tree, and the Gaussians over them.

    Attributes
    ----------
    points : (n, 3), in the order `order` (n,) of the tree
    uniform : (n,), density of the backgrounds
    tail : weight x density below which a Gaussian is left out
    rows : (K, N_COLUMNS), see `released_rows`
    total : (n,), density of the mixture; only the global criterion reads it
    cluster : (n,) int, kernel of each point; only the local one reads it
    """

    order: np.ndarray
    points: np.ndarray
    tree: tuple
    uniform: np.ndarray
    tail: float
    rows: np.ndarray
    total: np.ndarray
    cluster: np.ndarray

    @classmethod
    def of(cls, points: np.ndarray, state: State) -> Field:
        """Lay out a state over points (n, 3)."""
        order, ordered, tree = index_points(points)
        uniform = uniform_density(ordered, state)
        tail = tail_density(uniform)
        rows = gaussian_rows(state, tail)
        total = uniform.sum(axis=0)
        return cls(order, ordered, tree, total, tail, rows, total, state.labels[order])

    def refresh(self, alive: np.ndarray) -> None:
        """Sum the densities of the kernels `alive` (K,) anew."""
        self.total = total_density(self.points, self.tree, self.rows, alive, self.uniform)

    def unions(self, pairs: np.ndarray) -> np.ndarray:
        """Return the rows (m, N_COLUMNS) of the unions of pairs (m, 2) of kernels."""
        return np.asarray(_unions(self.rows, pairs, self.tail))

    def gains(self, pairs: np.ndarray, unions: np.ndarray, local: bool) -> np.ndarray:
        """Return the BIC gain (m,) of pairs (m, 2) of Gaussians, densities floored.

        Global: over all points, the mixture with the union in place of the two against the
        mixture as it is. Local: over the points of the two clusters alone, the two kernels with
        their shares of these points against the union; the backgrounds play no part.
        """
        if not local:
            return np.asarray(
                _global_gains(self.points, self.tree, self.rows, self.total, pairs, unions)
            )
        members = np.argsort(self.cluster, kind="stable")
        first = np.searchsorted(self.cluster[members], np.arange(len(self.rows) + 1))
        return np.asarray(_local_gains(self.points, self.rows, members, first, pairs, unions))


def pair_gains(points: np.ndarray, state: State, pairs: np.ndarray, local: bool) -> np.ndarray:
    """Return the BIC gain (m,) of merging pairs (m, 2) of Gaussians of a state."""
    field = Field.of(points, state)
    if not local:
        field.refresh(~state.is_background)
    return field.gains(pairs, field.unions(pairs), local)


@njit(cache=True)
def _unions(rows: np.ndarray, pairs: np.ndarray, tail: float) -> np.ndarray:
    unions = np.zeros((len(pairs), N_COLUMNS))
    for e in range(len(pairs)):
        combine(rows[pairs[e, 0]], rows[pairs[e, 1]], unions[e], tail)
    return unions


@njit(cache=True)
def _global_gains(
    points: np.ndarray,
    tree: tuple,
    rows: np.ndarray,
    total: np.ndarray,
    pairs: np.ndarray,
    unions: np.ndarray,
) -> np.ndarray:
    gains = np.empty(len(pairs))
    stack, leaves = np.empty(128, np.int64), np.empty(len(tree[0]), np.int64)
    three = np.empty((3, N_COLUMNS))
    for e in range(len(pairs)):
        three[0], three[1], three[2] = rows[pairs[e, 0]], rows[pairs[e, 1]], unions[e]
        change, product = 0.0, 1.0
        for s in range(find_leaves(three, tree, stack, leaves)):
            for t in range(tree[0][leaves[s]], tree[1][leaves[s]]):
                x, y, z = points[t]
                apart = value(three[0], x, y, z) + value(three[1], x, y, z)
                one = value(three[2], x, y, z)
                if apart == 0.0 and one == 0.0:
                    continue
                product *= max(total[t] - apart + one, FLOOR) / max(total[t], FLOOR)
                if product > 1e100 or product < 1e-100:
                    change += np.log(product)
                    product = 1.0
        gains[e] = change + np.log(product) + 5.0 * np.log(len(points))
    return gains


@njit(cache=True)
def _local_gains(
    points: np.ndarray,
    rows: np.ndarray,
    members: np.ndarray,
    first: np.ndarray,
    pairs: np.ndarray,
    unions: np.ndarray,
) -> np.ndarray:
    gains = np.empty(len(pairs))
    for e in range(len(pairs)):
        i, j = pairs[e]
        n_i, n_j = first[i + 1] - first[i], first[j + 1] - first[j]
        n = n_i + n_j
        gains[e] = 5.0 * np.log(n)
        for k in (i, j):
            for s in range(first[k], first[k + 1]):
                point = points[members[s]]
                apart = n_i / n * _normal(rows[i], point) + n_j / n * _normal(rows[j], point)
                one = _normal(unions[e], point)
                gains[e] += np.log(max(one, FLOOR)) - np.log(max(apart, FLOOR))
    return gains


@njit(cache=True)
def _normal(row: np.ndarray, point: np.ndarray) -> float:
    """Return the density of a kernel alone, nowhere left out."""
    return np.exp(row[LOG_PEAK] - 0.5 * square(row, point[0], point[1], point[2])) / row[WEIGHT]
