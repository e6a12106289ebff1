"""Completeness and b-value against planted ones."""

import numpy as np
import pandas as pd
import pytest

from faultcast.catalog import completeness_over_time, finish_events
from faultcast.catalog.completeness import b_value, magnitude_of_completeness
from faultcast.errors import CatalogError


def gutenberg_richter(n_events, b, lowest, rng):
    """Magnitudes in bins of 0.1 whose lowest bin is centred on `lowest`."""
    return np.round(lowest - 0.05 + rng.exponential(1.0 / (b * np.log(10.0)), n_events), 1)


@pytest.mark.parametrize("b", [0.7, 1.0, 1.3])
def test_b_value_is_unbiased_and_its_error_honest(b):
    rng = np.random.default_rng(1)
    found = np.array([b_value(gutenberg_richter(2000, b, 2.0, rng), 2.0)[:2] for _ in range(200)])
    # binning leaves a bias of (b ln 10 dM)^2 / 24, below 0.4 % here
    assert abs(found[:, 0].mean() / b - 1.0) < 0.006
    assert 0.85 < found[:, 0].std() / found[:, 1].mean() < 1.15


def test_b_value_by_hand():
    magnitudes = np.array([1.9, 2.0, 2.1, 2.1, 2.4, np.nan])
    used = np.array([2.0, 2.1, 2.1, 2.4])
    b = np.log10(np.e) / (used.mean() - 1.95)
    error = 2.302585 * b**2 * np.sqrt(((used - used.mean()) ** 2).sum() / (4 * 3))
    np.testing.assert_allclose(b_value(magnitudes, 2.0), (b, error, 4), rtol=1e-6)


@pytest.mark.parametrize("magnitudes", [[], [np.nan], [2.0], [2.0, 2.0]])
def test_too_few_magnitudes_give_nan(magnitudes):
    assert np.isnan(b_value(np.array(magnitudes), 2.0)[0])


def test_maximum_curvature():
    magnitudes = np.array([0.9, 1.0, 1.04, 1.1, 1.15, 1.2, 1.24, 3.0, np.nan])
    # bins 1.0: 2, 1.1: 1, 1.2: 3 (1.15 goes up)
    assert magnitude_of_completeness(magnitudes) == pytest.approx(1.4)
    assert magnitude_of_completeness(magnitudes, correction=0.0) == pytest.approx(1.2)
    assert np.isnan(magnitude_of_completeness(np.array([np.nan])))


def test_windows_over_time():
    rng = np.random.default_rng(2)
    n_events = 4000
    early = gutenberg_richter(n_events, 1.0, 2.0, rng)
    late = gutenberg_richter(n_events, 1.0, 1.0, rng)
    times = np.r_[rng.uniform(0, 365, n_events), rng.uniform(3 * 365.25, 4 * 365.25, n_events)]
    frame = pd.DataFrame({"latitude": 34.0, "longitude": -117.0, "magnitude": np.r_[early, late]})
    frame["time"] = pd.Timestamp("1990-01-01", tz="UTC") + pd.to_timedelta(times, unit="D")
    frame["event_id"] = frame.index.astype(str)
    result = completeness_over_time(finish_events(frame)[0])
    assert result["n_events"].tolist() == [n_events, 0, 0, n_events]
    np.testing.assert_allclose(result["magnitude_of_completeness"], [2.2, np.nan, np.nan, 1.2])
    assert abs(result["b_value"][[0, 3]] - 1.0).max() < 0.08
    assert (result["start"][1:].to_numpy() == result["end"][:-1].to_numpy()).all()
    assert result["start"][0] == pd.Timestamp("1990-01-01", tz="UTC")


def test_completeness_refuses_nonsense():
    nothing = finish_events(
        pd.DataFrame({"event_id": [], "time": [], "latitude": [], "longitude": []})
    )[0]
    with pytest.raises(CatalogError, match="no events"):
        completeness_over_time(nothing)
    with pytest.raises(CatalogError, match="must be positive"):
        completeness_over_time(nothing, years_per_window=0.0)
