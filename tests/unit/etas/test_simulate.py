"""Simulated catalogs: laws recovered, parents before children, seeds."""

import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.etas import BoxSpace, EtasParameters, even_points, simulate

SPACE = BoxSpace((-50.0, -50.0, 0.0), (50.0, 50.0, 20.0))
PARAMETERS = EtasParameters(
    background_per_day=20.0, productivity=0.15, c_days=0.02, p=1.3, b_value=1.0
)


@pytest.fixture(scope="module")
def catalog():
    return simulate(SPACE, PARAMETERS, n_days=1500, warm_up_days=500, seed=1)


def test_number_of_events_follows_from_the_branching_ratio(catalog):
    # far from the start the rate is mu / (1 - n), less what comes after the end of time
    rate = 20.0 / (1.0 - PARAMETERS.branching_ratio)
    assert 0.4 < PARAMETERS.branching_ratio < 0.8
    counted = (catalog["time_days"] >= 0).sum() / 1500
    assert counted == pytest.approx(rate, rel=0.15)
    # each event's own mean number of direct aftershocks, for old events
    old = catalog[catalog["time_days"] < 500]
    children = catalog["parent"].isin(old.index).sum()
    assert children / len(old) == pytest.approx(PARAMETERS.branching_ratio, rel=0.15)


def test_parents_come_before_their_children_and_share_the_fault(catalog):
    child = catalog[catalog["parent"] >= 0]
    parent = catalog.loc[child["parent"]]
    assert (parent["time_days"].to_numpy() < child["time_days"].to_numpy()).all()
    assert (parent["generation"].to_numpy() + 1 == child["generation"].to_numpy()).all()
    assert (catalog.loc[catalog["parent"] < 0, "generation"] == 0).all()
    assert catalog["time_days"].is_monotonic_increasing
    assert catalog["time_days"].between(-500, 1500).all()
    assert catalog["z_km"].between(0, 20).all()


def test_b_value_is_recovered(catalog):
    # maximum likelihood (Aki 1965); truncation at M 7 matters little
    mean_excess = catalog["magnitude"].mean() - 1.0
    b_value = 1.0 / (np.log(10) * mean_excess)
    assert b_value == pytest.approx(1.0, abs=4.0 / np.sqrt(len(catalog)))


def test_waiting_times_follow_omori(catalog):
    child = catalog[catalog["parent"] >= 0]
    parent_time = catalog["time_days"].to_numpy()[child["parent"]]
    waited = child["time_days"].to_numpy() - parent_time
    early = parent_time < 500
    for days in (0.02, 1.0, 100.0):
        share = (waited[early] < days).mean() * PARAMETERS.omori_share(1000.0)
        assert share == pytest.approx(PARAMETERS.omori_share(days), abs=0.02)


def test_same_seed_same_catalog(catalog):
    again = simulate(SPACE, PARAMETERS, n_days=1500, warm_up_days=500, seed=1)
    pd.testing.assert_frame_equal(catalog, again)
    other = simulate(SPACE, PARAMETERS, n_days=1500, warm_up_days=500, seed=2)
    assert len(other) != len(catalog)


def test_refuses_what_cannot_be_simulated():
    with pytest.raises(DataError, match="would never end"):
        simulate(SPACE, EtasParameters(1.0, productivity=1.0), n_days=10, seed=0)
    with pytest.raises(DataError, match="give n_days > 0"):
        simulate(SPACE, PARAMETERS, n_days=0, seed=0)
    with pytest.raises(DataError, match="more than max_events=100"):
        simulate(SPACE, PARAMETERS, n_days=100, seed=0, max_events=100)
    with pytest.raises(DataError, match="no event"):
        simulate(SPACE, EtasParameters(0.0, productivity=0.1), n_days=10, seed=0)


def test_even_points_integrate_better_than_random_ones():
    points = even_points(4096, 3)
    assert points.shape == (4096, 3)
    assert ((points > 0) & (points < 1)).all()
    # the integral of x y z is 1/8; random points err by about 2e-3
    assert np.prod(points, axis=1).mean() == pytest.approx(0.125, abs=2e-4)
