import numpy as np
import pandas as pd
import pytest

from faultcast.catalog import Projection
from faultcast.errors import DataError
from faultcast.location import fit_mixture
from faultcast.location.mixture import mixture_kernels


def two_blobs(n=3000, seed=0):
    rng = np.random.default_rng(seed)
    matrix = np.array([[1.0, 0.6, 0], [0.6, 1.0, 0], [0, 0, 0.2]])
    first = rng.multivariate_normal([0, 0, 5], matrix, int(0.7 * n))
    second = rng.multivariate_normal([6, 0, 9], np.eye(3) * 0.3, n - int(0.7 * n))
    return np.concatenate([first, second]), matrix


def test_finds_components_weights_and_shapes():
    points, matrix = two_blobs()
    weights, means, covariances = fit_mixture(points)
    assert len(weights) == 2
    np.testing.assert_allclose(weights, [0.7, 0.3], atol=0.01)
    np.testing.assert_allclose(means, [[0, 0, 5], [6, 0, 9]], atol=0.1)
    np.testing.assert_allclose(covariances[0], matrix, atol=0.1)


def test_one_gaussian_is_one_component():
    points = np.random.default_rng(1).standard_normal((2000, 3)) * [1.0, 2.0, 5.0]
    weights, means, covariances = fit_mixture(points)
    assert weights.tolist() == [1.0]
    np.testing.assert_allclose(means[0], points.mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(covariances[0], np.cov(points.T, bias=True), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("factor", "shift"), [(1000.0, 0.0), (1.0, 4e5)])
def test_unit_and_origin_do_not_matter(factor, shift):
    points, _ = two_blobs(1000)
    weights, means, _ = fit_mixture(points)
    other, moved, _ = fit_mixture(points * factor + shift)
    np.testing.assert_allclose(other, weights, rtol=1e-6)
    np.testing.assert_allclose((moved - shift) / factor, means, atol=1e-6)


def test_bad_samples():
    with pytest.raises(DataError, match=r"shape \(5, 3\)"):
        fit_mixture(np.zeros((5, 3)))
    with pytest.raises(DataError, match="not finite"):
        fit_mixture(np.full((30, 3), np.nan))
    with pytest.raises(DataError, match="max_components"):
        fit_mixture(two_blobs(100)[0], max_components=0)
    few = pd.DataFrame({"event_id": "ev7", "latitude": [34.0], "longitude": -117.0, "depth_km": 5})
    with pytest.raises(DataError, match=r"event ev7: .*shape \(1, 3\)"):
        mixture_kernels(few, Projection.centred(34, -117))
    with pytest.raises(DataError, match="lack the columns depth_km"):
        mixture_kernels(
            pd.DataFrame({"event_id": ["a"], "latitude": [34.0], "longitude": [-117.0]}),
            Projection.centred(34, -117),
        )


@pytest.mark.real_data
def test_real_posterior_samples_need_several_components(shared_data):
    from faultcast.catalog.locations import read_locations

    located = read_locations(shared_data / "nll_scatter_sample")
    assert located.samples is not None
    one = located.events["event_id"].iloc[0]
    samples = located.samples[located.samples["event_id"] == one]
    projection = Projection.centred(43.8, 7.5)
    _, component, weights, means, covariances = mixture_kernels(samples, projection)
    assert 2 <= len(component) <= 6
    # the mixture keeps the mean and the covariance of the samples
    x_km, y_km = projection.forward(samples["latitude"], samples["longitude"])
    points = np.column_stack([x_km, y_km, samples["depth_km"]])
    mean = weights @ means
    np.testing.assert_allclose(mean, points.mean(axis=0), atol=0.01)
    around = means - mean
    total = np.einsum("k,kij->ij", weights, covariances) + (around.T * weights) @ around
    np.testing.assert_allclose(total, np.cov(points.T, bias=True), atol=0.05)
