"""Numbers behind the figures of a user's network."""

from types import SimpleNamespace

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


def _plane(**values: float) -> pd.DataFrame:
    plane = {"x_km": 0, "y_km": 0, "z_km": 10, "length_km": 6, "width_km": 4}
    attributes = {"dip_deg": 90, "strike_deg": 0, "density_per_km3": 2.0, "n_events": 30}
    return pd.DataFrame([{**plane, **attributes, **values}])


@pytest.mark.parametrize(
    ("strike_deg", "dip_deg", "corner", "opposite"),
    [
        (0, 90, (0, -3, 8), (0, 3, 12)),
        (90, 90, (-3, 0, 8), (3, 0, 12)),
        # dips to the right of its strike: a plane that strikes north dips east
        (0, 0, (-2, -3, 10), (2, 3, 10)),
        (90, 30, (-3, 3**0.5, 9), (3, -(3**0.5), 11)),
    ],
)
def test_planes_dip_to_the_right_of_their_strike(strike_deg, dip_deg, corner, opposite):
    from faultcast.evaluate.network.map import plane_corners

    corners = plane_corners(_plane(strike_deg=strike_deg, dip_deg=dip_deg))[0]
    assert corners[0] == pytest.approx(corner, abs=1e-12)
    assert corners[2] == pytest.approx(opposite, abs=1e-12)
    assert np.linalg.norm(corners[1] - corners[0]) == pytest.approx(6)
    assert np.linalg.norm(corners[2] - corners[1]) == pytest.approx(4)


def test_the_map_lists_region_events_and_corners_in_degrees(monkeypatch, tmp_path):
    from faultcast.evaluate.network import map as network_map

    network = SimpleNamespace(planes=lambda: pd.concat([_plane(), _plane(x_km=20)]))
    monkeypatch.setattr(network_map, "FaultNetwork", SimpleNamespace(load=lambda folder: network))
    table = network_map.numbers(EVENTS, tmp_path, region=REGION)
    assert table["kind"].value_counts().to_dict() == {"plane": 8, "event": 6, "region": 4}
    corner = table[(table["kind"] == "plane") & (table["item"] == 1)].iloc[0]
    x_km, y_km = (
        Region.from_config(REGION)
        .projection()
        .forward(corner["latitude_deg"], corner["longitude_deg"])
    )
    assert (x_km[0], y_km[0], corner["depth_km"]) == pytest.approx((20, -3, 8), abs=1e-6)
    few = network_map.numbers(EVENTS, tmp_path, region=REGION, max_events=2, seed=3)
    assert (few["kind"] == "event").sum() == 2
    assert few.loc[few["kind"] == "region", "n_events"].eq(6).all()


def test_every_event_with_a_magnitude_is_counted_once():
    table = completeness.numbers(EVENTS, n_time_bins=4)
    counts = table[table["kind"] == "count"]
    assert counts["n_events"].sum() == 5
    assert counts.groupby("magnitude")["n_events"].sum().to_dict() == {1.0: 2, 1.5: 2, 2.0: 1}
    windows = table[table["kind"] == "window"]
    assert windows["n_events"].tolist() == [3, 2]
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

    network = SimpleNamespace(planes=_plane)
    monkeypatch.setattr(network_map, "FaultNetwork", SimpleNamespace(load=lambda folder: network))
    for name, table, module in (
        ("map", network_map.numbers(EVENTS, tmp_path, region=REGION), draw_map),
        ("completeness", completeness.numbers(EVENTS), draw_completeness),
    ):
        table.to_csv(tmp_path / f"{name}.csv", index=False)
        figure = module.draw(pd.read_csv(tmp_path / f"{name}.csv"), "demo")
        style.save(figure, "demo", tmp_path / f"{name}.pdf", tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
