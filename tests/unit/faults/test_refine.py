"""The final EM against a dense one; its bounds; what leaves; what is kept."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, special_ortho_group
from sklearn.metrics import adjusted_rand_score

from faultcast.faults import FaultNetwork
from faultcast.faults.boxes import Box
from faultcast.faults.mixture import Mixture, assemble
from faultcast.faults.refine import THINNEST, clip_eigenvalues, em, refine_mixture
from faultcast.synthetic.paper_generator import paper_network


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    return paper_network(n_faults=5, seed=3, points_per_km2=0.4, noise=0.1).xyz_km


@pytest.fixture(scope="module")
def merged(points: np.ndarray) -> Mixture:
    return FaultNetwork("local").fit(points).mixture_


def _dense_em(mixture: Mixture, points: np.ndarray, n_steps: int) -> tuple[np.ndarray, list, list]:
    """EM with all kernels at all points; the weights, covariances, log-likelihoods."""
    weights, means = mixture.weights.copy(), list(mixture.means)
    covariances = list(mixture.covariances)
    n_faults = int(np.sum(~mixture.is_background))
    floors = [THINNEST**2 * np.linalg.eigvalsh(c)[0] for c in covariances[:n_faults]]
    logs = []
    for _ in range(n_steps):
        parts = [multivariate_normal(means[k], covariances[k]).pdf(points) for k in range(n_faults)]
        parts += [body.contains(points) / body.volume for body in mixture.backgrounds]
        joint = weights[:, None] * np.array(parts)
        logs.append(np.log(joint.sum(axis=0)).sum())
        share = joint / joint.sum(axis=0)
        weights = share.sum(axis=1) / len(points)
        for k in range(n_faults):
            means[k] = share[k] @ points / share[k].sum()
            spread = np.cov(points.T, aweights=share[k], bias=True)
            values, vectors = np.linalg.eigh(spread)
            covariances[k] = (vectors * np.maximum(values, floors[k])) @ vectors.T
    return weights, covariances[:n_faults], logs


def test_truncated_em_is_the_dense_one(merged: Mixture, points: np.ndarray) -> None:
    refined, history = em(merged, points, min_points=0)
    assert len(history) > 3
    weights, covariances, logs = _dense_em(merged, points, len(history) - 1)
    # the last entry belongs to what is returned
    np.testing.assert_allclose(history[:-1], logs, rtol=1e-9)
    by_weight = np.argsort(-weights[: len(covariances)])
    np.testing.assert_allclose(refined.weights[: len(covariances)], weights[by_weight], rtol=1e-6)
    np.testing.assert_allclose(
        refined.covariances[~refined.is_background],
        np.array(covariances)[by_weight],
        rtol=1e-5,
        atol=1e-7,
    )
    assert history[-1] == pytest.approx(refined.log_density(points).sum(), rel=1e-9)


def test_likelihood_never_falls_and_bic_ends_lower(points: np.ndarray) -> None:
    plain = FaultNetwork("local").fit(points)
    refined = FaultNetwork("local", refine="em").fit(points)
    _, history = em(plain.mixture_, points, min_points=0)
    assert np.all(np.diff(history) > -1e-6)
    assert refined.bic_ < plain.bic_ - 10.0
    assert refined.weights_.sum() == pytest.approx(1.0)
    assert refined.summary()["refine"] == "em"


def test_result_follows_the_points(points: np.ndarray) -> None:
    rows = np.random.default_rng(1).permutation(len(points))
    turn = special_ortho_group.rvs(3, random_state=2)
    moved = (points @ turn.T + (3000.0, -5000.0, 70.0))[rows]
    first = FaultNetwork(refine="em").fit(points)
    second = FaultNetwork(refine="em").fit(moved)
    assert second.bic_ == pytest.approx(first.bic_, rel=1e-9)
    assert adjusted_rand_score(first.labels_[rows], second.labels_) == 1.0


def test_a_kernel_does_not_collapse_onto_few_points() -> None:
    rng = np.random.default_rng(4)
    flat = rng.normal(size=(6, 3)) * (1.0, 1.0, 1e-9)
    points = np.concatenate((rng.uniform(-10.0, 10.0, (200, 3)), flat))
    box = Box(np.zeros(3), np.eye(3), np.full(3, 10.0))
    start = assemble(
        np.array([0.1]), np.zeros((1, 3)), np.eye(3)[None] * 0.04, [box], np.array([0.9])
    )
    refined, history = em(start, points)
    assert np.linalg.eigvalsh(refined.covariances[0])[0] == pytest.approx(0.01)
    assert np.all(np.diff(history) > -1e-9)


def test_kernels_with_few_events_and_singular_ones_leave() -> None:
    rng = np.random.default_rng(5)
    points = np.concatenate((rng.normal(size=(100, 3)), rng.normal(50.0, 0.1, (3, 3))))
    start = assemble(
        np.array([0.9, 0.04, 0.06]),
        np.array([[0.0, 0, 0], [50.0, 50, 50], [0.0, 0, 0]]),
        np.array([np.eye(3), np.eye(3), np.diag([1.0, 1.0, 0.0])]),
        [Box(np.full(3, 25.0), np.eye(3), np.full(3, 40.0))],
        np.array([0.1]),
    )
    refined, _ = em(start, points, min_points=4)
    assert len(refined) == 2
    assert refined.weights[0] == pytest.approx(100 / 103, abs=0.01)
    assert refined.weights.sum() == pytest.approx(1.0)
    # where two are enough, the three events keep their kernel
    assert len(em(start, points, min_points=2)[0]) == 3


def test_what_is_no_better_is_not_kept() -> None:
    points = np.random.default_rng(6).normal(size=(50, 3))
    fitted = assemble(
        np.ones(1), points.mean(axis=0)[None], np.cov(points.T, bias=True)[None], [], np.empty(0)
    )
    assert refine_mixture(fitted, points) is fitted
    whole = Box(np.zeros(3), np.eye(3), np.full(3, 5.0))
    alone = assemble(np.empty(0), np.empty((0, 3)), np.empty((0, 3, 3)), [whole], np.ones(1))
    assert refine_mixture(alone, points) is alone


def test_clipping_raises_small_eigenvalues_only() -> None:
    turn = special_ortho_group.rvs(3, random_state=7)
    spread = (turn * np.array([4.0, 1.0, 0.1])) @ turn.T
    clipped = clip_eigenvalues(spread[None], np.array([0.5]))[0]
    np.testing.assert_allclose(clipped, (turn * np.array([4.0, 1.0, 0.5])) @ turn.T)


@pytest.mark.parametrize("background", ["box", "hull", "voronoi"])
def test_metres_give_the_network_of_kilometres(points: np.ndarray, background: str) -> None:
    options = {"n_subsets": 3, "background": background, "refine": "em"}
    km, m = FaultNetwork(**options).fit(points), FaultNetwork(**options).fit(1000.0 * points)
    assert adjusted_rand_score(km.labels_, m.labels_) == 1.0
    shift = 3.0 * len(points) * np.log(1000.0)
    assert m.bic_ - shift == pytest.approx(km.bic_, rel=1e-7)
