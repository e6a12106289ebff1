"""Backgrounds: volumes and moments against analytic cases, storage, and the bias of boxes."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import special_ortho_group

from faultcast.errors import DataError
from faultcast.faults import FaultNetwork
from faultcast.faults.backgrounds import build_backgrounds, inside, move_backgrounds
from faultcast.faults.boxes import Box
from faultcast.faults.exact import background_density
from faultcast.faults.hull import convex_hull
from faultcast.faults.shapes import backgrounds_from_table, backgrounds_to_table
from faultcast.faults.tessellation import Tessellation, border_points, voronoi_cells

KINDS = ["box", "hull", "voronoi"]


def _lattice() -> tuple[np.ndarray, np.ndarray]:
    """Return a cubic lattice of 10^3 points in [0.5, 9.5]^3, two subsets divided at x = 3."""
    axis = np.arange(10) + 0.5
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    return points, (points[:, 0] > 3.0).astype(np.int64)


def _blobs(rng: np.random.Generator, n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    subset = np.repeat(np.arange(3), n)
    return rng.normal(size=(3 * n, 3)) * (2.0, 1.0, 0.5) + subset[:, None] * (4.0, 2.0, 0.0), subset


def test_hull_of_a_tetrahedron_is_analytic() -> None:
    turn = special_ortho_group.rvs(3, random_state=0)
    corners = np.array([[0.0, 0, 0], [3.0, 0, 0], [0, 2.0, 0], [0, 0, 1.0]]) @ turn.T + 1000.0
    hull = convex_hull(corners)
    assert hull.volume == pytest.approx(1.0)
    np.testing.assert_allclose(hull.centre, corners.mean(axis=0))
    # a uniform tetrahedron: covariance of the corners / 5 (n in the denominator)
    np.testing.assert_allclose(hull.covariance, np.cov(corners.T, bias=True) / 5.0, atol=1e-9)
    assert hull.contains(corners).all()
    assert not hull.contains(corners + 1e-3 * (corners - corners.mean(axis=0))).any()


def test_hull_of_a_box_is_the_box() -> None:
    rng = np.random.default_rng(1)
    axes = special_ortho_group.rvs(3, random_state=1)
    box = Box(np.array([5.0, -3.0, 8.0]), axes, np.array([4.0, 2.0, 1.0]))
    hull = convex_hull(np.concatenate((box.corners(), [box.centre])))
    assert hull.volume == pytest.approx(box.volume)
    np.testing.assert_allclose(hull.centre, box.centre)
    np.testing.assert_allclose(hull.covariance, box.covariance, atol=1e-12)
    probes = box.centre + rng.uniform(-5.0, 5.0, (2000, 3))
    np.testing.assert_array_equal(hull.contains(probes), box.contains(probes))


def test_voronoi_volumes_and_moments_are_those_of_two_cuboids() -> None:
    points, subset = _lattice()
    cells, cell_of = voronoi_cells(points, subset)
    np.testing.assert_array_equal(cell_of, [0, 1])
    for cell, sides in zip(cells, ([2.5, 9.0, 9.0], [6.5, 9.0, 9.0]), strict=True):
        # 2^18 Sobol points: far better here than the 1 / sqrt(points) that is promised
        assert cell.volume == pytest.approx(np.prod(sides), rel=1e-4)
        np.testing.assert_allclose(cell.covariance, np.diag(np.square(sides)) / 12.0, atol=1e-3)
    np.testing.assert_allclose(cells[0].centre, [1.75, 5.0, 5.0], atol=1e-3)


def test_only_border_points_shape_the_regions() -> None:
    rng = np.random.default_rng(2)
    points, subset = _blobs(rng)
    kept = border_points(points, subset)
    assert len(kept) < 0.9 * len(points)
    hull = convex_hull(points)
    probes = rng.uniform(points.min(axis=0), points.max(axis=0), (20_000, 3))
    np.testing.assert_array_equal(
        Tessellation(hull, points[kept], subset[kept]).regions(probes),
        Tessellation(hull, points, subset).regions(probes),
    )


def test_voronoi_cells_share_the_hull_without_overlap() -> None:
    rng = np.random.default_rng(3)
    points, subset = _blobs(rng)
    cells, place = build_backgrounds(points, subset, "voronoi")
    whole = convex_hull(points)
    assert sum(cell.volume for cell in cells) == pytest.approx(whole.volume, rel=1e-9)
    probes = rng.uniform(points.min(axis=0), points.max(axis=0), (20_000, 3))
    np.testing.assert_array_equal(inside(cells, probes).sum(axis=0), whole.contains(probes))
    # each event lies in the cell of its subset
    assert inside(cells, points)[place[subset], np.arange(len(points))].all()
    # volumes against independent points, within their own error
    share = inside(cells, probes).mean(axis=1) * np.prod(np.ptp(points, axis=0))
    np.testing.assert_allclose([cell.volume for cell in cells], share, rtol=0.05)


def test_flat_subsets_share_all_and_tiny_cells_join_a_neighbour() -> None:
    rng = np.random.default_rng(4)
    points, subset = _blobs(rng)
    flat = np.column_stack((rng.uniform(size=(20, 2)) * 1e-3, np.full(20, 0.4)))
    points, subset = np.concatenate((points, flat)), np.append(subset, np.full(20, 3))
    for kind in ("box", "hull"):
        bodies, place = build_backgrounds(points, subset, kind)
        assert len(bodies) == 4
        assert bodies[place[3]].contains(points).all()
    cells, place = build_backgrounds(points, subset, "voronoi")
    assert len(cells) == 3
    assert place[3] == place[0]


@pytest.mark.parametrize("kind", KINDS)
def test_moved_and_stored_bodies_are_the_same(kind: str) -> None:
    rng = np.random.default_rng(5)
    points, subset = _blobs(rng)
    bodies, _ = build_backgrounds(points, subset, kind)
    turn, shift = special_ortho_group.rvs(3, random_state=6), np.array([3e3, -5e3, 70.0])
    moved = move_backgrounds(bodies, shift, turn.T)
    probes = rng.uniform(points.min(axis=0), points.max(axis=0), (5000, 3))
    np.testing.assert_array_equal(inside(moved, probes @ turn.T + shift), inside(bodies, probes))
    for before, after in zip(bodies, moved, strict=True):
        np.testing.assert_allclose(after.covariance, turn @ before.covariance @ turn.T, atol=1e-9)
        np.testing.assert_allclose(after.centre, turn @ before.centre + shift)
    back = backgrounds_from_table(backgrounds_to_table(moved))
    for before, after in zip(moved, back, strict=True):
        assert after.volume == before.volume
        np.testing.assert_array_equal(after.covariance, before.covariance)
        np.testing.assert_array_equal(
            after.contains(probes @ turn.T + shift), before.contains(probes @ turn.T + shift)
        )


def test_a_torn_table_is_refused() -> None:
    points, subset = _blobs(np.random.default_rng(7))
    table = backgrounds_to_table(build_backgrounds(points, subset, "voronoi")[0])
    with pytest.raises(DataError, match="not whole"):
        backgrounds_from_table(table[table["background"] >= 0])


def _planted(seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Return six upright planes in a uniform background, probes inside it, its true density."""
    rng = np.random.default_rng(seed)
    half = np.array([60.0, 40.0, 8.0])
    parts = []
    for _ in range(6):
        flat = rng.uniform(-0.5, 0.5, (150, 3)) * (15.0, 0.0, 8.0) + rng.normal(0, 0.2, (150, 3))
        angle = rng.uniform(0.0, np.pi)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        flat[:, :2] = flat[:, :2] @ turn
        parts.append(flat + rng.uniform(-0.8, 0.8, 3) * half * (1.0, 1.0, 0.3))
    parts.append(rng.uniform(-1.0, 1.0, (800, 3)) * half)
    probes = rng.uniform(-0.8, 0.8, (5000, 3)) * half
    return np.concatenate(parts), probes, 800 / 1700 / np.prod(2.0 * half)


