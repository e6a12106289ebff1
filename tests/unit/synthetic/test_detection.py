"""Detection: levels over the years, and the hours after a large shock."""

import numpy as np
import pytest

from faultcast.errors import DataError
from faultcast.synthetic import Detection


def test_completeness_falls_in_steps():
    time = np.array([-10.0, 0.0, 499.0, 500.0, 999.0])
    level = Detection(1.6, 1.0, n_steps=2).completeness(time, np.full(5, 2.0), 1000.0)
    assert level.tolist() == [1.6, 1.6, 1.6, 1.0, 1.0]


def test_after_a_shock_completeness_follows_helmstetter():
    time = np.array([0.0, 0.01, 0.1, 1.0, 100.0])
    magnitude = np.array([6.5, 1.0, 1.0, 1.0, 1.0])
    level = Detection(1.0, 1.0, n_steps=1).completeness(time, magnitude, 1000.0)
    expected = [1.0, 2.0 + 1.5, 2.0 + 0.75, 2.0, 1.0]
    np.testing.assert_allclose(level, expected)


def test_half_are_detected_at_completeness_and_all_well_above():
    n = 20_000
    time = np.linspace(0, 1000, n)
    detection = Detection(1.5, 1.5, n_steps=1, width=0.2)
    at = detection.detected(time, np.full(n, 1.5), 1000.0, seed=0)
    assert at.mean() == pytest.approx(0.5, abs=0.02)
    above = detection.detected(time, np.full(n, 2.5), 1000.0, seed=0)
    assert above.mean() > 0.999
    again = detection.detected(time, np.full(n, 1.5), 1000.0, seed=0)
    np.testing.assert_array_equal(at, again)


def test_refuses_no_levels():
    with pytest.raises(DataError, match="at least one level"):
        Detection(n_steps=0)


def test_the_simulated_catalog_is_incomplete_where_it_should_be(simulated):
    truth = simulated.truth[simulated.truth["inside"]]
    shocks = truth.loc[truth["magnitude"] >= 4.5, "time"].sort_values()
    last = np.searchsorted(shocks, truth["time"], side="right") - 1
    since = truth["time"].to_numpy() - shocks.to_numpy()[np.maximum(last, 0)]
    calm = (last < 0) | (since > np.timedelta64(30, "D"))
    small = truth["magnitude"].between(1.2, 1.6).to_numpy()
    year = (truth["time"] - simulated.region.start).dt.days.to_numpy() // 365
    detected = truth["detected"].to_numpy()
    assert detected[small & calm & (year == 0)].mean() < 0.3
    assert detected[small & calm & (year == 5)].mean() > 0.9
    assert detected[truth["magnitude"] >= 4.5].mean() > 0.9
