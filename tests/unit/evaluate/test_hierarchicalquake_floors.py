import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from faultcast.catalog import read_catalog
from faultcast.errors import DataError
from faultcast.evaluate.cell_scores import SCORES
from faultcast.evaluate.hierarchicalquake import maps
from faultcast.evaluate.hierarchicalquake.floor_choice import (
    FloorOptions,
    choose_map,
    honest_rate,
)
from faultcast.evaluate.hierarchicalquake.floor_scores import numbers
from faultcast.evaluate.hierarchicalquake.origins import origins_of, part_draws, region_side
from faultcast.evaluate.hierarchicalquake.score_rows import COLUMNS
from faultcast.forecast.cell_logistic import CellLogistic
from faultcast.forecast.cell_maps import CellMap
from faultcast.forecast.window_probability import (
    calibrated_rate,
    positive_days,
    window_probability,
)
from faultcast.grid import Cube, WindowLabels, sinusoidal_cube
from faultcast.train.day_parts import rolling_parts

OPTIONS = FloorOptions(
    (5.0,), (10.0, 30.0), neighbours=(1, 2), decay_days=(30.0,), prior_days=(300.0,)
)
FLOORS = [
    *("raw_map", "gaussian_map_10km", "smoothed_map", "adaptive_map"),
    *("recent_rate", "logistic", "all_days_map"),
]
LENGTHS = {"test_days": 250, "validation_before_test": ((300, 70),), "validation_days": 100}


def made_up(cell_km=20.0):
    rng = np.random.default_rng(2)
    rate = 0.02 * np.exp(rng.normal(0, 1.5, (6, 8)))
    day, row, column = np.nonzero(rng.random((1600, 6, 8)) < rate / 10)
    cells = pd.DataFrame({"day": day, "row": row, "column": column, "maximum": 5.0})
    start = pd.Timestamp("1990-01-01", tz="UTC")
    edges = cell_km * np.arange(7), cell_km * np.arange(9)
    return Cube(cells, *edges, "km", start, 1600)


@pytest.fixture(scope="module")
def cube():
    return made_up()


@pytest.fixture(scope="module")
def parts():
    return rolling_parts(1600, 2, test_days=250, validation_before_test=((300, 70),))


@pytest.fixture(scope="module")
def found(cube):
    return numbers(
        cube=cube,
        magnitude_min=5.0,
        map_magnitudes=(5.0,),
        n_origins=2,
        region_km=40.0,
        n_resamples=100,
        choices=OPTIONS,
        **LENGTHS,
    )


def test_every_floor_is_scored_at_every_origin(found):
    table, _ = found
    assert tuple(table.columns) == COLUMNS
    # two rolling origins and their mean, and the lineage's one
    assert len(table) == 4 * len(FLOORS) * len(SCORES)
    assert table["model"].unique().tolist() == FLOORS
    assert set(table["kind"]) == {"floor"} and set(table["form"]) == {""}
    assert set(zip(table["parts"], table["origin"], strict=True)) == {
        ("rolling", 0), ("rolling", 1), ("rolling", -1), ("lineage", 0),
    }  # fmt: skip
    assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).mean() > 0.85
    assert (table["cell_factor"] == 1).all()


def test_the_honest_map_differs_from_itself_by_nothing(found):
    table, _ = found
    own = table[table["model"] == "smoothed_map"]
    assert (own[["difference", "difference_low", "difference_high"]] == 0).all(axis=None)
    values = own.pivot_table("value", ["parts", "origin"], "score")
    assert (values["area_skill"] == 0.5).all()
    assert (values["information_gain"] == 0).all() and (values["brier_skill"] == 0).all()


def test_scores_are_those_of_the_whole_test_part(found, cube, parts):
    table, _ = found
    days = parts[1].days("test")
    truth = WindowLabels(cube, 5.0).at(days).ravel()
    scores = CellMap(5.0).fit(cube, parts[1].days("train")).scores(days).ravel()
    chosen = (table["origin"] == 1) & (table["model"] == "raw_map")
    rows = table[chosen].set_index("score")
    assert abs(rows.loc["auc", "value"] - roc_auc_score(truth, scores)) < 1e-12
    expected = average_precision_score(truth, scores)
    assert abs(rows.loc["average_precision", "value"] - expected) < 1e-12
    assert rows.loc["auc", "n_positive"] == truth.sum()
    assert rows.loc["auc", "prevalence"] == pytest.approx(truth.mean())


