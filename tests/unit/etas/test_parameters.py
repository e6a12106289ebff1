"""Closed forms of the ETAS model against numerical integrals."""

import numpy as np
import pytest
from scipy.integrate import quad

from faultcast.errors import DataError
from faultcast.etas import EtasParameters, power_law_radius


def model(**changes):
    return EtasParameters(**{"background_per_day": 1.0, "productivity": 0.1, **changes})


def gutenberg_richter(parameters, magnitude):
    beta = parameters.b_value * np.log(10)
    span = parameters.magnitude_max - parameters.magnitude_min
    return beta * np.exp(-beta * (magnitude - parameters.magnitude_min)) / -np.expm1(-beta * span)


@pytest.mark.parametrize("alpha", [0.5, 0.8, 1.0, 1.2])
def test_branching_ratio_is_the_mean_number_of_direct_aftershocks(alpha):
    parameters = model(alpha=alpha)
    expected, _ = quad(
        lambda m: gutenberg_richter(parameters, m) * parameters.direct_aftershocks(m), 1.0, 7.0
    )
    assert parameters.branching_ratio == pytest.approx(expected, rel=1e-9)


def test_omori_share_is_the_integral_of_the_density():
    parameters = model(c_days=0.03, p=1.2)
    for days in (0.001, 1.0, 100.0):
        expected, _ = quad(lambda t: 0.2 / 0.03 * (1 + t / 0.03) ** -1.2, 0, days, limit=200)
        assert parameters.omori_share(days) == pytest.approx(expected, rel=1e-7)
    shares = np.array([0.0, 0.1, 0.9])
    np.testing.assert_allclose(parameters.omori_share(parameters.omori_time(shares)), shares)


def test_magnitude_tail_inverts_and_ends_at_the_bounds():
    parameters = model(b_value=0.9)
    assert parameters.magnitude_tail([0.0, 1.0, 7.0, 8.0]).tolist() == [1.0, 1.0, 0.0, 0.0]
    magnitude = parameters.magnitude_at([0.0, 0.5, 0.999])
    np.testing.assert_allclose(parameters.magnitude_tail(magnitude), [1.0, 0.5, 0.001])
    expected, _ = quad(lambda m: gutenberg_richter(parameters, m), 3.0, 7.0)
    assert parameters.magnitude_tail(3.0) == pytest.approx(expected, rel=1e-9)


def test_distances_follow_the_power_law():
    # the share beyond r is (1 + r^2 / D^2)^(1 - q)
    radius = power_law_radius(np.array([2.0]), 1.8, np.array([0.25]))
    assert (1 + radius[0] ** 2 / 4.0) ** -0.8 == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"p": 1.0}, "p is 1.0: it must be > 1"),
        ({"q": 0.9}, "q is 0.9: it must be > 1"),
        ({"c_days": 0.0}, "c_days is 0.0"),
        ({"background_per_day": -1.0}, "must be >= 0"),
        ({"b_value": float("nan")}, "b_value is nan"),
        ({"magnitude_max": 1.0}, "magnitude_max must be the larger"),
    ],
)
def test_values_out_of_range_are_refused(change, message):
    with pytest.raises(DataError, match=message):
        model(**change)


def test_a_branching_ratio_of_one_is_refused_with_the_cure():
    ratio = model().branching_ratio
    critical = model(productivity=0.1 / ratio * 1.0001)
    with pytest.raises(DataError, match="lower productivity"):
        critical.check_subcritical()
    model(productivity=0.0999 / ratio).check_subcritical()
