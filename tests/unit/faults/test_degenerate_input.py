"""Bad and degenerate points: an error that says what is wrong, or the documented answer."""

import warnings

import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.faults import FaultNetwork

RNG = np.random.default_rng(0)
GOOD = RNG.normal(size=(60, 3)) * (8.0, 4.0, 1.0) + (0.0, 0.0, 10.0)


def with_value(value):
    points = GOOD.copy()
    points[17, 2] = value
    return points


BAD = {
    "one depth unknown": (
        with_value(np.nan),
        "1 of 60 points are NaN or infinite, first in row 17",
    ),
    "one depth infinite": (with_value(-np.inf), "first in row 17"),
    "no points": (np.empty((0, 3)), "0 points; a fault network needs at least 8"),
    "seven points": (GOOD[:7], "7 points; a fault network needs at least 8"),
    "a row": (GOOD[0], r"shape \(3,\)"),
    "transposed": (GOOD.T, r"shape \(3, 60\); expected \(n, 3\)"),
    "with a time": (np.column_stack([GOOD, GOOD[:, 0]]), r"shape \(60, 4\)"),
    "a stack": (GOOD.reshape(2, 30, 3), r"shape \(2, 30, 3\)"),
    "ragged": ([[1.0, 2.0, 3.0], [1.0, 2.0]], "no numbers"),
    "dates": (np.full((20, 3), np.datetime64("2020-01-01")).astype(object), "no numbers"),
    "nothing": (None, "shape|no numbers"),
    "three places": (np.repeat(GOOD[:3], 8, axis=0), "in one plane"),
    "two places": (np.repeat(GOOD[:2], 8, axis=0), "on one line"),
    "one place far off": (np.tile([[5e5, 3.78e6, 8.0]], (30, 1)), "at one place"),
    "one depth": (np.column_stack([GOOD[:, :2], np.full(60, 5.0)]), "in one plane"),
    "one depth, UTM": (
        np.column_stack([GOOD[:, :2] + (500.0, 3780.0), np.full(60, 5.0)]),
        "in one plane",
    ),
    "one tilted plane": (
        GOOD[:, :2] @ np.array([[1.0, 0.2, 0.3], [0.0, 1.0, 0.7]]),
        "in one plane",
    ),
}


@pytest.mark.parametrize("engine", ["exact", "released"])
@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_said(name, engine):
    points, message = BAD[name]
    with pytest.raises(DataError, match=message):
        FaultNetwork(engine=engine).fit(points)


def test_the_message_for_one_depth_says_what_to_do():
    with pytest.raises(DataError, match="leave out events with a fixed depth"):
        FaultNetwork().fit(BAD["one depth"][0])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_fitted_network_refuses_such_points_too(value):
    net = FaultNetwork().fit(GOOD)
    for method in (net.predict, net.score_samples):
        with pytest.raises(DataError, match="row 17"):
            method(with_value(value))
        with pytest.raises(DataError, match="shape"):
            method(GOOD[:, :2])


def test_more_subsets_than_quarters_of_the_points_are_refused():
    with pytest.raises(DataError, match="n_subsets is 16 for 60 points"):
        FaultNetwork(n_subsets=16).fit(GOOD)
    assert FaultNetwork(n_subsets=15).fit(GOOD).labels_.shape == (60,)


@pytest.mark.parametrize("engine", ["exact", "released"])
@pytest.mark.parametrize("criterion", ["global", "local"])
def test_input_is_left_as_it_is_and_its_kind_does_not_matter(criterion, engine):
    expected = FaultNetwork(criterion, engine).fit(GOOD)
    locked = np.asfortranarray(GOOD)
    locked.flags.writeable = False
    before = locked.copy()
    table = pd.DataFrame(GOOD, columns=["x_km", "y_km", "z_km"], index=np.arange(60)[::-1])
    for points in (locked, GOOD.tolist(), table, np.repeat(GOOD, 2, axis=0)[::2]):
        net = FaultNetwork(criterion, engine).fit(points)
        np.testing.assert_array_equal(net.labels_, expected.labels_)
        assert net.bic_ == expected.bic_
    np.testing.assert_array_equal(locked, before)


