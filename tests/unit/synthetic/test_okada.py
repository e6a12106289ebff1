import numpy as np
import pytest

from faultcast.errors import DataError
from faultcast.synthetic.okada import SlipPlane, _from_corner, surface_displacement

# Okada (1985), Table 2: x, y, d, dip, then ux, uy, uz of strike-slip and of dip-slip; L 3, W 2
TABLE_2 = [
    (2, 3, 4, 70, (-8.689e-3, -4.298e-3, -2.747e-3), (-4.682e-3, -3.527e-2, -3.564e-2)),
    (0, 0, 4, 90, (0, 5.253e-3, 0), (0, 0, 0)),
    (0, 0, 4, -90, (0, -1.303e-3, 0), (0, 0, 0)),
]


@pytest.mark.parametrize("case", TABLE_2)
@pytest.mark.parametrize("which", [0, 1])
def test_table_2_of_the_paper(case, which):
    x, y, d, dip, *expected = case
    found = _from_corner(
        np.array([float(x)]), np.array([float(y)]), d, np.radians(dip), 3.0, 2.0,
        np.radians(90.0 * which), 0.5,
    )  # fmt: skip
    np.testing.assert_allclose(found[0], expected[which], rtol=2e-4, atol=1e-12)


def make_plane(**changes):
    plane = {
        "east_km": 1.0, "north_km": -2.0, "depth_km": 3.0, "strike_deg": 30.0, "dip_deg": 50.0,
        "rake_deg": 70.0, "length_km": 4.0, "width_km": 2.0,
    }  # fmt: skip
    return SlipPlane(**{**plane, **changes})


def points(n=200, extent=15.0, seed=0):
    return np.random.default_rng(seed).uniform(-extent, extent, (2, n))


def point_source(x, y, d, dip, rake, ratio):
    """Equations 8, 9 and 11: a unit of slip times area, at depth d below the origin."""
    sine, cosine = np.sin(dip), np.cos(dip)
    r = np.sqrt(x**2 + y**2 + d**2)
    p, q = y * cosine + d * sine, y * sine - d * cosine
    i1 = ratio * y * (1 / (r * (r + d) ** 2) - x**2 * (3 * r + d) / (r**3 * (r + d) ** 3))
    i2 = ratio * x * (1 / (r * (r + d) ** 2) - y**2 * (3 * r + d) / (r**3 * (r + d) ** 3))
    i3 = ratio * x / r**3 - i2
    i4 = -ratio * x * y * (2 * r + d) / (r**3 * (r + d) ** 2)
    i5 = ratio * (1 / (r * (r + d)) - x**2 * (2 * r + d) / (r**3 * (r + d) ** 2))
    place = np.stack([x, y, np.full_like(x, d)])
    strike_slip = 3 * x * q / r**5 * place + sine * np.stack([i1, i2, i4])
    dip_slip = 3 * p * q / r**5 * place - sine * cosine * np.stack([i3, i1, i5])
    return -(np.cos(rake) * strike_slip + np.sin(rake) * dip_slip).T / (2 * np.pi)


@pytest.mark.parametrize("dip", [0.0, 35.0, 90.0])
@pytest.mark.parametrize("rake", [0.0, 90.0, 200.0])
def test_far_away_it_is_a_point(dip, rake):
    plane = make_plane(
        east_km=0.0, north_km=0.0, depth_km=20.0, strike_deg=90.0, dip_deg=dip, rake_deg=rake,
        length_km=0.2, width_km=0.1,
    )  # fmt: skip
    east, north = points(extent=60.0)
    # strike to the east: Okada's axes are ours
    expected = 0.2 * 0.1 * point_source(east, north, 20.0, np.radians(dip), np.radians(rake), 0.5)
    found = surface_displacement(east, north, plane)
    np.testing.assert_allclose(found, expected, atol=2e-4 * np.abs(expected).max())


