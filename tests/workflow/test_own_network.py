"""`network`: a fault network of a user's own catalog and region."""

import numpy as np
import pandas as pd
import pytest

from faultcast import io

pytestmark = pytest.mark.workflow

SETTINGS = {
    "results": "results/own",
    "regions": {
        "kumamoto": {
            "title": "Kumamoto",
            "latitude_deg": [32.3, 33.3],
            "longitude_deg": [130.2, 131.4],
            "depth_km": [0.0, 25.0],
        }
    },
    "catalogs": {
        "own": {
            "path": "own.csv",
            "format": "csv",
            "columns": {
                "event_id": "No",
                "time": "Origin Time",
                "latitude": "Lat",
                "longitude": "Lon",
                "depth_km": "Depth",
                "magnitude": "Mj",
            },
        }
    },
    "network": {
        "catalog": "own",
        "region": "kumamoto",
        "period": ["2016-01-01", "2017-01-01"],
        "n_subsets": 1,
    },
}


def own_catalog(n_events: int = 600) -> pd.DataFrame:
    """Two planted vertical faults, striking N 45 E and N 135 E, under other column names."""
    rng = np.random.default_rng(0)
    along, across = rng.uniform(-0.12, 0.12, n_events), rng.normal(0, 0.003, n_events)
    second = np.arange(n_events) % 2 == 1
    times = pd.Timestamp("2016-02-01") + pd.to_timedelta(
        np.sort(rng.uniform(0, 300, n_events)), "D"
    )
    return pd.DataFrame(
        {
            "No": [f"k{k}" for k in range(n_events)],
            "Origin Time": times.strftime("%Y-%m-%dT%H:%M:%S.%f"),
            "Lat": np.round(np.where(second, 32.6 - along, 32.9 + along) + across, 5),
            "Lon": np.round(np.where(second, 130.6, 131.0) + along * 1.18, 5),
            "Depth": np.round(rng.uniform(2, 14, n_events), 2),
            "Mj": np.round(1 + rng.exponential(0.43, n_events), 1),
        }
    )


def test_own_catalog_and_region_end_with_map_and_planes(fresh):
    own_catalog().to_csv(fresh / "own.csv", index=False)
    checkout = fresh.overlay(SETTINGS)
    checkout.snakemake("network")
    results = checkout / "results/own"
    assert (results / "network/figures/map.pdf").stat().st_size > 5000
    assert len(pd.read_csv(results / "catalog/kumamoto/network/completeness.csv")) > 0
    assert len(pd.read_csv(results / "catalog/own/rejected.csv")) == 0
    planes = pd.read_csv(results / "network/planes.csv")
    steep = planes[planes["dip_deg"] > 60]
    for strike in (45, 135):
        turned = (steep["strike_deg"] - strike) % 180
        assert (np.minimum(turned, 180 - turned) < 12).any(), f"no plane strikes {strike}"
    collection = io.read_json(results / "network/planes.geojson")
    corners = [f["geometry"]["coordinates"] for f in collection["features"]]
    flat = np.array([point[:2] for ring in corners for point in _points(ring)])
    assert flat[:, 0].min() > 130 and flat[:, 0].max() < 131.6
    assert flat[:, 1].min() > 32 and flat[:, 1].max() < 33.5
    # a second call has nothing left to do, and the papers' targets were not needed
    assert checkout.planned("network") == {}
    assert not (results / "kamer2020").exists()


def _points(nested):
    """Yield the points of a nested list of coordinates."""
    if isinstance(nested[0], (int, float)):
        yield nested
    else:
        for part in nested:
            yield from _points(part)
