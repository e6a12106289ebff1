"""Nothing that a leak-free job says about a day may depend on that day or a later one."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
import torch

from faultcast.errors import DataError
from faultcast.grid import Cube
from faultcast.models.registry import (
    MAP_PREDICTORS,
    ROWS,
    SERIES_PREDICTORS,
    make_predictor,
)
from faultcast.train.eqpred import run_autoencoder, run_row
from faultcast.train.predictor import predict

AUTOENCODERS = ("dense", "conv", "skip", "vae")
# stateless and stateful, on the series and on the maps
NETWORKS = ("eqpred", "mlp_mlp", "mlp_lstm", "conv2d_conv1d", "conv2d_fc", "conv2d_lstm")
FORECAST = ["origin", "day", "prediction", "is_detected", "event_probability"]


OPTIONS = {
    "protocol": "leak_free",
    "seed": 0,
    "device": "cpu",
    "autoencoder_epochs": 2,
    "predictor_epochs": 2,
    "smoothing_days": 7,
    "window_days": 10,
    "validation_days": 150,
    "block_days": 150,
    "gap_days": 10,
    "segment_days": 60,
}


def make(n_days=900, rows=7, columns=10):
    """Four events a day and an event day in thirty; test days 600 to 899 in two blocks."""
    generator = np.random.default_rng(0)
    day = np.repeat(np.arange(n_days), 1 + generator.poisson(3.0, n_days))
    size = 2.5 + np.minimum(generator.exponential(0.3, len(day)), 1.4)
    size[np.flatnonzero(np.diff(day, prepend=-1))[generator.random(n_days) < 0.03]] = 4.6
    place = {"row": rows, "column": columns}
    cells = pd.DataFrame(
        {"day": day, **{name: generator.integers(n, size=len(day)) for name, n in place.items()}}
    ).assign(energy=10 ** (1.5 * size), mean=size, maximum=size, last=size, count=1)
    cells = cells.drop_duplicates(["day", "row", "column"]).sort_values(["day", "row", "column"])
    edges = (np.linspace(33, 35, n + 1) for n in place.values())
    start = pd.Timestamp("1990-01-01", tz="UTC")
    return Cube(cells.reset_index(drop=True), *edges, "deg", start, n_days)


def change(cube, day, magnitude):
    """Give a day other events, and call it incomplete if they are large."""
    cells = cube.cells.copy()
    on_day = cells["day"] == day
    assert on_day.any()
    cells.loc[on_day, ["mean", "maximum", "last"]] = magnitude
    cells.loc[on_day, "energy"] = 10 ** (1.5 * magnitude)
    cells.loc[on_day, "count"] = 9
    return replace(cube, cells=cells, incomplete_days=(day,) if magnitude > 6 else ())


@pytest.fixture(scope="module")
def study():
    """Return tables of jobs on the cube with one day changed (None: as it is), each run once."""

    @cache
    def cube(day, magnitude):
        return make() if day is None else change(make(), day, magnitude)

    @cache
    def novelty(kind, day=None, magnitude=0.0, **options):
        made = cube(day, magnitude)
        return run_autoencoder(made, kind=kind, latent_size=4, **OPTIONS | options).table

    @cache
    def row(key, day=None, magnitude=0.0):
        kind = ROWS[key].autoencoder
        table = None if kind is None else novelty(kind, day, magnitude)
        return run_row(cube(day, magnitude), key, table, **OPTIONS).table

    return novelty, row


# a value alone; shocks, whose blackout moves the cuts that follow
CHANGES = [(650, 2.0), (745, 7.5), (899, 7.5)]


@pytest.mark.parametrize(("day", "magnitude"), CHANGES)
@pytest.mark.parametrize("key", NETWORKS)
def test_predictions_before_a_changed_day_stay_bit_identical(study, key, day, magnitude):
    _, row = study
    one, two = (
        table[(table["part"] == "test") & (table["day"] <= day)][FORECAST].reset_index(drop=True)
        for table in (row(key), row(key, day, magnitude))
    )
    assert len(one) == day - 600 + 1
    assert np.isfinite(one[["prediction", "event_probability"]]).all(axis=None)
    pd.testing.assert_frame_equal(one, two, check_exact=True)


@pytest.mark.parametrize(("day", "magnitude"), CHANGES)
@pytest.mark.parametrize("kind", AUTOENCODERS)
def test_novelty_before_a_changed_day_stays_bit_identical(study, kind, day, magnitude):
    novelty, _ = study
    one, two = (
        table[(table["part"] == "test") & (table["day"] < day)].reset_index(drop=True)
        for table in (novelty(kind), novelty(kind, day, magnitude))
    )
    assert len(one) == day - 600
    pd.testing.assert_frame_equal(one, two, check_exact=True)


@pytest.mark.parametrize("key", NETWORKS)
def test_the_changed_day_is_seen_on_the_next(study, key):
    """The tests above can fail: the change does reach the network."""
    _, row = study
    one, two = (
        table[(table["part"] == "test") & (table["day"] == 651)]["prediction"].to_numpy()
        for table in (row(key), row(key, 650, 2.0))
    )
    assert one != two


def test_what_counts_as_occupied_is_measured_before_the_test(study):
    novelty, _ = study
    one, two = (
        table[(table["part"] == "test") & (table["day"] < 650)].reset_index(drop=True)
        for table in (novelty("skip", value="energy"), novelty("skip", 650, 0.5, value="energy"))
    )
    pd.testing.assert_frame_equal(one, two, check_exact=True)


@pytest.mark.parametrize("kind", [*SERIES_PREDICTORS, *MAP_PREDICTORS])
def test_a_prediction_does_not_depend_on_how_many_days_follow(kind):
    """A future shock moves the end of the test part; rounding must not tell."""
    shape = (7, 10) if kind in MAP_PREDICTORS else (1,)
    torch.manual_seed(0)
    model = make_predictor(kind, shape, 10).eval()
    days = np.random.default_rng(0).normal(size=(640, *shape)).astype(np.float32)
    whole = predict(model, days)
    for end in (*range(280, 300), 511, 512, 513):
        first = model.context
        np.testing.assert_array_equal(predict(model, days[:end])[first:], whole[first:end])


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"autoencoder": "dense"}, "autoencoder"),
        ({"protocol": "as_published"}, "protocol"),
        ({"seed": 1}, "seed"),
        ({"part": "test"}, "other parts"),
        ({"is_event_day": False}, "event days"),
    ],
)
def test_a_novelty_table_of_another_training_is_refused(study, change, what):
    novelty, _ = study
    with pytest.raises(DataError, match=what):
        run_row(make(), "eqpred", novelty("skip").assign(**change), **OPTIONS)
