"""Random networks: what must hold for every one, and merging against its obvious version."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from faultcast.faults import FaultNetwork
from faultcast.faults.boxes import boxes_overlap, minimum_box
from faultcast.faults.exact import atomize, kernel_moments
from faultcast.faults.merge import REACH, merge_kernels, pair_gain
from faultcast.faults.mixture import bic
from faultcast.faults.subsets import divide
from faultcast.synthetic.crossing_faults import crossing_network
from faultcast.synthetic.paper_generator import paper_network

NETWORKS = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 10_000),
        "n_faults": st.integers(1, 5),
        "points_per_km2": st.floats(0.15, 0.3),
        "noise": st.floats(0.05, 0.5),
        "shape": st.sampled_from(["rectangle", "ellipse"]),
    }
)
OPTIONS = st.fixed_dictionaries(
    {
        "criterion": st.sampled_from(["global", "local"]),
        "refine": st.sampled_from([None, "em"]),
        "background": st.sampled_from(["box", "hull"]),
        "n_subsets": st.integers(1, 3),
        "min_points": st.sampled_from([4, 6]),
    }
)


@settings(max_examples=30, derandomize=True, deadline=None)
@given(generator=st.sampled_from([paper_network, crossing_network]), drawn=NETWORKS, how=OPTIONS)
def test_a_network_is_a_mixture_of_what_it_says(generator, drawn, how):
    points = generator(**drawn).xyz_km
    net = FaultNetwork(**how).fit(points)
    n, fault = len(points), ~net.is_background_
    assert net.weights_.sum() == pytest.approx(1.0, abs=1e-12)
    assert np.all(net.weights_ > 0.0)
    assert np.all(np.diff(net.is_background_.astype(int)) >= 0)
    assert len(net.planes()) == fault.sum()
    assert fault.sum() <= net.n_protoclusters_ == net.holding_capacity_[0]
    # densities by the definition, all points under all kernels
    parts = np.full((n, len(fault)), -np.inf)
    for k in np.flatnonzero(fault):
        own = multivariate_normal(net.means_[k], net.covariances_[k])
        parts[:, k] = np.log(net.weights_[k]) + own.logpdf(points)
    for k, body in zip(np.flatnonzero(~fault), net.mixture_.backgrounds, strict=True):
        inside = body.contains(points)
        parts[inside, k] = np.log(net.weights_[k] / body.volume)
    density = logsumexp(parts, axis=1)
    np.testing.assert_allclose(net.score_samples(points), density, rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(net.labels_, np.argmax(parts, axis=1))
    won = np.exp(parts[np.arange(n), net.labels_] - density)
    np.testing.assert_allclose(net.responsibilities_, won, rtol=1e-5)
    assert net.log_likelihood_ == pytest.approx(density.sum(), rel=1e-8)
    assert net.bic_ == pytest.approx(bic(density.sum(), len(fault), n), rel=1e-8)
    # kernels lie among the points
    assert minimum_box(points).contains(net.means_[fault], slack=0.1).all()
    if how["n_subsets"] == 1 and how["background"] == "box":
        alone = n * np.log(minimum_box(points).volume) + 4.5 * np.log(n)
        assert net.bic_ <= alone * (1.0 + 1e-12)


class Kernels:
    """Kernels of a random set, in the frame of the data."""

    def __init__(self, seed, n=90):
        rng = np.random.default_rng(seed)
        groups = [
            rng.multivariate_normal(
                rng.uniform(-4.0, 4.0, 3), np.diag(rng.uniform(0.1, 3.0, 3)), n // 3
            )
            for _ in range(3)
        ]
        self.points = np.concatenate(groups)
        atoms = atomize(divide(self.points, 1, np.zeros(3), np.eye(3)), 0)
        self.labels = np.maximum(atoms.labels, -1)
        counts, self.means, self.covariances = kernel_moments(
            self.points, self.labels, atoms.n_kernels
        )
        self.weights = counts / n
        volume = minimum_box(self.points).volume
        self.floor = np.full(n, (1.0 - self.weights.sum() + 0.02) / volume)

    def merged(self, local):
        return merge_kernels(
            self.points,
            self.weights,
            self.means,
            self.covariances,
            floor=self.floor,
            labels=self.labels if local else None,
        )


def united(kernels, i, j):
    pair = (kernels[i], kernels[j])
    weight = sum(part for part, _, _ in pair)
    mean = sum(part / weight * m for part, m, _ in pair)
    spread = sum(part / weight * (c + np.outer(m - mean, m - mean)) for part, m, c in pair)
    return weight, mean, spread


def values(kernel, points):
    return kernel[0] * multivariate_normal(kernel[1], kernel[2]).pdf(points)


def touch(first, second):
    boxes = []
    for _, mean, spread in (first, second):
        squares, axes = np.linalg.eigh(spread)
        boxes += [mean, np.ascontiguousarray(axes.T), REACH * np.sqrt(squares)]
    return boxes_overlap(*boxes)


def greedy(start, local):
    """Merge the best pair on gains of all pairs at all points, again and again."""
    kernels = dict(enumerate(zip(start.weights, start.means, start.covariances, strict=True)))
    member, n = start.labels.copy(), len(start.points)
    owner = np.arange(len(kernels))
    while True:
        parts = {k: values(kernel, start.points) for k, kernel in kernels.items()}
        total = np.sum(list(parts.values()), axis=0) + start.floor
        best, pair = 0.0, None
        for i in kernels:
            for j in kernels:
                if j >= i or not touch(kernels[i], kernels[j]):
                    continue
                one = united(kernels, i, j)
                if local:
                    own = (member == i) | (member == j)
                    n_i, n_j = np.sum(member == i), np.sum(member == j)
                    two = [
                        values((m / (n_i + n_j), *kernels[k][1:]), start.points[own])
                        for k, m in ((i, n_i), (j, n_j))
                    ]
                    single = values((1.0, *one[1:]), start.points[own])
                    gain = np.sum(np.log(single / (two[0] + two[1]))) + 5.0 * np.log(own.sum())
                else:
                    after = total - parts[i] - parts[j] + values(one, start.points)
                    gain = np.sum(np.log(after / total)) + 5.0 * np.log(n)
                if local:  # gains on different points: that of a point decides
                    gain /= own.sum()
                if gain > best:
                    best, pair = gain, (i, j)
        if pair is None:
            return kernels, owner
        i, j = pair
        kernels[i] = united(kernels, i, j)
        del kernels[j]
        member[member == j] = i
        owner[owner == j] = i


@pytest.mark.parametrize("local", [False, True])
@pytest.mark.parametrize("seed", [*range(6), 128, 154, 253, 329])
def test_merging_is_the_greedy_search(seed, local):
    start = Kernels(seed)
    merged = start.merged(local)
    kernels, owner = greedy(start, local)
    assert len(merged.weights) == len(kernels) < len(start.weights)
    for k, (weight, mean, spread) in kernels.items():
        found = merged.kernel_of[owner == k]
        assert len(np.unique(found)) == 1
        assert merged.weights[found[0]] == pytest.approx(weight, rel=1e-9)
        np.testing.assert_allclose(merged.means[found[0]], mean, atol=1e-9)
        np.testing.assert_allclose(merged.covariances[found[0]], spread, atol=1e-9)


@pytest.mark.parametrize("local", [False, True])
@settings(max_examples=15, derandomize=True, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_merging_conserves_mass_and_the_moments_of_the_whole(local, seed):
    start = Kernels(seed, n=60)
    merged = start.merged(local)

    def moments(weights, means, covariances):
        second = covariances + means[:, :, None] * means[:, None, :]
        return weights.sum(), weights @ means, np.einsum("k,kab->ab", weights, second)

    before = moments(start.weights, start.means, start.covariances)
    after = moments(merged.weights, merged.means, merged.covariances)
    for old, new in zip(before, after, strict=True):
        np.testing.assert_allclose(new, old, rtol=1e-9, atol=1e-9)
    assert np.all(np.linalg.eigvalsh(merged.covariances) > 0.0)
    assert np.array_equal(np.unique(merged.kernel_of), np.arange(len(merged.weights)))


def test_two_equal_kernels_gain_what_their_parameters_cost():
    rng = np.random.default_rng(0)
    points = rng.standard_normal((200, 3))
    floor = np.full(200, 1e-4)
    equal = [np.array([0.45, 0.45]), np.zeros((2, 3)), np.stack([np.eye(3)] * 2)]
    gains = pair_gain(points, *equal, floor)
    assert gains[0, 1] == gains[1, 0] == pytest.approx(5.0 * np.log(200), rel=1e-9)
    assert np.isnan(np.diag(gains)).all()
    labels = np.repeat([0, 1], [120, 80])
    assert pair_gain(points, *equal, floor, labels)[0, 1] == pytest.approx(5.0 * np.log(200))
    merged = merge_kernels(points, *equal, floor=floor)
    assert merged.weights == pytest.approx([0.9])
    np.testing.assert_allclose(merged.covariances[0], np.eye(3))


def test_kernels_far_apart_lose_by_merging():
    rng = np.random.default_rng(1)
    centres = np.array([[-20.0, 0.0, 0.0], [20.0, 0.0, 0.0]])
    points = np.repeat(centres, 100, axis=0) + rng.standard_normal((200, 3))
    kernels = [np.full(2, 0.5), centres, np.stack([np.eye(3)] * 2)]
    floor = np.full(200, 1e-9)
    assert pair_gain(points, *kernels, floor)[0, 1] < 0.0
    assert len(merge_kernels(points, *kernels, floor=floor).weights) == 2
