"""Tables planted_truth and engines: runs on planted networks, their truth, their means."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from faultcast.errors import DataError
from faultcast.evaluate.kamer2020 import engines, planted_truth
from faultcast.evaluate.kamer2020.planted import drawn, gaussian_bound
from faultcast.faults import FaultNetwork
from faultcast.faults.mixture import bic

SPARSE = {"points_per_km2": 0.1, "noise": 0.1}


@pytest.fixture(scope="module")
def parts():
    common = {"generator": "crossing", "shape": "ellipse", "seeds": [0, 3], **SPARSE}
    return [
        planted_truth.planted_runs(configuration={"engine": engine}, **common)
        for engine in ("exact", "released")
    ]


def test_runs_score_the_network_and_the_truth(parts):
    exact = parts[0]
    assert list(exact["criterion"]) == ["global", "local"] * 2
    network = drawn("crossing", "ellipse", 3, **SPARSE)
    row = exact[(exact["seed"] == 3) & (exact["criterion"] == "global")].iloc[0]
    net = FaultNetwork().fit(network.xyz_km)
    assert row["adjusted_rand"] == adjusted_rand_score(network.labels, net.labels_)
    assert row["bic"] == pytest.approx(net.bic_, rel=1e-9)
    assert row["n_kernels"] == len(net.weights_)
    truth = network.true_labels()
    assert row["true_adjusted_rand"] == adjusted_rand_score(network.labels, truth)
    assert row["true_kernels"] == 13
    # the density that the points came from, summed over its parts at each point
    density = np.exp(network.true_log_parts()).sum(axis=1)
    assert row["true_bic"] == pytest.approx(bic(np.log(density).sum(), 13, len(density)))
    assert row["n_points"] == len(network.labels)


def test_table_holds_means_and_paired_differences(parts):
    table = planted_truth.numbers(parts).set_index(["engine", "criterion"])
    assert len(table) == 4
    runs = parts[1].query("criterion == 'local'")
    row = table.loc["released", "local"]
    assert row["n_seeds"] == 2
    scores = runs["adjusted_rand"].to_numpy()
    assert row["adjusted_rand"] == pytest.approx(scores.mean())
    assert row["standard_deviation"] == pytest.approx(np.std(scores, ddof=1))
    assert (row["minimum"], row["maximum"]) == (scores.min(), scores.max())
    behind = runs["true_adjusted_rand"].to_numpy() - scores
    assert row["behind_truth_sd"] == pytest.approx(np.std(behind, ddof=1))
    assert row["behind_truth"] == pytest.approx(row["true_adjusted_rand"] - row["adjusted_rand"])


def test_true_labels_are_above_all_others(parts):
    table = planted_truth.numbers(parts)
    assert (table["behind_truth"] > 0).all()
    assert (table["true_adjusted_rand"] > 0.9).all()


def test_gaussian_bound_has_the_moments_of_the_true_points():
    network = drawn("paper", "rectangle", 1, **SPARSE)
    mixture = gaussian_bound(network)
    own = network.xyz_km[network.labels == 7]
    np.testing.assert_allclose(mixture.means[7], own.mean(axis=0))
    np.testing.assert_allclose(mixture.covariances[7], np.cov(own.T))
    assert mixture.is_background.tolist() == [False] * 20 + [True]
    assert mixture.weights[-1] == pytest.approx(0.1, abs=1e-3)
    noiseless = drawn("paper", "rectangle", 1, points_per_km2=0.1, noise=0.0)
    assert len(gaussian_bound(noiseless)) == 20


def test_unknown_generators_are_named():
    with pytest.raises(DataError, match="'paper', 'crossing'"):
        drawn("random", "rectangle", 1, **SPARSE)


@pytest.fixture(scope="module")
def set_of_the_program(tmp_path_factory):
    """Files as the author's program leaves them, made from a network of our own."""
    folder = tmp_path_factory.mktemp("program")
    network = drawn("paper", "rectangle", 2, points_per_km2=0.1, noise=0.2)
    np.savez(folder / "input.npz", X=network.xyz_km, true_labels=network.labels)
    net = FaultNetwork().fit(network.xyz_km)
    order = np.roll(np.arange(len(net.weights_)), 1)
    np.savez(
        folder / "global.npz",
        labels=np.argsort(order)[net.labels_],
        mean=net.means_[order],
        cov=net.covariances_[order],
        weight=net.weights_[order],
        is_bkg=net.is_background_[order].astype(float),
        # corners of a Gaussian's box are not asked for
        bbox=np.tile(net.mixture_.backgrounds[0].corners(), (len(order), 1, 1)),
        mdl=net.bic_ + 1.0,
    )
    return folder, network, net


def test_outputs_of_the_program_are_scored_as_our_own(set_of_the_program):
    folder, network, net = set_of_the_program
    runs = engines.engine_runs(
        data="made up",
        configurations=[{"engine": "exact"}],
        points=folder / "input.npz",
        program_global=folder / "global.npz",
    )
    program = runs[runs["engine"] == engines.PROGRAM].iloc[0]
    ours = runs[(runs["engine"] == "exact") & (runs["criterion"] == "global")].iloc[0]
    assert (runs["criterion"] == "global").sum() == 2
    for name in ("n_kernels", "background_weight", "log_likelihood", "bic", "adjusted_rand"):
        assert program[name] == pytest.approx(ours[name], rel=1e-9)
    assert program["adjusted_rand"] == adjusted_rand_score(network.labels, net.labels_)
    assert program["bic_own"] == net.bic_ + 1.0


def test_engines_are_compared_set_by_set(set_of_the_program):
    _, network, _ = set_of_the_program
    both = [{"engine": "exact"}, {"engine": "released"}]
    points = pd.DataFrame(network.xyz_km, columns=["x_km", "y_km", "z_km"])
    options = {"configurations": both, "seeds": [1, 2], **SPARSE}
    runs = [
        engines.engine_runs(data="table", configurations=both, points=points),
        engines.engine_runs(data="sparse", **options),
    ]
    table = engines.numbers(runs).set_index(["data", "engine", "criterion"]).sort_index()
    assert table.loc["table", "n_sets"].eq(1).all()
    assert table.loc["table", "adjusted_rand"].isna().all()
    row = table.loc["sparse", "exact", "global"]
    by_set = runs[1].query("criterion == 'global'").set_index(["engine", "set"])["bic"]
    difference = by_set.loc["exact"] - by_set.loc["released"]
    assert row["n_sets"] == 2
    assert row["bic_minus_released"] == pytest.approx(difference.mean())
    assert row["sets_not_above"] == (difference <= 0).sum()
    released = table.loc["sparse", "released", "local"]
    assert released["bic_minus_released"] == 0.0 and released["sets_not_above"] == 2
    # what the table is for: the exact engine ends no higher on few points
    assert (table.xs("exact", level="engine")["bic_minus_released"] < 0).all()
