"""The spatial forecast test on a made-up region: what it scores, chooses and compares."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from faultcast.catalog import Region
from faultcast.errors import DataError
from faultcast.evaluate.spatial import spatial_forecast_test
from faultcast.forecast import (
    TripleS,
    Volume,
    hypocentres,
    mass_inside,
    network_density,
    with_floor,
)

REGION = Region(
    latitude=(33.0, 34.0),
    longitude=(-118.0, -117.0),
    depth_km=(0.0, 20.0),
    start="2008-01-01",
    end="2010-01-01",
)
PROJECTION = REGION.projection()
VOLUME = Volume(REGION, PROJECTION)
CENTRES = np.array([[-25.0, -20, 8], [15, 10, 5], [0, 30, 12]])
COVARIANCES = np.stack([np.diag([36.0, 1, 4]), np.diag([1.0, 64, 9]), np.diag([25.0, 25, 1])])
WEIGHTS = np.array([0.45, 0.25, 0.2, 0.1])


def _network(stretch: float = 1.0) -> SimpleNamespace:
    return SimpleNamespace(
        weights_=WEIGHTS,
        means_=np.vstack((CENTRES, [0, 0, 10])),
        covariances_=np.concatenate((stretch * COVARIANCES, np.eye(3)[None])),
        is_background_=np.array([False, False, False, True]),
    )


def _events(start: str, days: int, n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    points = network_density(_network(), VOLUME).sample(n, rng)
    points = points[VOLUME.contains(points)]
    n = len(points)
    rng.shuffle(points)
    latitude, longitude = PROJECTION.inverse(points[:, 0], points[:, 1])
    return pd.DataFrame(
        {
            "event_id": [f"{start}-{i}" for i in range(n)],
            "time": pd.Timestamp(start, tz="UTC")
            + pd.to_timedelta(np.sort(days * rng.random(n)), "D"),
            "latitude": latitude,
            "longitude": longitude,
            "depth_km": points[:, 2],
            "magnitude": 2 + rng.exponential(0.43, n),
        }
    )


LEARNING, TARGETS = _events("2000-01-01", 2922, 600, 1), _events("2008-01-01", 730, 300, 2)
CONDENSED = pd.DataFrame(
    {"event_id": LEARNING["event_id"], "weight": np.arange(len(LEARNING)) % 3 / 1.0}
)
CONDENSED[["x_km", "y_km", "z_km"]] = hypocentres(LEARNING, PROJECTION)
CONDENSED[["cxx", "cyy", "czz"]] = 2.0
CONDENSED[["cxy", "cxz", "cyz"]] = 0.0


def _test(**changes) -> pd.DataFrame:
    options = {
        "region": REGION,
        "projection": PROJECTION,
        "bandwidths_km": [1.0, 2.0, 4.0, 8.0],
        "neighbours": [3, 10],
        "magnitude_mins": [2.0, 2.5],
        "validation_start": "2006-01-01",
        "floor_weights": [0.01, 0.1, 0.4],
        "n_resamples": 200,
        "n_mass_samples": 20_000,
    }
    networks = {"true": _network(), "too wide": _network(9.0)}
    return spatial_forecast_test(
        changes.pop("learning", LEARNING),
        changes.pop("targets", TARGETS),
        changes.pop("networks", networks),
        changes.pop("condensed", CONDENSED),
        **{**options, **changes},
    )


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    return _test(em_max_events=400)


def test_the_true_density_wins_and_uniform_is_the_volume(scores):
    quoted = scores[scores["chosen"]]
    for _, part in quoted.groupby(["scoring", "magnitude_min"]):
        part = part.set_index("model")
        assert part["nll_per_event"].idxmin() == "true"
        assert part.loc["uniform", "nll_per_event"] == pytest.approx(np.log(VOLUME.size_km3))
        assert part.loc["too wide", "difference_low"] > 0
        assert (part.loc["true", ["difference", "difference_low"]] == 0).all()


def test_scores_as_in_the_paper_are_plain_densities_tuned_on_the_targets(scores):
    inside = TARGETS[TARGETS["magnitude"] >= 2.5]
    points = hypocentres(inside, PROJECTION)
    rows = scores[
        (scores["scoring"] == "as_paper")
        & (scores["model"] == "TripleS, all events")
        & (scores["magnitude_min"] == 2.5)
    ].set_index("bandwidth_km")
    sources = hypocentres(LEARNING, PROJECTION)
    for bandwidth, row in rows.iterrows():
        plain = -TripleS(sources, bandwidth).log_density(points).mean()
        assert row["nll_per_event"] == pytest.approx(plain, abs=1e-6)
        assert row["n_targets"] == len(inside)
    assert rows["chosen"].sum() == 1
    assert rows["nll_per_event"].idxmin() == rows["chosen"].idxmax()
    assert rows["floor_weight"].eq(0).all()


def test_fair_settings_are_the_best_of_the_validation_part(scores):
    early = LEARNING[LEARNING["time"] < "2006-01-01"]
    late = LEARNING[(LEARNING["time"] >= "2006-01-01") & (LEARNING["magnitude"] >= 2.0)]
    sources, points = hypocentres(early, PROJECTION), hypocentres(late, PROJECTION)
    best = max(
        (
            with_floor(
                TripleS(sources, h).log_density(points),
                mass_inside(TripleS(sources, h), VOLUME, n_samples=20_000).inside,
                w,
                VOLUME,
            ).mean(),
            h,
            w,
        )
        for h in (1.0, 2.0, 4.0, 8.0)
        for w in (0.01, 0.1, 0.4)
    )
    fair = scores[scores["scoring"] == "fair"]
    assert fair["floor_weight"].unique().tolist() == [best[2]]
    quoted = fair[fair["chosen"] & (fair["model"] == "TripleS, all events")]
    assert quoted["bandwidth_km"].unique().tolist() == [best[1]]


def test_fair_choices_and_models_do_not_see_the_targets():
    few = _test(targets=TARGETS.iloc[:40], networks={"true": _network()})
    many = _test(networks={"true": _network()})
    keys = ["scoring", "model", "magnitude_min", "bandwidth_km", "neighbour"]
    for column in ("chosen", "floor_weight", "mass_inside", "n_sources"):
        fair = [table[table["scoring"] == "fair"].set_index(keys)[column] for table in (few, many)]
        assert fair[0].equals(fair[1])


def test_parameters_are_counted_as_the_paper_does(scores):
    counted = scores.drop_duplicates("model").set_index("model")["n_parameters"]
    n = len(LEARNING)
    assert counted["true"] == 10 * 4 - 1
    assert counted["TripleS, all events"] == 3 * n + 1
    assert counted["EM mixture, 3 Gaussians"] == 10 * 3 - 1
    assert counted["uniform"] == 0
    assert counted["condensed kernels, own covariances"] == 10 * (CONDENSED["weight"] > 0).sum() - 1


def test_intervals_are_paired_and_over_sequences(scores):
    rows = scores[scores["chosen"] & (scores["model"] == "TripleS, all events")]
    assert (rows["low"] < rows["nll_per_event"]).all()
    assert (rows["nll_per_event"] < rows["high"]).all()
    paired = rows["difference_high"] - rows["difference_low"]
    assert (paired < rows["high"] - rows["low"]).all()
    assert (rows["n_sequences"] < rows["n_targets"]).all()


def test_an_event_on_the_edge_of_the_volume_counts():
    edge = TARGETS.iloc[:2].assign(latitude=33.0, longitude=-118.0, depth_km=0.0)
    scores = _test(targets=edge, magnitude_mins=[2.0], condensed=None)
    assert scores["nll_per_event"].max() < np.inf
    assert scores["n_targets"].eq(2).all()


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"networks": {}}, "no fault network"),
        ({"targets": LEARNING}, "lower the cut-off"),
        ({"validation_start": "1990-01-01"}, "a moment inside"),
        ({"magnitude_mins": [7.0]}, "M >= 7"),
    ],
)
def test_bad_input_is_told(changes, text):
    with pytest.raises(DataError, match=text):
        _test(**changes)


@pytest.mark.real_data
def test_southern_california_gives_the_known_first_look(shared_data):
    """Uniform 15.27 and TripleS as in the paper 13.85 nats at M >= 2.5, on 1,147 targets."""
    from faultcast.forecast import Uniform

    events = pd.read_csv(
        shared_data / "merged" / "socal_1981_2020.csv.gz",
        usecols=["time", "latitude", "longitude", "depth_km", "mag", "event_type"],
    )
    events = events[events["event_type"] != "qb"].rename(columns={"mag": "magnitude"})
    events = events.assign(time=pd.to_datetime(events["time"], utc=True))
    region = Region((32.5, 36.0), (-121.0, -115.0), (0.0, 20.0), "2011-07-01", "2015-07-01")
    targets = events[region.contains(events)]
    assert [int((targets["magnitude"] >= m).sum()) for m in (2.5, 3, 3.5)] == [1147, 401, 137]
    projection = region.projection()
    points = hypocentres(targets[targets["magnitude"] >= 2.5], projection)
    sources = hypocentres(events[events["time"] < region.start], projection)
    uniform = -Uniform(Volume(region, projection)).log_density(points).mean()
    assert uniform == pytest.approx(15.27, abs=0.01)
    assert -TripleS(sources, 2.2).log_density(points).mean() == pytest.approx(13.85, abs=0.02)
