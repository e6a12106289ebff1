import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.evaluate.intervals import (
    link_sequences,
    moving_block_bootstrap,
    sequence_bootstrap,
)


def test_a_constant_series_has_no_spread():
    assert moving_block_bootstrap(np.full(17, 2.5), 5) == pytest.approx((2.5, 2.5, 2.5))


def test_blocks_of_one_give_the_width_of_independent_values():
    values = np.random.default_rng(1).normal(size=900)
    mean, low, high = moving_block_bootstrap(values, 1, n_resamples=4000)
    assert mean == pytest.approx(values.mean())
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 30, rel=0.06)


def test_draws_equal_the_slow_obvious_version():
    values = np.random.default_rng(2).normal(size=11)
    block, seed = 4, 3
    starts = np.random.default_rng(seed).integers(11, size=(50, 3))
    draws = [
        np.mean([values[(s + i) % 11] for s in row for i in range(block)][:11]) for row in starts
    ]
    interval = moving_block_bootstrap(values, block, 50, seed, level=0.9)
    assert interval[1:] == pytest.approx(np.quantile(draws, [0.05, 0.95]))


def test_blocks_cover_a_correlated_mean_where_single_days_do_not():
    generator = np.random.default_rng(4)
    inside = {1: 0, 40: 0}
    for trial in range(100):
        series = np.zeros(1000)
        noise = generator.normal(size=1000)
        for day in range(1, 1000):
            series[day] = 0.8 * series[day - 1] + noise[day]
        for block in inside:
            _, low, high = moving_block_bootstrap(series, block, 300, trial)
            inside[block] += low <= 0 <= high
    assert inside[40] >= 85
    assert inside[1] <= 65


def test_the_paired_interval_is_that_of_the_differences():
    generator = np.random.default_rng(5)
    common = 10 * generator.normal(size=200)
    ours, theirs = common + 0.3, common + 0.1 * generator.normal(size=200)
    paired = moving_block_bootstrap(ours, 5, baseline=theirs)
    assert paired == moving_block_bootstrap(ours - theirs, 5)
    assert 0.25 < paired.low < paired.mean < paired.high < 0.35


def test_sequences_are_drawn_whole():
    values = np.repeat([1.0, 5.0], [3, 1])
    _, low, high = sequence_bootstrap(values, [7, 7, 7, 2], n_resamples=400)
    assert (low, high) == (1.0, 5.0)


def test_the_sequence_interval_covers_where_the_event_interval_is_too_narrow():
    generator = np.random.default_rng(6)
    inside = {"sequence": 0, "event": 0}
    for trial in range(100):
        sizes = generator.geometric(0.2, size=80)
        ids = np.repeat(np.arange(80), sizes)
        values = generator.normal(size=80)[ids] + 0.3 * generator.normal(size=len(ids))
        for kind, labels in (("sequence", ids), ("event", np.arange(len(ids)))):
            _, low, high = sequence_bootstrap(values, labels, 300, trial)
            inside[kind] += low <= 0 <= high
    assert inside["sequence"] >= 85
    assert inside["event"] <= 75


def test_links_make_a_chain_one_sequence():
    # 0-1-2 step by step, 3 near in space but late, 4 far away, 5 near 4 just in reach
    days = np.array([0.0, 20.0, 50.0, 81.0, 50.0, 80.0])
    xyz = np.array([[0, 0, 0], [9, 0, 0], [9, 9, 0], [9, 9, 0], [500, 0, 0], [500, 6, 8]], float)
    ids = link_sequences(days, xyz, distance_km=10, days=30)
    assert ids.tolist() == [0, 0, 0, 2, 1, 1]


@pytest.mark.parametrize("n_axes", [2, 3])
def test_links_equal_connected_components(n_axes):
    from scipy.sparse.csgraph import connected_components

    generator = np.random.default_rng(7)
    days, xyz = 365 * generator.random(300), 100 * generator.random((300, n_axes))
    near = np.linalg.norm(xyz[:, None] - xyz[None], axis=2) <= 10
    _, expected = connected_components(near & (np.abs(days[:, None] - days) <= 30))
    found = link_sequences(days, xyz)
    assert len(set(zip(found, expected, strict=True))) == len(set(found)) == len(set(expected))


def test_links_take_time_stamps():
    times = pd.to_datetime(["2000-01-01", "2000-01-20", "2000-03-01"], utc=True)
    for stamps in (times, pd.Series(times), times.tz_localize(None).to_numpy()):
        assert link_sequences(stamps, np.zeros((3, 3))).tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: moving_block_bootstrap([], 1), "at least one"),
        (lambda: moving_block_bootstrap([1.0, np.inf], 1), "not finite"),
        (lambda: moving_block_bootstrap([1.0, 2.0], 3), "block_length is 3"),
        (lambda: moving_block_bootstrap([1.0, 2.0], 1, baseline=[1.0]), "baseline"),
        (lambda: sequence_bootstrap([1.0, 2.0], [1]), "one id an event"),
        (lambda: sequence_bootstrap([1.0], [1], level=95), "level is 95"),
        (lambda: link_sequences([1.0], np.zeros((2, 3))), "one row"),
        (lambda: link_sequences([np.nan], np.zeros((1, 3))), "not finite"),
        (lambda: link_sequences(np.array(["NaT"], "M8[ns]"), np.zeros((1, 3))), "no time"),
    ],
)
def test_bad_input_is_told(call, text):
    with pytest.raises(DataError, match=text):
        call()
