"""Oriented boxes: the smallest one around points, the cuboid of a Gaussian, overlap tests.

A box is a centre (3,), axes (3, 3) whose rows are its unit vectors, and half sides (3,), km.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.spatial import ConvexHull, QhullError

from faultcast.errors import DataError

_QUARTER = np.pi / 2.0
# points closer than this, relative to their extent, are one: the corners of a box seen along
# its side coincide but for rounding
_SNAP = 1e-12
_SIGNS = np.array([[a, b, c] for a in (-1.0, 1.0) for b in (-1.0, 1.0) for c in (-1.0, 1.0)])


@dataclass(frozen=True)
class Box:
    """An oriented box: centre (3,), rows of `axes` (3, 3) its unit vectors, `half` sides (3,)."""

    centre: np.ndarray
    axes: np.ndarray
    half: np.ndarray

    @property
    def volume(self) -> float:
        """Volume, km^3."""
        return float(np.prod(2.0 * self.half))

    @property
    def covariance(self) -> np.ndarray:
        """Covariance (3, 3) of a uniform density in the box, km^2."""
        return (self.axes.T * (self.half**2 / 3.0)) @ self.axes

    def moved(self, centre: np.ndarray, axes: np.ndarray) -> Box:
        """Return the box with each point x at x @ axes + centre."""
        return Box(self.centre @ axes + centre, self.axes @ axes, self.half)

    def corners(self) -> np.ndarray:
        """Return the corners (8, 3)."""
        return np.asarray(self.centre + (_SIGNS * self.half) @ self.axes)

    def contains(self, xyz_km: np.ndarray, slack: float = 1e-9) -> np.ndarray:
        """Return for points (n, 3) whether they lie inside; `slack` is relative to the sides."""
        inside: np.ndarray = np.all(
            np.abs((xyz_km - self.centre) @ self.axes.T) <= self.half * (1.0 + slack) + 1e-12,
            axis=1,
        )
        return inside


def minimum_box(xyz_km: np.ndarray) -> Box:
    """Return the smallest oriented box of points (n, 3) with one side flush with their hull.

    Over the faces of the convex hull: the minimum-area rectangle of the hull seen along the
    face's normal, times the extent along it (the rule of the released program, whose ties are
    broken as it breaks them: see `_best_axes`).

    Raises
    ------
    DataError
        Fewer than four points, or all of them in a plane.
    """
    try:
        hull = ConvexHull(xyz_km)
    except (QhullError, ValueError) as error:
        raise DataError(
            f"no box around {len(xyz_km)} points: they lie in a plane or on a line; a volume "
            "needs at least four points that do not"
        ) from error
    corners, faces = np.unique(hull.simplices, return_inverse=True)
    # the rule for ties counts a face's points in the order of the rows
    faces = np.sort(faces.reshape(-1, 3), axis=1)
    points = np.ascontiguousarray(xyz_km[corners])
    axes = _best_axes(points - points[0], faces)
    along = points @ axes.T
    low, high = along.min(axis=0), along.max(axis=0)
    return Box((low + high) / 2.0 @ axes, axes, (high - low) / 2.0)


def enclosing_box(xyz_km: np.ndarray) -> Box:
    """Return the smallest box of points (n, 3); flat points have that of their principal axes."""
    try:
        return minimum_box(xyz_km)
    except DataError:
        middle = xyz_km.mean(axis=0)
        axes = np.linalg.svd(xyz_km - middle)[2]
        along = (xyz_km - middle) @ axes.T
        low, high = along.min(axis=0), along.max(axis=0)
        return Box(middle + (low + high) / 2.0 @ axes, axes, (high - low) / 2.0)


@njit(cache=True)
def _best_axes(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return the axes (3, 3; rows) of the smallest box over all faces (m, 3; rows ascending).

    Volumes and areas are compared in steps of 1e-10. Of equal boxes the first face wins, in
    the order of qhull; of equal rectangles on a face that of the smallest angle from the edge
    between the face's first two points, turning towards the third.
    """
    n = len(points)
    best, best_axes = np.inf, np.eye(3)
    plane = np.empty((n, 2))
    for f in range(len(faces)):
        first = points[faces[f, 0]]
        u = points[faces[f, 1]] - first
        u /= np.sqrt(np.sum(u * u))
        w = np.cross(u, points[faces[f, 2]] - first)
        norm = np.sqrt(np.sum(w * w))
        if norm == 0.0:
            continue
        w /= norm
        v = np.cross(w, u)
        low, high = np.inf, -np.inf
        for i in range(n):
            off = points[i] - first
            plane[i, 0] = np.sum(off * u)
            plane[i, 1] = np.sum(off * v)
            height = np.sum(off * w)
            low, high = min(low, height), max(high, height)
        area, c, s = _smallest_rectangle(plane)
        if np.round(area * (high - low) * 1e10) < np.round(best * 1e10):
            best = area * (high - low)
            best_axes[0] = c * u + s * v
            best_axes[1] = c * v - s * u
            best_axes[2] = w
    return best_axes


