"""The estimator: planted truth, invariances, bad input, files."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import special_ortho_group
from sklearn.metrics import adjusted_rand_score

from faultcast.errors import DataError
from faultcast.faults import FaultNetwork, network_summary, reconstruct_network
from faultcast.faults.mixture import bic
from faultcast.synthetic.paper_generator import paper_network


def _plane(rng: np.random.Generator, n: int, centre: tuple[float, float, float]) -> np.ndarray:
    flat = rng.uniform(-0.5, 0.5, (n, 3)) * (20.0, 0.0, 10.0)
    return flat + rng.normal(0.0, 0.2, (n, 3)) + centre


@pytest.fixture(scope="module")
def two_planes() -> np.ndarray:
    rng = np.random.default_rng(0)
    noise = rng.uniform((-30.0, -30.0, 0.0), (30.0, 30.0, 20.0), (40, 3))
    return np.concatenate((_plane(rng, 200, (0, -15, 8)), _plane(rng, 200, (0, 15, 8)), noise))


@pytest.mark.parametrize("engine", ["exact", "released"])
def test_two_planes_are_two_kernels(two_planes: np.ndarray, engine: str) -> None:
    net = FaultNetwork(engine=engine).fit(two_planes)
    large = net.planes().query("n_events > 50")
    assert len(large) == 2
    truth = np.repeat([0, 1], 200)
    assert adjusted_rand_score(truth, net.labels_[:400]) > 0.9
    # along x, upright: strike 90 or 270, dip 90
    np.testing.assert_allclose(large["strike_deg"] % 180.0, 90.0, atol=2.0)
    assert np.all(large["dip_deg"] > 86.0)
    np.testing.assert_allclose(large["length_km"], 20.0, rtol=0.15)
    np.testing.assert_allclose(large["width_km"], 10.0, rtol=0.15)


@pytest.mark.parametrize("criterion", ["global", "local"])
def test_fit_is_consistent_with_itself(two_planes: np.ndarray, criterion: str) -> None:
    net = FaultNetwork(criterion).fit(two_planes)
    density = net.score_samples(two_planes)
    assert net.log_likelihood_ == pytest.approx(density.sum(), rel=1e-9)
    assert net.bic_ == pytest.approx(bic(density.sum(), len(net.weights_), len(two_planes)))
    assert net.weights_.sum() == pytest.approx(1.0)
    np.testing.assert_array_equal(net.predict(two_planes), net.labels_)
    assert net.n_protoclusters_ == net.holding_capacity_[0] > 40
    assert len(net.planes()) == np.sum(~net.is_background_)


@pytest.mark.parametrize("criterion", ["global", "local"])
def test_result_follows_the_points(two_planes: np.ndarray, criterion: str) -> None:
    rng = np.random.default_rng(1)
    rows = rng.permutation(len(two_planes))
    turn = special_ortho_group.rvs(3, random_state=2)
    moved = (two_planes @ turn.T + (3000.0, -5000.0, 70.0))[rows]
    first = FaultNetwork(criterion).fit(two_planes)
    second = FaultNetwork(criterion).fit(moved)
    assert second.bic_ == pytest.approx(first.bic_, rel=1e-9)
    np.testing.assert_allclose(second.weights_, first.weights_, rtol=1e-7)
    assert adjusted_rand_score(first.labels_[rows], second.labels_) == 1.0


def test_pure_background_gives_no_fault() -> None:
    points = np.random.default_rng(3).uniform(0.0, 20.0, (600, 3))
    net = FaultNetwork().fit(points)
    assert net.is_background_.all()
    assert net.planes().empty
    assert net.summary()["n_faults"] == 0
    assert net.summary()["background_weight"] == pytest.approx(1.0)


# development seeds; the floors lie below the mean over ten of them
@pytest.mark.parametrize(("criterion", "floor"), [("global", 0.85), ("local", 0.75)])
def test_planted_networks_are_found(criterion: str, floor: float) -> None:
    scores = []
    for seed in range(3):
        planted = paper_network(n_faults=10, seed=seed, points_per_km2=0.4, noise=0.1)
        net = FaultNetwork(criterion).fit(planted.xyz_km)
        scores.append(adjusted_rand_score(planted.labels, net.labels_))
    assert np.mean(scores) > floor


@pytest.mark.parametrize("engine", ["exact", "released"])
def test_refinement_never_raises_the_bic(two_planes: np.ndarray, engine: str) -> None:
    plain = FaultNetwork(engine=engine).fit(two_planes)
    refined = FaultNetwork(engine=engine, refine="em").fit(two_planes)
    assert refined.bic_ <= plain.bic_
    assert refined.n_protoclusters_ == plain.n_protoclusters_
    np.testing.assert_array_equal(refined.predict(two_planes), refined.labels_)
    # moments of the merged kernels are a quarter too short along the plane, EM's are not
    large = refined.planes().query("n_events > 50")
    np.testing.assert_allclose(large["length_km"], 20.0, rtol=0.08)


@pytest.mark.parametrize("engine", ["exact", "released"])
def test_subsets_have_a_background_each(engine: str) -> None:
    rng = np.random.default_rng(4)
    parts = []
    for centre in ((0.0, 0.0, 8.0), (200.0, 0.0, 8.0)):
        noise = rng.uniform(-20.0, 20.0, (60, 3)) + centre
        parts += [_plane(rng, 150, centre), noise]
    net = FaultNetwork(engine=engine, n_subsets=2).fit(np.concatenate(parts))
    assert net.is_background_.sum() == 2
    assert net.weights_[net.is_background_].sum() == pytest.approx(120 / 420, abs=0.12)
    assert np.all(np.diff(net.is_background_.astype(int)) >= 0)


BAD = {
    "NaN": (np.where(np.eye(20, 3, dtype=bool), np.nan, 1.0), "3 of 20 points are NaN"),
    "infinite": (np.full((20, 3), np.inf), "infinite"),
    "shape": (np.ones((20, 2)), r"shape \(20, 2\)"),
    "few": (np.random.default_rng(0).normal(size=(7, 3)), "at least 8"),
    "coincident": (np.ones((20, 3)), "at one place"),
    "line": (np.arange(20.0)[:, None] * (1.0, 2.0, 3.0), "on one line"),
    "one depth": (np.random.default_rng(0).normal(size=(20, 3)) * (1, 1, 0) + 6.0, "in one plane"),
    "text": (np.array([["a", "b", "c"]] * 9), "no numbers"),
}


@pytest.mark.parametrize("engine", ["exact", "released"])
@pytest.mark.parametrize("name", BAD)
def test_bad_points_are_named(name: str, engine: str) -> None:
    points, message = BAD[name]
    with pytest.raises(DataError, match=message):
        FaultNetwork(engine=engine).fit(points)


@pytest.mark.parametrize(
    "options",
    [
        {"criterion": "best"},
        {"engine": "fast"},
        {"refine": "more"},
        {"background": "ball"},
        {"background": "hull", "engine": "released"},
        {"n_subsets": 0},
        {"min_points": 3},
    ],
)
def test_options_that_are_not_built_are_refused(options: dict) -> None:
    with pytest.raises(DataError, match=next(iter(options))):
        FaultNetwork(**options)


def test_repeated_and_few_points_still_give_an_answer() -> None:
    rng = np.random.default_rng(5)
    few = rng.normal(size=(8, 3))
    assert FaultNetwork().fit(few).labels_.shape == (8,)
    twice = np.repeat(_plane(rng, 100, (0, 0, 8)), 2, axis=0)
    net = FaultNetwork().fit(twice)
    np.testing.assert_array_equal(net.labels_[::2], net.labels_[1::2])
    assert np.isfinite(net.bic_)


def test_saved_network_comes_back(two_planes: np.ndarray, tmp_path: Path) -> None:
    net = FaultNetwork("local").fit(two_planes)
    net.save(tmp_path / "net", xyz_km=two_planes, crs="+proj=tmerc +units=km")
    back = FaultNetwork.load(tmp_path / "net")
    np.testing.assert_array_equal(back.score_samples(two_planes), net.score_samples(two_planes))
    pd.testing.assert_frame_equal(back.planes(), net.planes())
    assert network_summary(tmp_path / "net") == net.summary() == back.summary()
    # a folder of an earlier version: boxes by their corners
    (tmp_path / "net" / "backgrounds.parquet").unlink()
    np.testing.assert_allclose(
        FaultNetwork.load(tmp_path / "net").score_samples(two_planes),
        net.score_samples(two_planes),
        rtol=1e-9,
    )
    with pytest.raises(DataError, match="no fault network"):
        FaultNetwork.load(tmp_path)


def test_stage_takes_a_table(two_planes: np.ndarray) -> None:
    table = pd.DataFrame(two_planes, columns=["x_km", "y_km", "z_km"])
    table["n_events"] = 1
    table.loc[3, "z_km"] = np.nan
    table.loc[5, "n_events"] = 0
    net, used = reconstruct_network(table, background="hull", refine="em", assigned_only=True)
    assert (net.background, net.refine) == ("hull", "em")
    assert len(used) == len(net.labels_) == len(table) - 2
    with pytest.raises(DataError, match="z_km"):
        reconstruct_network(table.drop(columns="z_km"))


def test_an_unfitted_network_says_so() -> None:
    with pytest.raises(DataError, match="not fitted"):
        FaultNetwork().planes()
