"""The released program of Kamer et al. (2020-10-15), its accidents included.

Levels on a coarse grid, a hard-assignment step before merging, candidate pairs by corners of
boxes, several mergers an iteration, two passes, densities floored at 2.2e-16. Where the program
breaks ties by the order of a hull's facets, this engine's choice is its own, so final networks
agree with the program's within the noise that row order gives the program itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from faultcast.errors import DataError
from faultcast.faults.atomize import capacity_curve, proto_labels
from faultcast.faults.boxes import Box, gaussian_box, minimum_box
from faultcast.faults.exact import Reconstruction, kernel_moments
from faultcast.faults.mixture import assemble, whitening
from faultcast.faults.ward import WardTree, subtrees, ward_tree

FLOOR = float(np.finfo(np.float64).eps)
_LEAST_SUBSET = 5
# the densities of all kernels at all points are held at once: 1.6 GB
_MOST_VALUES = 200_000_000


@dataclass
class _State:
    """Kernels with the points that hard assignment gave them (-1: none)."""

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    is_background: np.ndarray
    boxes: list[Box]
    labels: np.ndarray


def reconstruct(
    xyz_km: np.ndarray, *, local: bool, n_subsets: int = 1, min_points: int = 4
) -> Reconstruction:
    """Reconstruct the fault network of points (n, 3), km, as the released program does.

    Raises
    ------
    DataError
        The points lie in a plane, or kernels x points do not fit into memory.
    """
    n = len(xyz_km)
    n_protos = n_clusters = 0
    parts: list[_State] = []
    for members, tree in subtrees(ward_tree(xyz_km), n_subsets):
        if len(members) < _LEAST_SUBSET:
            continue
        points = xyz_km[members]
        state, level = proto_state(points, tree, min_points)
        n_protos += int(np.sum(~state.is_background))
        n_clusters += level
        state = hard_step(points, state, least=4)
        state = merge_pass(points, state, local)
        state = hard_step(points, state, least=1)
        labels = np.full(n, -1, np.int64)
        labels[members] = state.labels
        state.labels = labels
        state.weights = state.weights * (len(members) / n)
        parts.append(state)
    state = merge_pass(xyz_km, _join(parts), local)
    gaussian, background = np.flatnonzero(~state.is_background), np.flatnonzero(state.is_background)
    order = gaussian[np.argsort(-state.weights[gaussian], kind="stable")]
    mixture = assemble(
        state.weights[order],
        state.means[order],
        state.covariances[order],
        [state.boxes[k] for k in background],
        state.weights[background],
    )
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


def proto_state(points: np.ndarray, tree: WardTree, min_points: int) -> tuple[_State, int]:
    """Return the proto-kernels of one subset with its background, and the level used."""
    n = len(points)
    n_kernels, level, mergers = released_level(tree, min_points)
    labels = proto_labels(tree, tree.sizes >= min_points, mergers)
    counts, means, covariances = kernel_moments(points, labels, n_kernels)
    left = int(np.sum(labels < 0))
    box = minimum_box(points)
    backgrounds = [box] if left else []
    labels = np.where(labels < 0, n_kernels, labels)
    mixture = assemble(
        counts / n, means, covariances, backgrounds, np.full(len(backgrounds), left / n)
    )
    cuboids = [gaussian_box(m, c) for m, c in zip(means, covariances, strict=True)]
    return (
        _State(
            mixture.weights,
            mixture.means,
            mixture.covariances,
            mixture.is_background,
            cuboids + backgrounds,
            labels,
        ),
        level,
    )


def hard_step(points: np.ndarray, state: _State, *, least: int) -> _State:
    """Give each point to its kernel of largest weight x density; weights become counts / n.

    Gaussians with fewer than `least` points and backgrounds with none leave; their points are
    given to no other kernel.
    """
    density = _densities(points, state)
    label = np.argmax(density, axis=0)
    counts = np.bincount(label, minlength=len(state.weights))
    kept = np.flatnonzero(np.where(state.is_background, counts > 0, counts >= least))
    place = np.full(len(counts), -1)
    place[kept] = np.arange(len(kept))
    boxes = [
        state.boxes[k]
        if state.is_background[k]
        else _kernel_box(points[label == k], state.means[k], state.covariances[k])
        for k in kept
    ]
    return _State(
        counts[kept] / len(points),
        state.means[kept],
        state.covariances[kept],
        state.is_background[kept],
        boxes,
        place[label],
    )


def _kernel_box(own: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> Box:
    """Return the box of a kernel: around that of its points and the cuboid of its spread."""
    cuboid = gaussian_box(mean, covariance).corners()
    try:
        return minimum_box(np.concatenate((minimum_box(own).corners(), cuboid)))
    except DataError:
        return minimum_box(np.concatenate((own, cuboid)))


def _join(parts: list[_State]) -> _State:
    if not parts:
        raise DataError(
            f"every subset has fewer than {_LEAST_SUBSET} points; ask for fewer subsets"
        )
    first = np.cumsum([0] + [len(part.weights) for part in parts])
    labels = np.full(len(parts[0].labels), -1, np.int64)
    for part, offset in zip(parts, first[:-1], strict=True):
        labels = np.where(part.labels >= 0, part.labels + offset, labels)
    return _State(
        np.concatenate([part.weights for part in parts]),
        np.concatenate([part.means for part in parts]),
        np.concatenate([part.covariances for part in parts]),
        np.concatenate([part.is_background for part in parts]),
        [box for part in parts for box in part.boxes],
        labels,
    )


def _densities(points: np.ndarray, state: _State) -> np.ndarray:
    """Return weight x density (K, n)."""
    if len(state.weights) * len(points) > _MOST_VALUES:
        raise DataError(
            f"{len(state.weights)} kernels at {len(points)} points are too many for the released "
            'engine, which keeps all their densities; use engine="exact", or more subsets'
        )
    result = np.empty((len(state.weights), len(points)))
    factors, peaks = whitening(state.weights, state.covariances)
    for k in range(len(result)):
        if state.is_background[k]:
            inside = state.boxes[k].contains(points)
            result[k] = np.where(inside, state.weights[k] / state.boxes[k].volume, 0.0)
        else:
            white = (points - state.means[k]) @ factors[k].T
            result[k] = np.exp(peaks[k] - 0.5 * np.einsum("ij,ij->i", white, white))
    return result


def merge_pass(points: np.ndarray, state: _State, local: bool) -> _State:
    """Merge until no candidate pair gains, several pairs an iteration."""
    density = _densities(points, state)
    total = density.sum(axis=0)
    touch = _corner_overlaps(state)
    K = len(state.weights)
    gains = np.zeros((K, K))
    alive = np.ones(K, bool)
    while True:
        pairs = np.argwhere(np.triu(touch, 1))
        if not len(pairs):
            break
        values = pair_gains(points, state, density, total, pairs, local)
        good = values > 0.0
        touch[pairs[~good, 0], pairs[~good, 1]] = touch[pairs[~good, 1], pairs[~good, 0]] = False
        if not good.any():
            break
        gains[:] = 0.0
        gains[pairs[good, 0], pairs[good, 1]] = gains[pairs[good, 1], pairs[good, 0]] = values[good]
        for i, j in _batch(gains):
            _unite(points, state, density, i, j)
            alive[j] = False
            touch[j], touch[:, j] = False, False
            row = _overlaps_of(state, i) & alive & ~state.is_background
            row[i] = False
            touch[i], touch[:, i] = row, row
        total = np.maximum(density[alive].sum(axis=0), 0.0)
    kept = np.flatnonzero(alive)
    place = np.full(K, -1)
    place[kept] = np.arange(len(kept))
    labels = np.where(state.labels >= 0, place[state.labels], -1)
    return _State(
        state.weights[kept],
        state.means[kept],
        state.covariances[kept],
        state.is_background[kept],
        [state.boxes[k] for k in kept],
        labels,
    )


def _batch(gains: np.ndarray) -> list[tuple[int, int]]:
    """Choose the mergers of one iteration: best pair, its suitors left out, next best pair."""
    left = gains.copy()
    chosen = []
    while left.max(initial=0.0) > 0.0:
        i, j = np.unravel_index(int(np.argmax(left)), left.shape)
        i, j = min(i, j), max(i, j)
        chosen.append((int(i), int(j)))
        out = (gains[i] > 0.0) | (gains[j] > 0.0)
        left[out] = 0.0
        left[:, out] = 0.0
    return chosen


def _unite(points: np.ndarray, state: _State, density: np.ndarray, i: int, j: int) -> None:
    """Merge kernel j into kernel i by moment matching."""
    state.weights[i], state.means[i], state.covariances[i] = _matched(state, i, j)
    state.boxes[i] = minimum_box(
        np.concatenate((state.boxes[i].corners(), state.boxes[j].corners()))
    )
    state.labels[state.labels == j] = i
    factor, peak = whitening(state.weights[i : i + 1], state.covariances[i : i + 1])
    white = (points - state.means[i]) @ factor[0].T
    density[i] = np.exp(peak[0] - 0.5 * np.einsum("ij,ij->i", white, white))


def _matched(state: _State, i: int, j: int) -> tuple[float, np.ndarray, np.ndarray]:
    w = state.weights[i] + state.weights[j]
    f, g = state.weights[i] / w, state.weights[j] / w
    step = state.means[i] - state.means[j]
    mean = f * state.means[i] + g * state.means[j]
    spread = f * state.covariances[i] + g * state.covariances[j] + f * g * np.outer(step, step)
    return float(w), mean, spread


def pair_gains(
    points: np.ndarray,
    state: _State,
    density: np.ndarray,
    total: np.ndarray,
    pairs: np.ndarray,
    local: bool,
) -> np.ndarray:
    """Return the BIC gain (m,) of pairs (m, 2) of kernels, densities floored."""
    matched = [_matched(state, i, j) for i, j in pairs]
    weights = np.array([m[0] for m in matched])
    means = np.array([m[1] for m in matched])
    factors, peaks = whitening(weights, np.array([m[2] for m in matched]))
    if not local:
        floored = np.maximum(total, FLOOR)
        return np.asarray(
            _global_gains(points, density, floored, total, pairs, means, factors, peaks)
        )
    order = np.argsort(state.labels, kind="stable")
    first = np.searchsorted(state.labels[order], np.arange(len(state.weights) + 1))
    return np.asarray(
        _local_gains(
            points, density, state.weights, order, first, pairs, weights, means, factors, peaks
        )
    )


@njit(cache=True)
def _merged_value(
    points: np.ndarray, t: int, mean: np.ndarray, factor: np.ndarray, peak: float
) -> float:
    x, y, z = points[t, 0] - mean[0], points[t, 1] - mean[1], points[t, 2] - mean[2]
    u = factor[0, 0] * x
    v = factor[1, 0] * x + factor[1, 1] * y
    w = factor[2, 0] * x + factor[2, 1] * y + factor[2, 2] * z
    return np.exp(peak - 0.5 * (u * u + v * v + w * w))


@njit(cache=True)
def _global_gains(
    points: np.ndarray,
    density: np.ndarray,
    floored: np.ndarray,
    total: np.ndarray,
    pairs: np.ndarray,
    means: np.ndarray,
    factors: np.ndarray,
    peaks: np.ndarray,
) -> np.ndarray:
    gains = np.empty(len(pairs))
    for e in range(len(pairs)):
        i, j = pairs[e]
        change, product = 0.0, 1.0
        for t in range(len(points)):
            after = total[t] - density[i, t] - density[j, t]
            after += _merged_value(points, t, means[e], factors[e], peaks[e])
            product *= max(after, FLOOR) / floored[t]
            if product > 1e100 or product < 1e-100:
                change += np.log(product)
                product = 1.0
        gains[e] = change + np.log(product) + 5.0 * np.log(len(points))
    return gains


@njit(cache=True)
def _local_gains(
    points: np.ndarray,
    density: np.ndarray,
    weights: np.ndarray,
    order: np.ndarray,
    first: np.ndarray,
    pairs: np.ndarray,
    merged_weights: np.ndarray,
    means: np.ndarray,
    factors: np.ndarray,
    peaks: np.ndarray,
) -> np.ndarray:
    gains = np.empty(len(pairs))
    for e in range(len(pairs)):
        i, j = pairs[e]
        n_i, n_j = first[i + 1] - first[i], first[j + 1] - first[j]
        n = n_i + n_j
        gains[e] = 5.0 * np.log(n)
        for k in (i, j):
            for s in range(first[k], first[k + 1]):
                t = order[s]
                apart = n_i / n * density[i, t] / weights[i] + n_j / n * density[j, t] / weights[j]
                one = _merged_value(points, t, means[e], factors[e], peaks[e]) / merged_weights[e]
                gains[e] += np.log(max(one, FLOOR)) - np.log(max(apart, FLOOR))
    return gains


def _corner_overlaps(state: _State) -> np.ndarray:
    K = len(state.weights)
    touch = np.zeros((K, K), bool)
    for i in np.flatnonzero(~state.is_background).tolist():
        touch[i] = _overlaps_of(state, i) & ~state.is_background
    np.fill_diagonal(touch, False)
    return touch


def _overlaps_of(state: _State, i: int) -> np.ndarray:
    """Return for all kernels (K,) whether a corner of one box lies in the other."""
    corners = np.array([box.corners() for box in state.boxes])
    mine = state.boxes[i]
    inside = mine.contains(corners.reshape(-1, 3)).reshape(-1, 8).any(axis=1)
    centres = np.array([box.centre for box in state.boxes])
    axes = np.array([box.axes for box in state.boxes])
    half = np.array([box.half for box in state.boxes])
    off = np.einsum("kab,kcb->kca", axes, mine.corners()[None] - centres[:, None])
    theirs = np.all(np.abs(off) <= half[:, None] * (1.0 + 1e-9) + 1e-12, axis=2).any(axis=1)
    return np.asarray(inside | theirs)
