"""Fixed depths: the mark, pile-ups at one depth, and what is none."""

import numpy as np
import pandas as pd
import pytest

from faultcast.location.fixed_depth import depth_pile_ups, fixed_depths


def pile_ups_slowly(latitude, longitude, depth_km):
    """The rule of the docstring, event by event."""
    cells = list(zip(np.floor(latitude / 0.2), np.floor(longitude / 0.2), strict=True))
    steps = np.rint(depth_km / 0.01)
    found = []
    for cell, step in zip(cells, steps, strict=True):
        near = np.array([s for c, s in zip(cells, steps, strict=True) if c == cell])
        same = np.sum(near == step)
        around = (np.sum(np.abs(near - step) <= 25) - same) / 50
        found.append(same >= 5 and same > 5 * around)
    return np.array(found)


@pytest.fixture(scope="module")
def places():
    """Two places with located depths; at each a fixed one, another value by its height."""
    rng = np.random.default_rng(0)
    n = 250
    latitude = np.repeat([33.1, 34.5], n) + 0.03 * rng.random(2 * n)
    longitude = np.repeat([-116.5, -118.1], n) + 0.03 * rng.random(2 * n)
    depth = rng.uniform(-1.0, 12.0, 2 * n).round(2)
    depth[:40], depth[n : n + 25] = 5.16, 4.63
    return latitude, longitude, depth


def test_pile_ups_are_found_where_they_are(places):
    found = depth_pile_ups(*places)
    assert found[:40].all() and found[250:275].all()
    # a depth that happens to be one of the fixed values elsewhere is none here
    assert np.delete(found, np.r_[:40, 250:275]).mean() < 0.01
    np.testing.assert_array_equal(found, pile_ups_slowly(*places))


def test_the_order_of_events_plays_no_part(places):
    order = np.random.default_rng(1).permutation(500)
    shuffled = depth_pile_ups(*(values[order] for values in places))
    np.testing.assert_array_equal(shuffled, depth_pile_ups(*places)[order])


def test_many_events_at_many_depths_are_no_pile_up():
    depth = np.tile(np.arange(0.0, 2.0, 0.01), 20)
    assert not depth_pile_ups(np.full(4000, 34.1), np.full(4000, -117.1), depth).any()


def test_marked_and_missing_depths_count_as_fixed():
    events = pd.DataFrame(
        {
            "latitude": 34.1,
            "longitude": -117.1,
            "depth_km": [3.0, 4.0, np.nan, 7.0, 8.0],
            "horizontal_error_km": [0.5, 0.5, 0.5, np.nan, 0.5],
            "depth_error_km": [31.61, 0.8, np.nan, np.nan, 0.0],
        }
    )
    assert fixed_depths(events).tolist() == [True, False, True, False, False]


def test_no_event_has_no_fixed_depth():
    empty = np.empty(0)
    assert depth_pile_ups(empty, empty, empty).shape == (0,)


@pytest.mark.real_data
def test_marked_depths_of_the_real_catalog_pile_up_and_located_ones_do_not(shared_data):
    """The rule without the mark, held against ComCat's mark (all events of 2010)."""
    table = pd.read_csv(shared_data / "merged" / "socal_1981_2020.csv.gz")
    table = table[table["time"].str.startswith("2010") & (table["event_type"] != "qb")]
    found = depth_pile_ups(*(table[c].to_numpy() for c in ("latitude", "longitude", "depth_km")))
    marked = (np.abs(table["zerr_km"] - 31.61) < 0.005).to_numpy()
    located = (table["zerr_km"] > 0).to_numpy() & ~marked
    assert marked.sum() > 1000 and located.sum() > 1000
    assert found[marked].mean() > 0.4
    assert found[located].mean() < 0.05
    assert found[(table["quality"] == "A").to_numpy()].mean() < 0.01
