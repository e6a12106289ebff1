"""Agreement of kernels with mechanisms: planted planes are found to agree, shuffled ones not."""

import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.evaluate.kamer2020 import mechanisms
from faultcast.faults import FaultNetwork
from faultcast.plots import style
from faultcast.plots.kamer2020 import mechanisms as plot

STRIKES = np.array([20.0, 75.0, 130.0, 160.0, 100.0, 40.0])
SCATTER_DEG = 6.0


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """Six vertical faults 12 km apart, mechanisms about their strikes; one flat slab."""
    rng = np.random.default_rng(0)
    n = 200
    parts, strikes = [], []
    for k, strike in enumerate(STRIKES):
        along = np.array([np.sin(np.radians(strike)), np.cos(np.radians(strike)), 0])
        across = np.array([along[1], -along[0], 0])
        parts.append(
            np.array([12.0 * k, 0, 8])
            + rng.uniform(-4, 4, (n, 1)) * along
            + rng.uniform(-4, 4, (n, 1)) * [0, 0, 1]
            + rng.normal(0, 0.1, (n, 1)) * across
        )
        strikes.append(np.full(n, strike))
    slab = np.array([30.0, 30, 5]) + rng.normal(size=(n, 3)) * [8, 8, 0.05]
    xyz = np.concatenate([*parts, slab])
    strike = np.concatenate([*strikes, rng.uniform(0, 360, n)])
    ids = np.array([f"e{i}" for i in range(len(xyz))])
    folder = tmp_path_factory.mktemp("mechanisms") / "network"
    FaultNetwork().fit(xyz).save(folder, event_ids=ids, xyz_km=xyz)
    table = pd.DataFrame(
        {
            "event_id": ids,
            "strike_deg": strike + SCATTER_DEG * rng.standard_normal(len(xyz)),
            "dip_deg": 90.0,
            "rake_deg": 180.0,
            "quality": rng.choice(["A", "B", "C"], len(xyz)),
        }
    )
    kernels = pd.DataFrame({"event_id": ids, "n_events": 1})
    assignment = pd.DataFrame({"event_id": ids, "kernel": np.arange(len(ids))})
    return folder, table, assignment, kernels


@pytest.fixture(scope="module")
def numbers(planted):
    folder, table, assignment, kernels = planted
    return mechanisms.numbers(
        table, assignment, kernels, n_draws=100, n_resamples=300, condensed_global=folder
    )


def summary(table, group="steep"):
    rows = table[(table["kind"] == "summary") & (table["group"] == group)]
    return rows.set_index("series")


def test_planted_planes_agree_and_the_nulls_do_not(numbers):
    rows = summary(numbers)
    assert rows["n_kernels"].eq(6).all()
    # the median of |scatter| is 0.67 sigma
    assert rows.loc["kernels", "median_deg"] == pytest.approx(0.67 * SCATTER_DEG, abs=1.5)
    for null in ("permuted", "regional", "isotropic"):
        assert rows.loc[null, "median_deg"] > 10
        assert rows.loc[null, "difference_low"] > 0
    assert rows.loc[["permuted", "isotropic"], "p_value"].max() < 0.05
    assert np.isnan(rows.loc["regional", "p_value"])


def test_one_value_a_kernel_over_good_mechanisms_alone(numbers, planted):
    kernels = numbers[numbers["kind"] == "kernel"]
    assert kernels["kernel"].is_unique and (kernels["dip_deg"] < 5).sum() == 1
    slab = kernels[kernels["dip_deg"] < 5].iloc[0]
    assert slab["angle_deg"] > 80
    good = planted[1]["quality"].isin(["A", "B"]).sum()
    assert 0.8 * good < kernels["n_mechanisms"].sum() <= good


def test_condensed_kernels_and_their_events_say_the_same(numbers, planted):
    """Events shifted to another name for their kernel: the join goes through the assignment."""
    folder, table, assignment, kernels = planted
    extra = pd.DataFrame({"event_id": ["none"], "n_events": 0})
    more = pd.concat((extra, kernels), ignore_index=True)
    moved = assignment.assign(
        event_id="m" + assignment["event_id"], kernel=assignment["kernel"] + 1
    )
    renamed = table.assign(event_id="m" + table["event_id"])
    again = mechanisms.numbers(
        renamed, moved, more, n_draws=100, n_resamples=300, condensed_global=folder
    )
    pd.testing.assert_frame_equal(again, numbers)


def test_the_gap_to_permuted_mechanisms_alone(planted):
    folder, table, _, _ = planted
    found = mechanisms.permuted_agreement(folder, table, n_draws=100, n_resamples=300)
    assert found["n_mechanism_kernels"] == 7
    assert found["mechanism_angle_deg"] < 1.5 * SCATTER_DEG
    assert 0 <= found["permuted_gap_low"] < found["permuted_gap_deg"] < found["permuted_gap_high"]
    none = mechanisms.permuted_agreement(folder, table.assign(quality="D"))
    assert none["n_mechanism_kernels"] == 0 and np.isnan(none["permuted_gap_deg"])


def test_the_seed_decides(numbers, planted):
    folder, *tables = planted
    other = mechanisms.numbers(
        *tables, n_draws=100, n_resamples=300, seed=1, condensed_global=folder
    )
    assert (
        summary(other).loc["kernels", "median_deg"] == summary(numbers).loc["kernels", "median_deg"]
    )
    assert summary(other).loc["isotropic", "low"] != summary(numbers).loc["isotropic", "low"]


def test_mechanisms_of_another_catalog_are_told(planted):
    folder, table, assignment, kernels = planted
    foreign = table.assign(event_id="x" + table["event_id"])
    with pytest.raises(DataError, match="mechanisms of this catalog's events"):
        mechanisms.numbers(foreign, assignment, kernels, condensed_global=folder)


def test_the_figure_draws_from_its_csv(numbers, tmp_path):
    three = pd.concat([numbers, numbers.assign(network="ab_events_global")])
    three.to_csv(tmp_path / "numbers.csv", index=False)
    figure = plot.draw(pd.read_csv(tmp_path / "numbers.csv"), "test")
    titles = [axis.get_title() for axis in figure.axes]
    assert titles[:2] == ["condensed, global: 7 kernels", "A/B events, global: 7 kernels"]
    assert len(figure.axes) == 3
    style.save(figure, "test", tmp_path / "m.pdf", tmp_path / "m.png")
    assert (tmp_path / "m.png").stat().st_size > 20_000
