"""Numbers behind the figures of a user's network."""

import numpy as np
import pandas as pd
import pytest

from faultcast.catalog import Region
from faultcast.errors import DataError
from faultcast.evaluate.network import completeness

EVENTS = pd.DataFrame(
    {
        "event_id": list("abcdef"),
        "time": pd.to_datetime(
            ["2000-01-01", "2000-06-01", "2000-07-01", "2001-02-01", "2001-03-01", "2001-12-30"],
            utc=True,
        ),
        "latitude": 33.5,
        "longitude": np.linspace(-118, -117, 6),
        "depth_km": [1.0, 2, 3, 4, 5, np.nan],
        "magnitude": [1.0, 1.0, 2.04, 1.5, 1.5, np.nan],
    }
)
REGION = {"latitude_deg": [33, 34], "longitude_deg": [-118, -117], "depth_km": [0, 20]}


class _Network:
    """One vertical plane that strikes north, its twin 20 km east, and a background."""

    means_ = np.array([[0.0, 0, 10], [0, 0, 10], [20, 0, 10]])
    covariances_ = np.stack([np.eye(3), *[np.diag([0.1, 36.0, 16.0]) / 12] * 2])

    @staticmethod
    def load(folder):
        return _Network()

    def planes(self):
        plane = {"kernel": [1, 2], "dip_deg": 90.0, "density_per_km3": 2.0, "n_events": [30, 20]}
        return pd.DataFrame(plane)


def test_the_upper_edge_comes_first():
    from faultcast.evaluate.network.map import upper_edge_first

    around = np.array([[0, 0, 9.0], [6, 0, 9], [6, 4, 2], [0, 4, 2]])
    for turn in range(4):
        corners = upper_edge_first(np.roll(around, turn, axis=0)[None])[0]
        assert corners.tolist() == [[6, 4, 2], [0, 4, 2], [0, 0, 9], [6, 0, 9]]


def test_the_map_lists_region_events_and_corners_in_degrees(monkeypatch, tmp_path):
    from faultcast.evaluate.network import map as network_map

    monkeypatch.setattr(network_map, "FaultNetwork", _Network)
    table = network_map.numbers(EVENTS, tmp_path, region=REGION)
    assert table["kind"].value_counts().to_dict() == {"plane": 8, "event": 6, "region": 4}
    corners = table[(table["kind"] == "plane") & (table["item"] == 2)]
    projection = Region.from_config(REGION).projection()
    x_km, y_km = projection.forward(corners["latitude_deg"], corners["longitude_deg"])
    assert x_km == pytest.approx(np.full(4, 20.0), abs=0.01)
    # sides of sqrt(12 eigenvalue): 6 km along strike, 4 km down dip
    assert sorted(y_km) == pytest.approx([-3, -3, 3, 3], abs=0.01)
    assert corners["depth_km"].tolist() == pytest.approx([8, 8, 12, 12])
    few = network_map.numbers(EVENTS, tmp_path, region=REGION, max_events=2, seed=3)
    assert (few["kind"] == "event").sum() == 2
    assert few.loc[few["kind"] == "region", "n_events"].eq(6).all()


def test_every_event_with_a_magnitude_is_counted_once():
    table = completeness.numbers(EVENTS, n_time_bins=4)
    counts = table[table["kind"] == "count"]
    assert counts["n_events"].sum() == 5
    assert counts.groupby("magnitude")["n_events"].sum().to_dict() == {1.0: 2, 1.5: 2, 2.0: 1}
    windows = table[table["kind"] == "window"]
    assert windows["n_events"].tolist() == [3, 3]
    assert windows["magnitude_of_completeness"].to_numpy() == pytest.approx([1.2, 1.7])
    assert windows["start_year"].to_numpy() == pytest.approx([2000, 2001])


def test_a_catalog_without_magnitudes_is_told():
    with pytest.raises(DataError, match="none of 6 events"):
        completeness.numbers(EVENTS.assign(magnitude=np.nan))


def test_figures_draw_from_their_tables(monkeypatch, tmp_path):
    from faultcast.evaluate.network import map as network_map
    from faultcast.plots import style
    from faultcast.plots.network import completeness as draw_completeness
    from faultcast.plots.network import map as draw_map

    monkeypatch.setattr(network_map, "FaultNetwork", _Network)
    for name, table, module in (
        ("map", network_map.numbers(EVENTS, tmp_path, region=REGION), draw_map),
        ("completeness", completeness.numbers(EVENTS), draw_completeness),
    ):
        table.to_csv(tmp_path / f"{name}.csv", index=False)
        figure = module.draw(pd.read_csv(tmp_path / f"{name}.csv"), "demo")
        style.save(figure, "demo", tmp_path / f"{name}.pdf", tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
