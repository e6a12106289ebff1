"""Conditional rates: exponentials against Omori's law, daily sums against the plain double sum."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from faultcast.errors import DataError
from faultcast.etas import (
    BoxSpace,
    EtasParameters,
    daily_rate,
    expected_descendants,
    omori_exponentials,
    probability_of_exceeding,
    simulate,
)

PARAMETERS = EtasParameters(background_per_day=2.0, productivity=0.15, c_days=0.02, p=1.15)


@pytest.mark.parametrize(("c_days", "p"), [(0.001, 1.02), (0.01, 1.1), (0.5, 1.8)])
def test_exponentials_are_omoris_law(c_days, p):
    parameters = EtasParameters(1.0, 0.1, c_days=c_days, p=p)
    weight, decay = omori_exponentials(parameters)
    time = np.concatenate([[0.0], np.logspace(-6, 5, 200)])
    density = np.exp(-np.outer(time, decay)) @ weight
    expected = (p - 1) / c_days * (1 + time / c_days) ** -p
    np.testing.assert_allclose(density, expected, rtol=1e-6)


@pytest.fixture
def history():
    rng = np.random.default_rng(5)
    n = 60
    time = np.sort(rng.uniform(-20, 30, n))
    time[10] = np.floor(time[10])  # exactly at a day's begin: part of that day, not before it
    magnitude = rng.uniform(1, 5, n)
    mass = rng.random((n, 4)) * (rng.random((n, 4)) < 0.6)
    return np.sort(time), magnitude, mass / 4.0


def test_daily_rate_is_the_plain_double_sum(history):
    time, magnitude, mass = history
    background = np.array([0.1, 0.2, 0.0, 1.0])
    rate = daily_rate(time, magnitude, csr_array(mass), background, PARAMETERS, n_days=35)
    for day in range(35):
        expected = background.copy()
        for i in range(len(time)):
            if time[i] < day:
                share = PARAMETERS.omori_share(day + 1 - time[i]) - PARAMETERS.omori_share(
                    day - time[i]
                )
                expected += PARAMETERS.direct_aftershocks(magnitude[i]) * share * mass[i]
        np.testing.assert_allclose(rate[day], expected, rtol=2e-5)


def test_a_later_event_changes_no_earlier_day(history):
    time, magnitude, mass = history
    background = np.full(4, 0.1)
    rate = daily_rate(time, magnitude, csr_array(mass), background, PARAMETERS, n_days=30)
    changed = magnitude.copy()
    changed[time >= 12] = 6.5
    again = daily_rate(time, changed, csr_array(mass), background, PARAMETERS, n_days=30)
    np.testing.assert_array_equal(rate[:13], again[:13])
    assert (again[13:] > rate[13:]).any()


def test_refuses_shapes_and_order(history):
    time, magnitude, mass = history
    with pytest.raises(DataError, match="expected \\(events, cells\\)"):
        daily_rate(time, magnitude, csr_array(mass), np.ones(3), PARAMETERS, n_days=3)
    with pytest.raises(DataError, match="increasing order"):
        daily_rate(time[::-1], magnitude, csr_array(mass), np.ones(4), PARAMETERS, n_days=3)


@pytest.fixture(scope="module")
def day_after_a_large_shock():
    """Many first days after one M 5 shock at -0.05 d and steady background: counts, largest."""
    rng = np.random.default_rng(0)
    shock = 5.0
    n_trials = 4000
    # a trial starts from first events: background and direct aftershocks of the shock
    before, after = PARAMETERS.omori_share(0.05), PARAMETERS.omori_share(1.05)
    n_direct = rng.poisson(PARAMETERS.direct_aftershocks(shock) * (after - before), n_trials)
    n_background = rng.poisson(PARAMETERS.background_per_day, n_trials)
    times = np.concatenate(
        [
            PARAMETERS.omori_time(rng.uniform(before, after, n_direct.sum())) - 0.05,
            rng.random(n_background.sum()),
        ]
    )
    trial = np.concatenate([np.repeat(np.arange(n_trials), n) for n in (n_direct, n_background)])
    counts = np.zeros(n_trials)
    largest = np.zeros(n_trials)
    magnitude = PARAMETERS.magnitude_at(rng.random(len(times)))
    while len(times):
        np.add.at(counts, trial, 1)
        np.maximum.at(largest, trial, magnitude)
        number = rng.poisson(PARAMETERS.direct_aftershocks(magnitude))
        times = np.repeat(times, number) + PARAMETERS.omori_time(rng.random(number.sum()))
        trial = np.repeat(trial, number)[times < 1]
        times = times[times < 1]
        magnitude = PARAMETERS.magnitude_at(rng.random(len(times)))
    return counts, largest


def forecast(weight):
    rate = daily_rate(
        np.array([-0.05]),
        np.array([5.0]),
        csr_array(np.ones((1, 1))),
        np.array([PARAMETERS.background_per_day]),
        PARAMETERS,
        n_days=1,
        weight=weight,
    )
    return rate[0, 0]


def test_expected_number_of_the_day_holds_its_own_aftershocks(day_after_a_large_shock):
    counts, _ = day_after_a_large_shock
    expected = forecast(expected_descendants(PARAMETERS))
    error = counts.std() / np.sqrt(len(counts))
    assert abs(counts.mean() - expected) < 4 * error
    # the first generation alone misses a good part
    assert forecast(None) < 0.8 * expected


@pytest.mark.parametrize("magnitude", [2.5, 3.5])
def test_probability_of_a_large_event(day_after_a_large_shock, magnitude):
    _, largest = day_after_a_large_shock
    expected = 1 - np.exp(-forecast(probability_of_exceeding(PARAMETERS, magnitude)))
    error = np.sqrt(expected * (1 - expected) / len(largest))
    assert abs((largest >= magnitude).mean() - expected) < 4 * error


def test_mean_forecast_agrees_with_simulated_counts():
    space = BoxSpace((0.0, 0.0, 0.0), (100.0, 100.0, 10.0))
    catalog = simulate(space, PARAMETERS, n_days=1000, warm_up_days=300, seed=4)
    n_events = len(catalog)
    rate = daily_rate(
        catalog["time_days"].to_numpy(),
        catalog["magnitude"].to_numpy(),
        csr_array(np.ones((n_events, 1))),
        np.array([PARAMETERS.background_per_day]),
        PARAMETERS,
        n_days=1000,
        weight=expected_descendants(PARAMETERS),
    )[:, 0]
    day = np.floor(catalog["time_days"].to_numpy()).astype(int)
    counts = np.bincount(day[day >= 0], minlength=1000)
    # sum of (count - forecast) is a martingale; its variance is estimated from its steps
    difference = counts - rate
    assert abs(difference.sum()) < 4 * np.sqrt((difference**2).sum())
    assert np.corrcoef(counts, rate)[0, 1] > 0.3
