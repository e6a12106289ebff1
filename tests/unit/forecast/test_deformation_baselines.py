"""The humble forecasts of displacement against slow versions, and what they must not see."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from faultcast.deformation import gather
from faultcast.errors import DataError
from faultcast.forecast.deformation_baselines import (
    choose_pooled_ridge,
    fit_dlinear,
    fit_pooled_ridge,
    moving_average_matrix,
    persistence,
    trend_annual,
)

N, TRAIN_END, N_OUT = 120, 90, 4
YEARS = np.arange(N) * 6 / 365.25
ORIGINS = np.arange(89, 116)


def walk(seed=0, n_series=7, gaps=0.0):
    rng = np.random.default_rng(seed)
    series = rng.normal(size=(N, n_series)).cumsum(axis=0) + rng.normal(size=n_series)
    series[rng.random(series.shape) < gaps] = np.nan
    return series


def forecasts(series, origins=ORIGINS):
    return {
        "persistence": persistence(series, origins, N_OUT),
        "trend": trend_annual(series, YEARS, origins, N_OUT, train_end=TRAIN_END),
        "refitted": trend_annual(series, YEARS, origins, N_OUT),
        "ridge": fit_pooled_ridge(series, TRAIN_END, n_lags=12, n_out=N_OUT).predict(
            series, origins
        ),
        "dlinear": fit_dlinear(series, TRAIN_END, n_lags=12, n_out=N_OUT, kernel=5).predict(
            series, origins
        ),
    }


@pytest.mark.parametrize("name", ["persistence", "trend", "refitted", "ridge", "dlinear"])
@pytest.mark.parametrize("gaps", [0.0, 0.05])
def test_no_forecast_sees_a_later_epoch(name, gaps):
    series = walk(gaps=gaps)
    before = forecasts(series)[name]
    assert before.shape == (len(ORIGINS), N_OUT, 7)
    for first in (TRAIN_END, 100):
        changed = series.copy()
        # a step, as of an earthquake
        changed[first:] += 500.0
        after = forecasts(changed)[name]
        untouched = first > ORIGINS
        np.testing.assert_array_equal(before[untouched], after[untouched])
        assert np.abs(after[untouched]).max() < 100


def test_persistence_holds_the_last_value_seen():
    series = walk()
    series[100, 2] = np.nan
    forecast = persistence(series, np.array([99, 100]), 3)
    np.testing.assert_array_equal(forecast[0], np.tile(series[99], (3, 1)))
    assert (forecast[1, :, 2] == series[99, 2]).all()


def test_trend_and_year_are_told_exactly_where_they_are_the_truth():
    rates = np.array([-12.0, 3.0])
    series = np.outer(YEARS, rates) + 2.0 * np.cos(2 * np.pi * (YEARS - 0.2))[:, None]
    series[::7, 0] = np.nan
    truth = np.outer(YEARS, rates) + 2.0 * np.cos(2 * np.pi * (YEARS - 0.2))[:, None]
    for train_end in (None, TRAIN_END):
        forecast = trend_annual(series, YEARS, ORIGINS, N_OUT, train_end=train_end)
        np.testing.assert_allclose(forecast, gather(truth, ORIGINS, 1, N_OUT), atol=1e-8)


def pooled_windows(series, n_lags, relative):
    rows, targets = [], []
    for origin in range(n_lags - 1, TRAIN_END - N_OUT):
        for column in series.T:
            base = column[origin] if relative else 0.0
            rows.append(column[origin - n_lags + 1 : origin + 1] - base)
            targets.append(column[origin + 1 : origin + 1 + N_OUT] - base)
    return np.array(rows), np.array(targets)


def test_ridge_is_that_of_scikit_learn():
    series = walk(1)
    rows, targets = pooled_windows(series, 12, relative=True)
    slow = Ridge(alpha=10.0).fit(rows, targets)
    fast = fit_pooled_ridge(series, TRAIN_END, n_lags=12, n_out=N_OUT)
    np.testing.assert_allclose(fast.weights, slow.coef_.T, atol=1e-9)
    np.testing.assert_allclose(fast.intercept, slow.intercept_, atol=1e-9)
    assert (fast.n_lags, fast.n_out) == (12, N_OUT)
    origin = 100
    lags = (series[origin - 11 : origin + 1] - series[origin]).T
    np.testing.assert_allclose(
        fast.predict(series, np.array([origin]))[0], series[origin] + slow.predict(lags).T
    )


def test_ridge_leaves_windows_with_gaps_out():
    series = walk(2, n_series=3)
    with_gap = np.column_stack([series, np.full(N, np.nan)])
    with_gap[50, 3] = 1.0
    fitted = [fit_pooled_ridge(s, TRAIN_END, n_lags=12, n_out=N_OUT) for s in (series, with_gap)]
    np.testing.assert_array_equal(fitted[0].weights, fitted[1].weights)


def test_the_number_of_lags_is_chosen_on_validation():
    rng = np.random.default_rng(6)
    # what happens is what happened 20 epochs before
    series = np.tile(rng.normal(size=(20, 40)), (6, 1)) + rng.normal(0, 0.1, (N, 40))
    validation = np.arange(89, 100)
    chosen = choose_pooled_ridge(series, TRAIN_END, validation, n_lags=(5, 12, 25), n_out=N_OUT)
    assert chosen.n_lags == 25
    later = series.copy()
    later[100 + N_OUT :] += rng.normal(0, 50, (N - 100 - N_OUT, 40))
    again = choose_pooled_ridge(later, TRAIN_END, validation, n_lags=(5, 12, 25), n_out=N_OUT)
    np.testing.assert_array_equal(again.weights, chosen.weights)
    with pytest.raises(DataError, match="no validation origin has 95 epochs"):
        choose_pooled_ridge(series, 100, validation[:3], n_lags=(5, 95), n_out=N_OUT)
    series[:66, 0] = np.nan  # the longest memory cannot tell the first origin of this one
    again = choose_pooled_ridge(series, TRAIN_END, validation, n_lags=(5, 25), n_out=N_OUT)
    assert again.n_lags == 25


def test_dlinear_minimises_the_squared_error_of_its_two_maps():
    series = walk(3)
    rows, targets = pooled_windows(series, 12, relative=False)
    average = moving_average_matrix(12, 5)
    trend = rows @ average
    padded = np.pad(rows, ((0, 0), (2, 2)), mode="edge")
    np.testing.assert_allclose(trend, np.mean([padded[:, k : k + 12] for k in range(5)], axis=0))
    design = np.column_stack([np.ones(len(rows)), trend, rows - trend])
    slow, *_ = np.linalg.lstsq(design, targets)
    fitted = fit_dlinear(series, TRAIN_END, n_lags=12, n_out=N_OUT, kernel=5)
    np.testing.assert_allclose(rows @ fitted.weights + fitted.intercept, design @ slow, atol=1e-6)


def test_what_cannot_be_fitted():
    series = walk()
    with pytest.raises(DataError, match="no window of 30 lags and 10 targets"):
        fit_pooled_ridge(series, 39)
    with pytest.raises(DataError, match="only gaps"):
        fit_pooled_ridge(np.full((N, 2), np.nan), TRAIN_END)
    with pytest.raises(DataError, match="odd length"):
        fit_dlinear(series, TRAIN_END, kernel=4)
    with pytest.raises(DataError, match="windows reach"):
        fit_pooled_ridge(series, TRAIN_END).predict(series, np.array([20]))
