"""Planted planes: where background and aftershocks lie."""

import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.etas import BoxSpace, EtasParameters, even_points
from faultcast.synthetic import FaultSpace, plant_faults

BOX = BoxSpace((-90.0, -110.0, 0.0), (90.0, 110.0, 20.0))
PARAMETERS = EtasParameters(background_per_day=1.0, productivity=0.1)


def plane(**changes):
    values = {
        "fault": 0,
        "x_km": 5.0,
        "y_km": -3.0,
        "z_km": 8.0,
        "strike_deg": 0.0,
        "dip_deg": 60.0,
        "length_km": 30.0,
        "width_km": 10.0,
        "thickness_km": 0.1,
        "share": 1.0,
    }
    return FaultSpace(pd.DataFrame([{**values, **changes}]), BOX)


def test_strike_north_dips_east():
    space = plane(thickness_km=0.0)
    place, fault = space.background(even_points(256, 4))
    assert (fault == 0).all()
    # right-hand rule: down is to the east, tan(60 degrees) down a km east
    np.testing.assert_allclose(place[:, 2] - 8.0, np.tan(np.radians(60)) * (place[:, 0] - 5.0))
    assert np.ptp(place[:, 1]) == pytest.approx(30.0, abs=0.5)
    assert np.ptp(place[:, 2]) == pytest.approx(10.0 * np.sin(np.radians(60)), abs=0.5)
    in_plane = space.in_plane(place, fault)
    assert (np.abs(in_plane) <= [15.0, 5.0]).all()


def test_aftershocks_stay_on_their_fault():
    space = plane()
    place, fault = space.background(even_points(512, 4))
    magnitude = np.full(512, 6.5)
    after = space.aftershocks(PARAMETERS, place, fault, magnitude, even_points(512, 3))
    in_plane = space.in_plane(after, fault)
    assert (np.abs(in_plane) <= [15.0 + 1e-9, 5.0 + 1e-9]).all()
    normal = np.array([np.sin(np.radians(60)), 0.0, -np.cos(np.radians(60))])
    distance = (after - [5.0, -3.0, 8.0]) @ normal
    assert distance.std() == pytest.approx(0.1, rel=0.1)


def test_small_events_have_close_aftershocks():
    space = plane()
    place, fault = space.background(even_points(4096, 4))
    after = space.aftershocks(PARAMETERS, place, fault, np.full(4096, 1.0), even_points(4096, 3))
    moved = np.linalg.norm(space.in_plane(after, fault) - space.in_plane(place, fault), axis=1)
    # the median of the power law: (1 + r^2 / d^2)^(1 - q) = 1/2
    median = 0.2 * np.sqrt(2 ** (1 / 0.8) - 1)
    assert np.median(moved) == pytest.approx(median, rel=0.05)


def test_off_fault_events_stay_off():
    space = plane(share=0.6)
    place, fault = space.background(even_points(4096, 4))
    assert (fault == -1).mean() == pytest.approx(0.4, abs=0.01)
    after = space.aftershocks(PARAMETERS, place, fault, np.full(4096, 2.0), even_points(4096, 3))
    assert (after[fault == -1, 2] >= 0).all()
    assert (after[fault == -1, 2] <= 20).all()
    assert place[fault == -1, 0].std() == pytest.approx(180 / np.sqrt(12), rel=0.05)


def test_planted_faults_lie_in_the_crust_and_cross():
    faults = plant_faults(BOX, n_faults=10, off_fault_share=0.25, seed=1)
    assert faults["share"].sum() == pytest.approx(0.75)
    half = faults["width_km"] * np.sin(np.radians(faults["dip_deg"])) / 2
    assert (faults["z_km"] - half > 0).all()
    assert (faults["z_km"] + half < 20).all()
    # the third crosses the second: its centre lies on the second's middle half
    offset = faults.loc[2, ["x_km", "y_km"]] - faults.loc[1, ["x_km", "y_km"]]
    strike = np.radians(faults.loc[1, "strike_deg"])
    across = offset["x_km"] * np.cos(strike) - offset["y_km"] * np.sin(strike)
    assert abs(across) < 1e-9
    assert np.hypot(*offset) <= faults.loc[1, "length_km"] / 4 + 1e-9


def test_refuses_nonsense():
    with pytest.raises(DataError, match="at least one fault"):
        plant_faults(BOX, n_faults=0, off_fault_share=0.1, seed=0)
    with pytest.raises(DataError, match="too small"):
        plant_faults(BoxSpace((0, 0, 0), (10, 10, 10)), n_faults=1, off_fault_share=0.1, seed=0)
