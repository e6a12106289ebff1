"""The exact engine: the method as the paper argues for it, without the program's accidents.

Every level of the tree is scanned, clusters flat to rounding make no kernel, boxes are tested by
separating axes, the best pair merges first. Once no pair gains, the weights are re-estimated
(EM on the weights alone) and merging goes on until it finds nothing more. The work is done in
the frame of the data's own principal axes, so that the result follows the points under
permutation, translation and rotation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faultcast.errors import DataError
from faultcast.faults import subsets
from faultcast.faults.agglomerate import Components, agglomerate
from faultcast.faults.atomize import holding_capacity, kernel_flags, proto_labels
from faultcast.faults.backgrounds import Background, build_backgrounds, inside
from faultcast.faults.boxes import minimum_box
from faultcast.faults.mixture import Mixture, assemble, bic
from faultcast.faults.subsets import Division, Part


@dataclass(frozen=True)
class Reconstruction:
    """A network and how it came about: `capacity` is (n_kernels, n_clusters at that level)."""

    mixture: Mixture
    n_protoclusters: int
    capacity: tuple[int, int]


def divide(xyz_km: np.ndarray, n_subsets: int) -> Division:
    """Cut points (n, 3), km, along their principal axes into branches of their Ward tree.

    Raises
    ------
    DataError
        The points lie in a plane, on a line or at one place.
    """
    centre, axes, order = principal_frame(xyz_km)
    points = np.ascontiguousarray(((xyz_km - centre) @ axes.T)[order])
    return subsets.divide(points, n_subsets, centre, axes)


def atomize(division: Division, subset: int, *, min_points: int = 4) -> Part:
    """Split one subset into proto-kernels at its own holding capacity (section 4.3)."""
    tree = division.branches[subset]
    usable = kernel_flags(tree, division.points[division.members(subset)], min_points)
    capacity = holding_capacity(tree, usable)
    labels = proto_labels(tree, usable, capacity.n_merges)
    return Part(labels, capacity.n_kernels, capacity.n_clusters)


def join_parts(
    division: Division, parts: Sequence[Part], *, local: bool, background: str = "box"
) -> Reconstruction:
    """Give the parts of all subsets their backgrounds and merge.

    If uniform backgrounds alone have a BIC no higher than the network's, there are no faults
    and the backgrounds alone are returned.
    """
    points = division.points
    protos = _gather(division, parts, background)
    mixture = _assemble(
        agglomerate(
            points,
            _components(points, protos),
            volume_km3=minimum_box(points).volume,
            local=local,
        )
    )
    uniform = assemble(
        np.empty(0), np.empty((0, 3)), np.empty((0, 3, 3)), protos.backgrounds, protos.shares
    )
    if _bic(uniform, points) <= _bic(mixture, points):
        mixture = uniform
    return Reconstruction(
        mixture.moved(division.centre, division.axes),
        protos.n_kernels,
        (protos.n_kernels, protos.n_clusters),
    )


@dataclass(frozen=True)
class _Atoms:
    """Proto-kernels of all: `labels` (n,) the kernel of each point, -1 - b for background b.

    `shares` (B,) is the part of the points in the subsets of each of the `backgrounds`.
    """

    labels: np.ndarray
    backgrounds: list[Background]
    shares: np.ndarray
    n_kernels: int
    n_clusters: int


def _gather(division: Division, parts: Sequence[Part], background: str) -> _Atoms:
    """Return the proto-kernels of all parts with the subsets' backgrounds."""
    labels = np.empty(len(division.points), np.int64)
    n_kernels = 0
    for s, part in enumerate(parts):
        labels[division.members(s)] = np.where(part.labels < 0, -1, part.labels + n_kernels)
        n_kernels += part.n_kernels
    backgrounds, place = build_backgrounds(division.points, division.subset, background)
    labels = np.where(labels < 0, -1 - place[division.subset], labels)
    counts = np.bincount(place[division.subset], minlength=len(backgrounds))
    n_clusters = sum(part.n_clusters for part in parts)
    return _Atoms(labels, backgrounds, counts / len(labels), n_kernels, n_clusters)


def kernel_moments(
    points: np.ndarray, labels: np.ndarray, n_kernels: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return counts (K,), means (K, 3) and covariances (K, 3, 3; N - 1) of labelled points."""
    inside = labels >= 0
    label, x = labels[inside], points[inside]
    counts = np.bincount(label, minlength=n_kernels)
    means = np.column_stack(
        [np.bincount(label, x[:, a], minlength=n_kernels) / counts for a in range(3)]
    )
    off = x - means[label]
    covariances = np.empty((n_kernels, 3, 3))
    for a in range(3):
        for b in range(a, 3):
            sums = np.bincount(label, off[:, a] * off[:, b], minlength=n_kernels)
            covariances[:, a, b] = covariances[:, b, a] = sums / (counts - 1)
    return counts, means, covariances


def background_density(
    points: np.ndarray, backgrounds: Sequence[Background], weights: np.ndarray
) -> np.ndarray:
    """Return weight x density (B, n) of uniform backgrounds at points (n, 3)."""
    volumes = np.array([background.volume for background in backgrounds])
    return (weights / volumes)[:, None] * inside(backgrounds, points)


def principal_frame(xyz_km: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return centre (3,), axes (3, 3; rows) and an order (n,) that go with the points.

    The axes are the principal ones, pointed by the third moment and right-handed; the order
    sorts the points along them.

    Raises
    ------
    DataError
        The points have no volume.
    """
    centre = xyz_km.mean(axis=0)
    off = xyz_km - centre
    spread = np.linalg.svd(off, full_matrices=False)
    size = spread.S
    if size[2] <= 1e-9 * size[0] or size[0] == 0.0:
        kind = ("at one place", "on one line", "in one plane")[int(np.sum(size > 1e-9 * size[0]))]
        raise DataError(
            f"all {len(xyz_km)} points lie {kind if size[0] > 0 else 'at one place'}; Gaussian "
            "kernels in 3-D need points that fill a volume: leave out events with a fixed depth, "
            "or check the column that is constant"
        )
    axes = spread.Vh
    skew = np.sum((off @ axes.T) ** 3, axis=0)
    axes = axes * np.where(skew < 0.0, -1.0, 1.0)[:, None]
    if np.linalg.det(axes) < 0.0:
        axes[2] *= -1.0
    steps = np.round(off @ axes.T / (1e-9 * np.ptp(off, axis=0).max()))
    return centre, axes, np.lexsort(steps.T[::-1])


def _components(points: np.ndarray, protos: _Atoms) -> Components:
    counts, means, covariances = kernel_moments(points, protos.labels, protos.n_kernels)
    left = np.array([np.sum(protos.labels == -1 - b) for b in range(len(protos.backgrounds))])
    kept = np.flatnonzero(left)
    return Components(
        counts / len(points),
        means,
        covariances,
        [protos.backgrounds[b] for b in kept],
        left[kept] / len(points),
    )


def _assemble(found: Components) -> Mixture:
    order = np.lexsort((found.means[:, 0], -found.weights))
    return assemble(
        found.weights[order],
        found.means[order],
        found.covariances[order],
        found.backgrounds,
        found.background_weights,
    )


def _bic(mixture: Mixture, points: np.ndarray) -> float:
    return bic(float(np.sum(mixture.log_density(points))), len(mixture), len(points))