def test_the_plane_is_the_sum_of_many_points():
    """So depth, dip and sizes are where they should be, near the plane as well."""
    plane = make_plane(east_km=0.0, north_km=0.0, strike_deg=90.0)
    east, north = points(50, extent=5.0)
    dip, rake = np.radians([50.0, 70.0])
    n = 60
    along = (np.arange(n) + 0.5) / n * 4.0 - 2.0
    down = (np.arange(n) + 0.5) / n * 2.0 - 1.0
    total = np.zeros((50, 3))
    for s in along:
        for t in down:
            total += point_source(
                east - s, north + t * np.cos(dip), 3.0 + t * np.sin(dip), dip, rake, 0.5
            )
    total *= 4.0 * 2.0 / n**2
    found = surface_displacement(east, north, plane)
    np.testing.assert_allclose(found, total, atol=2e-4 * np.abs(total).max())


def test_turned_with_its_strike():
    east, north = points()
    first = surface_displacement(east, north, make_plane(east_km=0, north_km=0, strike_deg=0))
    turn = np.radians(40.0)
    # clockwise, as strikes count
    east_2 = east * np.cos(turn) + north * np.sin(turn)
    north_2 = north * np.cos(turn) - east * np.sin(turn)
    second = surface_displacement(east_2, north_2, make_plane(east_km=0, north_km=0, strike_deg=40))
    np.testing.assert_allclose(
        second[:, 0], first[:, 0] * np.cos(turn) + first[:, 1] * np.sin(turn), atol=1e-12
    )
    np.testing.assert_allclose(second[:, 2], first[:, 2], atol=1e-12)


def test_symmetries():
    east, north = points()
    plane = make_plane(east_km=0, north_km=0, strike_deg=0)
    thrust = [
        surface_displacement(east, sign * north, make_plane(**vars(plane) | {"rake_deg": 90}))
        for sign in (1, -1)
    ]
    np.testing.assert_allclose(thrust[0] * [1, -1, 1], thrust[1], atol=1e-12)
    lateral = [
        surface_displacement(
            sign * east, north, make_plane(**vars(plane) | {"rake_deg": 0, "dip_deg": 90})
        )
        for sign in (1, -1)
    ]
    np.testing.assert_allclose(lateral[0] * [1, -1, -1], lateral[1], atol=1e-12)


def test_which_side_moves_where():
    """Left-lateral: from one side the other moves left. Thrust: up, above the plane."""
    both = np.array([-0.5, 0.5]), np.zeros(2)
    vertical = {"east_km": 0, "north_km": 0, "strike_deg": 0, "dip_deg": 90, "depth_km": 1.01}
    west, east = surface_displacement(*both, make_plane(**vertical, rake_deg=0, length_km=20))
    assert west[1] < 0 < east[1]
    # dips to the east of its northward strike; the eastern side is the hanging wall
    thrust = make_plane(east_km=0, north_km=0, strike_deg=0, rake_deg=90, depth_km=1.0)
    foot, hanging = surface_displacement(np.array([-1.2, 0.0]), np.zeros(2), thrust)
    assert hanging[2] > 0.2 > foot[2] and hanging[0] < foot[0]


def test_steep_is_nearly_vertical_and_near_to_a_steep_one():
    east, north = points(extent=6.0)
    vertical = surface_displacement(east, north, make_plane(dip_deg=90.0))
    steep = surface_displacement(east, north, make_plane(dip_deg=89.999))
    np.testing.assert_allclose(steep, vertical, atol=1e-4)


def test_finite_everywhere():
    """Above the edges and corners, and on the trace of a plane that reaches the ground."""
    side = np.arange(-3.0, 3.01, 0.5)
    east, north = (axis.ravel() for axis in np.meshgrid(side, side))
    for dip, depth in ((0.0, 1.0), (30.0, 0.5), (90.0, 1.0)):
        plane = make_plane(
            east_km=0, north_km=0, strike_deg=0, dip_deg=dip, depth_km=depth, length_km=4
        )
        assert np.isfinite(surface_displacement(east, north, plane)).all()
        assert np.abs(surface_displacement(east, north, plane)).max() < 1.01


@pytest.mark.parametrize(
    "changes", [{"depth_km": 0.5}, {"dip_deg": 95.0}, {"length_km": 0.0}, {"width_km": np.nan}]
)
def test_refuses(changes):
    with pytest.raises(DataError, match="below the ground"):
        make_plane(**changes)
