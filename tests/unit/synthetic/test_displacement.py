"""The displacement tile: its columns, its parts, its gaps."""

import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.synthetic import displacement_tile

STEP = pd.Timestamp("2010-06-01T12:00", tz="UTC")


@pytest.fixture(scope="module")
def tile():
    return displacement_tile(step_time=STEP, seed=1)


def dates_of(table):
    return [name for name in table.columns if name.isdigit()]


def test_tile_is_an_egms_table(tile):
    table, truth = tile
    dates = dates_of(table)
    assert len(dates) == 150
    assert table.columns[:3].tolist() == ["pid", "easting", "northing"]
    assert len(table.columns) == 14 + 150
    assert table["pid"].equals(truth["pid"])
    assert len(table) == 1200
    # centres of 100 m cells
    assert (table["easting"] % 100 == 50).all()
    assert table[dates].isna().to_numpy().mean() == pytest.approx(0.005, abs=0.001)


def test_the_parts_are_found_again(tile):
    table, truth = tile
    dates = pd.to_datetime(dates_of(table), utc=True)
    years = np.asarray((dates - dates[0]).days) / 365.25
    turn = 2 * np.pi * dates.day_of_year.to_numpy() / 365.25
    after = np.asarray(dates > STEP, float)
    design = np.column_stack([np.ones(150), years, np.cos(turn), np.sin(turn), after])
    values = table[dates_of(table)].interpolate(axis=1, limit_direction="both").to_numpy()
    fit, *_ = np.linalg.lstsq(design, values.T)
    for name, found in (
        ("velocity_mm_a", fit[1]),
        ("seasonal_mm", np.hypot(fit[2], fit[3])),
        ("step_mm", fit[4]),
    ):
        error = found - truth[name].to_numpy()
        assert abs(np.median(error)) < 0.8, name
        assert np.corrcoef(found, truth[name])[0, 1] > 0.7, name
    assert truth["velocity_mm_a"].min() < -15
    assert truth["step_mm"].max() == pytest.approx(12.0, abs=0.3)
    # a buried thrust also lowers the ground, beside it
    assert -1.0 < truth["step_mm"].min() < -0.3


def test_no_step_before_its_time(tile):
    table, truth = tile
    dates = pd.to_datetime(dates_of(table), utc=True)
    first_after = int(np.argmax(dates > STEP))
    assert first_after == 101
    strongest = truth["step_mm"].to_numpy() > 10
    values = table[dates_of(table)].to_numpy()[strongest]
    jump = np.nanmean(values[:, first_after] - values[:, first_after - 1])
    steps = np.nanmean(np.diff(values, axis=1), axis=0)
    assert jump > 8
    assert np.argmax(np.abs(steps)) == first_after - 1


def test_same_seed_same_tile(tile):
    table, truth = displacement_tile(step_time=STEP, seed=1)
    pd.testing.assert_frame_equal(table, tile[0])
    pd.testing.assert_frame_equal(truth, tile[1])
    assert not displacement_tile(step_time=STEP, seed=2)[0].equals(tile[0])


def test_refuses_a_tile_too_small():
    with pytest.raises(DataError, match="at least 4 cells"):
        displacement_tile(step_time=STEP, seed=0, n_cells=2)
