"""Our values of the text of Kamer et al. 2020 on planted networks, aftershocks, backgrounds."""

import numpy as np
import pandas as pd
import pytest

from faultcast.evaluate.kamer2020.aftershock_rows import aftershock_rows
from faultcast.evaluate.kamer2020.background_density import (
    background_rows,
    planted_cuboids,
    recovered_densities,
)
from faultcast.evaluate.kamer2020.planted import N_FAULTS, planted
from faultcast.evaluate.kamer2020.planted_rows import planted_rows, redrawn
from faultcast.faults import FaultNetwork


def test_new_draws_lie_on_the_papers_planes():
    shown = planted()
    points, labels = redrawn(7)
    assert np.array_equal(labels, shown.labels)
    assert not np.allclose(points, shown.xyz_km)
    for k in range(N_FAULTS):
        own = (points[labels == k] - shown.centres_km[k]) @ shown.frames[k].T
        side = np.array([shown.length_km[k], shown.thickness_km, shown.width_km[k]])
        spread = np.sqrt(side**2 / 12.0 + shown.scatter_km**2)
        np.testing.assert_allclose(own.std(axis=0), spread, rtol=0.25)
        assert (np.abs(own.mean(axis=0)) < 4.0 * spread / np.sqrt(len(own))).all()
    noise, faults = points[labels == N_FAULTS], points[labels < N_FAULTS]
    assert (noise >= faults.min(axis=0)).all()
    assert (noise <= faults.max(axis=0)).all()
    assert np.array_equal(redrawn(7)[0], points)


def test_planted_rows_are_means_over_draws_with_the_printed_number_among_them():
    seeds = [3, 4, 5]
    rows = planted_rows(seeds, "exact", "released", {"fig02.capacity_noise": 82.0})
    row = {r["id"]: r for r in rows}
    draws = [redrawn(seed)[0] for seed in seeds]
    counts = [FaultNetwork("local").fit(xyz).holding_capacity_[0] for xyz in draws]
    capacity = row["fig02.capacity_noise"]
    assert capacity["value"] == pytest.approx(np.mean(counts))
    assert capacity["standard_deviation"] == pytest.approx(np.std(counts, ddof=1))
    below, above = sum(c < 82 for c in counts), sum(c > 82 for c in counts)
    assert f"{below} below and {above} above" in capacity["note"]
    assert "engine released: mean" in capacity["note"]
    assert "213 clusters" in row["fig02.capacity_level_noise"]["note"]
    assert row["fig03.n_kernels"]["value"] == row["fig03.matrix_size"]["value"] + 1


@pytest.fixture(scope="module")
def sequence(tmp_path_factory):
    """A thin wall in the north, a thick one in the south; one network of two walls, one of one."""
    rng = np.random.default_rng(2)
    north = rng.normal([0.0, 30.0, 8.0], [0.2, 4.0, 2.0], (150, 3))
    south = rng.normal([0.0, 0.0, 8.0], [0.5, 4.0, 2.0], (150, 3))
    xyz_km = np.concatenate([north, south])
    root = tmp_path_factory.mktemp("sequence")
    folders = {}
    for criterion in ("local", "global"):
        folders[criterion] = root / criterion
        FaultNetwork(criterion).fit(xyz_km).save(folders[criterion], xyz_km=xyz_km)
    return pd.DataFrame(xyz_km, columns=["x_km", "y_km", "z_km"]), folders


def test_aftershock_rows_hold_both_engines_and_the_papers_arithmetic(sequence):
    points, folders = sequence
    rows = {r["id"]: r for r in aftershock_rows(points, folders, folders, "landers", 30_000)}
    net = FaultNetwork.load(folders["global"])
    assert rows["fig06.n_kernels_global"]["value"] == len(net.weights_)
    assert rows["fig06.n_kernels_global"]["comparable"]
    assert f"engine exact: {len(net.weights_)}" in rows["fig06.n_kernels_global"]["note"]
    assert rows["fig06.catalog_ratio"]["value"] == 100.0
    # 5 minutes x 100^2 are 34.7 days
    days = rows["fig06.extrapolated_wall_time"]["value"] * 365.25 / 12.0
    assert days == pytest.approx(34.72, abs=0.01)
    assert rows["fig06.wall_time"]["value"] == 1.0
    thickness = rows["fig06.global_thicker_south"]["note"].split("global ")[1].split(",")[0]
    planes = net.planes()
    south = planes[planes["y_km"] < points["y_km"].min() + np.ptp(points["y_km"]) / 3]
    expected = np.average(south["thickness_km"], weights=south["n_events"])
    assert float(thickness) == pytest.approx(expected, abs=0.006)


def test_backgrounds_of_known_density_are_found_with_enough_subsets():
    xyz_km, cuboid, background = planted_cuboids(0)
    inside = background & (cuboid == 1)
    assert inside.sum() == round(0.008 * 60 * 60 * 15)
    assert np.ptp(xyz_km[inside], axis=0) == pytest.approx([60, 60, 15], rel=0.05)
    table = recovered_densities([0], subsets=(1, 3))
    ratio = table.groupby("n_subsets")["ratio"].mean()
    # one box over all three holds the voids between them too
    assert ratio[1] < 0.2 < 0.8 < ratio[3] < 1.2
    rows = background_rows([0], "exact")
    assert [r["id"] for r in rows] == [
        "text.many_subsets_keep_density",
        "text.few_subsets_underestimate_density",
    ]
    assert rows[1]["value"] == 1.0
