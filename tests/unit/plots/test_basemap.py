"""The coast line and the maps of EQPRED's figures 1 and 3."""

import numpy as np
import pandas as pd
import pytest

from faultcast.catalog import finish_events
from faultcast.errors import CatalogError
from faultcast.evaluate.eqpred import fig01, fig03
from faultcast.plots import basemap, style
from faultcast.plots.eqpred import fig01 as draw_fig01
from faultcast.plots.eqpred import fig03 as draw_fig03

REGION = {
    "latitude_deg": [33.0, 35.0],
    "longitude_deg": [-118.0, -116.0],
    "start": "1990-01-01",
    "end": "1991-01-01",
}


@pytest.fixture
def axis():
    figure, axis = style.new_figure()
    yield axis
    style.plt.close(figure)


@pytest.fixture
def events():
    rng = np.random.default_rng(0)
    n = 500
    frame = pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(n)],
            "time": pd.Timestamp("1990-01-01", tz="UTC")
            + pd.to_timedelta(rng.integers(0, 364 * 86400, n), unit="s"),
            "latitude": rng.normal(34.0, 0.1, n).round(3),
            "longitude": rng.normal(-117.0, 0.1, n).round(3),
            "magnitude": np.where(rng.random(n) < 0.1, np.nan, rng.exponential(1.0, n)),
        }
    )
    frame.loc[0, "magnitude"] = 6.3
    return finish_events(frame)[0]


def test_the_coast_passes_los_angeles_and_tokyo():
    points = np.concatenate(basemap.coast())
    for longitude, latitude in ((-118.41, 33.75), (139.8, 35.6)):
        distance = np.hypot(points[:, 0] - longitude, points[:, 1] - latitude)
        assert distance.min() < 0.15
    # no line jumps across the map
    longest = max(np.abs(np.diff(line, axis=0)).max() for line in basemap.coast())
    assert longest < 2.0


def test_draws_in_a_region_with_the_aspect_of_its_latitude(axis):
    assert basemap.draw_coast(axis, (33.0, 35.0), (-118.0, -116.0)) >= 1
    assert axis.get_xlim() == (-118.0, -116.0)
    assert axis.get_aspect() == pytest.approx(1 / np.cos(np.radians(34.0)))
    # Europe is not at hand: no line, no error
    assert basemap.draw_coast(axis, (40.0, 44.0), (10.0, 14.0)) == 0


def test_map_height_follows_the_latitude():
    assert basemap.map_height_in(3.0, (59.0, 61.0), (0.0, 4.0)) == pytest.approx(3.0)


def test_fig01_counts_every_event_once(events):
    table = fig01.numbers(events, region=REGION)
    known = int((events["magnitude"] >= 0).sum())
    by_kind = table.groupby("kind")["n_events"].sum()
    assert by_kind["position"] == by_kind["cell"] == known
    assert by_kind["large"] == (events["magnitude"] >= 6).sum() > 0
    assert (table.loc[table["kind"] == "low", "n_events"] == known).all()
    assert fig01.published(table) == {
        "fig01.n_cells_lon": 20,
        "fig01.n_cells_lat": 20,
        "fig01.cell_size": pytest.approx(11.1, abs=0.05),
    }


def test_fig03_counts_from_each_magnitude_on(events):
    table = fig03.numbers(events, region=REGION, magnitudes=(0.0, 2.5, 9.0))
    published = fig03.published(table)
    assert published == {
        "fig03.n_events_m00": (events["magnitude"] >= 0).sum(),
        "fig03.n_events_m25": (events["magnitude"] >= 2.5).sum(),
        "fig03.n_events_m90": 0,
    }
    sums = table[table["kind"] == "position"].groupby("panel")["n_events"].sum()
    assert sums["b"] == published["fig03.n_events_m25"]
    with pytest.raises(CatalogError):
        fig03.numbers(events, region={**REGION, "latitude_deg": [10.0, 11.0]})


def test_figures_draw_from_their_tables(events, tmp_path):
    cases = (
        (draw_fig01, fig01.numbers(events, region=REGION), 2),
        (draw_fig03, fig03.numbers(events, region=REGION), 4),
    )
    for module, table, n_panels in cases:
        table.to_csv(tmp_path / "numbers.csv", index=False)
        figure = module.draw(pd.read_csv(tmp_path / "numbers.csv"), "test")
        assert sum(bool(axis.get_title()) for axis in figure.axes) == n_panels
        style.save(figure, "test", tmp_path / "a.pdf", tmp_path / "a.png")
        assert (tmp_path / "a.png").stat().st_size > 10_000


@pytest.mark.real_data
def test_numbers_of_the_real_catalog(shared_data):
    raw = pd.read_csv(
        shared_data / "merged" / "socal_1981_2020.csv.gz",
        usecols=["evid", "time", "latitude", "longitude", "mag", "mag_type", "event_type"],
        dtype={"evid": str},
    )
    raw = raw[raw["event_type"] != "qb"].assign(event_type="earthquake")
    raw["magnitude"] = raw["mag"].where(raw["mag_type"] != "n")
    raw["time"] = pd.to_datetime(raw["time"], utc=True, format="ISO8601")
    region = {
        "latitude_deg": [32, 36],
        "longitude_deg": [-120, -114],
        "start": "1990-01-01",
        "end": "2019-01-01",
    }
    counts = fig03.published(fig03.numbers(raw, region=region))
    assert list(counts.values()) == [443_219, 24_750, 2_472, 237]
