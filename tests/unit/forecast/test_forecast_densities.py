"""Spatial densities against their slow obvious sums."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal, norm

from faultcast.catalog import Projection, Region
from faultcast.errors import DataError
from faultcast.forecast import (
    GaussianSum,
    TripleS,
    Uniform,
    Volume,
    adaptive_kernels,
    em_mixture,
    kernel_table_density,
    mass_inside,
    network_density,
    triple_s_log_densities,
    with_floor,
)

REGION = Region(latitude=(33.0, 35.0), longitude=(-118.0, -116.0), depth_km=(0.0, 20.0))
VOLUME = Volume(REGION, REGION.projection())


def _grid(reach: float, n: int) -> tuple[np.ndarray, float]:
    """Return midpoints of a cube of side 2 reach and the volume of a cell."""
    line = (np.arange(n) + 0.5) / n * 2 * reach - reach
    return np.stack(np.meshgrid(line, line, line), -1).reshape(-1, 3), (2 * reach / n) ** 3


def _mixture(seed: int = 0, k: int = 5) -> GaussianSum:
    generator = np.random.default_rng(seed)
    roots = generator.normal(size=(k, 3, 3)) + 2 * np.eye(3)
    return GaussianSum(
        generator.random(k), 5 * generator.normal(size=(k, 3)), roots @ roots.transpose(0, 2, 1)
    )


@pytest.mark.parametrize(
    "density",
    [
        _mixture(),
        TripleS(np.random.default_rng(1).normal(size=(20, 3)), 2.0, np.arange(20)),
        adaptive_kernels(np.random.default_rng(2).normal(size=(20, 3)), 3, smallest_km=1.5),
    ],
    ids=["gaussians", "triple_s", "adaptive"],
)
def test_densities_integrate_to_one(density):
    points, cell = _grid(50.0, 80)
    assert np.exp(density.log_density(points)).sum() * cell == pytest.approx(1.0, abs=1e-3)
    assert density.density(points).sum() * cell == pytest.approx(1.0, abs=1e-3)


def test_the_volume_is_that_of_the_sphere_segment():
    # authalic sphere against the ellipsoid and its projection: 0.3 %
    area = 6371.007**2 * np.radians(2) * (np.sin(np.radians(35)) - np.sin(np.radians(33)))
    assert VOLUME.size_km3 == pytest.approx(20 * area, rel=3e-3)


def test_the_volume_holds_its_lower_edges_only():
    latitude = np.array([33.0, 34.0, 35.0, 33.0, 34.0, 34.0])
    longitude = np.array([-118.0, -117.0, -117.0, -116.0, -117.0, -117.0])
    depth = np.array([0.0, 19.9, 5.0, 5.0, 20.0, -0.1])
    points = np.column_stack([*VOLUME.projection.forward(latitude, longitude), depth])
    assert VOLUME.contains(points).tolist() == [True, True, False, False, False, False]


def test_a_volume_across_the_180th_meridian_holds_both_sides():
    region = Region(latitude=(-2, 2), longitude=(178, 182), depth_km=(0, 10))
    volume = Volume(region, region.projection())
    x_km, y_km = volume.projection.forward([0, 0, 0], [179, -179, -177])
    assert volume.contains(np.column_stack((x_km, y_km, np.ones(3)))).tolist() == [1, 1, 0]


def test_uniform_draws_fill_the_volume_evenly():
    uniform = Uniform(VOLUME)
    points = uniform.sample(4000, np.random.default_rng(3))
    assert VOLUME.contains(points).all()
    assert np.exp(uniform.log_density(points)) == pytest.approx(1 / VOLUME.size_km3)
    latitude, _ = VOLUME.projection.inverse(points[:, 0], points[:, 1])
    assert (latitude < 34).mean() == pytest.approx(0.503, abs=0.03)
    assert uniform.density(points + np.array([0, 0, 40])).max() == 0


def test_gaussians_equal_the_slow_sum():
    mixture = _mixture()
    covariances = mixture._factors @ mixture._factors.transpose(0, 2, 1)
    points = 8 * np.random.default_rng(4).normal(size=(50, 3))
    slow = sum(
        weight * multivariate_normal(mean, covariance).pdf(points)
        for weight, mean, covariance in zip(
            mixture.weights, mixture.means, covariances, strict=True
        )
    )
    assert np.exp(mixture.log_density(points)) == pytest.approx(slow, rel=1e-10)
    assert mixture.density(points) == pytest.approx(slow, rel=1e-6, abs=1e-9 * slow.max())


def test_far_tails_stay_finite():
    density = GaussianSum([1.0], np.zeros((1, 3)), np.eye(3)[None])
    assert density.log_density([[100.0, 0, 0]]) == pytest.approx(-5000 - 1.5 * np.log(2 * np.pi))
    assert density.density([[100.0, 0, 0]]) == 0


@pytest.mark.parametrize("weighted", [False, True])
def test_triple_s_equals_the_slow_sum_within_its_stated_error(weighted):
    generator = np.random.default_rng(5)
    sources = np.concatenate((generator.normal(size=(300, 3)), 60 * generator.random((200, 3))))
    weights = generator.random(500) ** 8 if weighted else np.ones(500)
    weights[3] = 0.0 if weighted else 1.0
    points = np.concatenate((sources[:20], 100 * generator.random((60, 3))))
    bandwidths = [3.0, 0.2, 12.0, 1.0]
    fast = triple_s_log_densities(points, sources, bandwidths, weights)
    gaps = ((points[:, None] - sources) ** 2).sum(axis=2)
    for column, h in zip(fast.T, bandwidths, strict=True):
        terms = (
            np.log(weights / weights.sum(), where=weights > 0, out=np.full(500, -np.inf))
            - gaps / (2 * h**2)
            - 1.5 * np.log(2 * np.pi * h**2)
        )
        slow = np.logaddexp.reduce(terms, axis=1)
        assert column == pytest.approx(slow, abs=1.1e-6)


def test_triple_s_is_a_sum_of_equal_gaussians():
    sources = np.random.default_rng(6).normal(size=(30, 3))
    points = 3 * np.random.default_rng(7).normal(size=(40, 3))
    covariances = np.tile(4 * np.eye(3), (30, 1, 1))
    ours = TripleS(sources, 2.0)
    assert ours.log_density(points) == pytest.approx(
        GaussianSum(np.ones(30), sources, covariances).log_density(points), abs=2e-6
    )
    assert ours.density(points) == pytest.approx(np.exp(ours.log_density(points)), rel=2e-6)


def test_adaptive_bandwidths_are_neighbour_distances():
    line = np.array([[0.0, 0, 0], [1, 0, 0], [3, 0, 0], [7, 0, 0]])
    density = adaptive_kernels(line, 1, smallest_km=1.5)
    sigma = np.array([1.5, 1.5, 2.0, 4.0])
    slow = np.mean(
        [multivariate_normal(m, s**2).pdf([2.0, 1, 0]) for m, s in zip(line, sigma, strict=True)]
    )
    assert np.exp(density.log_density([[2.0, 1, 0]])) == pytest.approx(slow)


def test_the_mass_inside_is_the_normal_integral():
    # one kernel at the surface in the middle: half of its depth range lies below
    density = GaussianSum([1.0], np.array([[0.0, 0.0, 0.0]]), np.diag([25.0, 25.0, 100.0])[None])
    inside, error = mass_inside(density, VOLUME, n_samples=40_000)
    assert error == pytest.approx(0.0025, abs=1e-4)
    assert inside == pytest.approx(norm.cdf(2) - 0.5, abs=4 * error)


def test_the_floor_makes_the_density_integrate_to_one_over_the_volume():
    density = TripleS(np.array([[0.0, 0.0, 1.0], [400.0, 0.0, 5.0]]), 4.0)
    mass = mass_inside(density, VOLUME, n_samples=200_000).inside
    points = Uniform(VOLUME).sample(400_000, np.random.default_rng(8))
    mixed = with_floor(density.log_density(points), mass, 0.1, VOLUME)
    # uniform draws: the mean of f times V is the integral, here to 1.5 %
    assert np.exp(mixed).mean() * VOLUME.size_km3 == pytest.approx(1.0, abs=0.05)
    assert mixed.min() >= np.log(0.1 / VOLUME.size_km3) - 1e-12
    assert with_floor([-3.0], 0.5, 0.0, VOLUME) == pytest.approx(-3.0 + np.log(2))


def test_all_background_becomes_one_cuboid():
    network = SimpleNamespace(
        weights_=np.array([0.5, 0.1, 0.3, 0.1]),
        means_=np.tile([0.0, 0, 10], (4, 1)),
        covariances_=np.stack([np.diag([9.0, 4.0, 1.0])] * 4)
        * np.array([1, 7, 2, 5])[:, None, None],
        is_background_=np.array([False, True, False, True]),
    )
    density = network_density(network, VOLUME)
    points = np.array([[0.0, 0.0, 10.0], [80.0, 50.0, 3.0], [0.0, 0.0, 25.0]])
    faults = 0.5 * multivariate_normal([0, 0, 10], [9, 4, 1]).pdf(points) + (
        0.3 * multivariate_normal([0, 0, 10], [18, 8, 2]).pdf(points)
    )
    expected = faults + 0.2 / VOLUME.size_km3 * np.array([1, 1, 0])
    assert np.exp(density.log_density(points)) == pytest.approx(expected)
    assert density.density(points) == pytest.approx(expected, rel=1e-6, abs=1e-12)
    assert mass_inside(density, VOLUME).inside == pytest.approx(1.0, abs=1e-3)


def test_a_kernel_table_keeps_weights_and_covariances():
    table = pd.DataFrame(
        {
            "event_id": ["a", "b", "c"],
            "weight": [3.0, 0.0, 1.0],
            "x_km": [0.0, 9.0, 1.0],
            "y_km": 0.0,
            "z_km": [5.0, 5.0, 6.0],
            "cxx": 2.0,
            "cxy": [0.5, 0, 0],
            "cxz": 0.0,
            "cyy": 1.0,
            "cyz": [0, 0, 0.25],
            "czz": 3.0,
        }
    )
    density = kernel_table_density(table)
    first = np.array([[2.0, 0.5, 0], [0.5, 1, 0], [0, 0, 3]])
    last = np.array([[2.0, 0, 0], [0, 1, 0.25], [0, 0.25, 3]])
    point = [0.5, 0.5, 5.5]
    expected = 0.75 * multivariate_normal([0, 0, 5], first).pdf(point)
    expected += 0.25 * multivariate_normal([1, 0, 6], last).pdf(point)
    assert np.exp(density.log_density([point])) == pytest.approx(expected)


def test_em_finds_two_clusters_again_and_repeats_itself():
    generator = np.random.default_rng(9)
    points = np.concatenate(
        (generator.normal(size=(300, 3)), generator.normal([20, 0, 0], 1, (100, 3)))
    )
    mixture = em_mixture(points, 2, seed=1)
    assert sorted(mixture.weights) == pytest.approx([0.25, 0.75], abs=0.01)
    assert em_mixture(points, 2, seed=1).log_density(points) == pytest.approx(
        mixture.log_density(points)
    )
    assert len(em_mixture(points, 3, max_events=50).weights) == 3


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: GaussianSum([1.0], np.zeros((1, 2)), np.eye(3)[None]), "expected"),
        (lambda: GaussianSum([1.0], np.zeros((1, 3)), np.zeros((1, 3, 3))), "positive definite"),
        (lambda: GaussianSum([np.nan], np.zeros((1, 3)), np.eye(3)[None]), "not finite"),
        (lambda: GaussianSum([0.0], np.zeros((1, 3)), np.eye(3)[None]), "all be zero"),
        (
            lambda: GaussianSum([1.0], np.zeros((1, 3)), np.eye(3)[None], uniform_weight=0.1),
            "volume",
        ),
        (lambda: TripleS(np.zeros((0, 3)), 1.0), "n > 0"),
        (lambda: TripleS(np.zeros((2, 3)), 0.0), "positive number"),
        (lambda: TripleS(np.zeros((2, 3)), 1.0, [0.0, 0.0]), "all weights"),
        (lambda: triple_s_log_densities(np.zeros((1, 3)), np.zeros((1, 3)), [-1.0]), "positive"),
        (lambda: adaptive_kernels(np.zeros((3, 3)), 3), "1..2"),
        (lambda: em_mixture(np.zeros((3, 3)), 4), "1..3"),
        (lambda: with_floor([0.0], 1.0, 1.0, VOLUME), "floor weight"),
        (lambda: Volume(Region((0, 1), (0, 1)), Projection.centred(0, 0)), "depth"),
        (
            lambda: mass_inside(TripleS(np.array([[9e3, 0.0, 0.0]]), 1.0), VOLUME, n_samples=9),
            "same projection",
        ),
    ],
)
def test_bad_input_is_told(call, text):
    with pytest.raises(DataError, match=text):
        call()
