import numpy as np
import pandas as pd
import pytest

from faultcast.catalog import finish_events
from faultcast.errors import CatalogError, DataError
from faultcast.grid import WindowLabels, sinusoidal, sinusoidal_cube

N_DAYS = 200


def table(days, y_km, x_km, magnitude):
    latitude, longitude = sinusoidal(27.0, 127.0).inverse(x_km, y_km)
    days = np.asarray(days, dtype=float)
    events, rejected = finish_events(
        pd.DataFrame(
            {
                "event_id": [str(i) for i in range(len(days))],
                "time": pd.Timestamp("1990-01-01", tz="UTC") + pd.to_timedelta(days, unit="D"),
                "latitude": latitude,
                "longitude": longitude,
                "magnitude": np.asarray(magnitude, dtype=float),
            }
        )
    )
    assert rejected.empty
    return events


@pytest.fixture(scope="module")
def cube():
    rng = np.random.default_rng(3)
    n = 60
    events = table(
        rng.uniform(0, N_DAYS, n),
        rng.uniform(1, 59, n),
        rng.uniform(1, 49, n),
        rng.choice([4.5, 4.9, 5.0, 5.1, 6.0], n),
    )
    return sinusoidal_cube(events, width_km=50.0, height_km=60.0, n_days=N_DAYS)


def test_the_paper_s_box():
    events = table([0.5, 9590.9, 9591.0], [5.0, 2495.0, 5.0], [5.0, 1995.0, 5.0], [5.0, 5.0, 5.0])
    cube = sinusoidal_cube(events)
    assert cube.shape == (9591, 250, 200)
    assert cube.dates[-1] == pd.Timestamp("2016-04-04", tz="UTC")
    # the last event is one day late
    assert cube.cells[["day", "row", "column"]].to_numpy().tolist() == [[0, 0, 0], [9590, 249, 199]]
    assert sinusoidal_cube(events, cell_km=40.0).shape == (9591, 63, 50)


def test_cells_follow_the_lineage_s_formula():
    rng = np.random.default_rng(1)
    latitude, longitude = rng.uniform(27.1, 45, 500), rng.uniform(128, 146, 500)
    x, y = sinusoidal(27.0, 127.0).forward(latitude, longitude)
    radius = 6373.0
    expected = np.radians(longitude - 127.0) * radius * np.cos(np.radians(latitude))
    np.testing.assert_allclose(x, expected, atol=1e-6)
    np.testing.assert_allclose(y, np.radians(latitude - 27.0) * radius, atol=1e-6)


def test_a_label_is_any_event_in_ten_to_fifty_days(cube):
    labels = WindowLabels(cube, 5.0)
    maximum = cube.to_dense(value="maximum").reshape(N_DAYS, -1)
    days = np.arange(labels.n_usable)
    expected = np.stack([(maximum[t + 10 : t + 50] >= 5.0).any(axis=0) for t in days])
    np.testing.assert_array_equal(labels.at(days), expected)
    assert 0 < expected.mean() < 1
    some = np.array([0, 3, 4, 70, 149])
    np.testing.assert_array_equal(labels.at(some), expected[some])
    assert labels.at(days[:0]).shape == (0, 30)


def test_the_smallest_magnitude_counts_and_above_it_can_be_asked():
    cube = sinusoidal_cube(table([20.0], [5.0], [5.0], [3.5]), n_days=100)
    assert WindowLabels(cube, 3.5).at([0])[0, 0]
    assert not WindowLabels(cube, float(np.nextafter(3.5, 4.0))).at([0]).any()


def test_no_label_leaves_the_catalog(cube):
    labels = WindowLabels(cube, 5.0)
    assert labels.n_usable == 151
    with pytest.raises(DataError, match="full window"):
        labels.at([151])
    with pytest.raises(DataError, match="increase"):
        labels.at([5, 5])
    with pytest.raises(DataError, match="near < far"):
        WindowLabels(cube, 5.0, near=0, far=50)


def test_an_empty_box_is_refused():
    with pytest.raises(CatalogError, match="1 events were given, 0 of them inside"):
        sinusoidal_cube(table([1.0], [2600.0], [5.0], [5.0]))
