"""Points of the standard normal at which kernels are compared: drawn, or a fixed design."""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy.special import gammaincinv

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


@njit(cache=True)
def split_points(points: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return an order of points (n, 3) in which parts of at most `most` lie together.

    Parts are halved (by whole parts) at the median of their widest axis.

    Returns
    -------
    order (n,), and start (parts + 1,) of each part in it.
    """
    n = points.shape[0]
    order = np.arange(n)
    first = np.empty(n // most * 2 + 3, dtype=np.int64)
    first[0], first[1] = 0, n
    n_parts, part = 1, 0
    while part < n_parts:
        start, stop = first[part], first[part + 1]
        if stop - start <= most:
            part += 1
            continue
        parts = (stop - start + most - 1) // most
        middle = start + (stop - start) * (parts // 2) // parts
        members = order[start:stop].copy()
        widest, key = -1.0, points[members, 0]
        for axis in range(3):
            values = points[members, axis]
            extent = values.max() - values.min()
            if extent > widest:
                widest, key = extent, values
        order[start:stop] = members[np.argsort(key)]
        for later in range(n_parts, part, -1):
            first[later + 1] = first[later]
        first[part + 1] = middle
        n_parts += 1
    return order, first[: n_parts + 1]


def stream_keys(names: np.ndarray, seed: int) -> np.ndarray:
    """Return one key (uint64) a name: it depends on the name and the seed, not on the row."""
    from pandas.util import hash_array

    # numpy's seeding spreads neighbouring seeds over the whole range
    salt = np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]
    return hash_array(np.asarray(names, dtype=object), categorize=False) ^ salt
