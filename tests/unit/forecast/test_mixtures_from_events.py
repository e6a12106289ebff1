"""EM: mixtures of events, and a network's weights for events."""

import numpy as np
import pytest

from faultcast.errors import DataError
from faultcast.faults.boxes import Box
from faultcast.faults.mixture import assemble
from faultcast.forecast import GaussianSum, em_mixture
from faultcast.forecast.reweight import reestimated_weights

MEANS = np.array([[0.0, 0, 8], [12, 3, 6], [-5, 15, 12]])
SHAPES = np.stack([np.diag([25.0, 1, 4]), np.diag([1.0, 16, 4]), np.diag([4.0, 4, 1])])
TRUTH = GaussianSum([0.5, 0.3, 0.2], MEANS, SHAPES)


def _drawn(n: int, seed: int = 0) -> np.ndarray:
    return TRUTH.sample(n, np.random.default_rng(seed))


def test_the_fit_is_as_good_as_that_of_scikit_learn():
    from sklearn.mixture import GaussianMixture

    points, others = _drawn(4000), _drawn(4000, seed=1)
    ours = em_mixture(points, 3, smallest_km=1e-3, tolerance=1e-9, max_iterations=500)
    peer = GaussianMixture(3, reg_covar=1e-6, tol=1e-9, max_iter=500, n_init=5, random_state=0)
    theirs = peer.fit(points).score_samples(others).mean()
    assert ours.log_density(others).mean() == pytest.approx(theirs, abs=1e-4)
    assert sorted(ours.weights) == pytest.approx(sorted(peer.weights_), abs=1e-3)


def test_many_kernels_on_repeated_points_stay_finite():
    points = np.repeat(_drawn(30), 5, axis=0)
    mixture = em_mixture(points, 25, smallest_km=0.5)
    assert np.isfinite(mixture.log_density(points)).all()
    assert mixture.weights.sum() == pytest.approx(1.0)


def test_a_seed_gives_one_mixture_and_a_part_of_the_events_suffices():
    points = _drawn(3000)
    first, again = (em_mixture(points, 3, max_events=1000, seed=4) for _ in range(2))
    assert np.array_equal(first.means, again.means)
    assert not np.array_equal(first.means, em_mixture(points, 3, max_events=1000, seed=5).means)


def _network(weights: list[float]) -> tuple:
    body = Box(np.array([0.0, 5, 10]), np.eye(3), np.array([40.0, 40, 15]))
    return assemble(np.array(weights[:3]), MEANS, SHAPES, [body], np.array(weights[3:])), body


def test_weights_are_those_of_the_plain_iteration():
    mixture, body = _network([0.1, 0.1, 0.7, 0.1])
    uniform = body.centre + body.half * (2 * np.random.default_rng(2).random((300, 3)) - 1)
    points = np.concatenate((_drawn(1500), uniform))
    found = reestimated_weights(mixture, points, tolerance=0.0, max_iterations=300)
    columns = [
        GaussianSum([1.0], m[None], c[None]).log_density(points)
        for m, c in zip(MEANS, SHAPES, strict=True)
    ]
    densities = np.exp(np.stack(columns, axis=1))
    densities = np.column_stack((densities, body.contains(points) / body.volume))
    slow = mixture.weights
    for _ in range(300):
        parts = slow * densities
        slow = (parts / parts.sum(axis=1, keepdims=True)).mean(axis=0)
    assert found == pytest.approx(slow, abs=1e-6)
    assert found[:3] == pytest.approx(np.array([0.5, 0.3, 0.2]) * 1500 / 1800, abs=0.03)


def test_events_beyond_everything_have_no_say():
    mixture, _ = _network([0.4, 0.3, 0.2, 0.1])
    points = _drawn(500)
    far = np.concatenate((points, points + 1e4))
    assert reestimated_weights(mixture, far) == pytest.approx(reestimated_weights(mixture, points))
    with pytest.raises(DataError, match="same projection"):
        reestimated_weights(mixture, points + 1e4)
