"""Conditional rate on day-cells: what is expected of a day given all events before it.

Omori's law is written as a sum of exponentials, so that the sum over all past events of a cell
is a few numbers that decay from day to day: the cost grows with days x cells + events, not with
days x events.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from faultcast.errors import DataError
from faultcast.etas.parameters import EtasParameters

Floats = NDArray[np.float64]
_STEP = 0.45
_QUADRATURE = 64


def omori_exponentials(parameters: EtasParameters) -> tuple[Floats, Floats]:
    """Return weights and decays with (p - 1) / c (1 + t / c)^-p = sum_k w_k exp(-s_k t).

    From (t + c)^-p = 1 / Gamma(p) integral of s^(p - 1) exp(-s (t + c)) ds by the trapezoidal
    rule in log s, which converges exponentially: relative error below 1e-6 up to 10,000 years.

    Returns
    -------
    w_k, s_k : (n_terms,) per day.
    """
    c, p = parameters.c_days, parameters.p
    # below, exp(p v) is negligible against (t + c)^-p; above, exp(-s c) is
    lowest = math.log(1e-7) - 14.0 / p - 2.0
    log_s = np.arange(lowest, math.log(40.0 / c), _STEP)
    s = np.exp(log_s)
    log_w = p * log_s - s * c + math.log((p - 1.0) * _STEP) + (p - 1.0) * math.log(c)
    return np.exp(log_w - math.lgamma(p)), s


def daily_rate(
    time_days: Floats,
    magnitude: Floats,
    masses: csr_array,
    background_per_day: Floats,
    parameters: EtasParameters,
    *,
    n_days: int,
    weight: Callable[[Floats], Floats] | None = None,
) -> Floats:
    """Return the integral over each day of the rate given the events before that day.

    Parameters
    ----------
    time_days : (n,) increasing, negative before day 0.
    magnitude : (n,).
    masses : (n, n_cells) share of an event's direct aftershocks that falls into each cell.
    background_per_day : (n_cells,).
    parameters : of the ETAS model (its own background rate is not used).
    n_days : days 0 .. n_days - 1.
    weight : a function of the time since the day began, in [0, 1] days, by which the rate is
        weighted; None for 1. `expected_descendants` turns the first aftershocks into all that
        follow within the day, `probability_of_exceeding` into chances.

    Returns
    -------
    (n_days, n_cells). Without `weight`: the expected number of background events and of direct
    aftershocks of past events.

    Raises
    ------
    DataError
        Times are not sorted or shapes do not fit.
    """
    if masses.shape != (len(time_days), len(background_per_day)) or len(magnitude) != len(
        time_days
    ):
        raise DataError(
            f"masses has shape {masses.shape}; expected (events, cells) = "
            f"({len(time_days)}, {len(background_per_day)}), as many magnitudes as events"
        )
    if np.any(np.diff(time_days) < 0):
        raise DataError("the event times are not in increasing order: sort the events by time")
    node, node_weight = np.polynomial.legendre.leggauss(_QUADRATURE)
    # squared nodes: the rate of a fresh sequence falls within hours
    within = ((node + 1.0) / 2.0) ** 2
    within_weight = node_weight * (node + 1.0) / 2.0
    if weight is not None:
        within_weight = within_weight * weight(within)
    amplitude, decay = omori_exponentials(parameters)
    functional = amplitude * (np.exp(-np.outer(decay, within)) @ within_weight)
    return _recursion(
        np.asarray(time_days, dtype=np.float64),
        parameters.direct_aftershocks(magnitude),
        masses.indptr.astype(np.int64),
        masses.indices.astype(np.int64),
        masses.data.astype(np.float64),
        background_per_day * within_weight.sum(),
        functional,
        decay,
        n_days,
    )


@numba.njit(cache=True)
def _recursion(  # type: ignore[no-untyped-def]  # numba infers the types
    time_days, numbers, row_start, cell, mass, background, functional, decay, n_days
):
    n_terms, n_cells = len(decay), len(background)
    rate = np.empty((n_days, n_cells))
    state = np.zeros((n_terms, n_cells))
    fade = np.exp(-decay)
    event = 0
    for day in range(n_days):
        if day > 0:
            for k in range(n_terms):
                state[k] *= fade[k]
        while event < len(time_days) and time_days[event] < day:
            age = day - time_days[event]
            for k in range(n_terms):
                left = numbers[event] * np.exp(-decay[k] * age)
                for j in range(row_start[event], row_start[event + 1]):
                    state[k, cell[j]] += left * mass[j]
            event += 1
        rate[day] = background
        for k in range(n_terms):
            rate[day] += functional[k] * state[k]
    return rate
