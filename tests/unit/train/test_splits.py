import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.train.splits import chronological_split, day_of, rolling_origins

ROLLING = {
    "test": (1000, 2000),
    "block_days": 365,
    "validation_days": 200,
    "gap_days": 30,
    "blackout_days": 180,
}


def rolling(shocks=(), **changes):
    return rolling_origins(
        2000, 50, large_shocks=np.array(shocks, dtype=int), **{**ROLLING, **changes}
    )


def test_chronological_parts():
    part = chronological_split(100, 10, (0.7, 0.1, 0.2)).parts(100)
    names, first = np.unique(part, return_index=True)
    assert dict(zip(names, first, strict=True)) == {
        "warmup": 0, "train": 10, "validation": 70, "test": 80,
    }  # fmt: skip


def test_rolling_blocks_tile_the_test_range_once():
    splits = rolling()
    assert [split.test for split in splits] == [(1000, 1365), (1365, 1730), (1730, 2000)]
    for split in splits:
        assert split.test[0] - split.validation[1] == 30
        assert split.train_end == split.validation[0] == split.validation[1] - 200
        part = split.parts(2000)
        assert (part[split.validation[1] : split.test[0]] == "gap").all()
        assert (part[split.test[1] :] == "").all()


def test_no_cut_soon_after_a_large_shock():
    shocks = [500, 900, 1300]
    splits = rolling(shocks)
    assert splits[0].test[0] == 900 + 181
    assert splits[0].test[1] == splits[1].test[0] == 1300 + 181
    for split in splits:
        for cut in (split.train_end, split.test[0]):
            assert not any(shock < cut <= shock + 180 for shock in shocks)


def test_a_later_shock_moves_no_earlier_cut():
    assert rolling([1700])[:2] != rolling()[:2]  # the second block's end
    assert rolling([1800]) == rolling()
    assert rolling([1700])[0] == rolling()[0]


def test_parts_that_do_not_fit():
    with pytest.raises(DataError, match="training part"):
        rolling(validation_days=960)
    with pytest.raises(DataError, match="sum to 1"):
        chronological_split(100, 10, (0.7, 0.1, 0.1))
    with pytest.raises(DataError, match="test_start"):
        rolling(test=(1000, 1100), shocks=[950])


def test_day_of_a_date():
    assert day_of("1990-02-01", pd.Timestamp("1990-01-01", tz="UTC")) == 31
