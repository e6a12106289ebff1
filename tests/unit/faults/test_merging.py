"""Gains and merging against their slow and obvious versions; mixture densities."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from faultcast.faults.boxes import minimum_box
from faultcast.faults.exact import atomize, background_density, kernel_moments
from faultcast.faults.merge import merge_kernels, pair_gain
from faultcast.faults.mixture import assemble, bic, n_parameters
from faultcast.faults.subsets import divide
from faultcast.synthetic.paper_generator import paper_network


@pytest.fixture(scope="module")
def protos() -> dict:
    points = paper_network(n_faults=3, seed=2, spread=0.5, points_per_km2=0.2, noise=0.1).xyz_km
    atoms = atomize(divide(points, 1, np.zeros(3), np.eye(3)), 0)
    box = minimum_box(points)
    counts, means, covariances = kernel_moments(points, atoms.labels, atoms.n_kernels)
    share = np.array([np.mean(atoms.labels < 0)])
    return {
        "points": points,
        "weights": counts / len(points),
        "means": means,
        "covariances": covariances,
        "boxes": [box],
        "share": share,
        "floor": background_density(points, [box], share)[0],
        "labels": atoms.labels,
    }


def _values(points: np.ndarray, w: float, mean: np.ndarray, cov: np.ndarray) -> np.ndarray:
    return w * multivariate_normal(mean, cov, allow_singular=False).pdf(points)


def _matched(p: dict, i: int, j: int) -> tuple:
    w = p["weights"][i] + p["weights"][j]
    f, g = p["weights"][i] / w, p["weights"][j] / w
    mean = f * p["means"][i] + g * p["means"][j]
    spread = sum(
        part * (p["covariances"][k] + np.outer(p["means"][k] - mean, p["means"][k] - mean))
        for part, k in ((f, i), (g, j))
    )
    return w, mean, spread


def test_moments_are_those_of_numpy(protos: dict) -> None:
    for k in range(len(protos["weights"])):
        own = protos["points"][protos["labels"] == k]
        np.testing.assert_allclose(protos["means"][k], own.mean(axis=0))
        np.testing.assert_allclose(protos["covariances"][k], np.cov(own.T), atol=1e-12)


def test_global_gain_is_equation_3(protos: dict) -> None:
    points = protos["points"]
    gains = pair_gain(
        points, protos["weights"], protos["means"], protos["covariances"], protos["floor"]
    )
    n_kernels = len(protos["weights"])
    parts = np.array(
        [
            _values(points, protos["weights"][k], protos["means"][k], protos["covariances"][k])
            for k in range(n_kernels)
        ]
    )
    total = parts.sum(axis=0) + protos["floor"]
    for i in range(0, n_kernels, 3):
        for j in range(i):
            after = total - parts[i] - parts[j] + _values(points, *_matched(protos, i, j))
            expected = np.sum(np.log(after / total)) + 5.0 * np.log(len(points))
            assert gains[i, j] == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_local_gain_is_that_of_the_two_clusters(protos: dict) -> None:
    points, labels = protos["points"], protos["labels"]
    gains = pair_gain(
        points, protos["weights"], protos["means"], protos["covariances"], protos["floor"], labels
    )
    n_kernels = len(protos["weights"])
    for i in range(0, n_kernels, 3):
        for j in range(i):
            own = points[(labels == i) | (labels == j)]
            n_i, n_j = np.sum(labels == i), np.sum(labels == j)
            two = _values(
                own, n_i / len(own), protos["means"][i], protos["covariances"][i]
            ) + _values(own, n_j / len(own), protos["means"][j], protos["covariances"][j])
            _, mean, spread = _matched(protos, i, j)
            one = _values(own, 1.0, mean, spread)
            expected = np.sum(np.log(one) - np.log(two)) + 5.0 * np.log(len(own))
            assert gains[i, j] == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("local", [False, True])
def test_merging_keeps_mass_and_moments_and_leaves_no_gain(protos: dict, local: bool) -> None:
    labels = protos["labels"] if local else None
    merged = merge_kernels(
        protos["points"],
        protos["weights"],
        protos["means"],
        protos["covariances"],
        floor=protos["floor"],
        labels=labels,
    )
    assert len(merged.weights) < len(protos["weights"])
    assert merged.weights.sum() == pytest.approx(protos["weights"].sum(), rel=1e-12)
    for k in range(len(merged.weights)):
        own = merged.kernel_of == k
        w = protos["weights"][own]
        mean = w @ protos["means"][own] / w.sum()
        np.testing.assert_allclose(merged.means[k], mean, atol=1e-9)
    again = merge_kernels(
        protos["points"],
        merged.weights,
        merged.means,
        merged.covariances,
        floor=protos["floor"],
        labels=None if labels is None else np.where(labels < 0, -1, merged.kernel_of[labels]),
    )
    assert len(again.weights) == len(merged.weights)


def test_global_merging_lowers_the_bic(protos: dict) -> None:
    def score(weights: np.ndarray, means: np.ndarray, covariances: np.ndarray) -> float:
        mixture = assemble(weights, means, covariances, protos["boxes"], protos["share"])
        density = mixture.log_density(protos["points"])
        return bic(float(density.sum()), len(mixture), len(density))

    merged = merge_kernels(
        protos["points"],
        protos["weights"],
        protos["means"],
        protos["covariances"],
        floor=protos["floor"],
    )
    before = score(protos["weights"], protos["means"], protos["covariances"])
    after = score(merged.weights, merged.means, merged.covariances)
    assert after < before - 5.0 * np.log(len(protos["points"]))


def test_mixture_density_is_the_sum_of_its_parts(protos: dict) -> None:
    points = np.concatenate((protos["points"][::9], [[1e4, 0.0, 0.0]]))
    mixture = assemble(
        protos["weights"], protos["means"], protos["covariances"], protos["boxes"], protos["share"]
    )
    density, label, responsibility = mixture.scan(points)
    parts = [
        _values(points, protos["weights"][k], protos["means"][k], protos["covariances"][k])
        for k in range(len(protos["weights"]))
    ]
    parts.append(background_density(points, protos["boxes"], protos["share"])[0])
    total = np.sum(parts, axis=0)
    np.testing.assert_allclose(density[:-1], np.log(total[:-1]), rtol=1e-9)
    np.testing.assert_array_equal(label[:-1], np.argmax(parts, axis=0)[:-1])
    np.testing.assert_allclose(responsibility[:-1], np.max(parts, axis=0)[:-1] / total[:-1])
    assert density[-1] < -1e3


def test_parameters_are_ten_a_kernel_less_one() -> None:
    # the 385 kernels of section 5 have 3,849 parameters
    assert n_parameters(385) == 3849
