"""Figure growth: cost of the stages at several sizes; structure, not times."""

import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.evaluate.kamer2020 import growth
from faultcast.plots.kamer2020.growth import draw

SIZES = (500, 1000, 10_000)


@pytest.fixture(scope="module")
def points():
    rng = np.random.default_rng(3)
    near = rng.normal(size=(1200, 3)) * [10.0, 0.5, 4.0]
    xyz = np.concatenate([near, rng.uniform(-20, 20, size=(300, 3)), [[np.nan, 0.0, 0.0]]])
    return pd.DataFrame(xyz, columns=["x_km", "y_km", "z_km"])


@pytest.fixture(scope="module")
def costs(points):
    return growth.numbers(points, SIZES)


def test_every_stage_is_measured_at_every_size(costs):
    # no more points than there are with a position
    assert sorted(set(costs["n_points"])) == [500, 1000, 1500]
    assert list(costs["stage"]) == list(growth.STAGES) * 3
    assert (costs["n_subsets"] == 1).all()
    assert (costs[["cpu_s", "wall_s"]] >= 0.0).all(axis=None)
    assert (costs.loc[costs["stage"].isin(["ward", "global"]), "cpu_s"] > 0.0).all()
    assert (costs["peak_mb"] > 20.0).all()


def test_growth_is_that_of_a_power_law():
    n = np.array([1000, 10_000, 40_000, 160_000])
    part = pd.DataFrame({"n_points": n, "cpu_s": 1e-5 * n**1.25, "peak_mb": 300.0 + n / 1024})
    # small sizes, where calls cost more than work, do not count
    part.loc[0, "cpu_s"] = 1.0
    assert growth._growth(part) == pytest.approx((1.25, 1.0))
    assert np.isnan(growth._growth(part.iloc[:1])).all()


def test_too_few_points_are_refused(points):
    with pytest.raises(DataError, match="100 points"):
        growth.numbers(points.iloc[:100], SIZES)


def test_figure_shows_both_costs_of_every_stage(costs):
    seconds, memory = draw(costs, "demo").axes
    assert len(memory.lines) == len(growth.STAGES)
    shown = memory.lines[2].get_xydata()
    wanted = costs.loc[costs["stage"] == "global", ["n_points", "peak_mb"]]
    np.testing.assert_allclose(shown, wanted)
    assert seconds.get_xscale() == seconds.get_yscale() == memory.get_xscale() == "log"
