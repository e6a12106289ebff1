"""Displacement of the ground by slip on a buried rectangular fault.

Okada (1985, Surface deformation due to shear and tensile faults in a half-space, BSSA 75),
equations 25, 26 and 28 to 30: uniform strike-slip and dip-slip in an elastic half-space.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faultcast.errors import DataError

Floats = NDArray[np.float64]

# km: a length below it is rounding
_TINY = 1e-12
# below this cosine the dip counts as vertical: the general form divides by it
_VERTICAL = 1e-6


@dataclass(frozen=True)
class SlipPlane:
    """A rectangle with uniform slip.

    Parameters
    ----------
    east_km, north_km, depth_km : its centre, the depth positive down.
    strike_deg, dip_deg, rake_deg : the plane dips to the right of its strike; a rake of 0 is
        left-lateral, of 90 a thrust.
    length_km, width_km : along strike and along dip.
    """

    east_km: float
    north_km: float
    depth_km: float
    strike_deg: float
    dip_deg: float
    rake_deg: float
    length_km: float
    width_km: float

    def __post_init__(self) -> None:
        """Refuse a plane that has no area, leaves the ground, or dips wrongly."""
        top = self.depth_km - 0.5 * self.width_km * np.sin(np.radians(self.dip_deg))
        sizes = self.length_km > 0 and self.width_km > 0
        if not (sizes and 0.0 <= self.dip_deg <= 90.0 and top >= -1e-9):
            raise DataError(
                f"{self}: length and width must be above 0 km, the dip in [0, 90] degrees, and "
                f"the upper edge, now at a depth of {top:.3g} km, below the ground"
            )


def surface_displacement(
    east_km: Floats, north_km: Floats, plane: SlipPlane, *, poisson: float = 0.25
) -> Floats:
    """Return the ground's displacement by a slip of 1, in the unit of the slip.

    Parameters
    ----------
    east_km, north_km : (n,) points on the ground.
    poisson : Poisson's ratio of the half-space.

    Returns
    -------
    (n, 3) : east, north, up.
    """
    strike, dip, rake = np.radians([plane.strike_deg, plane.dip_deg, plane.rake_deg])
    east, north = east_km - plane.east_km, north_km - plane.north_km
    # Okada's x along strike, y to its left, from the lower edge's beginning
    x = east * np.sin(strike) + north * np.cos(strike) + 0.5 * plane.length_km
    y = north * np.sin(strike) - east * np.cos(strike) + 0.5 * plane.width_km * np.cos(dip)
    depth = plane.depth_km + 0.5 * plane.width_km * np.sin(dip)
    along, across, up = _from_corner(
        x, y, depth, dip, plane.length_km, plane.width_km, rake, 1.0 - 2.0 * poisson
    ).T
    return np.column_stack(
        [
            along * np.sin(strike) - across * np.cos(strike),
            along * np.cos(strike) + across * np.sin(strike),
            up,
        ]
    )


def _from_corner(
    x: Floats,
    y: Floats,
    depth: float,
    dip: float,
    length: float,
    width: float,
    rake: float,
    ratio: float,
) -> Floats:
    """Return (n, 3) in Okada's axes: Chinnery's four corners of the plane, equation 24."""
    p = y * np.cos(dip) + depth * np.sin(dip)
    q = y * np.sin(dip) - depth * np.cos(dip)
    total = np.zeros((len(x), 3))
    for xi, eta, sign in (
        (x, p, 1.0),
        (x, p - width, -1.0),
        (x - length, p, -1.0),
        (x - length, p - width, 1.0),
    ):
        strike_slip, dip_slip = _corner(xi, eta, q, dip, ratio)
        total += sign * (np.cos(rake) * strike_slip + np.sin(rake) * dip_slip)
    return -total / (2.0 * np.pi)


def _corner(xi: Floats, eta: Floats, q: Floats, dip: float, ratio: float) -> tuple[Floats, Floats]:
    """Return the brackets of equations 25 and 26, (n, 3) each; `ratio` is mu / (lambda + mu)."""
    sine, cosine = np.sin(dip), np.cos(dip)
    y, d = eta * cosine + q * sine, eta * sine - q * cosine
    r = np.sqrt(xi**2 + eta**2 + q**2)
    # the limits of the paper: terms over R + eta or R + xi vanish where that is 0
    over_eta, over_xi = _inverse(r + eta), _inverse(r + xi)
    inverse_r = _inverse(r)
    log_eta = np.where(over_eta > 0, np.log(_positive(r + eta)), -np.log(_positive(r - eta)))
    angle = np.arctan(xi * eta * _inverse(q * r))
    i1, i2, i3, i4, i5 = _medium(xi, eta, q, y, d, r, log_eta, dip, ratio)
    strike_slip = np.column_stack(
        [
            xi * q * inverse_r * over_eta + angle + i1 * sine,
            y * q * inverse_r * over_eta + q * cosine * over_eta + i2 * sine,
            d * q * inverse_r * over_eta + q * sine * over_eta + i4 * sine,
        ]
    )
    dip_slip = np.column_stack(
        [
            q * inverse_r - i3 * sine * cosine,
            y * q * inverse_r * over_xi + cosine * angle - i1 * sine * cosine,
            d * q * inverse_r * over_xi + sine * angle - i5 * sine * cosine,
        ]
    )
    return strike_slip, dip_slip


def _medium(
    xi: Floats,
    eta: Floats,
    q: Floats,
    y: Floats,
    d: Floats,
    r: Floats,
    log_eta: Floats,
    dip: float,
    ratio: float,
) -> tuple[Floats, ...]:
    """Return I1 to I5, equations 28 and, for a vertical plane, 29."""
    sine, cosine = np.sin(dip), np.cos(dip)
    under = _inverse(r + d)
    if abs(cosine) < _VERTICAL:
        i1 = -0.5 * ratio * xi * q * under**2
        i3 = 0.5 * ratio * (eta * under + y * q * under**2 - log_eta)
        i4 = -ratio * q * under
        i5 = -ratio * xi * sine * under
    else:
        side = np.hypot(xi, q)
        above = eta * (side + q * cosine) + side * (r + side) * sine
        i5 = 2.0 * ratio / cosine * np.arctan(above * _inverse(xi * (r + side) * cosine))
        i4 = ratio / cosine * (np.log(_positive(r + d)) - sine * log_eta)
        i3 = ratio * (y * under / cosine - log_eta) + sine / cosine * i4
        i1 = -ratio / cosine * xi * under - sine / cosine * i5
    return i1, -ratio * log_eta - i3, i3, i4, i5


def _inverse(values: Floats) -> Floats:
    """Return 1 / values, and 0 where the value is 0 but for rounding."""
    zero = np.abs(values) < _TINY
    return np.where(zero, 0.0, 1.0 / np.where(zero, 1.0, values))


def _positive(values: Floats) -> Floats:
    return np.maximum(values, _TINY)
