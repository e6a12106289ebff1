"""Angles between fault kernels and the nodal planes of focal mechanisms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def plane_normals(strike_deg: ArrayLike, dip_deg: ArrayLike) -> Floats:
    """Return unit normals (n, 3) of planes; x east, y north, z down (Aki and Richards 4.83)."""
    strike, dip = np.radians(strike_deg), np.radians(dip_deg)
    return np.stack(
        (np.sin(dip) * np.cos(strike), -np.sin(dip) * np.sin(strike), -np.cos(dip)), axis=-1
    )


def slip_vectors(strike_deg: ArrayLike, dip_deg: ArrayLike, rake_deg: ArrayLike) -> Floats:
    """Return unit slip vectors (n, 3): the normals of the auxiliary planes (same frame)."""
    strike, dip, rake = np.radians(strike_deg), np.radians(dip_deg), np.radians(rake_deg)
    along, down = np.cos(rake), np.sin(rake)
    return np.stack(
        (
            along * np.sin(strike) - down * np.cos(dip) * np.cos(strike),
            along * np.cos(strike) + down * np.cos(dip) * np.sin(strike),
            -down * np.sin(dip),
        ),
        axis=-1,
    )


def median_angles(normals: Floats, nodal: Floats) -> Floats:
    """Return each plane's median angle to the nearer nodal planes of a set of mechanisms.

    Parameters
    ----------
    normals : (n, 3) unit normals of planes.
    nodal : (m, 2, 3) unit normals of both nodal planes of each mechanism.

    Returns
    -------
    (n,) degrees, 0 to 90: the median over the mechanisms of the angle between the plane's normal
    and that of the nearer nodal plane, either side of each.
    """
    # the larger cosine is the nearer plane; the median comes last, as it may average two angles
    cosine = np.abs(np.einsum("ni,mpi->nmp", normals, nodal)).max(axis=2)
    return np.asarray(np.degrees(np.median(np.arccos(np.minimum(cosine, 1.0)), axis=1)))


def random_normals(n: int, rng: np.random.Generator) -> Floats:
    """Return n unit vectors (n, 3) of isotropic direction."""
    vectors = rng.standard_normal((n, 3))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def pair_angles(normals: Floats, sets: Sequence[Floats]) -> Floats:
    """Return `median_angles` of every plane to every set of mechanisms, (n planes, n sets)."""
    return np.stack([median_angles(normals, nodal) for nodal in sets], axis=1)


def near_permutations(
    centres_km: Floats, reach_km: float, n_draws: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return random permutations in which nothing moves further than `reach_km`.

    A chain of swaps of random pairs, each done where both stay within reach of where they come
    from: all permutations allowed are equally likely in the long run. 20 swaps tried per item
    between draws.

    Parameters
    ----------
    centres_km : (n, 3) or (n, 2) places.
    reach_km : largest distance between an item's place and its new one.

    Returns
    -------
    (n_draws, n): the item that stands at each place.
    """
    n = len(centres_km)
    distance = np.linalg.norm(centres_km[:, None] - centres_km[None], axis=2)
    near = distance <= reach_km
    standing = np.arange(n)
    draws = np.empty((n_draws, n), dtype=np.int64)
    for draw in range(n_draws):
        for a, b in rng.integers(n, size=(20 * n, 2)).tolist():
            if near[a, standing[b]] and near[b, standing[a]]:
                standing[a], standing[b] = standing[b], standing[a]
        draws[draw] = standing
    return draws
