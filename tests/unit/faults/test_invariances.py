"""The exact engine's network goes with the points: order, place, direction, unit."""

import numpy as np
import pytest
from scipy.stats import special_ortho_group
from sklearn.metrics import adjusted_rand_score

from faultcast.faults import FaultNetwork
from faultcast.synthetic.crossing_faults import crossing_network
from faultcast.synthetic.paper_generator import paper_network

OPTIONS = {
    "global": {},
    "local": {"criterion": "local"},
    "em": {"refine": "em"},
    "hull": {"background": "hull"},
    "voronoi": {"background": "voronoi", "n_subsets": 3},
    "subsets": {"n_subsets": 3, "criterion": "local", "refine": "em"},
}
TURN = special_ortho_group.rvs(3, random_state=2)
# rows of the moved points: the old ones, turned, times a scale, shifted
MOVES = {
    "permuted": (np.eye(3), 1.0, (0.0, 0.0, 0.0)),
    "shifted": (np.eye(3), 1.0, (40.0, -70.0, 3.0)),
    # UTM easting and northing, km
    "utm": (np.eye(3), 1.0, (500.0, 3780.0, 0.0)),
    "far": (np.eye(3), 1.0, (1e6, -1e6, 1e6)),
    "turned": (TURN, 1.0, (0.0, 0.0, 0.0)),
    "turned far": (TURN, 1.0, (3000.0, -5000.0, 70.0)),
    "metres": (np.eye(3), 1e3, (0.0, 0.0, 0.0)),
    "utm metres": (np.eye(3), 1e3, (5e5, 3.78e6, 0.0)),
    "thousands of km": (np.eye(3), 1e-3, (0.0, 0.0, 0.0)),
}


@pytest.fixture(scope="module")
def points():
    crossing = crossing_network(n_faults=5, seed=3, points_per_km2=0.2).xyz_km
    # a catalog printed to 0.5 km, with repeated events: full of ties
    rounded = np.round(np.concatenate([crossing, crossing[:30]]) / 0.5) * 0.5
    paper = paper_network(n_faults=5, seed=8, points_per_km2=0.15, noise=0.2).xyz_km
    return {"paper": paper, "rounded": rounded}


@pytest.fixture(scope="module")
def networks(points):
    return {
        (name, option): FaultNetwork(**OPTIONS[option]).fit(xyz)
        for name, xyz in points.items()
        for option in OPTIONS
    }


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("name", ["paper", "rounded"])
def test_network_goes_with_the_points(points, networks, name, option, move):
    turn, scale, shift = MOVES[move]
    xyz, net = points[name], networks[name, option]
    rows = np.random.default_rng(1).permutation(len(xyz))
    if move != "permuted":
        rows = np.arange(len(xyz))
    moved = FaultNetwork(**OPTIONS[option]).fit((scale * xyz @ turn.T + shift)[rows])
    # a density per volume, at each point, is divided by scale^3
    expected = net.bic_ + len(xyz) * 3.0 * np.log(scale)
    assert moved.bic_ == pytest.approx(expected, abs=1e-9 * abs(net.bic_))
    assert adjusted_rand_score(net.labels_[rows], moved.labels_) == 1.0
    assert len(moved.weights_) == len(net.weights_)
    # kernels are matched through a point that each has won
    first = np.unique(net.labels_[rows], return_index=True)
    ours, theirs = first[0], moved.labels_[first[1]]
    np.testing.assert_allclose(moved.weights_[theirs], net.weights_[ours], rtol=1e-6)
    np.testing.assert_array_equal(moved.is_background_[theirs], net.is_background_[ours])
    gaussian = ~net.is_background_[ours]
    expected = scale * net.means_[ours] @ turn.T + shift
    np.testing.assert_allclose(
        moved.means_[theirs][gaussian], expected[gaussian], rtol=1e-9, atol=1e-6 * scale
    )
    expected = scale**2 * turn @ net.covariances_[ours] @ turn.T
    size = np.abs(expected).max()
    np.testing.assert_allclose(
        moved.covariances_[theirs][gaussian], expected[gaussian], rtol=1e-5, atol=1e-8 * size
    )


def test_rounded_points_do_repeat(points):
    assert len(np.unique(points["rounded"], axis=0)) <= len(points["rounded"]) - 30


@pytest.mark.parametrize("criterion", ["global", "local"])
def test_a_second_fit_gives_the_same_bits(points, criterion):
    first, second = (FaultNetwork(criterion, refine="em").fit(points["paper"]) for _ in range(2))
    np.testing.assert_array_equal(first.covariances_, second.covariances_)
    np.testing.assert_array_equal(first.labels_, second.labels_)
    assert first.bic_ == second.bic_
