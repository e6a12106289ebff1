import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.forecast.cell_logistic import CellLogistic
from faultcast.forecast.cell_maps import EVEN_SHARE, AdaptiveCellMap, CellMap
from faultcast.forecast.cell_recent import RecentCellRate, recent_sums
from faultcast.grid import Cube, WindowLabels

N_DAYS, ROWS, COLUMNS = 400, 9, 7
TRAIN = np.concatenate([np.arange(0, 120), np.arange(170, 250)])


def made_up(seed=0, n=300, unit="km"):
    rng = np.random.default_rng(seed)
    row = rng.normal(4, 1.5, n).round().astype(int).clip(0, ROWS - 1)
    column = rng.normal(3, 1.5, n).round().astype(int).clip(0, COLUMNS - 1)
    cells = pd.DataFrame({"day": rng.integers(0, N_DAYS, n), "row": row, "column": column})
    cells = cells.drop_duplicates().sort_values(["day", "row", "column"], ignore_index=True)
    magnitude = rng.choice([4.5, 5.0, 5.5], len(cells))
    for name in ("mean", "maximum", "last"):
        cells[name] = magnitude
    cells["energy"], cells["count"] = 10 ** (1.5 * magnitude), 1
    step = 10.0 if unit == "km" else 0.1
    start = pd.Timestamp("1990-01-01", tz="UTC")
    return Cube(
        cells, step * np.arange(ROWS + 1), step * np.arange(COLUMNS + 1), unit, start, N_DAYS
    )


def changed_from(cube, day):
    """The same cube with other events from a day on."""
    other = made_up(seed=9)
    cells = [cube.cells[cube.cells["day"] < day], other.cells[other.cells["day"] >= day]]
    cells = pd.concat(cells, ignore_index=True)
    return Cube(cells, cube.row_edges, cube.column_edges, cube.unit, cube.start, cube.n_days)


@pytest.fixture(scope="module")
def cube():
    return made_up()


def counted(cube, days, magnitude):
    return (cube.to_dense(value="maximum") >= magnitude)[days].sum(axis=0).astype(float)


def kernel(bandwidth, place):
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    gap = 100.0 * ((rows - place[0]) ** 2 + (columns - place[1]) ** 2)
    weight = np.exp(-0.5 * gap / bandwidth**2)
    return weight / weight.sum()


def test_raw_map_is_the_share_of_train_days(cube):
    raw = CellMap(5.0).fit(cube, TRAIN)
    np.testing.assert_allclose(raw.rate, counted(cube, TRAIN, 5.0).ravel() / len(TRAIN))
    scores = raw.scores([3, 8, 300])
    assert scores.shape == (3, ROWS * COLUMNS) and scores.dtype == np.float32
    assert scores.strides[0] == 0


def test_smoothed_map_loses_no_event_and_has_a_floor(cube):
    counts = counted(cube, TRAIN, 4.5)
    smoothed = CellMap(4.5, 12.0).fit(cube, TRAIN)
    spread = sum(counts[place] * kernel(12.0, place) for place in np.ndindex(ROWS, COLUMNS))
    expected = (1 - EVEN_SHARE) * spread + EVEN_SHARE * spread.mean()
    # kernels are cut at six sigmas
    np.testing.assert_allclose(smoothed.rate, expected.ravel() / len(TRAIN), rtol=1e-6)
    assert abs(smoothed.rate.sum() * len(TRAIN) - counts.sum()) < 1e-9


def test_a_degree_of_longitude_is_shorter_than_one_of_latitude():
    cells = pd.DataFrame({"day": [0], "row": [10], "column": [10], "maximum": [5.0]})
    edges = 60.0 + 0.1 * np.arange(22)
    start = pd.Timestamp("1990-01-01", tz="UTC")
    cube = Cube(cells, edges, edges, "deg", start, 1)
    rate = CellMap(5.0, 11.0).fit(cube, np.array([0])).rate.reshape(21, 21)
    # at 61 N two columns are about as wide as one row is high
    assert rate[10, 12] == pytest.approx(rate[11, 10], rel=0.1)
    assert rate[10, 11] > 1.3 * rate[11, 10]


@pytest.mark.parametrize("neighbours", [1, 3, 6])
def test_adaptive_map_follows_the_neighbour(cube, neighbours):
    counts = counted(cube, TRAIN, 5.0)
    rows, columns = np.nonzero(counts)
    amount = counts[rows, columns].astype(int)
    places = np.repeat(np.column_stack([rows, columns]), amount, axis=0)
    expected = np.zeros((ROWS, COLUMNS))
    for place in places:
        distance = np.sort(10.0 * np.hypot(*(places - place).T))[neighbours]
        step = round(4 * np.log2(max(distance, 5.0) / 5.0))
        expected += kernel(5.0 * 2 ** (step / 4), place)
    expected = (1 - EVEN_SHARE) * expected + EVEN_SHARE * expected.mean()
    adaptive = AdaptiveCellMap(5.0, neighbours).fit(cube, TRAIN)
    np.testing.assert_allclose(adaptive.rate * len(TRAIN), expected.ravel(), rtol=1e-6)


