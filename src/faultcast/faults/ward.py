"""Exact Ward linkage in nearly linear time (Ward 1963; Kamer et al. 2020, Eq. 1).

Ward's criterion is reducible: a merged cluster is never nearer to a third one than its nearer
part was. So all reciprocal nearest pairs can be merged in one round, and a cluster looks for
its nearest neighbour again only when that one has merged. Neighbours come from a k-d tree over
the centroids, rebuilt each round, whose nodes carry their smallest cluster for the bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from faultcast.faults import kdtree

# distances that agree to this, relative, are tied; ties go to the cluster of lower rank
TIE = 1e-11


@dataclass(frozen=True)
class WardTree:
    """A tree of N points, its merges sorted by height.

    Attributes
    ----------
    children : (N - 1, 2) int64; ids below N are points, N + t is merge t
    heights : (N - 1,) float64, km; sqrt(2 Dw), as scipy and fastcluster print it
    sizes : (N - 1,) int64, points in each merge
    """

    children: np.ndarray
    heights: np.ndarray
    sizes: np.ndarray

    @property
    def n_points(self) -> int:
        """Number of points."""
        return len(self.heights) + 1

    def linkage(self) -> np.ndarray:
        """Return the tree as scipy's linkage matrix (N - 1, 4)."""
        return np.column_stack((self.children, self.heights, self.sizes)).astype(float)


def ward_tree(xyz_km: np.ndarray) -> WardTree:
    """Build the Ward tree of points (n, 3), km; ties are broken by the order of the rows.

    Exact up to ties: the heights are those of a greedy search over all pairs.
    """
    n = len(xyz_km)
    children, squared, sizes = _merge_rounds(np.ascontiguousarray(xyz_km, dtype=np.float64))
    heights = _monotone(children, np.sqrt(2.0 * squared), n)
    order = np.argsort(heights, kind="stable")
    place = np.empty(n - 1, np.int64)
    place[order] = np.arange(n - 1)
    children = children[order]
    merged = children >= n
    children[merged] = n + place[children[merged] - n]
    children.sort(axis=1)
    return WardTree(children, heights[order], sizes[order])


