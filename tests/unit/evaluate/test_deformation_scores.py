"""Scores of displacement forecasts: masked, in mm, with paired intervals."""

import numpy as np
import pytest

from faultcast.errors import DataError
from faultcast.evaluate.deformation_scores import (
    increment_r2,
    level_r2,
    mae,
    paired_difference,
    rmse,
    score_table,
    skill,
)

RNG = np.random.default_rng(8)
TARGET = RNG.normal(0, 3, (40, 6, 5)) + np.arange(5) * 4
LAST = TARGET[:, 0] + RNG.normal(size=(40, 5))
GOOD = TARGET + RNG.normal(0, 1, TARGET.shape)
BAD = TARGET + RNG.normal(0, 2, TARGET.shape)


def with_gaps(share=0.3):
    target = TARGET.copy()
    target[np.random.default_rng(2).random(target.shape) < share] = np.nan
    return target


def test_scores_by_their_definitions():
    error = GOOD - TARGET
    assert rmse(TARGET, GOOD) == pytest.approx(np.sqrt((error**2).mean()))
    assert mae(TARGET, GOOD) == pytest.approx(np.abs(error).mean())
    assert level_r2(TARGET, GOOD) == pytest.approx(1 - (error**2).mean() / TARGET.var())
    change = TARGET - LAST[:, None]
    assert increment_r2(TARGET, GOOD, LAST) == pytest.approx(1 - (error**2).mean() / change.var())
    assert skill(TARGET, GOOD, BAD) == pytest.approx(
        1 - (error**2).sum() / ((BAD - TARGET) ** 2).sum()
    )


def test_offsets_between_cells_make_level_r2_and_not_that_of_increments():
    flat = np.repeat(LAST[:, None], 6, axis=1)
    offsets = 100.0 * np.arange(5)
    before, after = (level_r2(TARGET + shift, flat + shift) for shift in (0.0, offsets))
    assert after > 0.99 > before + 0.3
    change = [increment_r2(TARGET + s, flat + s, LAST + s) for s in (0.0, offsets)]
    assert change[0] == pytest.approx(change[1])
    # persistence can only reach 0
    assert change[0] <= 0


def test_what_was_not_observed_counts_nowhere():
    target = with_gaps()
    wild = np.where(np.isnan(target), 1e9, GOOD)
    unknown = np.where(np.isnan(target), np.nan, GOOD)
    references = {"persistence": np.repeat(LAST[:, None], 6, axis=1)}
    tables = [
        score_table(target, forecast, LAST, references, (1, 6)) for forecast in (wild, unknown)
    ]
    assert tables[0].equals(tables[1])
    assert tables[0]["n"].tolist()[-1] == np.isfinite(target).sum()
    pairs = [
        paired_difference(target, forecast, BAD, block=6, n_resamples=50)
        for forecast in (wild, unknown)
    ]
    assert pairs[0] == pairs[1]


def test_table_by_horizon():
    table = score_table(TARGET, GOOD, LAST, {"bad": BAD}, (1, 6)).set_index("horizon")
    assert table.index.tolist() == ["1", "6", "all"]
    assert table.loc["6", "rmse_mm"] == rmse(TARGET[:, 5:], GOOD[:, 5:])
    assert table.loc["1", "skill_bad"] == skill(TARGET[:, :1], GOOD[:, :1], BAD[:, :1])
    assert table.loc["all", "mae_mm"] == mae(TARGET, GOOD)
    with pytest.raises(DataError, match=r"horizon 12 is not among 1..6"):
        score_table(TARGET, GOOD, LAST, {})


def test_a_forecast_must_tell_each_observed_value():
    lost = GOOD.copy()
    lost[0, 0, 0] = np.nan
    with pytest.raises(DataError, match="1 of 1200 observed values have no finite prediction"):
        rmse(TARGET, lost)
    with pytest.raises(DataError, match="predictions of shape"):
        rmse(TARGET, GOOD[:1])
    with pytest.raises(DataError, match="nothing to score"):
        rmse(np.full((2, 2, 2), np.nan), np.zeros((2, 2, 2)))
    last = LAST.copy()
    last[0, 0] = np.nan
    with pytest.raises(DataError, match="no value up to the origin"):
        increment_r2(TARGET, GOOD, last)


def test_paired_difference_and_its_interval():
    found = paired_difference(TARGET, GOOD, BAD, block=6)
    difference = ((GOOD - TARGET) ** 2 - (BAD - TARGET) ** 2).mean(axis=(1, 2))
    assert found.mean == pytest.approx(difference.mean())
    assert found.low < found.mean < found.high < 0
    # independent origins: about the normal interval
    assert found.high - found.low == pytest.approx(
        2 * 1.96 * difference.std() / np.sqrt(40), rel=0.35
    )
    assert paired_difference(TARGET, GOOD, GOOD, block=6) == (0.0, 0.0, 0.0)
    swapped = paired_difference(TARGET, BAD, GOOD, block=6)
    assert (swapped.low, swapped.high) == pytest.approx((-found.high, -found.low))


def test_errors_that_last_widen_the_interval():
    rng = np.random.default_rng(0)
    origins = 200
    drift = np.repeat(rng.normal(size=origins // 20), 20)[:, None, None]
    target = np.zeros((origins, 2, 3))
    forecast, other = target + 1.0 + 0.5 * drift, target + 1.0
    short, long = (paired_difference(target, forecast, other, block=block) for block in (2, 20))
    assert long.high - long.low > 2 * (short.high - short.low)


def test_blocks_are_at_least_the_horizon():
    with pytest.raises(DataError, match="block is 5, the longest horizon 6"):
        paired_difference(TARGET, GOOD, BAD, block=5)
    with pytest.raises(DataError, match="block_days is 41"):
        paired_difference(TARGET, GOOD, BAD, block=41)