def test_recent_sums_forget_exponentially(cube):
    days = np.array([0, 1, 5, 77, 78, 399])
    sums = recent_sums(cube, days, magnitude_min=5.0, decay_days=20.0, bandwidth_km=0.0)
    active = (cube.to_dense(value="maximum") >= 5.0).reshape(N_DAYS, -1).astype(float)
    for t, found in zip(days, sums, strict=True):
        weight = np.exp(-(t - np.arange(t + 1)) / 20.0)
        np.testing.assert_allclose(found, weight @ active[: t + 1], atol=1e-12)


def test_recent_rate_lies_between_map_and_recent_past(cube):
    rate = RecentCellRate(5.0, 10.0, 20.0, 60.0).fit(cube, TRAIN)
    long_map = CellMap(5.0, 10.0).fit(cube, TRAIN).rate
    sums = recent_sums(cube, [90], magnitude_min=5.0, decay_days=20.0, bandwidth_km=10.0)
    expected = (next(sums) + 60.0 * long_map) / 80.0
    np.testing.assert_allclose(rate.scores([90])[0], expected, rtol=1e-6)
    # whichever days are asked for together, the same score
    together = rate.scores([10, 50, 90])
    np.testing.assert_allclose(together[2], rate.scores([90])[0], rtol=1e-6)


def floors(cube):
    return [
        CellMap(5.0),
        CellMap(4.5, 10.0),
        AdaptiveCellMap(4.5, 2),
        RecentCellRate(4.5, 10.0, 30.0, 100.0),
        CellLogistic(WindowLabels(cube, 5.0), 4.5, 10.0, share=0.2, step_days=5, history_days=20),
    ]


@pytest.mark.parametrize("number", range(5))
def test_no_later_day_changes_an_earlier_score(cube, number):
    # the last train label ends before day 300
    other = changed_from(cube, 305)
    before, after = (floors(c)[number].fit(c, TRAIN).scores([250, 304]) for c in (cube, other))
    np.testing.assert_array_equal(before, after)
    assert len(other.cells) != len(cube.cells)


def test_the_leaky_map_does_change(cube):
    every = np.arange(N_DAYS)
    before, after = (CellMap(5.0).fit(c, every).rate for c in (cube, changed_from(cube, 305)))
    assert (before != after).any()


def test_logistic_finds_the_map_and_the_recent_past():
    # cells that are switched on for a hundred days at a time
    rng = np.random.default_rng(0)
    n_days, n = 4000, 40
    on = rng.random((n_days // 100, n)) < 0.1
    struck = rng.random((n_days, n)) < 0.15 * np.repeat(on, 100, axis=0) + 0.001
    day, cell = np.nonzero(struck)
    cells = pd.DataFrame({"day": day, "row": cell // 8, "column": cell % 8, "maximum": 5.0})
    start = pd.Timestamp("1990-01-01", tz="UTC")
    cube = Cube(cells, 100.0 * np.arange(6), 100.0 * np.arange(9), "km", start, n_days)
    labels = WindowLabels(cube, 5.0)
    train, test = np.arange(3000), np.arange(3060, 3950, 10)
    floor = CellLogistic(labels, 5.0, 20.0, decay_days=(30.0,), share=0.5).fit(cube, train)
    p, truth = floor.scores(test), labels.at(test)
    # weights of 1 / share keep the probabilities at their level, and they rank
    assert p.mean() == pytest.approx(truth.mean(), rel=0.25)
    assert p[truth].mean() > 1.5 * p[~truth].mean()
    assert floor.weights[2] > 0.2
    again = CellLogistic(labels, 5.0, 20.0, decay_days=(30.0,), share=0.5).fit(cube, train)
    np.testing.assert_array_equal(p, again.scores(test))


def test_bad_settings_are_refused(cube):
    with pytest.raises(DataError, match="bandwidth"):
        CellMap(5.0, -1.0)
    with pytest.raises(DataError, match="nothing to learn"):
        CellMap(9.0).fit(cube, TRAIN)
    with pytest.raises(DataError, match="fewer neighbours"):
        AdaptiveCellMap(5.0, 10_000).fit(cube, TRAIN)
    with pytest.raises(DataError, match="memory"):
        RecentCellRate(5.0, 10.0, 0.0, 10.0)
    with pytest.raises(DataError, match="share"):
        CellLogistic(WindowLabels(cube, 5.0), 5.0, 10.0, share=0.0)
