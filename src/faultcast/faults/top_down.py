"""Fault planes by iterative splitting (Ouillon, Ducorbier and Sornette 2008): Figure 1's method.

It starts from one plane. Each event belongs to the nearest finite rectangle, each rectangle is
refitted to its events by principal components (sides sqrt(12 eigenvalue)), until the mean squared
distance settles; then the thickest cluster is split into two random planes, until no cluster is
thicker than the location error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faultcast.errors import DataError
from faultcast.faults.network import check_points

MIN_POINTS = 4
_SETTLED = 1e-6
_MAX_ROUNDS = 200
_MAX_DRAWS = 50


@dataclass(frozen=True)
class PlaneStage:
    """The planes of one stage, K of them.

    Attributes
    ----------
    means : (K, 3), km
    covariances : (K, 3, 3), km^2, of each plane's events
    labels : (n,) int, each event's plane
    cost_km2 : mean squared distance of the events from their rectangles
    thickness_km : (K,), sqrt(12 x smallest eigenvalue)
    parts : the two planes that replaced the one split last; of the first stage (0,)
    """

    means: np.ndarray
    covariances: np.ndarray
    labels: np.ndarray
    cost_km2: float
    thickness_km: np.ndarray
    parts: tuple[int, ...]


def split_planes(
    xyz_km: np.ndarray,
    *,
    location_error_km: float,
    max_planes: int | None = None,
    seed: int = 0,
) -> list[PlaneStage]:
    """Return the stages of the iterative splitting, of 1, 2, 3, ... planes.

    Parameters
    ----------
    xyz_km : (n, 3)
        Hypocentres; n >= 8.
    location_error_km : float
        Splitting ends once no cluster is thicker.
    max_planes : int, optional
        It ends there at the latest.
    seed : int
        Of the random planes. A new plane's centre is uniform in the box of the cluster that is
        split, its orientation isotropic, its sides half of the cluster's length and width.

    Returns
    -------
    stages; a plane keeps its index when another one is split. The last stage may be thicker than
    the error: where none of 50 random splits leaves at least four events to every plane.

    Raises
    ------
    DataError
        Points that cannot be used (see `check_points`), or an option out of its range.
    """
    points = check_points(xyz_km, at_least=2 * MIN_POINTS)
    if not location_error_km > 0.0:
        raise DataError(f"location_error_km is {location_error_km}; expected more than 0")
    if max_planes is not None and max_planes < 1:
        raise DataError(f"max_planes is {max_planes}; expected 1 or more")
    rng = np.random.default_rng(seed)
    stages = [_one_plane(points)]
    while max_planes is None or len(stages[-1].means) < max_planes:
        last = stages[-1]
        if last.thickness_km.max() <= location_error_km:
            break
        step = _split(points, last, rng)
        if step is None:
            break
        stages.append(step)
    return stages


def rectangle_distances(
    xyz_km: np.ndarray, means: np.ndarray, frames: np.ndarray, sides_km: np.ndarray
) -> np.ndarray:
    """Return the squared distances (n, K), km^2, of points from finite rectangles.

    Parameters
    ----------
    xyz_km : (n, 3)
    means : (K, 3)
        Centres.
    frames : (K, 3, 3)
        Columns: the normal, the direction of the width, that of the length; unit vectors.
    sides_km : (K, 2)
        Width and length.
    """
    offset = np.einsum("nki,kij->nkj", xyz_km[:, None, :] - means, frames)
    beyond = np.maximum(np.abs(offset[:, :, 1:]) - 0.5 * sides_km, 0.0)
    return np.asarray(offset[:, :, 0] ** 2 + np.sum(beyond**2, axis=2))


def _one_plane(points: np.ndarray) -> PlaneStage:
    labels = np.zeros(len(points), dtype=np.int64)
    means, covariances = _moments(points, labels, 1)
    values, frames = np.linalg.eigh(covariances)
    cost = rectangle_distances(points, means, frames, _sides(values)[:, 1:]).mean()
    return PlaneStage(means, covariances, labels, float(cost), _sides(values)[:, 0], (0,))


def _split(points: np.ndarray, stage: PlaneStage, rng: np.random.Generator) -> PlaneStage | None:
    """Split the thickest plane into two random ones; None where no draw keeps all planes alive."""
    thickest = int(np.argmax(stage.thickness_km))
    values, frames = np.linalg.eigh(stage.covariances)
    sides = _sides(values)
    k = len(stage.means)
    order = [*range(k), thickest]
    new = [thickest, k]
    for _ in range(_MAX_DRAWS):
        means, axes, extent = stage.means[order], frames[order], sides[order][:, 1:]
        place = (rng.random((2, 3)) - 0.5) * sides[thickest]
        means[new] = stage.means[thickest] + place @ frames[thickest].T
        axes[new] = _random_frames(rng, 2)
        extent[new] = 0.5 * sides[thickest, 1:]
        found = _settle(points, means, axes, extent, (thickest, k))
        if found is not None:
            return found
    return None


def _settle(
    points: np.ndarray,
    means: np.ndarray,
    frames: np.ndarray,
    extent: np.ndarray,
    parts: tuple[int, ...],
) -> PlaneStage | None:
    """Assign and refit until the cost settles; None if a plane is left with too few events."""
    n_planes, rows = len(means), np.arange(len(points))
    cost = np.inf
    for _ in range(_MAX_ROUNDS):
        distances = rectangle_distances(points, means, frames, extent)
        labels = np.argmin(distances, axis=1)
        previous, cost = cost, float(distances[rows, labels].mean())
        if np.bincount(labels, minlength=n_planes).min() < MIN_POINTS:
            return None
        means, covariances = _moments(points, labels, n_planes)
        values, frames = np.linalg.eigh(covariances)
        extent = _sides(values)[:, 1:]
        if abs(previous - cost) <= _SETTLED * cost:
            break
    return PlaneStage(means, covariances, labels, cost, _sides(values)[:, 0], parts)


def _moments(
    points: np.ndarray, labels: np.ndarray, n_planes: int
) -> tuple[np.ndarray, np.ndarray]:
    own = [points[labels == k] for k in range(n_planes)]
    return np.array([p.mean(axis=0) for p in own]), np.array([np.cov(p.T, ddof=0) for p in own])


def _sides(eigenvalues: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(12.0 * np.maximum(eigenvalues, 0.0)))


def _random_frames(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return random rotations (n, 3, 3), isotropic up to signs of the axes."""
    return np.asarray(np.linalg.qr(rng.standard_normal((n, 3, 3)))[0])
