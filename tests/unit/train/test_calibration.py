import numpy as np
import pytest

from faultcast.errors import DataError
from faultcast.train.calibration import calibrate, rolling_rate


def test_rolling_rate_counts_the_past_alone():
    is_event = np.array([1, 0, 1, 1, 0], dtype=bool)
    rate = rolling_rate(is_event, days=2)
    np.testing.assert_allclose(rate, [0.5, 1.5 / 2, 1.5 / 3, 1.5 / 3, 2.5 / 3])


def planted(seed, slope, n=20000):
    generator = np.random.default_rng(seed)
    feature = generator.normal(5.0, 2.0, n)
    truth = 1 / (1 + np.exp(-(-3.0 + slope * (feature - 5.0) / 2.0)))
    return feature, truth, generator.random(n) < truth


def test_finds_a_planted_probability():
    feature, truth, is_event = planted(0, 1.5)
    base = np.full(len(feature), is_event.mean())
    found = calibrate(feature, base, is_event, np.arange(len(feature)) < 10000)
    np.testing.assert_allclose(np.log(found / truth)[10000:], 0.0, atol=0.35)
    assert found[10000:].mean() == pytest.approx(is_event[10000:].mean(), rel=0.08)


def test_a_useless_feature_leaves_the_base_rate():
    feature, _, is_event = planted(1, 0.0)
    base = np.full(len(feature), is_event.mean())
    found = calibrate(feature, base, is_event, np.arange(len(feature)) < 10000)
    assert found.std() < 0.2 * base[0]


def test_no_event_day_on_validation_does_not_forbid_them():
    base = np.full(800, 0.05)
    none = np.zeros(800, dtype=bool)
    found = calibrate(np.arange(800.0), base, none, np.arange(800) < 400)
    assert (found > 1e-4).all()
    assert found[:400].mean() == pytest.approx(0.05)


def test_test_days_do_not_enter():
    feature, _, is_event = planted(2, 1.0, n=2000)
    fit_on = np.arange(2000) < 1000
    base = np.full(2000, 0.05)
    other = feature.copy()
    other[1500:] = 100.0
    one = calibrate(feature, base, is_event, fit_on)
    two = calibrate(other, base, is_event & (np.arange(2000) < 1500), fit_on)
    assert (one[:1500] == two[:1500]).all()


def test_nothing_to_fit_on():
    with pytest.raises(DataError, match="calibrate"):
        calibrate(np.full(5, np.nan), np.full(5, 0.1), np.zeros(5, bool), np.ones(5, bool))
