from itertools import pairwise

import numpy as np
import pytest

from faultcast.condense.points import (
    draw_normals,
    draw_uniforms,
    normal_design,
    split_points,
    stream_keys,
)


@pytest.mark.parametrize("n_points", [20, 64, 100, 1000])
def test_design_has_the_moments_of_the_normal(n_points):
    points = normal_design(n_points)
    assert points.shape == (n_points, 3)
    assert np.allclose(points.mean(axis=0), 0, atol=1e-12)
    assert np.allclose(points.T @ points / n_points, np.eye(3), atol=1e-12)
    assert np.array_equal(points, normal_design(n_points))


@pytest.mark.parametrize("n_points", [1, 2, 7])
def test_design_of_few_points_is_finite(n_points):
    assert np.isfinite(normal_design(n_points)).all()


def test_drawn_normals_are_standard_and_belong_to_their_key():
    keys = stream_keys(np.array(["a", "b"]), 0)
    one, two, again = np.empty((20000, 3)), np.empty((20000, 3)), np.empty((20000, 3))
    draw_normals(keys[0], one)
    draw_normals(keys[1], two)
    draw_normals(keys[0], again)
    assert np.array_equal(one, again)
    assert np.allclose(one.mean(axis=0), 0, atol=0.03)
    assert np.allclose(np.cov(one.T), np.eye(3), atol=0.04)
    assert abs(np.corrcoef(one.ravel(), two.ravel())[0, 1]) < 0.02


def test_uniforms_stay_inside():
    values = np.empty(10000)
    draw_uniforms(stream_keys(np.array(["a"]), 3)[0], values)
    assert 0 < values.min() < 0.001
    assert 0.999 < values.max() < 1
    assert values.mean() == pytest.approx(0.5, abs=0.02)


def test_keys_depend_on_name_and_seed_only():
    forward, backward = stream_keys(np.array(["a", "b"]), 1), stream_keys(np.array(["b", "a"]), 1)
    assert forward[0] == backward[1]
    assert forward[0] != forward[1]
    assert forward[0] != stream_keys(np.array(["a"]), 2)[0]


@pytest.mark.parametrize("n_points", [1, 7, 32, 33, 100, 1000])
def test_parts_are_small_and_hold_every_point_once(n_points):
    points = np.random.default_rng(n_points).standard_normal((n_points, 3)) * [5, 1, 1]
    order, first = split_points(points, 32)
    assert sorted(order) == list(range(n_points))
    assert first[0] == 0
    assert first[-1] == n_points
    assert len(first) == -(-n_points // 32) + 1
    assert np.diff(first).min() > 0
    assert np.diff(first).max() <= 32
    if n_points == 100:
        # cut twice along the long axis
        parts = [points[order[a:b], 0] for a, b in pairwise(first)]
        assert all(p.max() < q.min() for p, q in pairwise(parts))


def test_coincident_points_are_split_too():
    order, first = split_points(np.zeros((70, 3)), 32)
    assert len(first) == 4
    assert sorted(order) == list(range(70))