def test_the_mean_over_origins_is_their_mean(found):
    table, _ = found
    rolling = table[(table["parts"] == "rolling") & (table["model"] == "logistic")]
    values = rolling.pivot_table("value", "score", "origin")
    np.testing.assert_allclose(values[-1], (values[0] + values[1]) / 2)
    widths = rolling.assign(width=rolling["high"] - rolling["low"])
    width = widths.pivot_table("width", "score", "origin").loc["auc"]
    assert width[-1] < max(width[0], width[1])


def test_the_map_that_has_seen_the_test_days_gains_by_it(found):
    table, _ = found
    auc = table[table["score"] == "auc"].pivot_table("value", ["parts", "origin"], "model")
    assert (auc["all_days_map"] > auc["raw_map"]).all()


def test_reliability_holds_every_cell_day(found, cube, parts):
    _, bins = found
    of = bins[(bins["model"] == "logistic") & (bins["parts"] == "rolling") & (bins["origin"] == 1)]
    assert of["n"].sum() == len(parts[1].days("test")) * 48
    assert set(bins["model"]) == set(FLOORS)


def test_cells_of_10_km_are_scored_put_together_too():
    fine = made_up(10.0)
    assert (region_side(fine, 80.0), region_side(fine, 10.0), region_side(made_up(), 80.0)) == (
        *(8, 4), 4,
    )  # fmt: skip
    table, _ = numbers(
        cube=fine,
        magnitude_min=5.0,
        map_magnitudes=(5.0,),
        n_origins=1,
        region_km=40.0,
        n_resamples=20,
        choices=OPTIONS,
        **LENGTHS,
    )
    assert set(table["cell_factor"]) == {1, 4}
    own = table[(table["model"] == "smoothed_map") & (table["cell_factor"] == 4)]
    assert (own["difference"] == 0).all()


def test_the_maps_are_those_of_the_floors(cube, parts):
    table = maps.numbers(
        cube=cube,
        magnitude_min=5.0,
        map_magnitudes=(5.0,),
        n_origins=2,
        bandwidths_km=(10.0, 30.0),
        **LENGTHS,
    )
    assert tuple(table.columns) == maps.COLUMNS
    assert table.groupby(["parts", "origin"])["cell"].nunique().to_dict() == {
        ("lineage", 0): 48, ("rolling", 0): 48, ("rolling", 1): 48,
    }  # fmt: skip
    expected = CellMap(5.0).fit(cube, np.arange(cube.n_days)).rate
    last = table[(table["parts"] == "rolling") & (table["origin"] == 1)]
    np.testing.assert_array_equal(last["all_days"], expected)
    labels, train = WindowLabels(cube, 5.0), parts[1].days("train")
    share = labels.at(train).mean()
    assert window_probability(last["train"], 40).mean() == pytest.approx(share, rel=1e-6)
    # the lineage takes the settings of the last rolling origin
    lineage = table[table["parts"] == "lineage"]
    assert lineage["choice"].iloc[0] == last["choice"].iloc[0]
    km, share = (float(word.split()[0]) for word in last["choice"].iloc[0].split(", ")[1:])
    days = origins_of(1600, 2, far=50, **LENGTHS)["lineage"][0].days("train")
    setting = (5.0, km, share / 100)
    np.testing.assert_array_equal(lineage["train"], honest_rate(cube, labels, days, setting))


