"""The released program of Kamer et al. (2020-10-15), its accidents included.

Levels on a coarse grid, a hard-assignment step before merging, candidate pairs by corners of
boxes, several mergers an iteration, two passes, densities floored at 2.2e-16. Boxes of equal
volume are chosen as the program chooses them, so that its own networks come out again.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from faultcast.errors import DataError
from faultcast.faults import subsets
from faultcast.faults.atomize import capacity_curve, proto_labels
from faultcast.faults.boxes import Box, enclosing_box, gaussian_box, minimum_box
from faultcast.faults.exact import Reconstruction, kernel_moments, principal_frame
from faultcast.faults.gaussians import index_points
from faultcast.faults.mixture import assemble
from faultcast.faults.released_merge import merge_pass
from faultcast.faults.released_rows import (
    FLOOR,
    best_kernels,
    gaussian_rows,
    tail_density,
    uniform_density,
)
from faultcast.faults.released_state import State, join
from faultcast.faults.subsets import Division, Part
from faultcast.faults.ward import WardTree

__all__ = [
    "FLOOR",
    "divide",
    "first_pass",
    "hard_step",
    "join_parts",
    "proto_state",
    "released_level",
]
_LEAST_SUBSET = 5


def divide(xyz_km: np.ndarray, n_subsets: int) -> Division:
    """Cut points (n, 3), km, as they are into branches of their Ward tree.

    Raises
    ------
    DataError
        The points lie in a plane, on a line or at one place.
    """
    # the program does not look: a flat set would end in a singular box there
    principal_frame(xyz_km)
    return subsets.divide(xyz_km, n_subsets, np.zeros(3), np.eye(3))


def first_pass(division: Division, subset: int, *, local: bool, min_points: int = 4) -> Part:
    """Reconstruct one subset alone: atomized, merged, and each point given to its kernel.

    A subset of fewer than 5 points is left out, as the program does; one that is flat has the
    box of all points.
    """
    members = division.members(subset)
    if len(members) < _LEAST_SUBSET:
        return Part(np.full(len(members), -1), 0, 0)
    points = np.ascontiguousarray(division.points[members])
    tree = division.branches[subset]
    state, level = proto_state(points, tree, min_points, division.points)
    n_protos = int(np.sum(~state.is_background))
    state = hard_step(points, state, least=4)
    state = merge_pass(points, state, local)
    state = hard_step(points, state, least=1)
    return Part(state.labels, n_protos, level, state)


def join_parts(division: Division, parts: Sequence[Part], *, local: bool) -> Reconstruction:
    """Put the parts of all subsets together and merge again.

    Raises
    ------
    DataError
        No subset has 5 points.
    """
    known = [(division.members(s), p.kernels) for s, p in enumerate(parts) if p.kernels is not None]
    state = merge_pass(division.points, join(known, len(division.points)), local)
    gaussian, background = np.flatnonzero(~state.is_background), np.flatnonzero(state.is_background)
    order = gaussian[np.argsort(-state.weights[gaussian], kind="stable")]
    mixture = assemble(
        state.weights[order],
        state.means[order],
        state.covariances[order],
        [state.boxes[k] for k in background.tolist()],
        state.weights[background],
    )
    n_protos = sum(part.n_kernels for part in parts)
    n_clusters = sum(part.n_clusters for part in parts)
    return Reconstruction(mixture, n_protos, (n_protos, n_clusters))


def released_level(tree: WardTree, min_points: int) -> tuple[int, int, int]:
    """Return the holding capacity as the program finds it: kernels, clusters, mergers done."""
    n = tree.n_points
    levels = _round_away(np.linspace(0.1 * n, n / 3, max(2, int(_round_away(0.2333 * n)))))
    levels = np.clip(levels, 1, n).astype(np.int64)
    counts = capacity_curve(tree, tree.sizes >= min_points)
    # a level of k clusters applies every merger as low as the (n - k)-th
    height = np.where(levels < n, tree.heights[np.maximum(n - levels - 1, 0)], -1.0)
    mergers = np.searchsorted(tree.heights, height, side="right")
    found = counts[mergers]
    best = len(found) - 1 - int(np.argmax(found[::-1]))
    return int(found[best]), int(levels[best]), int(mergers[best])


def _round_away(values: np.ndarray | float) -> np.ndarray:
    """Round halves up, as MATLAB does with what is positive."""
    return np.floor(np.asarray(values) + 0.5)


def proto_state(
    points: np.ndarray, tree: WardTree, min_points: int, whole: np.ndarray | None = None
) -> tuple[State, int]:
    """Return the proto-kernels of one subset with its background, and the level used.

    Where the points (n, 3) lie in a plane, the background's box is that of the points `whole`.

    Raises
    ------
    DataError
        They do and there is no `whole`.
    """
    n = len(points)
    n_kernels, level, mergers = released_level(tree, min_points)
    labels = proto_labels(tree, tree.sizes >= min_points, mergers)
    counts, means, covariances = kernel_moments(points, labels, n_kernels)
    left = int(np.sum(labels < 0))
    boxes = [gaussian_box(m, c) for m, c in zip(means, covariances, strict=True)]
    if left:
        try:
            boxes.append(minimum_box(points))
        except DataError:
            if whole is None:
                raise
            boxes.append(minimum_box(whole))
        labels = np.where(labels < 0, n_kernels, labels)
        counts = np.append(counts, left)
        means = np.concatenate((means, boxes[-1].centre[None]))
        covariances = np.concatenate((covariances, boxes[-1].covariance[None]))
    is_background = np.arange(len(counts)) >= n_kernels
    return State(counts / n, means, covariances, is_background, boxes, labels), level


def hard_step(points: np.ndarray, state: State, *, least: int) -> State:
    """Give each point to its kernel of largest weight x density; weights become counts / n.

    Gaussians with fewer than `least` points and backgrounds with none leave; their points are
    given to no other kernel.
    """
    order, ordered, tree = index_points(points)
    uniform = uniform_density(ordered, state)
    background = np.flatnonzero(state.is_background)
    label = np.zeros(len(points), np.int64)
    if len(background):
        label = background[np.argmax(uniform, axis=0)]
    rows = gaussian_rows(state, tail_density(uniform))
    best_kernels(ordered, tree, rows, label, uniform.max(axis=0, initial=0.0))
    labels = np.empty_like(label)
    labels[order] = label
    counts = np.bincount(labels, minlength=len(state))
    kept = np.flatnonzero(np.where(state.is_background, counts > 0, counts >= least))
    state = state.kept(kept, labels)
    members = np.argsort(state.labels, kind="stable")
    first = np.searchsorted(state.labels[members], np.arange(len(state) + 1))
    boxes = [
        state.boxes[k]
        if state.is_background[k]
        else _kernel_box(
            points[members[first[k] : first[k + 1]]], state.means[k], state.covariances[k]
        )
        for k in range(len(state))
    ]
    return State(
        counts[kept] / len(points),
        state.means,
        state.covariances,
        state.is_background,
        boxes,
        state.labels,
    )


def _kernel_box(own: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> Box:
    """Return the box of a kernel: around that of its points and the cuboid of its spread."""
    cuboid = gaussian_box(mean, covariance).corners()
    # fewer than four points, or flat ones, stand for themselves
    with suppress(DataError):
        own = minimum_box(own).corners()
    return enclosing_box(np.concatenate((own, cuboid)))
