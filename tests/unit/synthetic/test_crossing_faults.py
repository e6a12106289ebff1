"""Crossing faults, and what the true parameters say about planted points."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, norm

from faultcast.errors import DataError
from faultcast.synthetic.crossing_faults import crossing_network
from faultcast.synthetic.paper_generator import paper_network

SHAPES = ["rectangle", "ellipse"]


@pytest.mark.parametrize("shape", SHAPES)
def test_faults_are_as_asked(shape):
    planted = crossing_network(seed=3, shape=shape, points_per_km2=3.0)
    assert len(planted.strike_deg) == 12
    for values, low, high in (
        (planted.strike_deg, -90, 90),
        (planted.dip_deg, 50, 90),
        (planted.length_km, 15, 35),
        (planted.width_km, 6, 14),
        (planted.centres_km[:, :2], 0, 48),
        (planted.centres_km[:, 2], 6, 14),
    ):
        assert values.min() >= low and values.max() <= high
    assert np.mean(planted.labels == 12) == pytest.approx(0.1, abs=1e-3)
    for k in range(12):
        own = planted.xyz_km[planted.labels == k]
        length, width = planted.length_km[k], planted.width_km[k]
        assert len(own) == round(3.0 * length * width)
        strike, dip = np.radians([planted.strike_deg[k], planted.dip_deg[k]])
        # z down, dip to the right of strike
        along = np.array([np.sin(strike), np.cos(strike), 0.0])
        down = np.array([np.cos(strike) * np.cos(dip), -np.sin(strike) * np.cos(dip), np.sin(dip)])
        across = np.cross(along, down)
        off = own - planted.centres_km[k]
        for axis, side in ((along, length), (down, width), (across, 0.0)):
            expected = np.hypot(side / np.sqrt(12.0), 0.15)
            assert np.std(off @ axis) == pytest.approx(expected, rel=0.15)
        if shape == "rectangle":
            assert np.abs(off @ along).max() < 0.5 * length + 5 * 0.15


def test_faults_cross():
    planted = crossing_network(seed=0)
    near = 0
    for k in range(12):
        off = (planted.xyz_km - planted.centres_km[k]) @ planted.frames[k].T
        sides = np.array([planted.length_km[k], 0.9, planted.width_km[k]])
        on_plane = np.all(np.abs(off) < 0.5 * sides, axis=1) & (planted.labels < 12)
        near += len(np.unique(planted.labels[on_plane])) > 1
    assert near >= 8


def test_seeds_repeat_and_differ():
    first, again, other = (crossing_network(seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(first.xyz_km, again.xyz_km)
    assert not np.array_equal(first.strike_deg, other.strike_deg)


@pytest.mark.parametrize("network", [crossing_network, paper_network])
def test_density_of_a_rectangle_is_the_integral_over_it(network):
    planted = network(n_faults=2, seed=4)
    parts = planted.true_log_parts()
    k, sigma = 1, planted.scatter_km
    sides = (planted.length_km[k], planted.thickness_km, planted.width_km[k])
    for row in np.flatnonzero(planted.labels == k)[:10]:
        density = np.mean(planted.labels == k)
        off = planted.frames[k] @ (planted.xyz_km[row] - planted.centres_km[k])
        for x, side in zip(off, sides, strict=True):
            if side == 0.0:
                density *= norm.pdf(x, 0.0, sigma)
                continue
            # beyond 8 sigma nothing is left
            low, high = max(-side / 2, x - 8 * sigma), min(side / 2, x + 8 * sigma)
            density *= quad(lambda t, x=x: norm.pdf(x - t, 0.0, sigma), low, high)[0] / side
        assert parts[row, k] == pytest.approx(np.log(density), rel=1e-6)
    assert np.isfinite(parts[:, :2]).all()


@pytest.mark.parametrize("network", [crossing_network, paper_network])
def test_density_of_an_ellipse_is_normal(network):
    planted = network(n_faults=3, seed=5, shape="ellipse", points_per_km2=0.5)
    parts = planted.true_log_parts()
    share = np.bincount(planted.labels) / len(planted.labels)
    for k in range(3):
        own = multivariate_normal(planted.gaussians[0][k], planted.gaussians[1][k])
        np.testing.assert_allclose(
            parts[:, k], np.log(share[k]) + own.logpdf(planted.xyz_km), rtol=1e-9
        )
    volume = np.prod(np.ptp(planted.noise_box_km, axis=0))
    inside = parts[:, 3] > -np.inf
    np.testing.assert_allclose(parts[inside, 3], np.log(share[3] / volume))
    assert inside.all()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("network", [crossing_network, paper_network])
def test_true_labels_are_right_as_often_as_they_say(network, shape):
    """Posterior chances of the true mixture are calibrated: nothing in it can be far off."""
    right = claimed = n = 0.0
    for seed in range(4):
        planted = network(seed=seed, shape=shape, noise=0.2)
        parts = planted.true_log_parts()
        right += np.sum(planted.true_labels() == planted.labels)
        claimed += np.exp(parts.max(axis=1) - logsumexp(parts, axis=1)).sum()
        n += len(planted.labels)
    assert right / n == pytest.approx(claimed / n, abs=0.005)
    assert right / n > 0.9


def test_without_noise_no_point_is_noise():
    planted = crossing_network(seed=1, noise=0.0)
    assert planted.labels.max() == 11
    assert planted.true_labels().max() == 11


@pytest.mark.parametrize(
    "options", [{"noise": 1.0}, {"n_faults": 0}, {"points_per_km2": 0.0}, {"shape": "disc"}]
)
def test_bad_arguments_are_named(options):
    with pytest.raises(DataError, match=next(iter(options))):
        crossing_network(**options)
