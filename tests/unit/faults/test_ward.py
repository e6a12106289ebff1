"""The Ward tree against fastcluster, its cuts and subtrees."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster
from sklearn.metrics import adjusted_rand_score

from faultcast.faults.atomize import (
    capacity_curve,
    holding_capacity,
    kernel_flags,
    proto_labels,
)
from faultcast.faults.ward import cut, subtrees, ward_tree

fastcluster = pytest.importorskip("fastcluster")


@pytest.mark.parametrize("n", [2, 3, 10, 500, 3000])
def test_heights_are_those_of_a_greedy_search(n: int) -> None:
    points = np.random.default_rng(n).normal(size=(n, 3)) ** 3
    tree = ward_tree(points)
    expected = fastcluster.linkage_vector(points, "ward")
    np.testing.assert_allclose(tree.heights, expected[:, 2], rtol=1e-10)
    np.testing.assert_array_equal(np.sort(tree.sizes), np.sort(expected[:, 3]))


def test_cut_gives_the_clusters_of_scipy() -> None:
    points = np.random.default_rng(1).uniform(size=(400, 3))
    labels = cut(ward_tree(points), 400 - 17)
    expected = fcluster(fastcluster.linkage_vector(points, "ward"), 17, "maxclust")
    assert adjusted_rand_score(labels, expected) == 1.0
    assert labels[0] == 0 and labels.max() == 16


def test_tied_and_coincident_points_end_in_one_tree() -> None:
    grid = np.stack(np.meshgrid(*[np.arange(5.0)] * 3), axis=-1).reshape(-1, 3)
    points = np.concatenate((grid, grid[:40], grid[:40]))
    tree = ward_tree(points)
    assert tree.sizes[-1] == len(points)
    assert np.all(np.diff(tree.heights) >= 0.0)
    # the coincident ones merge first, at no cost
    assert np.sum(tree.heights == 0.0) == 80
    # each node is merged once, after it was made
    merged = tree.children.ravel()
    assert len(np.unique(merged)) == len(merged)
    assert np.all(tree.children < len(points) + np.arange(len(tree.heights))[:, None])


def test_subtrees_are_the_trees_of_the_subsets() -> None:
    rng = np.random.default_rng(2)
    points = np.concatenate([rng.normal(c, 1.0, (80, 3)) for c in (0.0, 10.0, 25.0)])
    parts = subtrees(ward_tree(points), 3)
    assert sorted(len(members) for members, _ in parts) == [80, 80, 80]
    for members, tree in parts:
        np.testing.assert_allclose(tree.heights, ward_tree(points[members]).heights, rtol=1e-9)


def test_capacity_counts_clusters_at_every_level() -> None:
    points = np.random.default_rng(3).normal(size=(120, 3))
    tree = ward_tree(points)
    usable = kernel_flags(tree, points, 4)
    counts = capacity_curve(tree, usable)
    for merges in range(120):
        sizes = np.bincount(cut(tree, merges))
        assert counts[merges] == np.sum(sizes >= 4)
    best = holding_capacity(tree, usable)
    assert best.n_kernels == counts.max()
    labels = proto_labels(tree, usable, best.n_merges)
    assert labels.max() + 1 == best.n_kernels
    assert np.bincount(labels[labels >= 0]).min() >= 4


def test_flat_clusters_make_no_kernel() -> None:
    rng = np.random.default_rng(4)
    flat = rng.normal(size=(30, 3))
    flat[:, 2] = 6.0
    full = rng.normal((50.0, 0.0, 0.0), 1.0, (30, 3))
    points = np.concatenate((flat, full))
    tree = ward_tree(points)
    usable = kernel_flags(tree, points, 4)
    labels = proto_labels(tree, usable, holding_capacity(tree, usable).n_merges)
    assert np.all(labels[:30] == -1)
    assert np.sum(labels[30:] >= 0) > 15