def test_the_even_share_has_the_best_log_score_on_validation_and_keeps_the_ranks(cube, parts):
    labels, one = WindowLabels(cube, 5.0), parts[0]
    shares = (0.01, 0.1, 0.5)
    chosen = choose_map(cube, labels, one, FloorOptions((5.0,), (30.0,), even_shares=shares))
    days = one.days("validation", 10)
    truth, scores = labels.at(days).ravel(), {}
    for share in shares:
        rate = honest_rate(cube, labels, one.days("train"), (5.0, 30.0, share))
        p = np.tile(window_probability(rate, 40), len(days)).astype(float)
        scores[share] = np.log(np.where(truth, p, 1 - p)).sum()
        assert roc_auc_score(truth, p) == pytest.approx(
            roc_auc_score(
                truth, np.tile(CellMap(5.0, 30.0).fit(cube, one.days("train")).rate, len(days))
            ),
            abs=1e-12,
        )
    assert chosen == (5.0, 30.0, max(scores, key=scores.get))


def test_test_days_do_not_touch_the_honest_map(cube, parts):
    changed = cube.cells[cube.cells["day"] < parts[1].test[0]]
    other = Cube(changed, cube.row_edges, cube.column_edges, "km", cube.start, 1600)
    options = {"magnitude_min": 5.0, "map_magnitudes": (5.0,), "n_origins": 2, **LENGTHS}
    both = [
        table[(table["parts"] == "rolling") & (table["origin"] == 1)]
        for table in (maps.numbers(cube=each, **options) for each in (cube, other))
    ]
    np.testing.assert_array_equal(both[0]["train"], both[1]["train"])
    assert (both[0]["all_days"].to_numpy() != both[1]["all_days"].to_numpy()).any()


def test_positive_days_are_counted_as_the_labels_have_them(cube):
    labels = WindowLabels(cube, 5.0)
    days = np.r_[0:30, 55:400, 900:1551]
    np.testing.assert_array_equal(positive_days(labels, days), labels.at(days).sum(axis=0))


def test_a_map_without_places_cannot_be_calibrated(cube):
    labels, days = WindowLabels(cube, 5.0), np.arange(1000)
    with pytest.raises(DataError, match="cannot be"):
        calibrated_rate(np.zeros(48), labels, days)
    with pytest.raises(DataError, match="negative"):
        window_probability([-0.1], 40)


def test_a_regression_without_days_to_learn_from_is_refused(cube):
    with pytest.raises(DataError, match="history only"):
        CellLogistic(WindowLabels(cube, 5.0), 5.0, 10.0).fit(cube, np.arange(300))


def test_draws_follow_the_parts(cube, parts):
    draws = part_draws(cube, parts, region_km=40.0, block_days=100, n_resamples=5, seed=0)
    assert [each.blocks.shape for each in draws] == [(5, 2), (5, 2)]
    assert draws[0].regions.shape == (5, 12)


def test_nothing_to_rank_is_refused(cube, parts):
    early = cube.cells[cube.cells["day"] < parts[1].test[0]]
    quiet = Cube(early, cube.row_edges, cube.column_edges, "km", cube.start, 1600)
    with pytest.raises(DataError, match="origin 1: no event"):
        numbers(
            cube=quiet,
            magnitude_min=5.0,
            map_magnitudes=(5.0,),
            n_origins=2,
            n_resamples=5,
            choices=OPTIONS,
            **LENGTHS,
        )


@pytest.mark.real_data
def test_japan_at_40_km(shared_data):
    events, _ = read_catalog(shared_data / "japan_comcat" / "Japan_catalog.csv.gz")
    cube = sinusoidal_cube(events, cell_km=40.0)
    assert cube.shape == (9591, 63, 50)
    assert len(cube.cells) == 22318
    table, _ = numbers(
        cube=cube, magnitude_min=5.0, map_magnitudes=(4.5, 5.0), n_origins=1, n_resamples=100
    )
    chosen = (table["score"] == "auc") & (table["parts"] == "rolling")
    auc = table[chosen].set_index("model")["value"]
    # measured: raw 0.853, smoothed 0.916, all days 0.945
    assert 0.84 < auc["raw_map"] < 0.87
    assert 0.90 < auc["smoothed_map"] < 0.93
    assert auc["all_days_map"] > auc.drop("all_days_map").max() + 0.02
