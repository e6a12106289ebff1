"""Hypocentres in kilometres, and the largest sequence."""

import numpy as np
import pandas as pd
import pytest

from faultcast.catalog import Projection, finish_events, largest_sequence, place_events
from faultcast.errors import CatalogError

PROJECTION = Projection.centred(34.0, -117.0)


@pytest.fixture
def events():
    """A shock before, the largest, three near it, one too far, one too late, one unsized."""
    x_km = np.array([0.0, 0.0, 3.0, 39.0, 41.0, 5.0, 1.0])
    days = np.array([-1.0, 0.0, 1.0, 9.9, 5.0, 10.1, 2.0])
    latitude, longitude = PROJECTION.inverse(x_km, np.zeros(7))
    frame = pd.DataFrame(
        {
            "event_id": ["before", "largest", "near", "edge", "far", "late", "unsized"],
            "time": pd.Timestamp("1992-06-28", tz="UTC") + pd.to_timedelta(days, unit="D"),
            "latitude": latitude,
            "longitude": longitude,
            "depth_km": [5.0, 1.0, np.nan, 4.0, 5.0, 6.0, 7.0],
            "magnitude": [6.0, 7.3, 2.0, 3.0, 5.0, 4.0, np.nan],
        }
    )
    return finish_events(frame)[0]


def test_places_are_east_north_and_down(events):
    places = place_events(events, PROJECTION).set_index("event_id")
    np.testing.assert_allclose(places.loc["edge"].astype(float), [39.0, 0.0, 4.0], atol=1e-6)
    assert np.isnan(places.loc["near", "z_km"])
    assert places.index.tolist() == events["event_id"].tolist()


def test_the_largest_event_and_what_follows_near_by(events):
    found = largest_sequence(events, PROJECTION, radius_km=40.0, days=10.0)
    assert found["event_id"].tolist() == ["largest", "near", "unsized", "edge"]


def test_without_magnitudes_none_is_the_largest(events):
    with pytest.raises(CatalogError, match="no event has a magnitude"):
        largest_sequence(events.assign(magnitude=np.nan), PROJECTION)
