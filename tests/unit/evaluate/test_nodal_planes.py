"""Angles between planes and nodal planes; permutations that reach no further than allowed."""

import numpy as np
import pytest

from faultcast.evaluate.kamer2020.nodal_planes import (
    median_angles,
    near_permutations,
    pair_angles,
    plane_normals,
    random_normals,
    slip_vectors,
)
from faultcast.faults.geometry import plane_angles


@pytest.fixture(scope="module")
def angles():
    rng = np.random.default_rng(0)
    return rng.uniform(0, 360, 50), rng.uniform(1, 90, 50), rng.uniform(-180, 180, 50)


def test_normals_give_strike_and_dip_back(angles):
    strike, dip, _ = angles
    again = plane_angles(plane_normals(strike, dip))
    np.testing.assert_allclose(again[0], strike, atol=1e-9)
    np.testing.assert_allclose(again[1], dip, atol=1e-9)


def test_slip_lies_in_the_plane(angles):
    normals, slips = plane_normals(*angles[:2]), slip_vectors(*angles)
    np.testing.assert_allclose(np.sum(normals * slips, axis=1), 0.0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(slips, axis=1), 1.0)


def test_slip_of_known_mechanisms():
    """Right-lateral on a plane striking north: the far (west) side's wall moves south to north."""
    # rake 0: the hanging wall moves along strike; rake 90: up the dip; -90: down
    np.testing.assert_allclose(slip_vectors(0.0, 90.0, 0.0), [0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(slip_vectors(0.0, 90.0, 180.0), [0, -1, 0], atol=1e-12)
    half = np.sqrt(0.5)
    # a plane that strikes north dips to the east; thrust moves its upper side west and up
    np.testing.assert_allclose(slip_vectors(0.0, 45.0, 90.0), [-half, 0, -half], atol=1e-12)
    np.testing.assert_allclose(slip_vectors(0.0, 45.0, -90.0), [half, 0, half], atol=1e-12)


def test_an_angle_is_that_to_the_nearer_plane_whichever_is_called_first():
    mechanism = np.stack(
        (plane_normals([140.0], [90.0]), slip_vectors([140.0], [90.0], [180.0])), 1
    )
    # the auxiliary plane strikes 50 degrees
    for strike, expected in ((140.0, 0.0), (320.0, 0.0), (50.0, 0.0), (150.0, 10.0), (95.0, 45.0)):
        found = median_angles(plane_normals([strike], [90.0]), mechanism)
        np.testing.assert_allclose(found, expected, atol=1e-5)
        np.testing.assert_allclose(
            median_angles(-plane_normals([strike], [90.0]), mechanism), found
        )
    # a level plane lies at right angles to both
    np.testing.assert_allclose(median_angles(np.array([[0.0, 0, 1]]), mechanism), 90.0)


def test_medians_are_those_of_a_slow_loop(angles):
    nodal = np.stack((plane_normals(*angles[:2]), slip_vectors(*angles)), axis=1)
    normals = random_normals(4, np.random.default_rng(1))
    slow = [
        np.median([min(np.degrees(np.arccos(abs(n @ p))) for p in pair) for pair in nodal])
        for n in normals
    ]
    np.testing.assert_allclose(median_angles(normals, nodal), slow)
    both = pair_angles(normals, [nodal, nodal[:7]])
    np.testing.assert_allclose(both[:, 0], slow)
    assert both.shape == (4, 2)


def test_random_normals_have_no_preferred_direction():
    vectors = random_normals(20_000, np.random.default_rng(2))
    np.testing.assert_allclose(vectors.T @ vectors / 20_000, np.eye(3) / 3, atol=0.01)


def test_permutations_stay_near_and_reach_every_allowed_order():
    centres = np.array([[0.0, 0], [40, 0], [80, 0], [500, 0]])
    draws = near_permutations(centres, 50.0, 3000, np.random.default_rng(3))
    assert (np.sort(draws, axis=1) == np.arange(4)).all()
    moved = np.linalg.norm(centres[draws] - centres[None], axis=2)
    assert moved.max() <= 50.0
    orders, counts = np.unique(draws, axis=0, return_counts=True)
    # identity, (0 1), (1 2): what nothing further than 50 km allows
    assert orders.tolist() == [[0, 1, 2, 3], [0, 2, 1, 3], [1, 0, 2, 3]]
    np.testing.assert_allclose(counts / 3000, 1 / 3, atol=0.04)
