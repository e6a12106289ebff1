"""The oracle against simulation, and the two controls with the oracle as forecaster."""

import numpy as np
import pandas as pd
import pytest

from faultcast.catalog import Region, check_events
from faultcast.errors import DataError
from faultcast.etas import BoxSpace
from faultcast.grid import daily_cube
from faultcast.synthetic import FaultSpace, control_cubes, etas_control, poisson_control


def log_score(counts, rate):
    """Poisson log likelihood of each day, summed over cells, without log(count!)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        term = np.where(counts > 0, counts * np.log(rate), 0.0)
    return (term - rate).sum(axis=(1, 2))


def blocks(gain, length=30):
    """Means over blocks of days."""
    return gain[: len(gain) // length * length].reshape(-1, length).mean(axis=1)


def interval(gain):
    """Mean and standard error from blocks of days."""
    means = blocks(gain)
    return means.mean(), means.std() / np.sqrt(len(means))


def test_masses_are_those_of_random_aftershocks(simulated):
    oracle = simulated.oracle
    history = oracle.history
    space = FaultSpace(simulated.faults, BoxSpace((0, 0, 0), (1, 1, 1)))
    on_fault = history.index[(history["fault"] >= 0) & simulated.truth["inside"]]
    chosen = history.loc[on_fault, "magnitude"].nlargest(3).index
    rng = np.random.default_rng(0)
    region = simulated.region
    for event in chosen:
        n = 100_000
        row = history.loc[event]
        points = space.aftershocks(
            oracle.parameters,
            np.tile(row[["x_km", "y_km", "z_km"]].to_numpy(float), (n, 1)),
            np.full(n, int(row["fault"])),
            np.full(n, row["magnitude"]),
            rng.random((n, 3)),
        )
        latitude, longitude = region.projection().inverse(points[:, 0], points[:, 1])
        counts, _, _ = np.histogram2d(
            latitude,
            longitude,
            bins=[33 + 0.1 * np.arange(21), -118 + 0.1 * np.arange(21)],
        )
        masses = oracle.masses[[event]].toarray().reshape(20, 20)
        np.testing.assert_allclose(masses, counts / n, atol=0.01)


def test_expected_numbers_agree_with_what_happened(simulated):
    events = etas_control(simulated.truth, simulated.region)
    cube = daily_cube(events, simulated.region)
    counts = cube.to_dense(value="count").sum(axis=(1, 2))
    expected = simulated.oracle_daily["expected_number"].to_numpy()
    difference = counts - expected
    assert abs(difference.sum()) < 4 * np.sqrt((difference**2).sum())
    by_cell = simulated.oracle.expected_number()
    np.testing.assert_allclose(by_cell.sum(axis=(1, 2)), expected, rtol=1e-6)
    # where many are expected, many come
    total = cube.to_dense(value="count").sum(axis=0)
    assert np.corrcoef(total.ravel(), by_cell.sum(axis=0).ravel())[0, 1] > 0.9


@pytest.mark.parametrize("magnitude", [2.5, 3.5])
def test_probabilities_are_calibrated(simulated, magnitude):
    events = etas_control(simulated.truth, simulated.region)
    large = events[events["magnitude"] >= magnitude]
    day = (large["time"] - simulated.region.start).dt.days.unique()
    probability = simulated.oracle_daily[f"probability_m{magnitude:.1f}"].to_numpy()
    np.testing.assert_allclose(probability, simulated.oracle.probability(magnitude))
    spread = np.sqrt((probability * (1 - probability)).sum())
    assert abs(len(day) - probability.sum()) < 4 * spread
    # where the probability is high, more happens
    happened = np.isin(np.arange(len(probability)), day)
    assert probability[happened].mean() > probability[~happened].mean()


def test_on_the_etas_control_the_oracle_gains_over_the_map(simulated):
    cube = daily_cube(etas_control(simulated.truth, simulated.region), simulated.region)
    n_train = cube.n_days // 2
    counts = cube.to_dense(n_train, value="count")
    rate = np.maximum(cube.event_rate(0, n_train), 1e-4)
    oracle = simulated.oracle.expected_number()[n_train:]
    difference = log_score(counts, oracle) - log_score(counts, rate)
    # gains are as heavy-tailed as sequences: the sign of the blocks is the safer test
    assert (blocks(difference) > 0).mean() > 0.8
    gain, _ = interval(difference)
    # a forecast that is the oracle's with noise gains less
    rng = np.random.default_rng(0)
    noisy = oracle * rng.lognormal(0.0, 0.5, oracle.shape)
    worse, _ = interval(log_score(counts, noisy) - log_score(counts, rate))
    assert worse < gain


@pytest.fixture(scope="module")
def poisson(simulated):
    start, middle = simulated.region.start, simulated.region.start + pd.Timedelta(days=1096)
    period = {"latitude": (33, 35), "longitude": (-118, -116)}
    train = daily_cube(
        etas_control(simulated.truth, simulated.region), Region(**period, start=start, end=middle)
    )
    events = poisson_control(train, start=middle, n_days=3000, seed=7, magnitude_min=1.0)
    test = Region(**period, start=middle, end=middle + pd.Timedelta(days=3000))
    return train, events, daily_cube(events, test)


def test_poisson_control_is_an_event_table_with_the_map(poisson):
    train, events, cube = poisson
    check_events(events)
    rate = train.event_rate()
    expected = rate * 3000
    counts = cube.to_dense(value="count").sum(axis=0)
    assert cube.cells["count"].sum() == len(events)
    assert (counts[expected == 0] == 0).all()
    chi_square = ((counts - expected) ** 2)[expected > 5] / expected[expected > 5]
    n_cells = len(chi_square)
    assert abs(chi_square.sum() - n_cells) < 5 * np.sqrt(2 * n_cells)
    assert 1.0 / (np.log(10) * (events["magnitude"].mean() - 0.995)) == pytest.approx(1.0, abs=0.05)


def test_on_the_poisson_control_nothing_gains_over_the_map(poisson):
    train, _, cube = poisson
    counts = cube.to_dense(value="count")
    rate = train.event_rate()
    # a map of the control's own first half is as good as one can learn
    learned = np.maximum(cube.event_rate(0, 1500), 1e-4)
    gain, error = interval(log_score(counts[1500:], learned) - log_score(counts[1500:], rate))
    assert gain < 2 * error
    # and a rate that follows yesterday's count loses
    region_counts = counts.sum(axis=(1, 2))
    clustered = rate * (0.5 + 0.5 * region_counts[:-1] / rate.sum())[:, None, None]
    gain, error = interval(log_score(counts[1:], clustered) - log_score(counts[1:], rate))
    assert gain < -3 * error
    # the map itself is calibrated: counts and expectation agree within their interval
    mean, error = interval(region_counts - rate.sum())
    assert abs(mean) < 3 * error


def test_control_cubes_share_grid_and_train_map(simulated):
    end = "1994-01-01"
    etas, poisson = control_cubes(
        simulated.truth, simulated.region, train_end=end, seed=1, magnitude_min=1.5
    )
    assert etas.shape == poisson.shape == (2191, 20, 20)
    assert etas.start == poisson.start
    assert poisson.cells["maximum"].min() >= 1.5
    assert etas.cells["maximum"].min() >= 1.5
    n_train = (pd.Timestamp(end, tz="UTC") - etas.start).days
    expected = etas.event_rate(0, n_train).sum()
    counted = poisson.event_rate().sum()
    assert abs(counted - expected) < 5 * np.sqrt(expected / 2191)


def test_same_seed_same_control(poisson):
    train, events, _ = poisson
    again = poisson_control(
        train, start=events["time"].min().normalize(), n_days=3000, seed=7, magnitude_min=1.0
    )
    pd.testing.assert_frame_equal(events, again)


def test_an_empty_period_is_refused(poisson):
    with pytest.raises(DataError, match="is empty"):
        poisson_control(poisson[0], start="2000-01-01", n_days=0, seed=0, magnitude_min=1.0)
