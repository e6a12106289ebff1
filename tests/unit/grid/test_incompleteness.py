"""Days hidden by large shocks, against a count of minutes."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from faultcast.catalog import Region, finish_events
from faultcast.errors import DataError
from faultcast.grid import Cube, daily_cube, incomplete_days

START = pd.Timestamp("1990-01-01", tz="UTC")
MINUTES = 1440


def by_minutes(times, magnitudes, n_days, magnitude_min, share):
    """Ask at the middle of every minute whether any shock's mc lies above the magnitude."""
    hidden = np.zeros(n_days * MINUTES, dtype=bool)
    middle = (np.arange(len(hidden)) + 0.5) / MINUTES
    for time, magnitude in zip(times, magnitudes, strict=True):
        since = middle - (time - START) / pd.Timedelta(days=1)
        after = since > 0
        mc = magnitude - 4.5 - 0.75 * np.log10(np.where(after, since, 1.0))
        hidden |= after & (mc > magnitude_min)
    return np.flatnonzero(hidden.reshape(n_days, MINUTES).mean(axis=1) > share)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("share", [0.05, 0.1, 0.5])
def test_agrees_with_a_count_of_minutes(seed, share):
    rng = np.random.default_rng(seed)
    n_days, n = 60, 40
    # some before the first day, some whose mark lies past the last one, unsorted
    times = START + pd.to_timedelta(rng.uniform(-5, n_days, n), unit="D")
    magnitudes = rng.uniform(4.0, 7.5, n)
    found = incomplete_days(
        times, magnitudes, start=START, n_days=n_days, magnitude_min=2.5, share=share
    )
    assert len(found) > 3
    assert found.tolist() == by_minutes(times, magnitudes, n_days, 2.5, share).tolist()


def test_landers_hides_two_and_a_half_days():
    # 10^(0.4) = 2.51 days after an M 7.3 at noon: half of day 3, days 4 and 5, 1 % of day 6
    noon = pd.DatetimeIndex([START + pd.Timedelta(days=3.5)])
    case = {"start": START, "n_days": 10, "magnitude_min": 2.5}
    assert incomplete_days(noon, [7.3], **case).tolist() == [3, 4, 5]
    assert incomplete_days(noon, [7.3], **case, share=0.6).tolist() == [4, 5]
    assert incomplete_days(noon, [np.nan], **case).tolist() == []
    assert incomplete_days(noon[:0], [], **case).tolist() == []


def test_times_that_two_shocks_hide_count_once():
    times = START + pd.to_timedelta([1, 2, 3], unit="h")
    # an M 6 hides 1.1 hours: the union is 3.1 hours of 24, the sum 3.3
    case = {"start": START, "n_days": 2, "magnitude_min": 2.5}
    assert len(incomplete_days(times, [6.0] * 3, **case, share=3.2 / 24)) == 0
    assert incomplete_days(times, [6.0] * 3, **case, share=3.0 / 24).tolist() == [0]


def test_a_later_day_changes_nothing_before_it():
    times = START + pd.to_timedelta([2.3, 9.0], unit="D")
    case = {"start": START, "n_days": 20, "magnitude_min": 2.5}
    small = incomplete_days(times, [6.8, 3.0], **case)
    large = incomplete_days(times, [6.8, 8.0], **case)
    assert large[large < 9].tolist() == small.tolist() == [2]
    assert set(large[large >= 9]) >= {9, 10}


def test_refuses_what_makes_no_sense():
    case = {"start": START, "n_days": 3, "magnitude_min": 2.5}
    day = pd.DatetimeIndex([START])
    with pytest.raises(DataError, match="1 times but 2 magnitudes"):
        incomplete_days(day, [5.0, 6.0], **case)
    with pytest.raises(DataError, match=r"share of a day is 1\.5"):
        incomplete_days(day, [5.0], **case, share=1.5)


def test_the_cube_keeps_them_and_an_old_one_has_none(tmp_path):
    region = Region(latitude=(32, 36), longitude=(-120, -114), start=START, end="1990-02-01")
    events = finish_events(
        pd.DataFrame(
            {
                "event_id": ["a", "b"],
                "time": ["1990-01-11T12:00", "1990-01-20"],
                "latitude": [34.0, 35.0],
                "longitude": [-116.0, -115.0],
                "magnitude": [7.3, 3.0],
            }
        )
    )[0]
    assert daily_cube(events, region).incomplete_days == ()
    cube = daily_cube(events, region, complete_from=2.5)
    assert cube.incomplete_days == (10, 11, 12)
    assert not cube.is_complete[10:13].any()
    assert cube.is_complete.sum() == cube.n_days - 3
    cube.save(tmp_path)
    again = Cube.load(tmp_path)
    assert again.incomplete_days == cube.incomplete_days
    assert again.grid() == cube.grid()

    old = cube.grid()
    del old["incomplete_days"]
    pd.Series(old).to_json(tmp_path / "grid.json")
    assert Cube.load(tmp_path).incomplete_days == ()
    assert Cube.load(tmp_path).grid() == replace(cube, incomplete_days=()).grid()
