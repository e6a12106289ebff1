"""Subsets that run alone: what they come to, written, read and joined, is the fit itself."""

import numpy as np
import pytest

from faultcast import io
from faultcast.errors import DataError
from faultcast.faults import FaultNetwork
from faultcast.faults.subsets import read_division, read_part, write_division, write_part
from faultcast.faults.ward import subtrees, ward_tree
from faultcast.synthetic.paper_generator import paper_network


@pytest.fixture(scope="module")
def points():
    return paper_network(n_faults=5, seed=3, points_per_km2=0.3, noise=0.1).xyz_km


def by_jobs(how, points, folder):
    """The network by way of files; each step begins with an estimator that knows nothing."""
    write_division(FaultNetwork(**how).divide(points), folder / "division")
    for s in range(how["n_subsets"]):
        part = FaultNetwork(**how).first_pass(read_division(folder / "division"), s)
        write_part(part, folder / f"part{s}")
    parts = [read_part(folder / f"part{s}") for s in range(how["n_subsets"])]
    return FaultNetwork(**how).join(points, read_division(folder / "division"), parts)


@pytest.mark.parametrize("criterion", ["global", "local"])
@pytest.mark.parametrize("engine", ["exact", "released"])
def test_jobs_end_with_the_network_of_one_fit(engine, criterion, points, tmp_path):
    how = {"criterion": criterion, "engine": engine, "n_subsets": 4}
    one, many = FaultNetwork(**how).fit(points), by_jobs(how, points, tmp_path)
    assert 1 < np.sum(~one.is_background_) < one.n_protoclusters_
    one.save(tmp_path / "one", xyz_km=points)
    many.save(tmp_path / "many", xyz_km=points)
    assert io.content_digest(tmp_path / "one") == io.content_digest(tmp_path / "many")
    for name in ("weights_", "means_", "covariances_", "labels_", "responsibilities_"):
        assert getattr(one, name).tobytes() == getattr(many, name).tobytes(), name
    assert one.summary() == many.summary()


@pytest.mark.parametrize("background", ["hull", "voronoi"])
def test_other_backgrounds_and_em_are_joined_too(background, points, tmp_path):
    how = {"n_subsets": 3, "min_points": 5, "background": background, "refine": "em"}
    one, many = FaultNetwork(**how).fit(points), by_jobs(how, points, tmp_path)
    assert one.bic_ == many.bic_
    np.testing.assert_array_equal(one.score_samples(points), many.score_samples(points))


def test_a_division_is_the_branches_of_the_tree(points):
    division = FaultNetwork(engine="released", n_subsets=4).divide(points)
    np.testing.assert_array_equal(division.points, points)
    assert sum(tree.n_points for tree in division.branches) == len(points)
    for s, (members, tree) in enumerate(subtrees(ward_tree(points), 4)):
        np.testing.assert_array_equal(division.members(s), members)
        np.testing.assert_array_equal(division.branches[s].linkage(), tree.linkage())


@pytest.mark.parametrize("engine", ["exact", "released"])
def test_subsets_too_small_for_a_kernel_are_no_hindrance(engine, points, tmp_path):
    """A far point, and a far pair, are subsets of their own: trees of no merger and of one."""
    far = np.array([[900.0, 0.0, 5.0], [0.0, 900.0, 5.0], [0.0, 901.0, 6.0]])
    both = np.concatenate((points, far))
    how = {"engine": engine, "n_subsets": 3}
    sizes = [tree.n_points for tree in FaultNetwork(**how).divide(both).branches]
    assert sorted(sizes) == [1, 2, len(points)]
    one, many = FaultNetwork(**how).fit(both), by_jobs(how, both, tmp_path)
    one.save(tmp_path / "one")
    many.save(tmp_path / "many")
    assert io.content_digest(tmp_path / "one") == io.content_digest(tmp_path / "many")


def test_parts_that_do_not_fit_are_refused(points):
    net = FaultNetwork(n_subsets=2)
    division = net.divide(points)
    parts = [net.first_pass(division, s) for s in range(2)]
    with pytest.raises(DataError, match="1 parts for a division"):
        net.join(points, division, parts[:1])
    with pytest.raises(DataError, match="divide the points again"):
        net.join(points[:-1], division, parts)
