"""Iterative splitting after Ouillon et al. (2008)."""

import numpy as np
import pytest
from scipy.optimize import minimize

from faultcast.errors import DataError
from faultcast.faults.top_down import rectangle_distances, split_planes


def sheet(rng, n, centre, strike_deg, scatter=0.1):
    """Points on a vertical plane of 20 x 8 km."""
    strike = np.radians(strike_deg)
    along = np.array([np.sin(strike), np.cos(strike), 0.0])
    u, v = 20.0 * (rng.random(n) - 0.5), 8.0 * (rng.random(n) - 0.5)
    flat = centre + u[:, None] * along + v[:, None] * np.array([0.0, 0.0, 1.0])
    return flat + scatter * rng.standard_normal((n, 3))


def test_distances_are_those_to_the_nearest_place_of_the_rectangle():
    rng = np.random.default_rng(0)
    points, means = 10.0 * rng.standard_normal((25, 3)), 5.0 * rng.standard_normal((3, 3))
    frames = np.linalg.qr(rng.standard_normal((3, 3, 3)))[0]
    sides = rng.uniform(1.0, 12.0, (3, 2))
    found = rectangle_distances(points, means, frames, sides)
    for p, point in enumerate(points):
        for k in range(3):
            bounds = [(-s / 2, s / 2) for s in sides[k]]

            def gap(t, k=k, point=point):
                return np.sum((means[k] + frames[k][:, 1:] @ t - point) ** 2)

            slow = minimize(gap, np.zeros(2), bounds=bounds).fun
            assert found[p, k] == pytest.approx(slow, rel=1e-5, abs=1e-6)


def test_two_sheets_apart_are_found():
    rng = np.random.default_rng(1)
    points = np.concatenate(
        [sheet(rng, 200, (0.0, 0.0, 8.0), 0.0), sheet(rng, 200, (30.0, 0.0, 8.0), 90.0)]
    )
    truth = np.repeat([0, 1], 200)
    stages = split_planes(points, location_error_km=0.6, seed=3)
    assert [len(stage.means) for stage in stages] == [1, 2]
    labels = stages[1].labels
    assert np.array_equal(labels, truth) or np.array_equal(labels, 1 - truth)
    assert stages[1].parts == (0, 1)
    assert stages[1].cost_km2 < 0.02 < stages[0].cost_km2
    # 0.1 km of scatter is a body of sqrt(12) times as much
    np.testing.assert_allclose(stages[1].thickness_km, np.sqrt(12.0) * 0.1, rtol=0.15)


def test_events_end_at_the_nearest_rectangle():
    rng = np.random.default_rng(2)
    points = np.concatenate([sheet(rng, 150, (0.0, 0.0, 8.0), s) for s in (20.0, 80.0, 140.0)])
    for stage in split_planes(points, location_error_km=0.2, max_planes=4, seed=0)[1:]:
        values, frames = np.linalg.eigh(stage.covariances)
        distances = rectangle_distances(points, stage.means, frames, np.sqrt(12 * values[:, 1:]))
        rows = np.arange(len(points))
        nearest = distances.min(axis=1)
        assert np.mean(distances[rows, stage.labels] > nearest + 1e-9) < 0.02
        assert nearest.mean() == pytest.approx(stage.cost_km2, rel=0.02)


def test_a_thin_sheet_stays_whole_and_a_thick_one_splits_until_max_planes():
    points = sheet(np.random.default_rng(3), 200, (0.0, 0.0, 8.0), 30.0)
    assert len(split_planes(points, location_error_km=0.6)) == 1
    stages = split_planes(points, location_error_km=1e-3, max_planes=3)
    assert [len(stage.means) for stage in stages] == [1, 2, 3]
    for stage in stages:
        assert np.bincount(stage.labels).min() >= 4


def test_seed_decides_and_order_does_not():
    rng = np.random.default_rng(4)
    points = rng.standard_normal((120, 3)) * [10.0, 5.0, 2.0]
    order = rng.permutation(120)
    options = dict(location_error_km=0.1, max_planes=3)
    first, other = (split_planes(points, seed=seed, **options)[-1] for seed in (0, 1))
    moved = split_planes(points[order], seed=0, **options)[-1]
    np.testing.assert_array_equal(moved.labels, first.labels[order])
    assert not np.array_equal(first.labels, other.labels)


def test_splitting_ends_where_no_split_keeps_four_events_a_plane():
    points = 5.0 * np.random.default_rng(5).standard_normal((8, 3))
    stages = split_planes(points, location_error_km=1e-6)
    assert 1 <= len(stages) <= 2
    assert len(split_planes(np.ones((9, 3)), location_error_km=0.1)) == 1


@pytest.mark.parametrize(
    ("points", "options", "text"),
    [
        (np.zeros((7, 3)), {"location_error_km": 1.0}, "at least 8"),
        (np.zeros((9, 2)), {"location_error_km": 1.0}, "shape"),
        (np.full((9, 3), np.nan), {"location_error_km": 1.0}, "NaN"),
        (np.zeros((9, 3)), {"location_error_km": 0.0}, "location_error_km"),
        (np.zeros((9, 3)), {"location_error_km": 1.0, "max_planes": 0}, "max_planes"),
    ],
)
def test_bad_input_is_refused(points, options, text):
    with pytest.raises(DataError, match=text):
        split_planes(points, **options)
