"""ETAS with given parameters as a forecast of cells."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.etas import BoxSpace, simulate
from faultcast.forecast.cell_etas import JAPAN, CellEtas, _stamp, _weights
from faultcast.grid import Cube, WindowLabels


def cube_of(rows, n_days=600, n_rows=9, n_columns=11):
    cells = pd.DataFrame(rows, columns=["day", "row", "column", "maximum"])
    start = pd.Timestamp("1990-01-01", tz="UTC")
    edges = 40.0 * np.arange(n_rows + 1), 40.0 * np.arange(n_columns + 1)
    return Cube(cells.sort_values("day"), *edges, "km", start, n_days)


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    day = np.sort(rng.integers(0, 600, 400))
    return [
        (d, r, c, m)
        for d, r, c, m in zip(
            day, rng.integers(0, 9, 400), rng.integers(0, 11, 400),
            4.5 + rng.exponential(0.4, 400), strict=True,
        )
    ]  # fmt: skip


def fitted(cube, law=JAPAN):
    return CellEtas(WindowLabels(cube, 5.0), law, 40.0).fit(cube, np.arange(400))


def test_the_published_model_is_subcritical():
    assert 0.5 < JAPAN.branching_ratio < 0.7
    assert JAPAN.distance_km == pytest.approx(3.81, abs=0.01)


def test_without_descendants_the_window_is_omori_s(rows):
    """Of one event: its direct aftershocks, from the end of day t on."""
    quiet = replace(JAPAN, productivity=1e-9)
    cube = cube_of(rows)
    model = fitted(cube, quiet)
    alone = cube_of([(100, 4, 5, 7.0)])
    model._cube = alone
    expected = model._expected([130])[0] - model._of_background * model._background
    lag = 130 - 100
    share = np.diff(quiet.omori_share([lag + 9.0, lag + 49.0]))[0]
    number = float(quiet.direct_aftershocks(7.0))
    total = _stamp(quiet, 7.0, (40.0, 40.0)).sum()
    assert 0.95 < total <= 1.0
    # the stamp reaches beyond the grid by a little
    assert expected.sum() == pytest.approx(number * share * total, rel=0.02)
    assert expected.argmax() == 4 * 11 + 5


def test_families_are_as_large_as_in_a_simulation():
    """Expected events of days 10 to 49 after a background event of day 0, by brute force."""
    law = replace(JAPAN, background_per_day=60.0, magnitude_max=7.0)
    space = BoxSpace((0.0, 0.0, 0.0), (100.0, 100.0, 20.0))
    _, weight = _weights(law, 10, 50)
    counts = []
    for seed in range(12):
        events = simulate(space, law, n_days=49.0, seed=seed)
        counts.append((events["time_days"] >= 9.0).sum())
    # families that begin after day t at the background's rate
    expected = 60.0 * weight.sum() * 0.1
    error = np.std(counts, ddof=1) / np.sqrt(len(counts))
    assert abs(np.mean(counts) - expected) < 3.0 * error
    assert error < 0.05 * expected


def test_the_mean_probability_is_the_share_of_labels(rows):
    cube = cube_of(rows)
    model = fitted(cube)
    labels = WindowLabels(cube, 5.0)
    days = np.arange(0, 400, 50)
    found = model.scores(days)
    assert found.shape == (8, 99) and (found > 0).all() and (found < 1).all()
    assert found.mean() == pytest.approx(labels.at(np.arange(400)).mean(), rel=1e-3)


def test_later_days_change_nothing(rows):
    cube = cube_of(rows)
    days = [460, 470, 480]  # labels of train days reach to day 448
    changed = [row for row in rows if row[0] <= 480] + [(481, 2, 2, 8.0)]
    model, other = fitted(cube), fitted(cube_of(changed))
    np.testing.assert_array_equal(model.scores(days), other.scores(days))
    # and an event of day t does
    last = fitted(cube_of([*rows, (480, 2, 2, 8.0)]))
    assert last.scores(days)[2, 2 * 11 + 2] > 2 * model.scores(days)[2, 2 * 11 + 2]


def test_blocks_of_days_are_the_same_as_all_at_once(rows):
    model = fitted(cube_of(rows))
    days = np.arange(410, 430)
    parts = [model.scores(days[:7]), model.scores(days[7:])]
    np.testing.assert_allclose(np.concatenate(parts), model.scores(days), rtol=1e-5)


def test_labels_below_the_model_s_magnitudes_are_refused(rows):
    with pytest.raises(DataError, match="does not know smaller"):
        CellEtas(WindowLabels(cube_of(rows), 4.0), JAPAN, 40.0)
