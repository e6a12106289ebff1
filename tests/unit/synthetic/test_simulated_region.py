"""The simulated region: what is planted is there, and the same seed gives the same tables."""

import numpy as np
import pandas as pd
import pytest

from faultcast.catalog import EVENT_COLUMNS, finish_events, read_catalog
from faultcast.errors import DataError
from faultcast.io import frame_digest, write_csv
from faultcast.synthetic import simulate_region


def tables(simulated):
    return {
        name: getattr(simulated, name)
        for name in ("catalog", "truth", "faults", "oracle_daily", "tile", "tile_truth")
    }


def test_same_seed_same_digests(simulated, small_options):
    again = simulate_region(**small_options)
    for name, table in tables(simulated).items():
        assert frame_digest(table) == frame_digest(getattr(again, name)), name
    other = simulate_region(**{**small_options, "seed": 4})
    for name, table in tables(simulated).items():
        assert frame_digest(table) != frame_digest(getattr(other, name)), name


def test_a_change_of_detection_leaves_nature_as_it_is(simulated, small_options):
    changed = simulate_region(**small_options, detection={"magnitude_first": 2.5})
    pd.testing.assert_frame_equal(
        simulated.truth[["event_id", "time", "magnitude", "x_km"]],
        changed.truth[["event_id", "time", "magnitude", "x_km"]],
    )
    pd.testing.assert_frame_equal(simulated.oracle_daily, changed.oracle_daily)
    assert changed.truth["detected"].sum() < simulated.truth["detected"].sum()


def test_catalog_fits_the_event_table(simulated):
    catalog = simulated.catalog
    assert list(catalog.columns) == list(EVENT_COLUMNS)
    events, rejected = finish_events(catalog)
    assert rejected.empty
    assert len(events) == len(catalog) > 5000
    # near the box's sides location errors carry some events out of it
    assert simulated.region.contains(events).mean() > 0.9
    assert events["time"].between(simulated.region.start, simulated.region.end).all()


def test_truth_and_catalog_name_the_same_events(simulated):
    truth = simulated.truth.set_index("event_id")
    earthquakes = simulated.catalog[simulated.catalog["event_type"] == "earthquake"]
    assert set(earthquakes["event_id"]) == set(truth.index[truth["detected"]])
    assert not truth.loc[~truth["inside"], "detected"].any()
    child = truth[truth["parent_id"] != ""]
    parent = truth.loc[child["parent_id"]]
    assert (parent["fault"].to_numpy() == child["fault"].to_numpy()).all()
    assert (parent["time"].to_numpy() <= child["time"].to_numpy()).all()
    # the branching ratio is 0.82; in six years it scatters
    assert 0.5 < len(child) / len(truth) < 0.9


def test_location_errors_are_normal_with_the_true_sigmas(simulated):
    truth = simulated.truth.set_index("event_id")
    events = simulated.catalog[simulated.catalog["event_type"] == "earthquake"]
    true = truth.loc[events["event_id"]]
    x_km, y_km = simulated.region.projection().forward(events["latitude"], events["longitude"])
    for error in (x_km - true["x_km"].to_numpy(), y_km - true["y_km"].to_numpy()):
        scaled = error / true["horizontal_sigma_km"].to_numpy()
        assert abs(scaled.mean()) < 5 / np.sqrt(len(scaled))
        assert scaled.std() == pytest.approx(1.0, abs=0.03)
    deep = (true["z_km"] > 8).to_numpy() & ~true["depth_fixed"].to_numpy(bool)
    scaled = (events["depth_km"] - true["z_km"].to_numpy()) / true["depth_sigma_km"].to_numpy()
    assert scaled[deep].std() == pytest.approx(1.0, abs=0.05)
    # printed errors are the true ones, where they are printed
    printed = events["horizontal_error_km"].notna().to_numpy()
    assert printed.mean() == pytest.approx(0.4, abs=0.03)
    np.testing.assert_allclose(
        events["horizontal_error_km"][printed],
        true["horizontal_sigma_km"].to_numpy()[printed],
        atol=6e-4,
    )
    assert (events["depth_km"][true["depth_fixed"].to_numpy(bool)] == 6.0).all()


def test_quality_letters_tell_sigmas_apart(simulated):
    median = simulated.catalog.groupby("quality")["horizontal_error_km"].median()
    assert list(median.index) == ["A", "B", "C", "D"]
    assert median.is_monotonic_increasing
    assert median["D"] > 5 * median["A"]


def test_quarry_blasts_come_in_working_hours(simulated):
    blasts = simulated.catalog[simulated.catalog["event_type"] == "quarry_blast"]
    assert len(blasts) == 180
    assert blasts["time"].dt.hour.isin([17, 18, 19, 20, 21, 22, 23, 0]).all()
    assert (blasts["time"] - pd.Timedelta(hours=8)).dt.day_of_week.max() <= 4


def test_an_aftershock_beyond_the_projection_lies_outside():
    """The power law of distances has no end: one event of this seed is 22,000 km away."""
    truth = simulate_region(seed=0, years=3).truth
    beyond = truth["latitude"].isna()
    assert beyond.sum() == 1
    assert np.hypot(truth["x_km"], truth["y_km"])[beyond].item() > 16_000.0
    assert truth["longitude"].isna().equals(beyond)
    assert not truth.loc[beyond, ["inside", "detected"]].to_numpy().any()


def test_a_box_without_detections_is_refused():
    with pytest.raises(DataError, match="is detected"):
        simulate_region(seed=0, years=1, detection={"magnitude_first": 9.0, "magnitude_last": 9.0})


def test_a_supercritical_model_is_refused():
    with pytest.raises(DataError, match="branching ratio"):
        simulate_region(seed=0, years=1, etas={"productivity": 0.5})


def test_thirty_years_hold_what_the_demo_needs():
    full = simulate_region(seed=0)
    catalog = full.catalog[full.catalog["event_type"] == "earthquake"]
    assert 20_000 < len(catalog) < 45_000
    assert catalog["magnitude"].max() > 6.0
    days = catalog.loc[catalog["magnitude"] >= 3.5, "time"].dt.floor("D").nunique()
    assert 100 <= days <= 300
    assert len(full.oracle_daily) == 10_957
    expected = full.oracle.expected_number()
    assert expected.shape == (10_957, 20, 20)
    assert expected.sum() == pytest.approx(full.oracle_daily["expected_number"].sum(), rel=1e-4)


def test_catalog_comes_back_through_the_reader(simulated, tmp_path):
    write_csv(simulated.catalog, tmp_path / "catalog.csv")
    events, rejected = read_catalog(tmp_path / "catalog.csv")
    assert rejected.empty
    pd.testing.assert_frame_equal(events, finish_events(simulated.catalog)[0])
