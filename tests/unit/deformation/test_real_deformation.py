"""The delivered files, and the reference scores that every network is held against."""

import numpy as np
import pandas as pd
import pytest

from faultcast.deformation import (
    chronological_windows,
    coarser_tile,
    fault_distance_km,
    fit_priors,
    gather,
    native_tile,
    read_active_faults,
    read_egms,
    read_gnss_positions,
    read_gnss_sw_china,
    read_mexico_city,
    station_tile,
)
from faultcast.deformation.harmonic import curved_annual_design, least_squares
from faultcast.evaluate.deformation_scores import (
    increment_r2,
    level_r2,
    mae,
    paired_difference,
    rmse,
    score_table,
)
from faultcast.forecast.deformation_baselines import (
    choose_pooled_ridge,
    fit_pooled_ridge,
    persistence,
    trend_annual,
)

pytestmark = pytest.mark.real_data

# notes on MM-STT, section 4: horizons 1, 5, 10, all; level R^2
REFERENCE = {
    "persistence": (1.190, 2.586, 3.006, 2.519, 0.596),
    "trend on train": (2.956, 3.030, 3.098, 3.030, 0.416),
    "trend refitted": (2.210, 2.339, 2.417, 2.332, 0.654),
    "ridge": (1.266, 2.351, 2.686, 2.299, 0.664),
}


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "deformation"


@pytest.fixture(scope="module")
def level3(folder):
    name = "egms_L3_E45N17/EGMS_L3_E45N17_100km_{}_2020_2024_1.zip"
    return {component: read_egms(folder / name.format(component)) for component in "UE"}


@pytest.fixture(scope="module")
def tile(level3):
    return native_tile(level3["U"][0])


@pytest.fixture(scope="module")
def forecasts(tile):
    series = tile.series
    split = chronological_windows(tile.n_epochs, 30, 10)
    origins = split.test
    return {
        "target": gather(series, origins, 1, 10),
        "last": series[origins],
        "persistence": persistence(series, origins, 10),
        "trend on train": trend_annual(series, tile.years, origins, 10, train_end=split.train_end),
        "trend refitted": trend_annual(series, tile.years, origins, 10),
        "ridge": fit_pooled_ridge(series, split.train_end).predict(series, origins),
    }


def test_level_3_as_delivered(level3):
    for component, (series, rejected) in level3.items():
        assert rejected.empty
        assert series.component == component
        assert series.displacement_mm.shape == (522, 304)
        assert np.isfinite(series.displacement_mm).all()
        assert series.dates[[0, -1]].strftime("%Y%m%d").tolist() == ["20200103", "20241225"]
        tile = native_tile(series)
        assert tile.lattice.shape == (40, 40)
        rows, columns = np.nonzero(tile.mask)
        assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (34, 32)


@pytest.mark.parametrize("name", REFERENCE)
def test_the_reference_scores_are_reproduced(forecasts, name):
    target, forecast = forecasts["target"], forecasts[name]
    assert target.shape == (37, 10, 522)
    table = score_table(target, forecast, forecasts["last"], {}, (1, 5, 10))
    *by_horizon, r2 = REFERENCE[name]
    np.testing.assert_allclose(table["rmse_mm"], by_horizon, rtol=0, atol=0.001)
    assert level_r2(target, forecast) == pytest.approx(r2, abs=0.001)


def test_what_the_notes_say_of_persistence(forecasts, tile):
    target, forecast = forecasts["target"], forecasts["persistence"]
    assert mae(target, forecast) == pytest.approx(1.741, abs=0.001)
    assert increment_r2(target, forecast, forecasts["last"]) == pytest.approx(-0.014, abs=5e-4)
    test = tile.series[258:]
    assert test.mean(axis=0).var() / test.var() == pytest.approx(0.68, abs=0.005)


def test_few_origins_decide_little(forecasts):
    target = forecasts["target"]
    unresolved = paired_difference(
        target, forecasts["ridge"], forecasts["trend refitted"], block=10
    )
    assert unresolved.mean == pytest.approx(-0.15, abs=0.01)
    assert unresolved.low < -0.4 < 0.3 < unresolved.high
    resolved = paired_difference(target, forecasts["ridge"], forecasts["persistence"], block=10)
    assert resolved.mean == pytest.approx(-1.06, abs=0.01)
    assert resolved.high < 0


def test_a_longer_memory_beats_both_references(tile):
    series, split = tile.series, chronological_windows(tile.n_epochs, 90, 12)
    ridge = choose_pooled_ridge(series, split.train_end, split.validation, n_out=12)
    assert ridge.n_lags == 90
    target = gather(series, split.test, 1, 12)
    forecast = ridge.predict(series, split.test)
    assert rmse(target, forecast) == pytest.approx(2.167, abs=0.001)
    for reference in (
        persistence(series, split.test, 12),
        trend_annual(series, tile.years, split.test, 12),
    ):
        assert paired_difference(target, forecast, reference, block=12).high < 0


def test_own_fits_over_the_whole_series_are_the_attributes_that_egms_prints(level3, tile):
    points = level3["U"][0].points
    order = np.argsort(tile.lattice.cells_of(*level3["U"][0].positions_m.T))
    priors = fit_priors(tile.series, tile.years, tile.n_epochs)
    printed = points.iloc[order]
    # printed to 0.1, 0.01 and 0.1; EGMS estimates its season in another way
    for values, name, close in (
        (priors.velocity_mm_a, "velocity_mm_a", 0.06),
        (priors.acceleration_mm_a2, "acceleration_mm_a2", 0.015),
        (priors.seasonal_mm, "seasonal_mm", 0.25),
    ):
        np.testing.assert_allclose(values, printed[name], rtol=0, atol=close)


