"""The spatial forecast test on a made-up region: what it scores, chooses and compares."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from faultcast.catalog import Region
from faultcast.errors import DataError
from faultcast.evaluate.spatial import spatial_forecast_test
from faultcast.evaluate.spatial_gap import CHANGES, ORDERS, gap_parts
from faultcast.evaluate.spatial_models import Learned
from faultcast.evaluate.spatial_targets import select_targets
from faultcast.faults.boxes import Box
from faultcast.faults.mixture import assemble
from faultcast.forecast import (
    GaussianSum,
    TripleS,
    Volume,
    hypocentres,
    mass_inside,
    network_density,
    with_floor,
)
from faultcast.forecast.reweight import reestimated_weights

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


def _network(stretch: float = 1.0, bic: float = 0.0) -> SimpleNamespace:
    body = Box(np.array([0.0, 0, 10]), np.eye(3), np.array([80.0, 80, 10]))
    mixture = assemble(WEIGHTS[:3], CENTRES, stretch * COVARIANCES, [body], WEIGHTS[3:])
    return SimpleNamespace(
        weights_=mixture.weights,
        means_=mixture.means,
        covariances_=mixture.covariances,
        is_background_=mixture.is_background,
        bic_=bic,
        mixture_=mixture,
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
CONDENSED["n_events"] = np.arange(len(LEARNING)) % 4 // 2
PAST_END = "2006-01-01"
BEFORE = (LEARNING["time"] < PAST_END).to_numpy()
# as paper the wide network is the one with the lowest BIC
NETWORKS = {"true": _network(bic=1.0), "too wide": _network(9.0)}
PAST_NETWORKS = {"true": _network(1.1), "too wide": _network(9.0)}


def _test(**changes) -> pd.DataFrame:
    options = {
        "region": REGION,
        "projection": PROJECTION,
        "past_end": PAST_END,
        "bandwidths_km": [1.0, 2.0, 4.0, 8.0],
        "neighbours": [3, 10],
        "magnitude_mins": [2.0, 2.5],
        "floor_weights": [0.01, 0.1, 0.4],
        "n_resamples": 200,
        "n_mass_samples": 20_000,
    }
    return spatial_forecast_test(
        Learned(LEARNING, CONDENSED, changes.pop("networks", NETWORKS)),
        Learned(LEARNING[BEFORE], CONDENSED[BEFORE], changes.pop("past", PAST_NETWORKS)),
        changes.pop("targets", TARGETS),
        **{**options, **changes},
    )


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    return _test()


def test_the_true_density_wins_and_uniform_is_the_volume(scores):
    quoted = scores[scores["chosen"]]
    for (scoring, _), part in quoted.groupby(["scoring", "magnitude_min"]):
        part = part.set_index("model")
        assert part["nll_per_event"].idxmin() in ("true", "true, event weights")
        assert part.loc["uniform", "nll_per_event"] == pytest.approx(np.log(VOLUME.size_km3))
        gap = part.loc["too wide", "nll_per_event"] - part.loc["true", "nll_per_event"]
        assert gap > 0.5
        worse, sign = ("too wide", 1) if scoring == "fair" else ("true", -1)
        assert part.loc[worse, "difference"] == pytest.approx(sign * gap)


def test_the_paper_takes_the_lowest_bic_and_the_past_the_best_score(scores):
    references = scores[scores["reference"]]
    names = references.groupby("scoring")["model"].unique()
    assert names["as_paper"].tolist() == ["too wide"] and names["fair"].tolist() == ["true"]
    zero = ["difference", "difference_low", "difference_high", "difference_high_wide"]
    assert (references[zero] == 0).all(axis=None)


def test_past_networks_choose_and_the_others_do_not():
    swapped = {"true": _network(9.0), "too wide": _network()}
    chosen = _test(past=swapped, targets=TARGETS.iloc[:40])
    fair = chosen[(chosen["scoring"] == "fair") & chosen["reference"]]
    assert fair["model"].unique().tolist() == ["too wide"]


def test_the_past_score_is_that_of_models_before_on_events_after(scores):
    late = LEARNING[~BEFORE & (LEARNING["magnitude"] >= 2.0)]
    points, density = hypocentres(late, PROJECTION), network_density(PAST_NETWORKS["true"], VOLUME)
    row = scores[(scores["scoring"] == "fair") & (scores["model"] == "true")].iloc[0]
    mass = mass_inside(density, VOLUME, n_samples=20_000).inside
    expected = -with_floor(density.log_density(points), mass, row["floor_weight"], VOLUME).mean()
    assert row["past_nll"] == pytest.approx(expected)
    assert scores.loc[scores["kind"] == "em", "past_nll"].isna().all()


def test_weights_from_events_find_the_truth():
    drawn = _network()
    wrong = assemble(
        np.array([0.1, 0.1, 0.7]), CENTRES, COVARIANCES, drawn.mixture_.backgrounds, WEIGHTS[3:]
    )
    points = network_density(drawn, VOLUME).sample(20_000, np.random.default_rng(4))
    found = reestimated_weights(wrong, points)
    assert found == pytest.approx(WEIGHTS, abs=0.01)

    # nothing near is better: the likelihood of the slow sum has its maximum there
    def fit(weights):
        sums = GaussianSum(weights[:3], CENTRES, COVARIANCES).log_density(points)
        body = drawn.mixture_.backgrounds[0]
        rest = weights[3] / body.volume * body.contains(points)
        return np.log(weights[:3].sum() * np.exp(sums) + rest).mean()

    for k in range(4):
        for step in (-0.02, 0.02):
            moved = found + step * np.eye(4)[k]
            assert fit(moved / moved.sum()) < fit(found)


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
    early, late = LEARNING[BEFORE], LEARNING[~BEFORE & (LEARNING["magnitude"] >= 2.0)]
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
    few, many = _test(targets=TARGETS.iloc[:40]), _test()
    keys = ["scoring", "model", "magnitude_min", "bandwidth_km", "neighbour"]
    for column in ("chosen", "reference", "past_nll", "mass_inside", "n_sources"):
        fair = [table[table["scoring"] == "fair"].set_index(keys)[column] for table in (few, many)]
        assert fair[0].equals(fair[1])


def test_parameters_are_counted_as_the_paper_does(scores):
    counted = scores.drop_duplicates("model").set_index("model")["n_parameters"]
    n = len(LEARNING)
    assert counted["true"] == 10 * 4 - 1
    assert counted["TripleS, all events"] == 3 * n + 1
    assert counted["EM mixture, 3 Gaussians"] == 10 * 3 - 1
    assert counted["uniform"] == 0
    n_condensed = (CONDENSED["weight"] > 0).sum()
    assert counted["condensed kernels, own covariances"] == 10 * n_condensed - 1
    assert counted["adaptive kernel, condensed kernels"] == 4 * n_condensed
    assert counted["TripleS, loci"] == 3 * (CONDENSED["n_events"] > 0).sum() + 1


def test_intervals_are_paired_and_over_sequences(scores):
    rows = scores[scores["chosen"] & (scores["model"] == "TripleS, all events")]
    assert (rows["low"] < rows["nll_per_event"]).all()
    assert (rows["nll_per_event"] < rows["high"]).all()
    paired = rows["difference_high"] - rows["difference_low"]
    assert (paired < rows["high"] - rows["low"]).all()
    assert (rows["n_sequences"] < rows["n_targets"]).all()
    assert (rows["n_sequences_wide"] < rows["n_sequences"]).all()
    assert (rows["difference_low_wide"] < rows["difference"]).all()
    assert (rows["difference"] < rows["difference_high_wide"]).all()


def test_an_event_on_the_edge_of_the_volume_counts():
    edge = TARGETS.iloc[:2].assign(latitude=33.0, longitude=-118.0, depth_km=0.0)
    scores = _test(targets=edge, magnitude_mins=[2.0])
    assert scores["nll_per_event"].max() < np.inf
    assert scores["n_targets"].eq(2).all()


@pytest.fixture(scope="module")
def gap(scores) -> pd.DataFrame:
    """The parts of both gaps, as the table of the forecast test asks for them."""
    chosen = scores[(scores["scoring"] == "fair") & scores["chosen"]].set_index("model")
    chosen = chosen[chosen["magnitude_min"] == 2.0]
    return pd.concat(
        gap_parts(
            Learned(LEARNING, CONDENSED, NETWORKS),
            NETWORKS[name],
            select_targets(TARGETS, REGION, PROJECTION, 2.0),
            VOLUME,
            scoring=scoring,
            bandwidths_km=[1.0, 2.0, 4.0, 8.0],
            chosen_km={
                "events": chosen.loc["TripleS, all events", "bandwidth_km"],
                "loci": chosen.loc["TripleS, loci", "bandwidth_km"],
            },
            floor_weight=chosen["floor_weight"].iloc[0],
            magnitude_mins=[2.0, 2.5],
            n_resamples=200,
            n_mass_samples=20_000,
        )
        for scoring, name in (("as_paper", "too wide"), ("fair", "true"))
    )


def test_the_parts_sum_to_the_gap_of_the_test(scores, gap):
    rows = scores[scores["chosen"] & (scores["model"] == "TripleS, all events")]
    expected = rows.set_index(["scoring", "magnitude_min"])["difference"]
    found = gap.pivot_table(index=["scoring", "magnitude_min"], columns="part", values="nats")
    changes = [*CHANGES, "renormalisation"]
    assert found[changes].sum(axis=1).to_numpy() == pytest.approx(found["all"].to_numpy())
    assert found["all"].sort_index().to_numpy() == pytest.approx(
        expected.sort_index().to_numpy(), abs=1e-6
    )
    assert found["renormalisation"].notna().tolist() == [True, True, False, False]


def test_every_order_goes_from_triple_s_to_the_network(gap):
    assert len(ORDERS) == 12 and ORDERS.count(CHANGES) == 1
    assert (gap["least"] <= gap["nats"] + 1e-12).all()
    assert (gap["nats"] <= gap["most"] + 1e-12).all()
    single = gap["part"].isin(["renormalisation", "all"])
    assert (gap.loc[single, "least"] == gap.loc[single, "most"]).all()
    listed = gap[~gap["part"].eq("all")].groupby(["scoring", "magnitude_min"])["in_listed_order"]
    totals = gap[gap["part"] == "all"].set_index(["scoring", "magnitude_min"])["nats"]
    assert listed.sum().to_numpy() == pytest.approx(totals.sort_index().to_numpy())


def test_a_network_of_spheres_has_no_anisotropy():
    round_network = _network()
    mixture = assemble(
        WEIGHTS[:3],
        CENTRES,
        np.array([4.0, 9, 16])[:, None, None] * np.eye(3),
        round_network.mixture_.backgrounds,
        WEIGHTS[3:],
    )
    round_network.mixture_, round_network.covariances_ = mixture, mixture.covariances
    table = gap_parts(
        Learned(LEARNING, CONDENSED, {"round": round_network}),
        round_network,
        select_targets(TARGETS, REGION, PROJECTION, 2.0),
        VOLUME,
        scoring="fair",
        bandwidths_km=[2.0],
        chosen_km={"events": 2.0, "loci": 2.0},
        floor_weight=0.1,
        magnitude_mins=[2.0],
        n_resamples=50,
        n_mass_samples=5000,
    ).set_index("part")
    assert table.loc["anisotropy", "nats"] == pytest.approx(0.0, abs=1e-9)
    assert abs(table.loc["merging", "nats"]) > 1e-3


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"networks": {}, "past": {}}, "at least one"),
        ({"past": {"true": _network()}}, "each in both periods"),
        ({"targets": LEARNING}, "lower the cut-off"),
        ({"past_end": "1990-01-01"}, "a moment inside"),
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
