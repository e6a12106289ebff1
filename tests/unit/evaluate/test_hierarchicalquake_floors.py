import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_1samp
from sklearn.metrics import average_precision_score, roc_auc_score

from faultcast.catalog import read_catalog
from faultcast.errors import DataError
from faultcast.evaluate.hierarchicalquake.floor_choice import FloorOptions
from faultcast.evaluate.hierarchicalquake.floors import COLUMNS, numbers, over_origins
from faultcast.forecast.cell_maps import CellMap
from faultcast.grid import Cube, WindowLabels, sinusoidal_cube
from faultcast.train.day_parts import rolling_parts

OPTIONS = FloorOptions(
    (5.0,), (10.0, 30.0), neighbours=(1, 2), decay_days=(30.0,), prior_days=(300.0,)
)
FLOORS = [
    *("raw_map", "gaussian_map_10km", "smoothed_map", "adaptive_map"),
    *("recent_rate", "logistic", "all_days_map"),
]


@pytest.fixture(scope="module")
def cube():
    rng = np.random.default_rng(2)
    rate = 0.02 * np.exp(rng.normal(0, 1.5, (6, 8)))
    day, row, column = np.nonzero(rng.random((1600, 6, 8)) < rate / 10)
    cells = pd.DataFrame({"day": day, "row": row, "column": column, "maximum": 5.0})
    start = pd.Timestamp("1990-01-01", tz="UTC")
    return Cube(cells, 10.0 * np.arange(7), 10.0 * np.arange(9), "km", start, 1600)


@pytest.fixture(scope="module")
def parts():
    return rolling_parts(1600, 2, test_days=250, validation_before_test=((300, 70),))


@pytest.fixture(scope="module")
def table(cube, parts):
    return numbers(
        cube=cube,
        labels=WindowLabels(cube, 5.0),
        parts=parts,
        options=OPTIONS,
        region_km=20.0,
        n_resamples=200,
    )


def test_every_floor_is_scored_at_every_origin(table):
    assert tuple(table.columns) == COLUMNS
    assert len(table) == 2 * len(FLOORS) * 2
    assert table["floor"].unique().tolist() == FLOORS
    assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).mean() > 0.9
    reference = table[table["floor"] == "smoothed_map"]
    assert (reference[["difference", "difference_low", "difference_high"]] == 0).all(axis=None)


def test_scores_are_those_of_the_whole_test_part(table, cube, parts):
    days = parts[1].days("test")
    truth = WindowLabels(cube, 5.0).at(days).ravel()
    scores = CellMap(5.0).fit(cube, parts[1].days("train")).scores(days).ravel()
    rows = table[(table["origin"] == 1) & (table["floor"] == "raw_map")].set_index("score")
    assert abs(rows.loc["auc", "value"] - roc_auc_score(truth, scores)) < 1e-12
    expected = average_precision_score(truth, scores)
    assert abs(rows.loc["average_precision", "value"] - expected) < 1e-12
    assert rows.loc["auc", "n_positive"] == truth.sum()
    assert rows.loc["auc", "prevalence"] == pytest.approx(truth.mean())


def test_the_map_that_has_seen_the_test_days_gains_by_it(table):
    auc = table[table["score"] == "auc"].pivot_table("value", "origin", "floor")
    assert (auc["all_days_map"] > auc["raw_map"]).all()


def test_the_interval_over_origins_is_student_s(table):
    found = over_origins(table).set_index(["floor", "score"]).loc[("logistic", "auc")]
    gap = table[(table["floor"] == "logistic") & (table["score"] == "auc")]["difference"]
    low, high = ttest_1samp(gap, 0.0).confidence_interval(0.95)
    assert found["difference_low"] == pytest.approx(low)
    assert found["difference_high"] == pytest.approx(high)
    assert found["n_origins"] == 2


def test_nothing_to_rank_is_refused(cube, parts):
    labels = WindowLabels(cube, 5.0)
    with pytest.raises(DataError, match="no origin"):
        numbers(cube=cube, labels=labels, parts=[], options=OPTIONS)
    early = cube.cells[cube.cells["day"] < parts[1].test[0]]
    quiet = Cube(early, cube.row_edges, cube.column_edges, "km", cube.start, 1600)
    with pytest.raises(DataError, match="origin 1: no event"):
        numbers(cube=quiet, labels=WindowLabels(quiet, 5.0), parts=parts, options=OPTIONS)


@pytest.mark.real_data
def test_japan_at_40_km(shared_data):
    events, _ = read_catalog(shared_data / "japan_comcat" / "Japan_catalog.csv.gz")
    cube = sinusoidal_cube(events, cell_km=40.0)
    assert cube.shape == (9591, 63, 50)
    assert len(cube.cells) == 22318
    parts = rolling_parts(cube.n_days, 4)[-1:]
    table = numbers(
        cube=cube,
        labels=WindowLabels(cube, 5.0),
        parts=parts,
        options=FloorOptions((4.5, 5.0)),
        n_resamples=200,
    )
    auc = table[table["score"] == "auc"].set_index("floor")["value"]
    # measured: raw 0.853, smoothed 0.916, all days 0.945
    assert 0.84 < auc["raw_map"] < 0.87
    assert 0.90 < auc["smoothed_map"] < 0.93
    assert auc["all_days_map"] > auc.drop("all_days_map").max() + 0.02
