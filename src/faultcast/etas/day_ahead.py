"""What an event at some time of the day still brings before the day is over.

The rate given the events before a day counts only the first aftershocks of the day. They have
aftershocks of their own within it; after a large shock these are a good part of the day.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from faultcast.etas.parameters import EtasParameters

Floats = NDArray[np.float64]
_N_STEPS = 2000
_N_MAGNITUDES = 400


def expected_descendants(parameters: EtasParameters) -> Callable[[Floats], Floats]:
    """Return a weight for `daily_rate` that makes it the expected number of events of the day.

    The weight at time t of the day is G(1 - t), where G(s) = 1 + n integral over [0, s] of
    g(u) G(s - u) du is the mean size, after s days, of the family of one event (itself
    included), n the branching ratio and g Omori's density.
    """
    share = _shares(parameters)
    # the newest value enters its own integral by half of the first step: start from the last one
    ratio = parameters.branching_ratio
    family = np.ones(_N_STEPS + 1)
    for step in range(1, _N_STEPS + 1):
        family[step] = family[step - 1]
        family[step] = 1.0 + ratio * _convolve(share, family, step)
    return _remaining(family)


def probability_of_exceeding(
    parameters: EtasParameters, magnitude: float
) -> Callable[[Floats], Floats]:
    """Return a weight for `daily_rate` that makes it -log of the chance of no large event.

    With the weighted integral R of a day, the probability that at least one event of the day
    reaches `magnitude` is 1 - exp(-R): first events of families are a Poisson process, and

        P(s) = F(m) + integral over M < m of f(M) [1 - exp(-k(M) I(s))] dM,
        I(s) = integral over [0, s] of g(u) P(s - u) du

    is the chance that a family holds such an event within s days; F is the magnitude's tail, f
    its density, k the expected number of direct aftershocks, g Omori's density.
    """
    share = _shares(parameters)
    tail = float(parameters.magnitude_tail(magnitude))
    below = (1.0 - tail) * (np.arange(_N_MAGNITUDES) + 0.5) / _N_MAGNITUDES
    numbers = parameters.direct_aftershocks(parameters.magnitude_at(below))
    chance = np.full(_N_STEPS + 1, tail)
    for step in range(1, _N_STEPS + 1):
        chance[step] = chance[step - 1]
        reached = _convolve(share, chance, step)
        chance[step] = tail - (1.0 - tail) * np.mean(np.expm1(-numbers * reached))
    return _remaining(chance)


def _shares(parameters: EtasParameters) -> Floats:
    """Return the share of direct aftershocks in each of the steps of one day, (steps,)."""
    return np.diff(parameters.omori_share(np.linspace(0.0, 1.0, _N_STEPS + 1)))


def _convolve(share: Floats, values: Floats, step: int) -> float:
    middle = 0.5 * (values[:step] + values[1 : step + 1])
    return float(share[:step] @ middle[::-1])


def _remaining(values: Floats) -> Callable[[Floats], Floats]:
    grid = np.linspace(0.0, 1.0, _N_STEPS + 1)

    def weight(time_of_day: Floats) -> Floats:
        return np.interp(1.0 - time_of_day, grid, values)

    return weight
