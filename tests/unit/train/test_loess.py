import numpy as np
import pytest
from statsmodels.nonparametric.smoothers_lowess import lowess

from faultcast.errors import DataError
from faultcast.train.smoothing import loess


def test_one_sided_is_loess_of_the_past_day_by_day():
    series = np.random.default_rng(0).random(40)
    smooth = loess(series, 9, one_sided=True)
    for day in range(8, 40):
        past = series[day - 8 : day + 1]
        slow = lowess(past, np.arange(9.0), frac=1.0, it=0, return_sorted=False)[-1]
        assert smooth[day] == pytest.approx(slow, abs=1e-12)


def test_one_sided_sees_no_future():
    series = np.random.default_rng(1).random(100)
    changed = series.copy()
    changed[60:] = 5.0
    for one_sided in (True, False):
        same = loess(series, 7, one_sided=one_sided) == loess(changed, 7, one_sided=one_sided)
        assert same[:60].all() == one_sided


@pytest.mark.parametrize("one_sided", [True, False])
def test_a_line_stays_a_line(one_sided):
    line = 3.0 + 0.5 * np.arange(50.0)
    np.testing.assert_allclose(loess(line, 11, one_sided=one_sided), line, atol=1e-9)


def test_two_sided_window_is_centred_and_of_the_stated_width():
    impulse = np.zeros(101)
    impulse[50] = 1.0
    smooth = loess(impulse, 7, one_sided=False)
    # tricube weights vanish at the window's ends, 3 days away
    assert np.flatnonzero(np.abs(smooth) > 1e-12).tolist() == [48, 49, 50, 51, 52]
    np.testing.assert_allclose(smooth, smooth[::-1], atol=1e-12)


def test_one_day_is_no_smoothing():
    series = np.random.default_rng(2).random(9)
    for one_sided in (True, False):
        assert (loess(series, 1, one_sided=one_sided) == series).all()


def test_bad_windows_and_values():
    with pytest.raises(DataError, match="smoothing_days"):
        loess(np.ones(5), 6, one_sided=True)
    with pytest.raises(DataError, match="not finite"):
        loess(np.array([1.0, np.nan, 2.0]), 3, one_sided=True)