def cut(tree: WardTree, n_merges: int) -> np.ndarray:
    """Return the cluster of each point (n,) once the first `n_merges` merges are applied.

    Clusters are numbered from 0 in the order of their first point.
    """
    top = _top(tree.children, n_merges, tree.n_points)
    _, first, inverse = np.unique(top, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def subtrees(tree: WardTree, n_subsets: int) -> list[tuple[np.ndarray, WardTree]]:
    """Cut the tree into `n_subsets` clusters; return the points and the tree of each one."""
    n = tree.n_points
    if n_subsets == 1:
        return [(np.arange(n), tree)]
    n_merges = n - n_subsets
    label = cut(tree, n_merges)
    merge_label = label[_first_point(tree.children, n)[:n_merges]]
    result = []
    for subset in range(n_subsets):
        points = np.flatnonzero(label == subset)
        merges = np.flatnonzero(merge_label == subset)
        new_id = np.full(2 * n - 1, -1, np.int64)
        new_id[points] = np.arange(len(points))
        new_id[n + merges] = len(points) + np.arange(len(merges))
        part = WardTree(new_id[tree.children[merges]], tree.heights[merges], tree.sizes[merges])
        result.append((points, part))
    return result


@njit(cache=True)
def _merge_rounds(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Merge reciprocal nearest pairs until one cluster is left; merges in no sorted order."""
    n = points.shape[0]
    children = np.empty((n - 1, 2), np.int64)
    squared = np.empty(n - 1)
    sizes = np.empty(n - 1, np.int64)
    m = n
    centre = points.copy()
    size = np.ones(n, np.int64)
    rank = np.arange(n)
    node = np.arange(n)
    near = np.full(n, -1, np.int64)
    gap = np.empty(n)
    partner = np.empty(n, np.int64)
    new_index = np.empty(n, np.int64)
    done = 0
    while m > 1:
        _find_neighbours(centre[:m], size[:m], rank[:m], near[:m], gap[:m])
        found = False
        for i in range(m):
            j = near[i]
            partner[i] = -1
            if near[j] == i:
                partner[i] = j
                found = True
        if not found:  # tied pointers run in a circle: take the best pair
            best = 0
            for i in range(1, m):
                if gap[i] < gap[best]:
                    best = i
            partner[best] = near[best]
            partner[near[best]] = best
        kept = 0
        for i in range(m):
            j = partner[i]
            if j >= 0 and j < i:
                new_index[i] = -1
                continue
            if j >= 0:
                children[done, 0] = node[i]
                children[done, 1] = node[j]
                squared[done] = gap[i] if near[i] == j else gap[j]
                total = size[i] + size[j]
                sizes[done] = total
                for a in range(3):
                    centre[i, a] += size[j] / total * (centre[j, a] - centre[i, a])
                size[i] = total
                rank[i] = min(rank[i], rank[j])
                node[i] = n + done
                done += 1
            new_index[i] = kept
            kept += 1
        for i in range(m):
            k = new_index[i]
            if k < 0:
                continue
            j = near[i]
            lost = partner[i] >= 0 or partner[j] >= 0
            near[k] = -1 if lost else new_index[j]
            gap[k] = gap[i]
            size[k] = size[i]
            rank[k] = rank[i]
            node[k] = node[i]
            for a in range(3):
                centre[k, a] = centre[i, a]
        m = kept
    return children, squared, sizes


@njit(cache=True)
def _find_neighbours(
    centre: np.ndarray, size: np.ndarray, rank: np.ndarray, near: np.ndarray, gap: np.ndarray
) -> None:
    """Fill `near` and `gap` (Dw of Eq. 1) of the clusters that have no neighbour."""
    order, start, end, low, high, first_leaf = kdtree.build(centre)
    smallest = np.empty(len(start), np.int64)
    for q in range(len(start) - 1, -1, -1):
        if q >= first_leaf:
            smallest[q] = size[order[start[q]]]
            for t in range(start[q], end[q]):
                smallest[q] = min(smallest[q], size[order[t]])
        else:
            smallest[q] = min(smallest[2 * q + 1], smallest[2 * q + 2])
    stack = np.empty(128, np.int64)
    bounds = np.empty(128)
    for i in range(len(near)):
        if near[i] >= 0:
            continue
        best, best_gap = -1, np.inf
        stack[0], bounds[0] = 0, 0.0
        height = 1
        while height > 0:
            height -= 1
            q = stack[height]
            if bounds[height] > best_gap * (1.0 + TIE):
                continue
            if q >= first_leaf:
                for t in range(start[q], end[q]):
                    j = order[t]
                    if j == i:
                        continue
                    d = 0.0
                    for a in range(3):
                        d += (centre[i, a] - centre[j, a]) ** 2
                    d *= size[i] * size[j] / (size[i] + size[j])
                    if d < best_gap * (1.0 - TIE) or (
                        d <= best_gap * (1.0 + TIE) and rank[j] < rank[best]
                    ):
                        best, best_gap = j, d
                continue
            left = _bound(centre[i], size[i], low[2 * q + 1], high[2 * q + 1], smallest[2 * q + 1])
            right = _bound(centre[i], size[i], low[2 * q + 2], high[2 * q + 2], smallest[2 * q + 2])
            nearer = 1 if left <= right else 2
            stack[height], bounds[height] = 2 * q + 3 - nearer, max(left, right)
            stack[height + 1], bounds[height + 1] = 2 * q + nearer, min(left, right)
            height += 2
        near[i] = best
        gap[i] = best_gap


@njit(cache=True)
def _bound(
    centre: np.ndarray, size: int, low: np.ndarray, high: np.ndarray, smallest: int
) -> float:
    """Return the least Dw that a cluster of a node can have."""
    d = 0.0
    for a in range(3):
        step = max(low[a] - centre[a], 0.0, centre[a] - high[a])
        d += step * step
    return d * size * smallest / (size + smallest)


@njit(cache=True)
def _monotone(children: np.ndarray, heights: np.ndarray, n: int) -> np.ndarray:
    """Lift heights that rounding put below those of their parts."""
    for t in range(len(heights)):
        for c in children[t]:
            if c >= n:
                heights[t] = max(heights[t], heights[c - n])
    return heights


@njit(cache=True)
def _top(children: np.ndarray, n_merges: int, n: int) -> np.ndarray:
    """Return for each point the highest of its nodes among the first merges."""
    top = np.arange(n + n_merges)
    for t in range(n_merges - 1, -1, -1):
        for c in children[t]:
            top[c] = top[n + t]
    return top[:n]


@njit(cache=True)
def _first_point(children: np.ndarray, n: int) -> np.ndarray:
    """Return one point of each merge."""
    first = np.empty(n - 1, np.int64)
    for t in range(n - 1):
        c = children[t, 0]
        first[t] = c if c < n else first[c - n]
    return first