@njit(cache=True)
def _smallest_rectangle(plane: np.ndarray) -> tuple[float, float, float]:
    """Return area and direction (cos, sin) of the smallest rectangle of points (n, 2).

    Of rectangles equal to 1e-10 that with the smallest angle, modulo 90 degrees.
    """
    extent = max(np.max(np.abs(plane[:, 0])), np.max(np.abs(plane[:, 1])))
    step = _SNAP * extent
    outline = plane[_outline(np.round(plane / step))]
    m = len(outline)
    best, best_turn, best_c, best_s = np.inf, np.inf, 1.0, 0.0
    for e in range(m):
        dx = outline[(e + 1) % m, 0] - outline[e, 0]
        dy = outline[(e + 1) % m, 1] - outline[e, 1]
        norm = np.hypot(dx, dy)
        if norm <= 2.0 * step:  # one point twice
            continue
        c, s = dx / norm, dy / norm
        low_a, high_a, low_b, high_b = np.inf, -np.inf, np.inf, -np.inf
        for i in range(m):
            a = c * outline[i, 0] + s * outline[i, 1]
            b = c * outline[i, 1] - s * outline[i, 0]
            low_a, high_a = min(low_a, a), max(high_a, a)
            low_b, high_b = min(low_b, b), max(high_b, b)
        area = (high_a - low_a) * (high_b - low_b)
        turn = np.arctan2(s, c) % _QUARTER
        if turn > _QUARTER - 1e-9:  # zero but for rounding
            turn = 0.0
        now, before = np.round(area * 1e10), np.round(best * 1e10)
        if now < before or (now == before and turn < best_turn):
            best, best_turn, best_c, best_s = area, turn, c, s
    return best, best_c, best_s


@njit(cache=True)
def _outline(plane: np.ndarray) -> np.ndarray:
    """Return the rows of the convex outline of points (n, 2): Andrew's monotone chain."""
    n = len(plane)
    order = np.argsort(plane[:, 1], kind="mergesort")
    order = order[np.argsort(plane[order, 0], kind="mergesort")]
    chain = np.empty(2 * n + 1, np.int64)
    m = 0
    for direction in range(2):
        base = m + 1
        for t in range(n):
            k = order[t] if direction == 0 else order[n - 1 - t]
            while m > base:
                p, q = plane[chain[m - 2]], plane[chain[m - 1]]
                turn = (q[0] - p[0]) * (plane[k, 1] - p[1]) - (q[1] - p[1]) * (plane[k, 0] - p[0])
                if turn > 0.0:
                    break
                m -= 1
            chain[m] = k
            m += 1
        m -= 1
    return chain[:m].copy()


def gaussian_box(mean: np.ndarray, covariance: np.ndarray) -> Box:
    """Return the cuboid with the full side sqrt(12 eigenvalue): a uniform body of that spread."""
    values, vectors = np.linalg.eigh(covariance)
    return Box(np.asarray(mean), vectors.T.copy(), np.sqrt(3.0 * np.maximum(values, 0.0)))


@njit(cache=True)
def boxes_overlap(
    centre_a: np.ndarray,
    axes_a: np.ndarray,
    half_a: np.ndarray,
    centre_b: np.ndarray,
    axes_b: np.ndarray,
    half_b: np.ndarray,
) -> bool:
    """Tell whether two boxes share a point: no separating axis among the fifteen."""
    t = np.empty(3)
    c = np.empty((3, 3))
    d = np.empty((3, 3))
    for i in range(3):
        t[i] = 0.0
        for a in range(3):
            t[i] += axes_a[i, a] * (centre_b[a] - centre_a[a])
        for j in range(3):
            c[i, j] = 0.0
            for a in range(3):
                c[i, j] += axes_a[i, a] * axes_b[j, a]
            d[i, j] = abs(c[i, j]) + 1e-12  # parallel edges: their cross product is no axis
    for i in range(3):
        reach = half_a[i] + half_b[0] * d[i, 0] + half_b[1] * d[i, 1] + half_b[2] * d[i, 2]
        if abs(t[i]) > reach:
            return False
    for j in range(3):
        reach = half_b[j] + half_a[0] * d[0, j] + half_a[1] * d[1, j] + half_a[2] * d[2, j]
        if abs(t[0] * c[0, j] + t[1] * c[1, j] + t[2] * c[2, j]) > reach:
            return False
    for i in range(3):
        i1, i2 = (i + 1) % 3, (i + 2) % 3
        for j in range(3):
            j1, j2 = (j + 1) % 3, (j + 2) % 3
            reach = (
                half_a[i1] * d[i2, j]
                + half_a[i2] * d[i1, j]
                + half_b[j1] * d[i, j2]
                + half_b[j2] * d[i, j1]
            )
            if abs(t[i2] * c[i1, j] - t[i1] * c[i2, j]) > reach:
                return False
    return True
