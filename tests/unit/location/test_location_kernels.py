import numpy as np
import pandas as pd
import pytest
from made_events import made_events

from faultcast.catalog import Projection, Region
from faultcast.errors import DataError
from faultcast.location import (
    KERNEL_COLUMNS,
    error_source,
    location_kernels,
    make_kernels,
)

REGION = Region(latitude=(33, 35), longitude=(-118, -116), depth_km=(0, 20))
UNIFORM_20_KM = 20 / np.sqrt(12)


@pytest.fixture(scope="module")
def projection() -> Projection:
    return REGION.projection()


def test_formal_errors_become_diagonal_kernels(projection):
    events = made_events(300, known_share=1.0)
    kernels, regression = location_kernels(events, projection)
    assert regression is None
    assert list(kernels.columns) == list(KERNEL_COLUMNS)
    assert (kernels["event_id"] == events["event_id"]).all()
    np.testing.assert_allclose(kernels["cxx"], events["horizontal_error_km"] ** 2)
    np.testing.assert_allclose(kernels["cyy"], kernels["cxx"])
    fixed = events["depth_error_km"] == 31.61
    assert fixed.any()
    np.testing.assert_allclose(kernels["czz"][~fixed], events["depth_error_km"][~fixed] ** 2)
    np.testing.assert_allclose(kernels["czz"][fixed], UNIFORM_20_KM**2)
    x_km, y_km = projection.forward(events["latitude"], events["longitude"])
    np.testing.assert_allclose(kernels[["x_km", "y_km"]], np.column_stack([x_km, y_km]))
    assert (kernels["weight"] == 1).all()


def test_unknown_errors_are_estimated_and_known_ones_kept(projection):
    events = made_events(600)
    kernels, regression = location_kernels(events, projection)
    known = events["horizontal_error_km"].notna()
    np.testing.assert_allclose(np.sqrt(kernels["cxx"][known]), events["horizontal_error_km"][known])
    estimated = np.sqrt(kernels["cxx"][~known])
    assert estimated.nunique() > 200, "letters as sigmas would tie"
    assert (error_source(events) == np.where(known, "formal", "estimated")).all()
    candidates = regression.candidates
    chosen = candidates[candidates["chosen"] & (candidates["quantity"] == "horizontal")]
    assert chosen["r2_held_out"].item() > 0.5


def test_a_missing_depth_lies_in_the_middle(projection):
    events = made_events(100, known_share=1.0)
    events.loc[3, "depth_km"] = np.nan
    kernels, _ = location_kernels(events, projection)
    assert kernels.loc[3, "z_km"] == 10.0
    assert kernels.loc[3, "czz"] == pytest.approx(UNIFORM_20_KM**2)
    other, _ = location_kernels(events, projection, depth_range_km=(0, 12))
    assert other.loc[3, "z_km"] == 6.0


def test_only_the_missing_one_of_two_errors_is_estimated(projection):
    events = made_events(600, known_share=1.0)
    events = events[events["quality"] == "A"].reset_index(drop=True)
    events.loc[0, "depth_error_km"] = np.nan
    kernels, regression = location_kernels(events, projection)
    assert regression is not None
    assert np.sqrt(kernels.loc[0, "cxx"]) == pytest.approx(events.loc[0, "horizontal_error_km"])
    assert np.sqrt(kernels.loc[0, "czz"]) == pytest.approx(0.6, rel=0.5)


def test_class_limits_only_on_request(projection):
    events = made_events(60, known_share=0.0)
    events.loc[0, "quality"] = "Z"
    with pytest.raises(DataError, match="class_limits"):
        location_kernels(events, projection)
    kernels, regression = location_kernels(events, projection, class_limits=True)
    assert regression is None
    sigma = np.sqrt(kernels[["cxx", "czz"]]).set_index(events["quality"])
    np.testing.assert_allclose(sigma.loc["A"].iloc[0], [1.0, 2.0])
    np.testing.assert_allclose(sigma.loc["B"].iloc[0], [2.0, 5.0])
    np.testing.assert_allclose(sigma.loc["C"].iloc[0], [5.0, UNIFORM_20_KM])
    np.testing.assert_allclose(sigma.loc["Z"].to_numpy(), [10.0, UNIFORM_20_KM])


