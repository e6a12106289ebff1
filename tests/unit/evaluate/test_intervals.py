import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.evaluate.intervals import link_sequences, sequence_bootstrap


def test_sequences_are_drawn_whole():
    values = np.repeat([1.0, 5.0], [3, 1])
    found = sequence_bootstrap(values[:, None], [7, 7, 7, 2], n_resamples=400)
    assert found == [(2.0, 1.0, 5.0)]


def test_draws_equal_the_slow_obvious_version():
    generator = np.random.default_rng(3)
    ids = generator.integers(6, size=25)
    values = generator.normal(size=(25, 2))
    names, seed = np.unique(ids), 8
    times = np.random.default_rng(seed).multinomial(len(names), [1 / len(names)] * len(names), 40)
    draws = [
        np.concatenate(
            [np.repeat(values[ids == i], n, axis=0) for i, n in zip(names, row, strict=True)]
        )
        for row in times
    ]
    found = sequence_bootstrap(values, ids, 40, seed, level=0.9)
    ends = np.quantile([draw.mean(axis=0) for draw in draws], [0.05, 0.95], axis=0)
    for column, interval in enumerate(found):
        assert interval == pytest.approx((values[:, column].mean(), *ends[:, column]))


def test_columns_share_the_draws():
    generator = np.random.default_rng(5)
    common = 10 * generator.normal(size=200)
    ours, theirs = common + 0.3, common + 0.1 * generator.normal(size=200)
    table = np.column_stack((ours, theirs, ours - theirs))
    wide, _, paired = sequence_bootstrap(table, np.arange(200) // 2)
    assert wide.high - wide.low > 2
    assert 0.25 < paired.low < paired.mean < paired.high < 0.35


def test_the_sequence_interval_covers_where_the_event_interval_is_too_narrow():
    generator = np.random.default_rng(6)
    inside = {"sequence": 0, "event": 0}
    for trial in range(100):
        sizes = generator.geometric(0.2, size=80)
        ids = np.repeat(np.arange(80), sizes)
        values = generator.normal(size=80)[ids] + 0.3 * generator.normal(size=len(ids))
        for kind, labels in (("sequence", ids), ("event", np.arange(len(ids)))):
            _, low, high = sequence_bootstrap(values[:, None], labels, 300, trial)[0]
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
        (lambda: sequence_bootstrap(np.empty((0, 1)), []), "at least one"),
        (lambda: sequence_bootstrap([[1.0], [np.inf]], [1, 2]), "1 of 2 scores are not finite"),
        (lambda: sequence_bootstrap([[1.0], [2.0]], [1]), "one id an event"),
        (lambda: sequence_bootstrap([1.0, 2.0], [1, 1]), "one row"),
        (lambda: sequence_bootstrap([[1.0]], [1], level=95), "level is 95"),
        (lambda: link_sequences([1.0], np.zeros((2, 3))), "one row"),
        (lambda: link_sequences([np.nan], np.zeros((1, 3))), "not finite"),
        (lambda: link_sequences(np.array(["NaT"], "M8[ns]"), np.zeros((1, 3))), "no time"),
    ],
)
def test_bad_input_is_told(call, text):
    with pytest.raises(DataError, match=text):
        call()
