"""Forecasts by name: expected events a day and cell."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from faultcast.catalog import Region
from faultcast.errors import DataError
from faultcast.forecast import FORECASTS, Cells, GaussianSum, cell_probabilities, hypocentres

REGION = Region(
    latitude=(33.0, 35.0),
    longitude=(-118.0, -116.0),
    depth_km=(0.0, 20.0),
    start="2000-01-01",
    end="2002-01-01",
)
CELLS = Cells.over(REGION, 0.25)
DAYS = pd.date_range("2002-01-01", periods=3, tz="UTC")


def _events(n: int = 400, seed: int = 0, end: str = "2002-01-01") -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    span = pd.Timestamp(end, tz="UTC") - REGION.start
    return pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(n)],
            "time": REGION.start + span * np.sort(generator.random(n)),
            "latitude": 34 + 0.2 * generator.normal(size=n).clip(-4, 4),
            "longitude": -117 + 0.2 * generator.normal(size=n).clip(-4, 4),
            "depth_km": 20 * generator.random(n),
            "magnitude": 2 + generator.exponential(0.43, n),
        }
    )


def _options(name: str) -> dict:
    crs = REGION.projection().crs
    if name == "fault_network":
        network = SimpleNamespace(
            weights_=np.array([0.9, 0.1]),
            means_=np.array([[0.0, 0, 10], [0, 0, 10]]),
            covariances_=np.stack([np.diag([400.0, 100, 9]), np.eye(3)]),
            is_background_=np.array([False, True]),
        )
        return {"network": network, "crs": crs}
    if name == "condensed":
        x_km, y_km, z_km = hypocentres(_events(), REGION.projection()).T
        kernels = pd.DataFrame({"weight": 1.0, "x_km": x_km, "y_km": y_km, "z_km": z_km})
        kernels[["cxx", "cyy", "czz"]] = 4.0
        kernels[["cxy", "cxz", "cyz"]] = 0.0
        return {"kernels": kernels, "crs": crs}
    return {}


@pytest.mark.parametrize("name", FORECASTS)
def test_rates_sum_to_the_expected_number(name):
    events = _events()
    rates = FORECASTS[name](**_options(name)).fit(events, REGION).rate(DAYS, CELLS)
    assert rates.shape == (3, len(CELLS))
    assert (rates >= 0).all()
    if name == "persistence":
        day_before = (events["time"] >= DAYS[0] - pd.Timedelta(days=1)).sum()
        assert rates[0].sum() == pytest.approx(day_before)
        assert rates[2].sum() == 0
    elif name in ("rolling", "exponential"):
        # a steady catalog: the recent rate is the long one within its scatter
        assert rates[0].sum() == pytest.approx(400 / 731, rel=0.25)
    else:
        assert rates.sum(axis=1) == pytest.approx(400 / 731)


@pytest.mark.parametrize("name", FORECASTS)
def test_a_rate_does_not_see_what_comes_after(name):
    events = _events(800, end="2004-01-01")
    forecast = FORECASTS[name](**_options(name))
    whole = forecast.fit(events, REGION).rate(DAYS, CELLS)
    past = FORECASTS[name](**_options(name)).fit(events[events["time"] < DAYS[0]], REGION)
    assert past.rate(DAYS[:1], CELLS)[0] == pytest.approx(whole[0])


def test_a_raw_map_counts_and_a_smooth_one_keeps_the_sum():
    events = _events()
    raw = FORECASTS["static_map"]().fit(events, REGION).rate(DAYS[:1], CELLS)[0]
    counts, _, _ = np.histogram2d(
        events["latitude"], events["longitude"], [CELLS.latitude_edges, CELLS.longitude_edges]
    )
    assert raw == pytest.approx(counts.ravel() / 731)
    one = events.iloc[:1]
    smooth = FORECASTS["smoothed_map"](20.0, 0.0).fit(one, REGION).rate(DAYS[:1], CELLS)[0]
    cell = CELLS.index(one)[0]
    assert smooth.argmax() == cell
    centres = CELLS.centres_km(REGION.projection())
    gap = np.linalg.norm(centres[cell + 1] - centres[cell])
    assert smooth[cell + 1] / smooth[cell] == pytest.approx(np.exp(-0.5 * (gap / 20) ** 2))


def test_recent_rates_are_what_their_formulas_say():
    events = _events(3)
    events["time"] = pd.to_datetime(["2000-01-11", "2000-01-31", "2000-02-10"], utc=True)
    when, days = ["2000-02-10"], 40.0
    rolling = FORECASTS["rolling"](15, 0).fit(events, REGION).rate(when, CELLS)
    assert rolling.sum() == pytest.approx(1 / 15)
    decay = FORECASTS["exponential"](10, 0).fit(events, REGION).rate(when, CELLS)
    exposure = 10 * (1 - np.exp(-days / 10))
    assert decay.sum() == pytest.approx((np.exp(-3) + np.exp(-1)) / exposure)
    long_ago = FORECASTS["exponential"](0.5, 0).fit(events.iloc[:1], REGION).rate(when, CELLS)
    assert 0 <= long_ago.sum() < 1e-17
    # the posterior mean between the record and the map
    drawn = FORECASTS["rolling"](15, 5).fit(events, REGION).rate(when, CELLS)
    assert drawn.sum() == pytest.approx((1 + 5 * 3 / 731) / 20)


def test_cells_are_half_open_and_numbered_from_the_south_west():
    cells = Cells(np.array([0.0, 1.0, 2.0]), np.array([10.0, 11.0, 12.0, 13.0]), (0.0, 5.0))
    events = pd.DataFrame(
        {
            "latitude": [0.0, 0.5, 1.0, 2.0, 0.5],
            "longitude": [10.0, 11.0, 12.5, 12.5, 10.5],
            "depth_km": [0.0, 1.0, 4.9, 1.0, 5.0],
        }
    )
    assert cells.index(events).tolist() == [0, 1, 5, -1, -1]
    assert (len(cells), cells.shape) == (6, (2, 3))


def test_cell_areas_fill_the_region():
    from faultcast.forecast import Volume

    projection = REGION.projection()
    fine = Cells.over(REGION, 0.05).areas_km2(projection).sum()
    assert fine == pytest.approx(Volume(REGION, projection).size_km3 / 20, rel=1e-5)


def test_cell_probabilities_equal_counted_draws():
    density = GaussianSum(
        [0.6, 0.4],
        np.array([[0.0, 0, 10], [30, 40, 5]]),
        np.stack([np.diag([900.0, 100, 4]), np.diag([200.0, 400, 9])]),
    )
    projection = REGION.projection()
    shares = cell_probabilities(density, CELLS, projection, nodes=(4, 4, 12))
    points = density.sample(200_000, np.random.default_rng(1))
    latitude, longitude = projection.inverse(points[:, 0], points[:, 1])
    where = CELLS.index(
        pd.DataFrame({"latitude": latitude, "longitude": longitude, "depth_km": points[:, 2]})
    )
    counted = np.bincount(where[where >= 0], minlength=len(CELLS)) / (where >= 0).sum()
    assert shares.sum() == pytest.approx(1.0)
    assert np.abs(shares - counted).max() < 4 * np.sqrt(counted.max() / 200_000)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: Cells(np.array([1.0, 0.0]), np.array([0.0, 1.0])), "rising"),
        (lambda: FORECASTS["static_map"](-1.0), "not negative"),
        (lambda: FORECASTS["rolling"](0.0), "positive"),
        (lambda: FORECASTS["triple_s"](floor_weight=2.0), "floor weight"),
        (
            lambda: FORECASTS["static_map"]().fit(_events(), Region((33, 35), (-118, -116))),
            "start and an end",
        ),
        (lambda: FORECASTS["static_map"]().fit(_events()[:0], REGION), "nothing to learn"),
        (
            lambda: FORECASTS["triple_s"]().fit(_events().assign(depth_km=np.nan), REGION),
            "nothing to learn",
        ),
        (
            lambda: FORECASTS["rolling"]().fit(_events(), REGION).rate(["1999-01-01"], CELLS),
            "not after the start",
        ),
        (
            lambda: (
                FORECASTS["triple_s"]()
                .fit(_events(), REGION)
                .rate(DAYS, Cells(np.array([33.0, 34]), np.array([-118.0, -117])))
            ),
            "depth range",
        ),
        (lambda: hypocentres(_events().assign(depth_km=np.nan), REGION.projection()), "a depth"),
    ],
)
def test_bad_input_is_told(call, text):
    with pytest.raises(DataError, match=text):
        call()
