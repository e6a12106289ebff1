"""Windows: their parts, their targets, and gaps filled from the past alone."""

import numpy as np
import pandas as pd
import pytest

from faultcast.deformation import (
    carry_forward,
    chronological_windows,
    gather,
    rolling_windows,
)
from faultcast.errors import DataError

DATES = pd.date_range("2020-01-03", periods=304, freq="6D", tz="UTC")


def slow_origins(low, high, n_epochs, n_in, n_out):
    return [
        origin
        for origin in range(n_epochs)
        if origin - n_in + 1 >= 0 and all(low <= origin + h < high for h in range(1, n_out + 1))
    ]


@pytest.mark.parametrize(("n_epochs", "n_in", "n_out"), [(304, 12, 12), (304, 30, 10), (60, 9, 1)])
def test_a_window_belongs_to_a_part_only_if_all_its_targets_do(n_epochs, n_in, n_out):
    split = chronological_windows(n_epochs, n_in, n_out)
    first, second = split.train_end, (85 * n_epochs) // 100
    assert first == (70 * n_epochs) // 100
    for origins, (low, high) in (
        (split.train, (0, first)),
        (split.validation, (first, second)),
        (split.test, (second, n_epochs)),
    ):
        assert origins.tolist() == slow_origins(low, high, n_epochs, n_in, n_out)


def test_parts_of_the_real_tile():
    split = chronological_windows(304, 30, 10)
    assert split.train_end == 212
    assert (split.test[0], split.test[-1], len(split.test)) == (257, 293, 37)


@pytest.mark.parametrize(
    ("n_epochs", "n_in", "n_out", "fractions", "text"),
    [
        (304, 12, 12, (0.5, 0.5, 0.5), "sum to 1"),
        (20, 12, 12, (0.7, 0.15, 0.15), "the train part of 20 epochs holds no window"),
        (100, 12, 20, (0.7, 0.15, 0.15), "the validation part"),
        (100, 0, 1, (0.7, 0.15, 0.15), "at least one of each"),
    ],
)
def test_windows_that_do_not_fit(n_epochs, n_in, n_out, fractions, text):
    with pytest.raises(DataError, match=text):
        chronological_windows(n_epochs, n_in, n_out, fractions)


def test_rolling_origins_cover_a_year_without_a_gap_and_learn_from_the_past():
    splits = rolling_windows(DATES, 12, 12, test_days=365, n_blocks=5)
    origins = np.concatenate([split.test for split in splits])
    assert np.array_equal(origins, np.arange(origins[0], origins[-1] + 1))
    assert origins[-1] == 304 - 1 - 12
    assert (DATES[origins[-1]] - DATES[origins[0]]).days >= 365
    for split in splits:
        known = split.test[0]
        assert split.validation.max() + 12 == known
        assert split.validation.min() + 1 == split.train_end == known + 1 - 46
        assert split.train.max() + 12 == split.train_end - 1
    with pytest.raises(DataError, match="do not hold 3000 days of origins"):
        rolling_windows(DATES, 12, 12, test_days=3000)
    with pytest.raises(DataError, match="the train part"):
        rolling_windows(DATES, 12, 12, test_days=1500)


def test_gathered_windows_end_with_the_origin_and_go_on_behind_it():
    values = np.arange(40.0).reshape(20, 2)
    origins = np.array([5, 9])
    inputs, targets = gather(values, origins, 1 - 4, 4), gather(values, origins, 1, 3)
    assert inputs[:, :, 0].tolist() == [[4, 6, 8, 10], [12, 14, 16, 18]]
    assert targets[:, :, 0].tolist() == [[12, 14, 16], [20, 22, 24]]
    for first, n in ((1, 11), (-9, 4)):
        with pytest.raises(DataError, match="windows reach from epoch"):
            gather(values, origins, first, n)


def test_gaps_are_filled_from_the_past_alone():
    nan = np.nan
    values = np.array([[nan, 1.0], [2.0, nan], [nan, nan], [3.0, 4.0]])
    filled = carry_forward(values)
    np.testing.assert_array_equal(filled, [[nan, 1], [2, 1], [2, 1], [3, 4]])
    maps = np.random.default_rng(0).normal(size=(30, 3, 4))
    maps[np.random.default_rng(1).random(maps.shape) < 0.3] = nan
    later = maps.copy()
    later[15:] = 99.0
    np.testing.assert_array_equal(carry_forward(maps)[:15], carry_forward(later)[:15])
