"""The controls of HierarchicalQuake, and the oracle of windows against simulation."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.grid import WindowLabels, degree_edges
from faultcast.synthetic import FaultSpace
from faultcast.synthetic.oracle import ROUNDING, cells_of
from faultcast.synthetic.quake_controls import (
    TrueMap,
    etas_cube,
    etas_oracle,
    poisson_cube,
    true_rate,
)
from faultcast.synthetic.region import region_box

EDGES = (degree_edges(33.0, 35.0, 0.1), degree_edges(-118.0, -116.0, 0.1))
LEAST = 2.5


@pytest.fixture(scope="module")
def oracle(simulated):
    return etas_oracle(simulated.truth, simulated.faults, simulated.region, magnitude_min=LEAST)


@pytest.fixture(scope="module")
def cube(simulated):
    return etas_cube(simulated.truth, simulated.region, magnitude_min=1.5)


def continuations(simulated, day, n_runs, far=50):
    """Simulate what may follow day t from all events up to it: run, cell, time, magnitude.

    The history's aftershocks after day t are drawn one by one; each grows a family, and so does
    each background event, by plain loops over generations.
    """
    parameters = simulated.oracle.parameters
    projection = simulated.region.projection()
    space = FaultSpace(simulated.faults, region_box(simulated.region, projection))
    rng = np.random.default_rng(5)
    history = simulated.oracle.history
    past = history[history["time_days"] < day + 1]
    born, fault = past["time_days"].to_numpy(), past["fault"].to_numpy()
    place, size = past[["x_km", "y_km", "z_km"]].to_numpy(), past["magnitude"].to_numpy()
    gone = parameters.omori_share(day + 1 - born)
    still = parameters.omori_share(day + far - born) - gone
    expected = parameters.direct_aftershocks(size) * still
    number = rng.poisson(np.tile(expected, n_runs))
    parent = np.repeat(np.tile(np.arange(len(born)), n_runs), number)
    run = np.repeat(np.repeat(np.arange(n_runs), len(born)), number)
    time = born[parent] + parameters.omori_time(
        gone[parent] + still[parent] * rng.random(len(parent))
    )
    n_new = rng.poisson(parameters.background_per_day * (far - 1) * n_runs)
    new_place, new_fault = space.background(rng.random((n_new, 4)))
    uniforms = rng.random((len(parent), 3))
    places = space.aftershocks(parameters, place[parent], fault[parent], size[parent], uniforms)
    place, fault = np.concatenate([places, new_place]), np.concatenate([fault[parent], new_fault])
    time = np.concatenate([time, day + 1 + (far - 1) * rng.random(n_new)])
    run = np.concatenate([run, rng.integers(n_runs, size=n_new)])
    found = []
    while len(run):
        size = parameters.magnitude_at(rng.random(len(run)))
        found.append(
            pd.DataFrame(
                {"run": run, "cell": cells_of(projection, *EDGES)(place), "time": time, "m": size}
            )
        )
        parent = np.repeat(np.arange(len(run)), rng.poisson(parameters.direct_aftershocks(size)))
        later = time[parent] + parameters.omori_time(rng.random(len(parent)))
        parent, time = parent[later < day + far], later[later < day + far]
        uniforms = rng.random((len(parent), 3))
        place = space.aftershocks(parameters, place[parent], fault[parent], size[parent], uniforms)
        run, fault = run[parent], fault[parent]
    return pd.concat(found)


@pytest.mark.parametrize("days_after", [0, 20])
def test_oracle_agrees_with_simulated_futures(simulated, oracle, days_after):
    # from the largest shock on, when what matters is aftershocks of aftershocks
    history = simulated.oracle.history
    early = history[history["time_days"].between(200, 2000)]
    day = int(early["time_days"].loc[early["magnitude"].idxmax()]) + days_after
    n_runs = 1500
    events = continuations(simulated, day, n_runs)
    inside = (events["cell"] >= 0) & (events["time"] >= day + 10)
    hit = events[inside & (events["m"] >= LEAST - ROUNDING)].drop_duplicates(["run", "cell"])
    share = np.bincount(hit["cell"], minlength=400) / n_runs
    p = oracle.scores([day])[0].astype(float)
    # cells from the least to the most likely, in groups of equal expectation
    order = np.argsort(p)
    group = np.minimum((np.cumsum(p[order]) / p.sum() * 6).astype(int), 5)
    for each in range(6):
        cells = order[group == each]
        error = np.sqrt((p[cells] * (1 - p[cells])).sum() / n_runs)
        # within a cell places are averaged: some per cent for the few cells next to the shock
        assert abs(share[cells].sum() - p[cells].sum()) < 4 * error + 0.04 * p[cells].sum()
    assert share.sum() == pytest.approx(p.sum(), rel=0.03)


def test_without_secondary_aftershocks_an_oracle_misses(simulated, oracle):
    # what the families add to the first events: the branching ratio is 0.8
    first = oracle.first_events([1500]).sum(axis=(0, 1))
    tail = float(oracle.parameters.magnitude_tail(LEAST - ROUNDING))
    direct = -np.expm1(-40 / 49 * first * tail)
    assert oracle.scores([1500]).sum() > 1.3 * direct.sum()


def test_oracle_is_calibrated_on_what_happened(simulated, oracle, cube):
    labels = WindowLabels(cube, LEAST)
    days = np.arange(200, 2100, 5)
    p, happened = oracle.scores(days).astype(float), labels.at(days)
    # the least likely half, the likely and the likeliest: where it says more, more happens
    ends = np.quantile(p, [0.0, 0.5, 0.9, 1.0])
    for low, high in pairwise(ends):
        chosen = (p >= low) & (p < high)
        # 40-day windows overlap: one in eight of these days is independent
        spread = np.sqrt(8 * (p * (1 - p))[chosen].sum())
        assert abs(happened[chosen].sum() - p[chosen].sum()) < 4 * spread
    mean = [happened[(p >= a) & (p < b)].mean() for a, b in pairwise(ends)]
    assert mean[0] < mean[1] < mean[2] / 5


def test_oracle_knows_nothing_of_the_future(simulated, oracle):
    later = simulated.truth["time"] >= simulated.region.start + pd.Timedelta(days=1000)
    cut = etas_oracle(
        simulated.truth[~later], simulated.faults, simulated.region, magnitude_min=LEAST
    )
    np.testing.assert_allclose(cut.scores([900, 999]), oracle.scores([900, 999]), rtol=1e-4)
    # days asked for alone or in one go
    np.testing.assert_allclose(oracle.scores([999])[0], oracle.scores([3, 900, 999])[2], rtol=1e-5)


def test_a_window_that_holds_its_own_day_is_refused(simulated):
    with pytest.raises(DataError, match="holds day t itself"):
        etas_oracle(
            simulated.truth, simulated.faults, simulated.region, magnitude_min=3.0, near=0, far=5
        )


def test_etas_cube_holds_true_events(simulated, cube):
    assert cube.n_days == 2191
    assert cube.cells["maximum"].min() >= 1.5
    inside = simulated.truth["inside"] & (simulated.truth["magnitude"].round(2) >= 1.5)
    assert cube.cells["count"].sum() == inside.sum()


def test_poisson_cube_follows_its_map_and_no_clock(cube):
    rng = np.random.default_rng(0)
    rate = rng.gamma(0.5, 0.02, 400)
    drawn = poisson_cube(cube, rate, magnitude_min=3.0, seed=4)
    assert drawn.shape == cube.shape
    assert drawn.start == cube.start
    assert drawn.cells["maximum"].min() == 3.0
    counts = drawn.to_dense(value="count")
    expected = rate * cube.n_days
    residual = (counts.sum(axis=0).ravel() - expected) / np.sqrt(expected)
    assert (residual[expected > 5] ** 2).mean() == pytest.approx(1.0, abs=0.25)
    # the number of a day has a Poisson's variance and tells nothing of the next day's
    daily = counts.sum(axis=(1, 2))
    assert daily.var() / daily.mean() == pytest.approx(1.0, abs=0.15)
    assert abs(np.corrcoef(daily[:-1], daily[1:])[0, 1]) < 4 / np.sqrt(len(daily))
    again = poisson_cube(cube, rate, magnitude_min=3.0, seed=4)
    pd.testing.assert_frame_equal(drawn.cells, again.cells)
    # its oracle is calibrated
    labels = WindowLabels(drawn, 3.0)
    days = np.arange(0, labels.n_usable, 40)
    p, happened = TrueMap(rate).scores(days), labels.at(days)
    assert abs(happened.sum() - p.sum()) < 4 * np.sqrt((p * (1 - p)).sum())


def test_the_poisson_map_is_that_of_the_last_rolling_origin():
    maps = pd.DataFrame(
        {
            "parts": ["lineage"] * 2 + ["rolling"] * 4,
            "origin": [0, 0, 1, 1, 0, 0],
            "cell": [0, 1, 1, 0, 0, 1],
            "train": [9.0, 9.0, 0.2, 0.1, 5.0, 5.0],
        }
    )
    chance = 1 - np.exp(-true_rate(maps))
    np.testing.assert_allclose(chance, [0.1, 0.2])
    with pytest.raises(DataError, match="0 cells of a last rolling origin"):
        true_rate(maps[:2])


def test_a_map_of_another_grid_is_refused(cube):
    with pytest.raises(DataError, match="20 x 20 cells"):
        poisson_cube(cube, np.ones(3), magnitude_min=3.0, seed=0)
    with pytest.raises(DataError, match="no event in"):
        poisson_cube(cube, np.zeros(400), magnitude_min=3.0, seed=0)