def test_covariances_and_samples_come_first(projection):
    events = made_events(80, known_share=1.0)
    covariances = pd.DataFrame(
        {"event_id": ["ev5"], "cxx": 2.0, "cxy": 0.5, "cxz": 0.1, "cyy": 1.0, "cyz": 0.0,
         "czz": 3.0}
    )  # fmt: skip
    rng = np.random.default_rng(0)
    samples = pd.DataFrame(
        {
            "event_id": "ev9",
            "latitude": 34 + 0.002 * rng.standard_normal(800),
            "longitude": -117 + 0.002 * rng.standard_normal(800),
            "depth_km": np.r_[rng.normal(5, 0.5, 400), rng.normal(12, 0.5, 400)],
        }
    )
    kernels, _ = location_kernels(events, projection, covariances=covariances, samples=samples)
    source = error_source(events, covariances=covariances, samples=samples)
    assert source[5] == "covariance"
    assert source[9] == "samples"
    assert kernels.set_index("event_id").loc["ev5", "cxy"] == 0.5
    mixture = kernels[kernels["event_id"] == "ev9"]
    assert len(mixture) == 2
    assert mixture["weight"].sum() == pytest.approx(1)
    assert sorted(mixture["z_km"].round()) == [5, 12]
    # events keep their order
    assert kernels["event_id"].drop_duplicates().tolist() == events["event_id"].tolist()
    expectation = covariances.assign(latitude=34.0, longitude=-117.0, depth_km=4.0)
    moved, _ = location_kernels(events, projection, covariances=expectation)
    x_km, y_km = projection.forward([34.0], [-117.0])
    row = moved.set_index("event_id").loc["ev5"]
    np.testing.assert_allclose(row[["x_km", "y_km", "z_km"]].astype(float), [x_km[0], y_km[0], 4])


def test_no_event_no_kernel(projection):
    kernels, regression = location_kernels(made_events(5).iloc[:0], projection)
    assert kernels.empty
    assert regression is None
    assert list(kernels.columns) == list(KERNEL_COLUMNS)


def test_bad_values_are_named(projection):
    events = made_events(60, known_share=1.0)
    flat = pd.DataFrame(
        {"event_id": ["ev5"], "cxx": 1.0, "cxy": 1.0, "cxz": 0.0, "cyy": 1.0, "cyz": 0.0,
         "czz": 1.0}
    )  # fmt: skip
    with pytest.raises(DataError, match=r"not positive definite.*event ev5"):
        location_kernels(events, projection, covariances=flat)
    with pytest.raises(DataError, match="ev5 has more than one covariance"):
        location_kernels(events, projection, covariances=pd.concat([flat, flat]))
    with pytest.raises(DataError, match="lower value first"):
        location_kernels(events, projection, depth_range_km=(20, 0))


@pytest.mark.parametrize("sigma", [1e-3, 1.0, 1e3])
def test_positive_definiteness_has_no_unit(sigma):
    good = np.array([[[1, 0.9, 0], [0.9, 1, 0], [0, 0, 1.0]]]) * sigma**2
    bad = np.array([[[1, 0.9, 0.9], [0.9, 1, -0.9], [0.9, -0.9, 1.0]]]) * sigma**2
    one = np.ones(1)
    make_kernels(np.array(["a"]), np.zeros(1, int), one, np.zeros((1, 3)), good)
    with pytest.raises(DataError, match="positive definite"):
        make_kernels(np.array(["a"]), np.zeros(1, int), one, np.zeros((1, 3)), bad)