def test_overlapping_boxes_bias_the_background_and_voronoi_cells_do_not() -> None:
    error: dict[str, list[float]] = {"box": [], "voronoi": []}
    most: dict[str, list[float]] = {"box": [], "voronoi": []}
    for seed in range(3):
        points, probes, truth = _planted(seed)
        for kind in error:
            net = FaultNetwork(n_subsets=6, background=kind).fit(points)
            weights = net.weights_[net.is_background_]
            ratio = background_density(probes, net.mixture_.backgrounds, weights).sum(0) / truth
            error[kind].append(float(np.sqrt(np.mean((ratio - 1.0) ** 2))))
            most[kind].append(float(np.mean(ratio > 1.5)))
    # boxes add up where they overlap and leave gaps; cells do neither
    assert np.mean(error["box"]) > 2.0 * np.mean(error["voronoi"])
    assert np.mean(error["voronoi"]) < 0.2
    assert np.mean(most["box"]) > 0.05
    assert np.mean(most["voronoi"]) < 0.01


@pytest.mark.parametrize("kind", ["hull", "voronoi"])
def test_networks_follow_the_points_and_come_back_from_disk(kind: str, tmp_path: Path) -> None:
    points, probes, _ = _planted(8)
    rows = np.random.default_rng(9).permutation(len(points))
    turn = special_ortho_group.rvs(3, random_state=10)
    first = FaultNetwork(n_subsets=4, background=kind, refine="em").fit(points)
    second = FaultNetwork(n_subsets=4, background=kind, refine="em").fit(
        (points @ turn.T + (3000.0, -5000.0, 70.0))[rows]
    )
    assert second.bic_ == pytest.approx(first.bic_, rel=1e-9)
    assert np.isfinite(first.score_samples(points)).all()
    second.save(tmp_path / "net")
    back = FaultNetwork.load(tmp_path / "net")
    moved = probes @ turn.T + (3000.0, -5000.0, 70.0)
    np.testing.assert_array_equal(back.score_samples(moved), second.score_samples(moved))
    assert (back.background, back.refine) == (kind, "em")