@pytest.mark.parametrize("criterion", ["global", "local"])
def test_whole_numbers_are_taken(criterion):
    metres = np.round(GOOD * 1000.0).astype(np.int64)
    net = FaultNetwork(criterion).fit(metres)
    same = FaultNetwork(criterion).fit(metres.astype(float))
    np.testing.assert_array_equal(net.labels_, same.labels_)


@pytest.mark.parametrize("criterion", ["global", "local"])
@pytest.mark.parametrize("copies", [2, 5])
def test_repeated_rows_stay_together(criterion, copies):
    """Every event several times over: no warning, no infinite density."""
    points = np.repeat(GOOD, copies, axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net = FaultNetwork(criterion).fit(points)
    labels = net.labels_.reshape(-1, copies)
    np.testing.assert_array_equal(labels, np.repeat(labels[:, :1], copies, axis=1))
    assert np.isfinite(net.score_samples(points)).all()
    assert net.weights_.sum() == pytest.approx(1.0)


# points that fill a volume and yet hold no group with an extent of its own: all background
ONLY_BACKGROUND = {
    "four places": np.repeat(GOOD[:4], 5, axis=0),
    "eight points": GOOD[:8],
    "grid": np.stack(np.meshgrid(*[np.arange(6.0)] * 3), axis=-1).reshape(-1, 3),
    "depths equal but for a millimetre": np.column_stack([GOOD[:, :2], 5.0 + 1e-6 * GOOD[:, 2]]),
}


@pytest.mark.parametrize("criterion", ["global", "local"])
@pytest.mark.parametrize("refine", [None, "em"])
@pytest.mark.parametrize("name", ONLY_BACKGROUND)
def test_points_without_groups_are_background(name, refine, criterion):
    net = FaultNetwork(criterion, refine=refine).fit(ONLY_BACKGROUND[name])
    assert net.is_background_.all()
    assert net.planes().empty
    assert net.summary()["n_faults"] == 0
    assert np.isfinite(net.bic_)
    np.testing.assert_array_equal(net.labels_, 0)


TURN = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]


@pytest.mark.parametrize("criterion", ["global", "local"])
@pytest.mark.parametrize("refine", [None, "em"])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("name", ["four places", "grid"])
def test_the_released_engine_refuses_points_whose_kernels_are_all_flat(
    name, turned, refine, criterion
):
    """Its only fault would be singular: no point would have a density, the BIC would be no BIC."""
    points = ONLY_BACKGROUND[name] @ (TURN if turned else np.eye(3))
    with pytest.raises(DataError, match=r'kernels are flat .*use engine="exact"'):
        FaultNetwork(criterion, "released", refine=refine).fit(points)


def clump() -> np.ndarray:
    """Return a plane, a group of coincident events far off, and some noise."""
    rng = np.random.default_rng(0)
    plane = rng.normal(size=(100, 3)) * (5.0, 0.3, 3.0)
    return np.concatenate(
        [plane, np.tile([[25.0, 25.0, 8.0]], (50, 1)), rng.uniform(-30.0, 30.0, (30, 3))]
    )


def one_depth() -> np.ndarray:
    """Return events at one depth among others that fill a volume."""
    rng = np.random.default_rng(0)
    fixed = rng.uniform((-20.0, -20.0, 5.0), (20.0, 20.0, 5.0), (150, 3))
    return np.concatenate([fixed, rng.uniform((-20.0, -20.0, 0.0), (20.0, 20.0, 15.0), (50, 3))])


@pytest.mark.parametrize("criterion", ["global", "local"])
@pytest.mark.parametrize("points", [clump(), one_depth()], ids=["clump", "one depth"])
def test_the_released_engine_gives_singular_kernels_no_density(points, criterion):
    """Beside kernels with a volume they do no harm."""
    net = FaultNetwork(criterion, "released").fit(points)
    assert np.isfinite(net.bic_)
    assert np.isfinite(net.score_samples(points)).any()
    assert net.weights_.sum() == pytest.approx(1.0)
    variances = np.linalg.eigvalsh(net.covariances_)
    assert np.any(variances[:, 0] > 1e-6)
