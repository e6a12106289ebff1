"""What a network depends on: points of the variants, slabs, fair scores, relocations."""

import numpy as np
import pandas as pd
import pytest

from faultcast.catalog import Region, read_mechanisms
from faultcast.errors import DataError
from faultcast.evaluate.kamer2020 import catalog_variants, relocated
from faultcast.evaluate.kamer2020.catalog_points import SAME_EVENTS, VARIANTS, catalog_points
from faultcast.evaluate.kamer2020.catalog_variants import REWEIGHTED
from faultcast.evaluate.kamer2020.forecast_inputs import read_periods
from faultcast.evaluate.kamer2020.network_scores import common_floor, fair_scores, slab_numbers
from faultcast.evaluate.spatial import spatial_forecast_test
from faultcast.evaluate.spatial_models import Learned
from faultcast.faults import FaultNetwork
from faultcast.forecast.spatial import hypocentres
from faultcast.forecast.volume import Volume

REGION = {
    "latitude_deg": [33.5, 34.5],
    "longitude_deg": [-117.6, -116.4],
    "depth_km": [0, 20],
    "start": "2000-01-01",
    "end": "2008-01-01",
}
TARGET = {**REGION, "start": "2008-01-01", "end": "2010-01-01"}
PROJECTION = Region.from_config(REGION).projection()


def events_of(xyz_km, start, years, quality, seed, prefix):
    rng = np.random.default_rng(seed)
    latitude, longitude = PROJECTION.inverse(xyz_km[:, 0], xyz_km[:, 1])
    n = len(xyz_km)
    return pd.DataFrame(
        {
            "event_id": [f"{prefix}{i}" for i in range(n)],
            "time": pd.Timestamp(start, tz="UTC")
            + pd.to_timedelta(np.sort(rng.random(n)) * years * 365, "D"),
            "latitude": latitude,
            "longitude": longitude,
            "depth_km": xyz_km[:, 2],
            "magnitude": 2.5 + rng.exponential(0.4, n),
            "event_type": "earthquake",
            "quality": quality,
            "horizontal_error_km": np.nan,
            "depth_error_km": np.nan,
        }
    )


