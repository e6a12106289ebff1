"""Priors, scales and cycles: what they find, and that they never see a later epoch."""

import numpy as np
import pandas as pd
import pytest

from faultcast.deformation import (
    Lattice,
    Tile,
    cycles,
    fit_priors,
    fit_scaling,
    static_maps,
)
from faultcast.deformation.harmonic import (
    curved_annual_design,
    least_squares,
    trend_annual_design,
)
from faultcast.errors import DataError

RNG = np.random.default_rng(5)
N, TRAIN_END = 220, 150


def known_series(velocity=-4.0, acceleration=1.5, amplitude=2.0, start=3.0):
    years = np.arange(N) * 6 / 365.25
    from_middle = years - years[:TRAIN_END].mean()
    level = start + velocity * from_middle + acceleration / 2 * from_middle**2
    return years, level + amplitude * np.cos(2 * np.pi * (years - 0.3))


def made_up_tile(seed=0, gaps=0.01):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(N, 4, 5)).cumsum(axis=0)
    values[rng.random(values.shape) < gaps] = np.nan
    mask = np.ones((4, 5), dtype=bool)
    mask[0, :2] = False
    values[:, ~mask] = np.nan
    dates = pd.date_range("2020-01-03", periods=N, freq="6D", tz="UTC")
    height = np.where(mask, rng.normal(100, 20, (4, 5)), np.nan)
    return Tile(values, mask, dates, Lattice(0, 0, 100, 4, 5), "U", height)


def test_planted_velocity_amplitude_and_acceleration_are_found():
    years, series = known_series()
    priors = fit_priors(np.column_stack([series, -2 * series]), years, TRAIN_END)
    np.testing.assert_allclose(priors.acceleration_mm_a2, [1.5, -3.0], rtol=1e-9)
    # without curvature the first fit is exact too
    years, series = known_series(acceleration=0.0)
    priors = fit_priors(series[:, None], years, TRAIN_END)
    assert priors.velocity_mm_a == pytest.approx(-4.0)
    assert priors.seasonal_mm == pytest.approx(2.0)
    assert priors.acceleration_mm_a2 == pytest.approx(0.0, abs=1e-9)


def test_less_than_a_year_has_no_cycle():
    years = np.array([0, 24, 60, 72, 84, 96, 120]) / 365.25
    series = np.column_stack([3.0 - 40.0 * years, 3.0 - 40.0 * (years - years.mean()) ** 2])
    priors = fit_priors(series, years, 7)
    np.testing.assert_allclose(priors.velocity_mm_a[0], -40.0)
    np.testing.assert_allclose(priors.acceleration_mm_a2, [0.0, -80.0], atol=1e-9)
    assert not priors.seasonal_mm.any()
    # an epoch a year later, and there is one
    longer = np.append(years, years[-1] + 1.0)
    wave = np.cos(2 * np.pi * longer)[:, None]
    assert fit_priors(wave, longer, 8).seasonal_mm == pytest.approx(1.0)


def test_priors_do_not_depend_on_where_time_begins():
    tile = made_up_tile()
    here = fit_priors(tile.series, tile.years, TRAIN_END)
    for name, there in fit_priors(tile.series, tile.years + 7.3, TRAIN_END)._asdict().items():
        np.testing.assert_allclose(there, getattr(here, name), atol=1e-9)
    # the t coefficient of one uncentred fit does
    first, second = (
        least_squares(curved_annual_design(years), tile.series)[1]
        for years in (tile.years, tile.years + 7.3)
    )
    assert np.abs(first - second).max() > 1.0


def test_a_test_epoch_changes_no_prior_and_no_scale():
    tile = made_up_tile()
    changed = tile.displacement_mm.copy()
    changed[TRAIN_END:] += 1e3
    other = Tile(changed, tile.mask, tile.dates, tile.lattice, "U", tile.height_m)
    assert fit_scaling(tile.series, TRAIN_END) == fit_scaling(other.series, TRAIN_END)
    before, after = (static_maps(t, TRAIN_END, height=True)[1] for t in (tile, other))
    np.testing.assert_array_equal(before, after)
    # one more epoch of training would have seen it
    assert not np.array_equal(before, static_maps(other, TRAIN_END + 1, height=True)[1])


def test_gaps_are_left_out_of_the_fit():
    tile = made_up_tile(gaps=0.2)
    design = trend_annual_design(tile.years)
    found = least_squares(design, tile.series)
    for k, values in enumerate(tile.series.T):
        seen = np.isfinite(values)
        slow, *_ = np.linalg.lstsq(design[seen], values[seen])
        np.testing.assert_allclose(found[:, k], slow, rtol=1e-7, atol=1e-8)


def test_a_series_with_too_few_values_has_no_fit():
    series = np.full((20, 2), np.nan)
    series[:3, 0], series[:5, 1] = 1.0, 2.0
    found = least_squares(trend_annual_design(np.arange(20) / 10), series)
    assert np.isnan(found[:, 0]).all()
    assert np.isfinite(found[:, 1]).all()
    with pytest.raises(DataError, match="at least 4 epochs"):
        least_squares(trend_annual_design(np.arange(3) / 10), series[:3])


def test_static_maps_are_scaled_over_the_cells_and_hold_no_nan():
    tile = made_up_tile()
    tile.height_m[1, 1] = np.nan
    distance = np.full((4, 5), 7.0)
    names, maps = static_maps(tile, TRAIN_END, height=True, fault_distance_km=distance, mask=True)
    assert names == [
        "velocity_mm_a", "seasonal_mm", "acceleration_mm_a2", "height_m", "fault_distance_km",
        "mask",
    ]  # fmt: skip
    assert maps.shape == (6, 4, 5)
    assert np.isfinite(maps).all()
    assert (maps[:, ~tile.mask] == 0).all()
    np.testing.assert_allclose(maps[:3, tile.mask].mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(maps[:3, tile.mask].std(axis=1), 1)
    # an unknown height stands at the mean, a constant is 0 everywhere
    assert maps[3, 1, 1] == 0
    assert (maps[4] == 0).all()
    np.testing.assert_array_equal(maps[5], tile.mask)
    with pytest.raises(DataError, match="distances of shape"):
        static_maps(tile, TRAIN_END, fault_distance_km=distance[:2])


def test_scaling_and_back():
    series = RNG.normal(5, 3, (40, 6))
    series[3, 2] = np.nan
    scaling = fit_scaling(series, 30)
    assert scaling.mean == pytest.approx(np.nanmean(series[:30]))
    np.testing.assert_allclose(scaling.undo(scaling.apply(series)), series)
    for bad, train_end in ((np.ones((5, 2)), 5), (series, 0), (series, 41)):
        with pytest.raises(DataError, match="training epochs"):
            fit_scaling(bad, train_end)


def test_cycles():
    dates = pd.DatetimeIndex(["2021-01-01", "2021-04-02", "2024-12-31"], tz="UTC")
    turn = 2 * np.pi * np.array([1, 92, 366]) / 365.25
    np.testing.assert_allclose(cycles(dates), np.column_stack([np.sin(turn), np.cos(turn)]))


def test_training_parts_that_are_none():
    years = np.arange(10) / 10
    for train_end in (0, 11):
        with pytest.raises(DataError, match="no training part"):
            fit_priors(np.zeros((10, 2)), years, train_end)
