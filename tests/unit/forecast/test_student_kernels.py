"""Student-t kernels: density against scipy's, fit to planted tails, draws."""

import numpy as np
import pytest
from scipy.stats import f, multivariate_t

from faultcast.catalog import Region
from faultcast.faults.boxes import Box
from faultcast.faults.mixture import Mixture, assemble
from faultcast.forecast.network import network_density
from faultcast.forecast.student_t import StudentKernels, StudentSum, fit_student, network_kernels
from faultcast.forecast.volume import Volume

REGION = Region((33.0, 35.0), (-118.0, -116.0), (0.0, 20.0))
VOLUME = Volume(REGION, REGION.projection())
MEANS = np.array([[-20.0, 0.0, 10.0], [20.0, 10.0, 8.0]])
SCALES = np.array([np.diag([25.0, 4.0, 1.0]), [[9.0, 3.0, 0.0], [3.0, 9.0, 0.5], [0.0, 0.5, 1.0]]])
NU = 4.0


def _mixture(background: float = 0.2) -> Mixture:
    body = Box(np.array([0.0, 0.0, 10.0]), np.eye(3), np.array([100.0, 100.0, 10.0]))
    share = 1.0 - background
    return assemble(
        np.array([0.6, 0.4]) * share,
        MEANS,
        2.0 * SCALES,
        [body] if background else [],
        np.array([background] if background else []),
    )


def _draws(n: int, seed: int) -> np.ndarray:
    parts = [
        multivariate_t.rvs(MEANS[k], SCALES[k], NU, size=size, random_state=seed + k)
        for k, size in enumerate((int(0.6 * n), n - int(0.6 * n)))
    ]
    return np.concatenate(parts)


@pytest.mark.parametrize("nu", [2.5, 4.0, 50.0])
def test_density_is_that_of_scipy(nu: float) -> None:
    points = np.random.default_rng(0).normal(size=(200, 3)) * 10.0 + (0.0, 0.0, 10.0)
    kernels = StudentKernels(np.array([0.5, 0.3]), MEANS, SCALES, nu, np.array([0.15, 0.05]))
    expected = 0.2 / VOLUME.size_km3 * VOLUME.contains(points)
    for k, weight in enumerate(kernels.weights):
        expected += weight * multivariate_t.pdf(points, MEANS[k], SCALES[k], nu)
    found = StudentSum(kernels, VOLUME)
    np.testing.assert_allclose(found.density(points), expected, rtol=1e-9)


def test_infinite_degrees_of_freedom_are_the_network() -> None:
    points = np.random.default_rng(1).normal(size=(200, 3)) * 10.0 + (0.0, 0.0, 10.0)
    mixture = _mixture()
    gaussian = StudentSum(network_kernels(mixture), VOLUME)

    class Built:
        weights_, means_ = mixture.weights, mixture.means
        covariances_, is_background_ = mixture.covariances, mixture.is_background

    np.testing.assert_allclose(
        gaussian.log_density(points), network_density(Built(), VOLUME).log_density(points)
    )


def test_fit_finds_planted_scales_and_degrees_of_freedom() -> None:
    points = _draws(8000, 2)
    best = {}
    for nu in (2.5, NU, 10.0, np.inf):
        kernels, history = fit_student(_mixture(background=0.0), points, nu, tolerance=1e-7)
        assert np.all(np.diff(history) > -1e-9)
        best[nu] = history[-1]
        if nu == NU:
            np.testing.assert_allclose(kernels.weights, [0.6, 0.4], atol=0.01)
            for k in range(2):
                size = np.sqrt(np.trace(SCALES[k]))
                assert np.linalg.norm(kernels.scales[k] - SCALES[k]) < 0.1 * size**2
    assert max(best, key=lambda nu: best[nu]) == NU


def test_where_the_fit_begins_does_not_matter() -> None:
    points = _draws(3000, 7)
    mixture = _mixture(background=0.0)
    gaussian, _ = fit_student(mixture, points, np.inf, tolerance=1e-9)
    cold, slow = fit_student(mixture, points, NU, tolerance=1e-9)
    warm, fast = fit_student(mixture, points, NU, start=gaussian, tolerance=1e-9)
    assert fast[-1] == pytest.approx(slow[-1], abs=1e-6)
    np.testing.assert_allclose(warm.scales, cold.scales, rtol=0.01, atol=0.02)


def test_background_takes_the_rest() -> None:
    rng = np.random.default_rng(3)
    noise = rng.uniform((-100.0, -100.0, 0.0), (100.0, 100.0, 20.0), (1000, 3))
    kernels, _ = fit_student(_mixture(), np.concatenate((_draws(3000, 4), noise)), NU)
    assert kernels.background.sum() == pytest.approx(0.25, abs=0.03)
    assert kernels.weights.sum() + kernels.background.sum() == pytest.approx(1.0)


def test_a_kernel_without_events_keeps_its_shape() -> None:
    mixture = assemble(
        np.array([0.5, 0.5]),
        np.array([[0.0, 0.0, 0.0], [1e5, 0.0, 0.0]]),
        np.array([np.eye(3), np.eye(3)]),
        [],
        np.empty(0),
    )
    kernels, _ = fit_student(mixture, np.random.default_rng(5).normal(size=(100, 3)), np.inf)
    np.testing.assert_allclose(kernels.scales[1], np.eye(3))
    assert kernels.weights[1] == pytest.approx(0.0)


def test_draws_have_the_density() -> None:
    kernels = StudentKernels(np.array([0.6, 0.4]), MEANS, SCALES, NU, np.empty(0))
    drawn = StudentSum(kernels, VOLUME).sample(20_000, np.random.default_rng(6))
    first = drawn[:12_000] - MEANS[0]
    gap = np.sum(first**2 / np.diag(SCALES[0]), axis=1)
    # q / 3 of a Student-t is F-distributed: half lie below its median, 2.82 for (3, 4)
    assert np.mean(gap / 3.0 < f.median(3, NU)) == pytest.approx(0.5, abs=0.015)
    assert np.mean(gap / 3.0 < f.ppf(0.95, 3, NU)) == pytest.approx(0.95, abs=0.01)
