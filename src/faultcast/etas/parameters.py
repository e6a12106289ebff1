"""Parameters of a space-time ETAS model and the closed forms that follow from them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from faultcast.errors import DataError


@dataclass(frozen=True)
class EtasParameters:
    """Space-time ETAS after Ogata (1998), with exponents to base 10 and a normalised Omori law.

    An event of magnitude m has on average

        K 10^(alpha (m - m_min)) direct aftershocks, with the densities
        (p - 1) / c (1 + t / c)^-p in time,
        (q - 1) / (pi D^2) (1 + r^2 / D^2)^-q in distance, D = d 10^(gamma (m - m_min)),
        b ln(10) 10^(-b (m - m_min)) / (1 - 10^(-b (m_max - m_min))) in magnitude.

    Parameters
    ----------
    background_per_day : rate of background events of magnitude >= m_min in the whole space (mu).
    productivity : K.
    alpha, gamma, b_value : exponents per unit of magnitude, to base 10.
    c_days, p : Omori's law; p > 1, so that an event has finitely many aftershocks.
    distance_km, q : d and the decay with distance; q > 1.
    magnitude_min, magnitude_max : bounds of the Gutenberg-Richter law.

    Raises
    ------
    DataError
        A value is out of its range.
    """

    background_per_day: float
    productivity: float
    alpha: float = 0.8
    c_days: float = 0.01
    p: float = 1.1
    distance_km: float = 0.2
    gamma: float = 0.38
    q: float = 1.8
    b_value: float = 1.0
    magnitude_min: float = 1.0
    magnitude_max: float = 7.0

    def __post_init__(self) -> None:
        lowest = {
            "background_per_day": 0.0,
            "productivity": 0.0,
            "alpha": 0.0,
            "c_days": 0.0,
            "p": 1.0,
            "distance_km": 0.0,
            "q": 1.0,
            "b_value": 0.0,
        }
        may_equal = {"background_per_day", "productivity", "alpha"}
        for name, low in lowest.items():
            value = getattr(self, name)
            fits = value >= low if name in may_equal else value > low
            if not (fits and math.isfinite(value)):
                sign = ">=" if name in may_equal else ">"
                raise DataError(f"ETAS parameter {name} is {value}: it must be {sign} {low:g}")
        if not self.magnitude_max > self.magnitude_min:
            raise DataError(
                f"ETAS magnitudes run from {self.magnitude_min} to {self.magnitude_max}: "
                "magnitude_max must be the larger"
            )

    @property
    def branching_ratio(self) -> float:
        """Mean number of direct aftershocks of an event of random magnitude."""
        beta, span = self.b_value * math.log(10.0), self.magnitude_max - self.magnitude_min
        excess = (self.alpha - self.b_value) * math.log(10.0)
        growth = span if abs(excess * span) < 1e-12 else math.expm1(excess * span) / excess
        return self.productivity * beta * growth / -math.expm1(-beta * span)

    def check_subcritical(self) -> None:
        """Raise a DataError unless the branching ratio is below 1."""
        ratio = self.branching_ratio
        if not ratio < 1.0:
            raise DataError(
                f"the branching ratio is {ratio:.3f}: sequences would never end; it must be below "
                f"1, so lower productivity (now {self.productivity:g}) below "
                f"{self.productivity / ratio:g}, or lower alpha or magnitude_max"
            )

    def direct_aftershocks(self, magnitude: ArrayLike) -> NDArray[np.float64]:
        """Return the expected number of direct aftershocks of each magnitude, (n,)."""
        excess = np.asarray(magnitude, dtype=np.float64) - self.magnitude_min
        return self.productivity * 10.0 ** (self.alpha * excess)

    def scale_km(self, magnitude: ArrayLike) -> NDArray[np.float64]:
        """Return D, the scale of the distance to aftershocks, of each magnitude, (n,) km."""
        excess = np.asarray(magnitude, dtype=np.float64) - self.magnitude_min
        return self.distance_km * 10.0 ** (self.gamma * excess)

    def omori_share(self, time_days: ArrayLike) -> NDArray[np.float64]:
        """Return the share of direct aftershocks that have come after `time_days`, (n,)."""
        time = np.maximum(np.asarray(time_days, dtype=np.float64), 0.0)
        return -np.expm1((1.0 - self.p) * np.log1p(time / self.c_days))

    def omori_time(self, share: ArrayLike) -> NDArray[np.float64]:
        """Return the days after which a share in [0, 1) has come: the inverse of omori_share."""
        left = np.log1p(-np.asarray(share, dtype=np.float64))
        with np.errstate(over="ignore"):
            return self.c_days * np.expm1(left / (1.0 - self.p))

    def magnitude_tail(self, magnitude: ArrayLike) -> NDArray[np.float64]:
        """Return the probability that an event is at least as large, (n,)."""
        beta, span = self.b_value * math.log(10.0), self.magnitude_max - self.magnitude_min
        excess = np.clip(np.asarray(magnitude, dtype=np.float64) - self.magnitude_min, 0.0, span)
        return np.expm1(-beta * (excess - span)) / math.expm1(beta * span)

    def magnitude_at(self, share: ArrayLike) -> NDArray[np.float64]:
        """Return the magnitude below which a share in [0, 1) of events lies, (n,)."""
        beta, span = self.b_value * math.log(10.0), self.magnitude_max - self.magnitude_min
        below = np.asarray(share, dtype=np.float64) * -math.expm1(-beta * span)
        return self.magnitude_min - np.log1p(-below) / beta
