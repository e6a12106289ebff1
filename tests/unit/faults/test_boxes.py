"""Boxes: the smallest one, and overlap by separating axes."""

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.stats import special_ortho_group

from faultcast.errors import DataError
from faultcast.faults.boxes import (
    Box,
    boxes_overlap,
    enclosing_box,
    gaussian_box,
    minimum_box,
)


def _random_box(rng: np.random.Generator, spread: float) -> Box:
    axes = special_ortho_group.rvs(3, random_state=rng)
    return Box(rng.normal(0.0, spread, 3), axes, rng.uniform(0.1, 2.0, 3))


def test_a_turned_box_is_found_again() -> None:
    rng = np.random.default_rng(0)
    box = _random_box(rng, 5.0)
    inner = box.centre + (rng.uniform(-0.99, 0.99, (200, 3)) * box.half) @ box.axes
    found = minimum_box(np.concatenate((box.corners(), inner)))
    assert found.volume == pytest.approx(box.volume, rel=1e-9)
    np.testing.assert_allclose(found.centre, box.centre, atol=1e-9)


def test_no_box_flush_with_a_face_is_smaller() -> None:
    from scipy.spatial import ConvexHull

    points = np.random.default_rng(1).normal(size=(40, 3))
    found = minimum_box(points)
    assert found.contains(points).all()
    best = np.inf
    hull = ConvexHull(points)
    for normal in hull.equations[:, :3]:
        u = np.linalg.svd(normal[None])[2][1]
        v = np.cross(normal, u)
        flat = points @ np.array([u, v]).T
        outline = flat[ConvexHull(flat).vertices]
        for edge in np.roll(outline, -1, axis=0) - outline:
            turn = np.array([[edge[0], edge[1]], [-edge[1], edge[0]]]) / np.hypot(*edge)
            best = min(best, np.prod(np.ptp(outline @ turn.T, axis=0)) * np.ptp(points @ normal))
    assert found.volume == pytest.approx(best, rel=1e-9)


def _tilted(rng: np.random.Generator, box: Box) -> Box:
    """Return a box that has one axis in common with another."""
    turn = rng.uniform(0.1, 1.4)
    axes = box.axes.copy()
    axes[0] = np.cos(turn) * box.axes[0] + np.sin(turn) * box.axes[1]
    axes[1] = np.cos(turn) * box.axes[1] - np.sin(turn) * box.axes[0]
    return Box(box.centre + rng.normal(size=3), axes, rng.uniform(0.5, 3.0, 3))


def test_corners_that_coincide_seen_along_a_side_do_not_spoil_the_box() -> None:
    """Around two boxes with an axis in common the smallest box is a flat problem."""
    from scipy.spatial import ConvexHull

    rng = np.random.default_rng(4)
    for _ in range(60):
        box = _random_box(rng, 5.0)
        other = _tilted(rng, box)
        corners = np.concatenate((box.corners(), other.corners()))
        flat = corners @ box.axes[:2].T
        outline = flat[ConvexHull(flat).vertices]
        sides = np.roll(outline, -1, axis=0) - outline
        turns = [np.array([[x, y], [-y, x]]) / np.hypot(x, y) for x, y in sides]
        area = min(np.prod(np.ptp(outline @ turn.T, axis=0)) for turn in turns)
        found = minimum_box(corners)
        assert found.contains(corners).all()
        assert found.volume <= area * np.ptp(corners @ box.axes[2]) * (1.0 + 1e-9)


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (1, 0, 2, 3), (2, 1, 0, 3), (3, 2, 1, 0)])
def test_equal_boxes_are_told_apart_by_the_order_of_the_rows(order: tuple[int, ...]) -> None:
    """All three rectangles on the face that a flat tetrahedron stands on are equal."""
    corners = np.array([[0.0, 0.0, 0.0], [4.0, 0.0, 0.0], [1.5, 3.0, 0.0], [1.8, 1.0, 0.2]])
    points = corners[list(order)]
    found = minimum_box(points)
    assert found.volume == pytest.approx(4.0 * 3.0 * 0.2, rel=1e-9)
    base = [row for row, kept in enumerate(order) if kept != 3]
    edge = points[base[1]] - points[base[0]]
    along = np.abs(found.axes @ edge) / np.linalg.norm(edge)
    np.testing.assert_allclose(np.sort(along), [0.0, 0.0, 1.0], atol=1e-9)


def test_flat_points_get_a_flat_box_where_one_is_asked_for() -> None:
    points = np.random.default_rng(5).normal(size=(20, 3)) * [3.0, 1.0, 0.0]
    box = enclosing_box(points)
    assert box.contains(points).all()
    assert box.volume == pytest.approx(0.0, abs=1e-9)


def test_flat_points_have_no_box() -> None:
    points = np.random.default_rng(2).normal(size=(20, 3))
    points[:, 2] = 1.0
    with pytest.raises(DataError, match="plane"):
        minimum_box(points)


def test_gaussian_box_has_the_spread_of_its_kernel() -> None:
    box = gaussian_box(np.zeros(3), np.diag([4.0, 1.0, 0.25]))
    np.testing.assert_allclose(np.sort(2 * box.half), np.sqrt(12.0) * np.array([0.5, 1.0, 2.0]))


def test_overlap_agrees_with_linear_programming() -> None:
    rng = np.random.default_rng(3)
    found = []
    for _ in range(120):
        a, b = _random_box(rng, 1.0), _random_box(rng, 1.0)
        rows = np.concatenate((a.axes, -a.axes, b.axes, -b.axes))
        limits = np.concatenate(
            (
                a.axes @ a.centre + a.half,
                a.half - a.axes @ a.centre,
                b.axes @ b.centre + b.half,
                b.half - b.axes @ b.centre,
            )
        )
        shared = linprog(np.zeros(3), rows, limits, bounds=(None, None)).status == 0
        found.append(boxes_overlap(a.centre, a.axes, a.half, b.centre, b.axes, b.half))
        assert found[-1] == shared
    assert 20 < sum(found) < 110


def test_crossing_boxes_without_a_corner_inside_overlap() -> None:
    eye = np.eye(3)
    zero = np.zeros(3)
    assert boxes_overlap(zero, eye, np.array([5.0, 1, 0.1]), zero, eye, np.array([0.1, 1, 5.0]))