def planted(n, seed):
    """A vertical fault along x, and background."""
    rng = np.random.default_rng(seed)
    wall = rng.uniform([-20, -0.3, 4], [20, 0.3, 14], (n, 3))
    return np.concatenate([wall, rng.uniform([-30, -30, 1], [30, 30, 19], (n // 4, 3))])


@pytest.fixture(scope="module")
def events():
    """Good events on the fault, and bad ones with their depth fixed at 5.5 km."""
    good = planted(400, 0)
    bad = np.random.default_rng(1).uniform([-9, -9, 0], [9, 9, 0], (250, 3))
    bad[:, 2] = 5.5
    quality = np.r_[np.full(len(good), "A"), np.full(len(bad), "C")]
    return events_of(np.concatenate([good, bad]), "2000-01-01", 8, quality, 2, "l")


@pytest.fixture(scope="module")
def targets():
    return events_of(planted(80, 3), "2008-01-01", 2, "A", 4, "t")


@pytest.fixture(scope="module")
def folders(events, tmp_path_factory):
    """Networks of the variants and of the relocated events."""
    root = tmp_path_factory.mktemp("variants")
    moved = events[["event_id", "latitude", "longitude", "depth_km"]].iloc[200:500].copy()
    moved["latitude"] += 0.001
    made = {}
    for variant in VARIANTS + SAME_EVENTS:
        points = catalog_points(events, variant, PROJECTION, moved)
        xyz = points[["x_km", "y_km", "z_km"]].to_numpy()
        # depths at one value have no volume
        xyz = xyz + np.random.default_rng(5).normal(0, 0.02, xyz.shape)
        made[variant] = root / variant
        FaultNetwork().fit(xyz).save(made[variant], event_ids=points["event_id"], xyz_km=xyz)
    return made


@pytest.fixture(scope="module")
def scores():
    return pd.DataFrame({"scoring": ["as_paper", "fair"], "floor_weight": [0.0, 0.03]})


def test_variants_keep_what_they_say(events):
    points = {variant: catalog_points(events, variant, PROJECTION) for variant in VARIANTS}
    assert len(points["all_events"]) == len(events)
    good = events.loc[events["quality"] == "A", "event_id"]
    assert set(points["ab_quality"]["event_id"]) == set(good)
    # the bad events share a depth
    free = points["free_depth"]["event_id"]
    assert free.isin(good).sum() >= len(good) - 3 and len(free) <= len(good) + 12
    x_km, y_km = PROJECTION.forward(events["latitude"], events["longitude"])
    np.testing.assert_allclose(points["all_events"]["x_km"], x_km)
    np.testing.assert_allclose(points["all_events"]["y_km"], y_km)


def test_relocated_and_routine_hold_the_same_events_at_other_places(events):
    relocations = events[["event_id", "latitude", "longitude", "depth_km"]].iloc[10:60].copy()
    relocations["depth_km"] += 1.0
    relocations.iloc[0, 3] = np.nan
    relocations = pd.concat([relocations, relocations.iloc[[5]].assign(depth_km=99.0)])
    relocations.loc[len(events)] = ["unknown", 34.0, -117.0, 5.0]
    both = {name: catalog_points(events, name, PROJECTION, relocations) for name in SAME_EVENTS}
    assert both["routine"]["event_id"].tolist() == both["relocated"]["event_id"].tolist()
    assert len(both["routine"]) == 49
    np.testing.assert_allclose(both["relocated"]["z_km"] - both["routine"]["z_km"], 1.0)


def test_bad_variants_are_told(events):
    with pytest.raises(DataError, match="expected one of: all_events"):
        catalog_points(events, "some", PROJECTION)
    with pytest.raises(DataError, match="needs a table of relocated"):
        catalog_points(events, "relocated", PROJECTION)
    with pytest.raises(DataError, match="none of 750 events"):
        catalog_points(events.assign(quality=""), "ab_quality", PROJECTION)


def test_a_slab_of_fixed_depths_is_counted_as_one(folders):
    whole, good = slab_numbers(folders["all_events"]), slab_numbers(folders["ab_quality"])
    assert whole["flat_share_kernels"] > 0
    assert whole["flat_share_events"] == pytest.approx(250 / 750, abs=0.08)
    assert good["flat_share_events"] == 0 and good["n_events"] == 500
    planes = FaultNetwork.load(folders["all_events"]).planes()
    assert whole["n_faults"] == len(planes)
    # a point may stand for several events
    twice = slab_numbers(folders["all_events"], np.full(750, 2.0))
    assert twice["n_events"] == 1500
    assert twice["flat_share_events"] == pytest.approx(whole["flat_share_events"])
    with pytest.raises(DataError, match="from the same condensation"):
        slab_numbers(folders["all_events"], np.ones(3))


def test_scores_are_those_of_the_forecast_test(events, targets, folders):
    """With its floor, the same numbers as the fair scoring there."""
    networks = {name: FaultNetwork.load(folders[name]) for name in VARIANTS[:2]}
    options = {"n_resamples": 200, "n_mass_samples": 4000}
    periods = read_periods(events, targets, REGION, TARGET)
    xyz_km = hypocentres(periods.events, PROJECTION)
    kernels = pd.DataFrame(xyz_km, columns=["x_km", "y_km", "z_km"]).assign(
        event_id=periods.events["event_id"].to_numpy(), weight=1.0, n_events=1
    )
    kernels[["cxx", "cyy", "czz"]], kernels[["cxy", "cxz", "cyz"]] = 1.0, 0.0
    learned = Learned(periods.events, kernels, networks)
    early = periods.events["time"] < "2006-01-01"
    past = Learned(periods.events[early], kernels[early.to_numpy()], networks)
    whole = spatial_forecast_test(
        learned,
        past,
        periods.targets,
        region=periods.target,
        projection=PROJECTION,
        past_end="2006-01-01",
        bandwidths_km=[1.0, 3.0],
        neighbours=(5,),
        magnitude_mins=(2.5,),
        em_max_events=200,
        **options,
    )
    fair = whole[(whole["scoring"] == "fair") & (whole["kind"] == "network")].set_index("model")
    own = fair_scores(networks, periods, floor_weight=common_floor(whole), **options)
    own = own.set_index("network")
    for column in ("mass_inside", "nll_per_event", "n_targets", "n_sequences"):
        np.testing.assert_allclose(own[column], fair.loc[list(networks), column], err_msg=column)
    gap = fair["nll_per_event"] - fair.loc[VARIANTS[0], "nll_per_event"]
    np.testing.assert_allclose(own["difference"], gap[list(networks)], atol=1e-12)


def test_other_weights_change_the_score(events, targets, folders):
    network = FaultNetwork.load(folders["ab_quality"])
    periods = read_periods(events, targets, REGION, TARGET)
    background = np.where(network.is_background_, 1.0, 1e-9)
    scored = fair_scores(
        {"own": network, "flat": network},
        periods,
        floor_weight=0.0,
        weights={"flat": background / background.sum()},
        n_resamples=50,
        n_mass_samples=2000,
    ).set_index("network")
    volume = Volume(periods.target, PROJECTION)
    assert scored.loc["flat", "nll_per_event"] == pytest.approx(np.log(volume.size_km3), abs=1e-4)
    assert scored.loc["flat", "difference_low"] > 0


def test_a_floor_that_is_not_one_is_told(scores):
    assert common_floor(scores) == 0.03
    with pytest.raises(DataError, match="2 floor weights"):
        common_floor(pd.concat([scores, scores.assign(floor_weight=0.1)]))


def test_tables_have_a_row_a_network_compared_with_the_first(events, folders, targets, scores):
    options = {"events": events, "region": REGION, "target_region": TARGET}
    kernels = pd.DataFrame({"n_events": np.r_[0, np.full(750, 3), 0]})
    variants = {name: folders[name] for name in VARIANTS}
    table = catalog_variants.numbers(
        targets=targets,
        scores=scores,
        kernels=kernels,
        condensed=folders["all_events"],
        **variants,
        **options,
    )
    assert table["variant"].tolist() == ["condensed", REWEIGHTED, *VARIANTS]
    assert table["n_events"].tolist()[:3] == [2250, 2250, 750]
    # the same network under three names, once with other weights
    assert table["difference"].iloc[[0, 2]].tolist() == [0.0, 0.0]
    assert 0 < abs(table["difference"].iloc[1]) < 0.1
    assert table["bic_per_point"].isna().tolist() == [False, True, False, False, False]
    np.testing.assert_allclose(
        table["difference"], table["nll_per_event"] - table["nll_per_event"].iloc[0], atol=1e-12
    )


def test_relocated_network_is_scored_at_routine_and_at_relocated_targets(
    events, folders, targets, scores
):
    ids = pd.concat([events["event_id"].iloc[200:500], targets["event_id"].iloc[:60]])
    places = pd.concat([events, targets])[["latitude", "longitude", "depth_km"]]
    mechanisms = places.iloc[:360].set_axis(range(360)).assign(event_id=ids.to_numpy())
    mechanisms.loc[300:, "depth_km"] += 0.5
    # strikes along the planted fault
    mechanisms = mechanisms.assign(strike_deg=90.0, dip_deg=89.0, rake_deg=180.0, quality="A")
    table = relocated.numbers(
        events,
        targets,
        scores,
        mechanisms,
        folders["routine"],
        folders["relocated"],
        region=REGION,
        target_region=TARGET,
    )
    assert table["catalog"].tolist() == ["routine", "relocated"] * 3
    assert table["n_points"].eq(300).all()
    assert table["n_targets"].tolist() == [100, 100, 60, 60, 60, 60]
    assert table.loc[table["catalog"] == "routine", "difference"].eq(0).all()
    own = table["nll_per_event"].to_numpy()
    assert own[2] != own[4]
    np.testing.assert_allclose(table["difference"], own - np.repeat(own[::2], 2), atol=1e-12)
    assert table["median_neighbour_km"].between(0.1, 3).all()
    one_alone = table["n_mechanism_kernels"] < 2
    assert (table["permuted_gap_deg"].isna() == one_alone).all()


@pytest.mark.real_data
def test_every_relocated_event_is_in_the_routine_catalog(shared_data):
    mechanisms, _ = read_mechanisms(shared_data / "focal_mechanisms" / "yhs_1981_2014.csv.gz")
    routine = pd.read_csv(
        shared_data / "merged" / "socal_1981_2020.csv.gz",
        usecols=["evid", "time", "latitude", "longitude", "depth_km", "event_type"],
        dtype={"evid": str},
    ).rename(columns={"evid": "event_id"})
    blast = routine["event_type"] == "qb"
    routine = routine[(routine["time"] < "2011-07-01") & (routine["depth_km"] < 30.0) & ~blast]
    region = Region(latitude=(32.0, 37.0), longitude=(-122.0, -114.0), depth_km=(-5.0, 30.0))
    points = {
        name: catalog_points(routine, name, region.projection(), mechanisms) for name in SAME_EVENTS
    }
    assert len(points["routine"]) == len(points["relocated"]) == 181_318
    moved = points["routine"][["x_km", "y_km"]] - points["relocated"][["x_km", "y_km"]]
    assert 0.1 < np.median(np.hypot(moved["x_km"], moved["y_km"])) < 1.0
