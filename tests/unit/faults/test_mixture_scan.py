"""Densities of many kernels at many points: what is left out changes nothing."""

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from faultcast.faults.mixture import whitening
from faultcast.faults.mixture_scan import scan_points


def kernels(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return weights, means, covariances of thin planes in a region of 100 km."""
    axes = np.linalg.qr(rng.normal(size=(n, 3, 3)))[0]
    spread = np.array([8.0, 3.0, 0.2]) * rng.uniform(0.1, 2.0, (n, 1))
    covariances = np.einsum("kia,ka,kja->kij", axes, spread**2, axes)
    return rng.dirichlet(np.ones(n)), rng.uniform(-50.0, 50.0, (n, 3)), covariances


@pytest.mark.parametrize("n_points", [0, 1, 9, 2000])
@pytest.mark.parametrize("n_kernels", [1, 300])
def test_agrees_with_scipy(n_points, n_kernels):
    rng = np.random.default_rng(0)
    weights, means, covariances = kernels(n_kernels, rng)
    points = rng.uniform(-60.0, 60.0, (n_points, 3))
    near = rng.integers(n_kernels, size=n_points // 2)
    points[: n_points // 2] = means[near] + 0.1 * rng.normal(size=(len(near), 3))
    # a background of part of the region, another that lies nowhere
    uniform = np.full((n_points, 2), -np.inf)
    uniform[points[:, 0] > 0.0, 0] = np.log(1e-7)
    density, label, best = scan_points(points, means, *whitening(weights, covariances), uniform)
    terms = np.column_stack(
        [
            np.log(weights[k]) + multivariate_normal(means[k], covariances[k]).logpdf(points)
            for k in range(n_kernels)
        ]
        + [uniform]
    ).reshape(n_points, n_kernels + 2)
    np.testing.assert_allclose(density, logsumexp(terms, axis=1), rtol=1e-12)
    np.testing.assert_array_equal(label, np.argmax(terms, axis=1))
    np.testing.assert_allclose(best, np.exp(terms.max(axis=1, initial=-np.inf) - density))


def test_of_equal_kernels_the_first_has_the_label():
    rng = np.random.default_rng(1)
    weights, means, covariances = (np.repeat(part, 2, axis=0) for part in kernels(40, rng))
    points = rng.uniform(-60.0, 60.0, (500, 3))
    uniform = np.full((500, 1), -np.inf)
    label = scan_points(points, means, *whitening(weights, covariances), uniform)[1]
    assert len(set(label)) > 10
    assert not np.any(label % 2)


@pytest.mark.parametrize("n_points", [5, 500])
def test_singular_kernels_have_no_density_anywhere(n_points):
    """Beside others they change nothing; alone there is no density and no responsibility."""
    rng = np.random.default_rng(2)
    weights, means, covariances = kernels(30, rng)
    points = means[rng.integers(30, size=n_points)]
    uniform = np.full((n_points, 1), -np.inf)
    flat = covariances.copy()
    flat[::2] = np.diag([1.0, 1.0, 0.0])
    found = scan_points(points, means, *whitening(weights, flat), uniform)
    odd = slice(1, None, 2)
    expected = scan_points(points, means[odd], *whitening(weights[odd], flat[odd]), uniform)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], 2 * expected[1] + 1)
    flat[:] = np.diag([1.0, 0.0, 0.0])
    density, label, best = scan_points(points, means, *whitening(weights, flat), uniform)
    assert np.all(density == -np.inf) and np.all(label == 0) and np.all(np.isnan(best))
