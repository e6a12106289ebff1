"""The steps of the released engine on made-up points, against slow obvious versions."""

import tracemalloc

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from faultcast.faults import FaultNetwork
from faultcast.faults.released import hard_step, proto_state
from faultcast.faults.released_gains import pair_gains
from faultcast.faults.released_merge import _batch, _touching, merge_pass
from faultcast.faults.released_rows import FLOOR
from faultcast.faults.released_state import State, join
from faultcast.faults.ward import ward_tree


def _two_planes(seed: int = 0, n: int = 150) -> np.ndarray:
    rng = np.random.default_rng(seed)
    plane = rng.uniform(-1.0, 1.0, (2, n, 3)) * [10.0, 4.0, 0.1]
    plane[1] = plane[1][:, [2, 0, 1]] + [6.0, 12.0, 3.0]
    noise = rng.uniform([-15.0, -8.0, -6.0], [15.0, 25.0, 10.0], (n // 5, 3))
    return np.concatenate((plane[0], plane[1], noise))


def _start(points: np.ndarray) -> State:
    return hard_step(points, proto_state(points, ward_tree(points), 4)[0], least=4)


def _slow_densities(points: np.ndarray, state: State) -> np.ndarray:
    return np.array(
        [
            w * (box.contains(points) / box.volume if flat else _normal(points, mean, spread))
            for w, mean, spread, flat, box in zip(
                state.weights,
                state.means,
                state.covariances,
                state.is_background,
                state.boxes,
                strict=True,
            )
        ]
    )


def _normal(points: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    return multivariate_normal.pdf(points, mean, spread, allow_singular=False)


def _slow_gain(points: np.ndarray, state: State, i: int, j: int, local: bool) -> float:
    w = state.weights[i] + state.weights[j]
    f, g = state.weights[i] / w, state.weights[j] / w
    step = state.means[i] - state.means[j]
    mean = f * state.means[i] + g * state.means[j]
    spread = f * state.covariances[i] + g * state.covariances[j] + f * g * np.outer(step, step)
    if local:
        both = [points[state.labels == k] for k in (i, j)]
        own = np.concatenate(both)
        apart = sum(
            len(part) / len(own) * _normal(own, state.means[k], state.covariances[k])
            for part, k in zip(both, (i, j), strict=True)
        )
        one, n = _normal(own, mean, spread), len(own)
    else:
        density = _slow_densities(points, state)
        apart = density.sum(axis=0)
        one, n = apart - density[i] - density[j] + w * _normal(points, mean, spread), len(points)
    gain = np.sum(np.log(np.maximum(one, FLOOR)) - np.log(np.maximum(apart, FLOOR)))
    return float(gain + 5.0 * np.log(n))


@pytest.mark.parametrize("local", [False, True])
@pytest.mark.parametrize("shift", [0.0, 500.0])
def test_gains_of_single_pairs_agree_with_the_formula(local: bool, shift: float) -> None:
    points = _two_planes() + shift
    state = _start(points)
    pairs = np.argwhere(np.triu(np.ones((len(state),) * 2, bool), 1))
    pairs = pairs[~state.is_background[pairs].any(axis=1)][::7]
    found = pair_gains(points, state, pairs, local)
    expected = [_slow_gain(points, state, i, j, local) for i, j in pairs]
    np.testing.assert_allclose(found, expected, rtol=1e-9 if shift == 0.0 else 1e-8)


def test_gains_without_a_background_keep_the_programs_floor() -> None:
    points = _two_planes()
    state = _start(points)
    state = state.kept(np.flatnonzero(~state.is_background), state.labels)
    pairs = np.array([[0, 1], [2, 5], [3, 4]])
    expected = [_slow_gain(points, state, i, j, False) for i, j in pairs]
    np.testing.assert_allclose(pair_gains(points, state, pairs, False), expected, rtol=1e-9)


def test_hard_step_gives_points_to_the_highest_density() -> None:
    points = _two_planes(1)
    state = proto_state(points, ward_tree(points), 4)[0]
    label = np.argmax(_slow_densities(points, state), axis=0)
    counts = np.bincount(label, minlength=len(state))
    kept = np.flatnonzero(np.where(state.is_background, counts > 0, counts >= 4))
    after = hard_step(points, state, least=4)
    np.testing.assert_array_equal(after.means, state.means[kept])
    np.testing.assert_allclose(after.weights, counts[kept] / len(points))
    np.testing.assert_array_equal(after.labels >= 0, np.isin(label, kept))
    np.testing.assert_array_equal(kept[after.labels[after.labels >= 0]], label[after.labels >= 0])


def test_candidates_have_a_corner_in_the_others_box() -> None:
    state = _start(_two_planes(2))
    alive = ~state.is_background
    boxes = state.boxes
    arrays = [
        np.array(values)
        for values in zip(*[(b.centre, b.axes, b.half, b.corners()) for b in boxes], strict=True)
    ]
    found = {tuple(pair) for pair in _touching(*arrays, alive)}
    expected = {
        (i, j)
        for i in range(len(boxes))
        for j in range(i + 1, len(boxes))
        if alive[i]
        and alive[j]
        and (boxes[i].contains(boxes[j].corners()) | boxes[j].contains(boxes[i].corners())).any()
    }
    assert found == expected
    assert len(expected) > 10


def test_batch_leaves_out_every_suitor_of_a_merged_pair() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        matrix = np.triu(rng.normal(size=(9, 9)), 1)
        matrix[rng.uniform(size=(9, 9)) < 0.5] = 0.0
        pairs = np.argwhere(matrix > 0.0)
        gains = matrix[matrix > 0.0]
        left, expected = matrix.clip(0.0), []
        both = left + left.T
        while left.max() > 0.0:
            i, j = np.unravel_index(np.argmax(left), left.shape)
            expected.append((i, j))
            out = (both[i] > 0.0) | (both[j] > 0.0)
            left[out] = 0.0
            left[:, out] = 0.0
        assert [tuple(pair) for pair in pairs[_batch(pairs, gains, 9)]] == expected


@pytest.mark.parametrize("local", [False, True])
def test_merging_keeps_weight_and_moments_and_ends_without_a_gain(local: bool) -> None:
    points = _two_planes(4)
    state = _start(points)
    merged = merge_pass(points, state, local)
    assert len(merged) < len(state)
    assert merged.weights.sum() == pytest.approx(state.weights.sum(), rel=1e-12)
    np.testing.assert_allclose(
        merged.weights @ merged.means, state.weights @ state.means, rtol=1e-10
    )
    np.testing.assert_allclose(_second(merged), _second(state), rtol=1e-10)
    np.testing.assert_array_equal(merged.labels >= 0, state.labels >= 0)
    arrays = zip(*[(b.centre, b.axes, b.half, b.corners()) for b in merged.boxes], strict=True)
    pairs = _touching(*[np.array(values) for values in arrays], ~merged.is_background)
    if local:
        assert (pair_gains(points, merged, pairs, local) <= 0.0).all()


def _second(state: State) -> np.ndarray:
    fault = ~state.is_background
    outer = np.einsum("ki,kj->kij", state.means[fault], state.means[fault])
    return np.einsum("k,kij->ij", state.weights[fault], state.covariances[fault] + outer)


def test_subsets_weigh_as_many_points_as_they_have() -> None:
    points = _two_planes(5)
    near = points[:, 1] < 6.0
    parts = [(np.flatnonzero(side), _start(points[side])) for side in (near, ~near)]
    whole = join(parts, len(points))
    first = len(parts[0][1])
    assert whole.weights[:first].sum() == pytest.approx(
        near.mean() * parts[0][1].weights.sum(), rel=1e-12
    )
    for (members, state), offset in zip(parts, (0, first), strict=True):
        held = state.labels >= 0
        np.testing.assert_array_equal(whole.labels[members][held], state.labels[held] + offset)
        np.testing.assert_array_equal(whole.labels[members][~held], -1)


def test_events_at_one_depth_or_place_do_not_stop_the_engine() -> None:
    points = _two_planes(6)
    points[:40, 2] = 5.0
    points[40:60] = points[40]
    for n_subsets in (1, 3):
        net = FaultNetwork("local", "released", n_subsets=n_subsets).fit(points)
        assert np.isfinite(net.bic_)
        assert net.weights_.sum() <= 1.0 + 1e-12
        assert np.isfinite(net.covariances_).all()


def test_no_matrix_of_densities_is_held() -> None:
    """1,000 clumps of ten points: kernels x points would be 80 MB."""
    rng = np.random.default_rng(7)
    centres = rng.uniform(0.0, 300.0, (1000, 3))
    points = np.repeat(centres, 10, axis=0) + rng.normal(0.0, 0.3, (10_000, 3))
    state = proto_state(points, ward_tree(points), 4)[0]
    assert len(state) > 800
    tracemalloc.start()
    pairs = np.array([[0, 1], [2, 3]])
    pair_gains(points, state, pairs, False)
    hard_step(points, state, least=4)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6