def test_an_uncentred_fit_gives_another_velocity(tile):
    uncentred = least_squares(curved_annual_design(tile.years[:212]), tile.series[:212])[1]
    velocity = fit_priors(tile.series, tile.years, 212).velocity_mm_a
    assert np.corrcoef(uncentred, velocity)[0, 1] == pytest.approx(0.52, abs=0.005)


def test_later_epochs_are_smoother(tile):
    values = tile.series
    middle = np.abs(values[1:-1] - 0.5 * (values[:-2] + values[2:]))
    year = tile.dates[1:-1].year
    by_year = [middle[year == y].mean() for y in range(2020, 2025)]
    assert by_year == pytest.approx([1.10, 1.19, 0.44, 0.48, 0.45], abs=0.01)


def test_level_2b_as_delivered(folder):
    for name, n_points, n_dates in (("022_0845", 11_590, 210), ("117_0227", 11_759, 207)):
        path = folder / "egms_L2b_E45N17" / f"EGMS_L2b_{name}_IW2_VV_2020_2024_1.zip"
        series, rejected = read_egms(path)
        assert rejected.empty
        assert (series.component, series.displacement_mm.shape) == ("LOS", (n_points, n_dates))
        los = series.points[["los_east", "los_north", "los_up"]].to_numpy()
        np.testing.assert_allclose(np.linalg.norm(los, axis=1), 1.0, atol=2e-3)
        steps = np.diff(series.dates).astype("timedelta64[D]").astype(int)
        assert set(steps) <= {6, 12, 18, 24}


def test_gnss_and_the_step_of_ridgecrest(folder):
    gnss = folder / "gnss_cwu_nam14"
    series, rejected = read_gnss_positions(gnss / "position_csv.zip", gnss / "stations.csv", "E")
    assert series.n_points == 43
    assert sorted(rejected["file"].str.slice(9, 13)) == ["HARV", "P563", "P565"]
    printed = pd.read_csv(gnss / "stations.csv").set_index("station")
    day = pd.Timestamp("2019-07-05", tz="UTC")
    near = pd.Timedelta(days=15)
    before = series.displacement_mm[:, (series.dates < day) & (series.dates >= day - near)]
    after = series.displacement_mm[
        :, (series.dates > day + pd.Timedelta(days=1)) & (series.dates <= day + near)
    ]
    for station in ("P570", "P573", "P567", "P571"):
        k = series.points["pid"].tolist().index(station)
        step = np.nanmedian(after[k]) - np.nanmedian(before[k])
        assert step == pytest.approx(printed.loc[station, "step_2019-07-05_east_mm"], abs=1.0)
    # as config.yaml makes a tile of them: an epoch begins on the day of the step
    period = ("2014-01-03", "2021-01-01")
    tile, dropped = station_tile(series, period, cell_km=18.0, min_share=0.85)
    assert tile.n_cells == 38 and len(dropped) == 5 and max(tile.mask.shape) <= 40
    first = int((tile.dates <= pd.Timestamp("2019-07-06", tz="UTC")).sum())
    steps = np.diff(tile.series, axis=0)
    assert np.nanargmin(steps) // tile.n_cells == first - 1
    assert np.nanmin(steps) == pytest.approx(-52.4, abs=0.1)
    # medians: means of six days hold jumps of 90 mm from single bad solutions
    assert np.nanmax(np.abs(np.delete(steps, first - 1, axis=0))) < 21.0
    china, weights = read_gnss_sw_china(folder / "gnss_sw_china_74")
    assert china.displacement_mm.shape == (74, 4382)
    assert (weights == weights.T).all()


def test_mexico_city(folder, tile):
    crop = read_mexico_city(folder / "mexico_city_s1_cropA" / "derived_los_displacement_mm.npz")
    assert crop.displacement_mm.shape == (13, 60, 100)
    assert crop.mask.mean() == pytest.approx(0.980, abs=0.001)
    assert np.nanpercentile(crop.displacement_mm[-1], 1) == pytest.approx(-155, abs=0.5)
    coarse = coarser_tile(crop, 4)
    assert coarse.mask.shape == (15, 25) and max(coarse.mask.shape) <= max(tile.mask.shape)
    # half a year of fast subsidence: a line, without a cycle, tells more than the last value
    origins, n_out = np.array([8, 9]), 3
    target = gather(coarse.series, origins, 1, n_out)
    line = trend_annual(coarse.series, coarse.years, origins, n_out)
    assert rmse(target, persistence(coarse.series, origins, n_out)) == pytest.approx(
        15.830, abs=1e-3
    )
    assert rmse(target, line) == pytest.approx(9.573, abs=1e-3)


def test_distance_to_active_faults(folder, tile):
    faults = read_active_faults(
        folder / "gem_active_faults" / "gem_active_faults_harmonized_geometry.zip"
    )
    for latitude, longitude, km in (
        (38.704, 13.171, 0.03),
        (35.667, -118.26, 9.3),
        (19.41, -99.12, 52.1),
    ):
        found = fault_distance_km(faults, np.array([latitude]), np.array([longitude]))
        assert found[0] == pytest.approx(km, rel=0.01, abs=0.02)
    distance = fault_distance_km(faults, *tile.lattice.degrees())
    assert distance.shape == (40, 40)
    assert distance.min() < 0.05
