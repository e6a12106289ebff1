"""Points of the standard normal at which kernels are compared: drawn, or a fixed design."""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy.special import gammaincinv, ndtri

_PLASTIC = 1.324717957244746
_FEWEST_WHITENED = 8
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)


def normal_design(n_points: int) -> np.ndarray:
    """Return a fixed, evenly spread set of the 3-D standard normal, (n_points, 3).

    Radii are the midpoints' quantiles of the chi distribution with 3 degrees of freedom,
    directions the R2 sequence (steps of 1/g and 1/g^2 with g^3 = g + 1) laid on the sphere; the
    set is then centred and whitened, so that its mean is 0 and its covariance the identity. No
    seed enters.
    """
    index = np.arange(n_points)
    radius = np.sqrt(2 * gammaincinv(1.5, (index + 0.5) / n_points))
    cosine = 2 * ((0.5 + index / _PLASTIC) % 1) - 1
    angle = 2 * np.pi * ((0.5 + index / _PLASTIC**2) % 1)
    sine = np.sqrt(1 - cosine**2)
    points = radius[:, None] * np.column_stack([sine * np.cos(angle), sine * np.sin(angle), cosine])
    if n_points < _FEWEST_WHITENED:
        return points
    points -= points.mean(axis=0)
    lower = np.linalg.cholesky(points.T @ points / n_points)
    return np.ascontiguousarray(np.linalg.solve(lower, points.T).T)


@njit(cache=True)
def _mixed(state: np.uint64) -> np.uint64:
    """Scramble 64 bits (Steele, Lea and Flood 2014, SplitMix64)."""
    state = (state ^ (state >> np.uint64(30))) * _MIX1
    state = (state ^ (state >> np.uint64(27))) * _MIX2
    return state ^ (state >> np.uint64(31))


@njit(cache=True)
def _uniform(key: np.uint64, counter: int) -> float:
    """Return the counter's number of the key's stream, in (0, 1)."""
    bits = _mixed(key + np.uint64(counter + 1) * _GOLDEN)
    return (float(bits >> np.uint64(11)) + 0.5) * (1.0 / 9007199254740992.0)


@njit(cache=True)
def draw_normals(key: np.uint64, points: np.ndarray) -> None:
    """Fill `points` (n, 3) with standard normals of the key's own stream (Box and Muller)."""
    counter = 0
    for k in range(points.shape[0]):
        for pair in range(2):
            radius = np.sqrt(-2.0 * np.log(_uniform(key, counter)))
            angle = 2.0 * np.pi * _uniform(key, counter + 1)
            counter += 2
            points[k, 2 * pair] = radius * np.cos(angle)
            if pair == 0:
                points[k, 1] = radius * np.sin(angle)


@njit(cache=True)
def draw_uniforms(key: np.uint64, values: np.ndarray) -> None:
    """Fill `values` (n,) with uniform numbers of the key's own stream."""
    for k in range(values.shape[0]):
        values[k] = _uniform(key, k)


@njit(cache=True)
def place_point(mean: np.ndarray, lower: np.ndarray, z: np.ndarray, point: np.ndarray) -> None:
    """Write mean + lower z into `point` (3,), `lower` the Cholesky factor of a covariance."""
    point[0] = mean[0] + lower[0, 0] * z[0]
    point[1] = mean[1] + lower[1, 0] * z[0] + lower[1, 1] * z[1]
    point[2] = mean[2] + lower[2, 0] * z[0] + lower[2, 1] * z[1] + lower[2, 2] * z[2]


def group_edges(n_points: int) -> np.ndarray:
    """Return quantiles of the normal that cut n_points, by all three axes, into groups of ~16."""
    n_cells = max(1, round((n_points / 16) ** (1 / 3)))
    return np.asarray(ndtri(np.arange(1, n_cells) / n_cells))


@njit(cache=True)
def group_points(
    points: np.ndarray, component: np.ndarray, n_components: int, edges: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return an order of standard normal points (n, 3) in which neighbours stand together.

    Returns
    -------
    order (n,), and start (groups + 1,) of each group in it; groups may be empty.
    """
    n_cells = edges.shape[0] + 1
    cell = np.empty(points.shape[0], dtype=np.int64)
    start = np.zeros(n_components * n_cells**3 + 1, dtype=np.int64)
    for k in range(points.shape[0]):
        cell[k] = component[k]
        for axis in range(3):
            cell[k] = cell[k] * n_cells + np.searchsorted(edges, points[k, axis])
        start[cell[k] + 1] += 1
    start = np.cumsum(start)
    order, filled = np.empty(points.shape[0], dtype=np.int64), start[:-1].copy()
    for k in range(points.shape[0]):
        order[filled[cell[k]]] = k
        filled[cell[k]] += 1
    return order, start


def stream_keys(names: np.ndarray, seed: int) -> np.ndarray:
    """Return one key (uint64) a name: it depends on the name and the seed, not on the row."""
    from pandas.util import hash_array

    # numpy's seeding spreads neighbouring seeds over the whole range
    salt = np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]
    return hash_array(np.asarray(names, dtype=object), categorize=False) ^ salt
