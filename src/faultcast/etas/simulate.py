"""Simulation of an ETAS catalog as a branching process, one generation at a time."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.etas.parameters import EtasParameters
from faultcast.etas.space import Space

_TINY = 1e-300


def simulate(
    space: Space,
    parameters: EtasParameters,
    *,
    n_days: float,
    seed: int,
    warm_up_days: float = 0.0,
    max_events: int = 5_000_000,
) -> pd.DataFrame:
    """Return a simulated catalog with everything true known.

    Parameters
    ----------
    space : where events happen.
    parameters : subcritical ones.
    n_days : days from time 0.
    seed : of `numpy.random.default_rng`.
    warm_up_days : days before time 0 that are simulated too, so that the catalog does not begin
        without aftershocks; their events have negative times.
    max_events : more are taken for a mistake.

    Returns
    -------
    One row an event, sorted by time: `time_days`, `x_km`, `y_km`, `z_km`, `magnitude`, `fault`
    (-1 off faults), `parent` (row of the parent, -1 for background), `generation`.

    Raises
    ------
    DataError
        The branching ratio is not below 1, the period is empty, or there are too many events.
    """
    parameters.check_subcritical()
    if not n_days > 0 or warm_up_days < 0:
        raise DataError(
            f"cannot simulate {n_days} days after {warm_up_days} of warm-up: "
            "give n_days > 0 and warm_up_days >= 0"
        )
    rng = np.random.default_rng(seed)
    n_background = rng.poisson(parameters.background_per_day * (n_days + warm_up_days))
    _check_number(n_background, max_events)
    place, fault = space.background(_uniforms(rng, n_background, 4))
    generation = {
        "time_days": rng.uniform(-warm_up_days, n_days, n_background),
        "place": place,
        "magnitude": parameters.magnitude_at(rng.random(n_background)),
        "fault": fault,
        "parent": np.full(n_background, -1),
    }
    generations, total = [], 0
    while len(generation["time_days"]):
        generations.append(generation)
        first, total = total, total + len(generation["time_days"])
        _check_number(total, max_events)
        generation = _aftershocks(space, parameters, generation, first, n_days, rng)
    return _table(generations)


def _aftershocks(
    space: Space,
    parameters: EtasParameters,
    parents: dict[str, NDArray],
    first_row: int,
    n_days: float,
    rng: np.random.Generator,
) -> dict[str, NDArray]:
    """Return the direct aftershocks of one generation that come before `n_days`."""
    numbers = rng.poisson(parameters.direct_aftershocks(parents["magnitude"]))
    parent = np.repeat(np.arange(len(numbers)), numbers)
    time = parents["time_days"][parent] + parameters.omori_time(rng.random(len(parent)))
    parent, time = parent[time < n_days], time[time < n_days]
    place = space.aftershocks(
        parameters,
        parents["place"][parent],
        parents["fault"][parent],
        parents["magnitude"][parent],
        _uniforms(rng, len(parent), 3),
    )
    return {
        "time_days": time,
        "place": place,
        "magnitude": parameters.magnitude_at(rng.random(len(parent))),
        "fault": parents["fault"][parent],
        "parent": first_row + parent,
    }


def _uniforms(rng: np.random.Generator, n_rows: int, n_columns: int) -> NDArray[np.float64]:
    # inverse distribution functions need the open interval
    return np.maximum(rng.random((n_rows, n_columns)), _TINY)


def _check_number(n_events: int, max_events: int) -> None:
    if n_events > max_events:
        raise DataError(
            f"the simulation has reached {n_events} events, more than max_events={max_events}: "
            "lower background_per_day or the branching ratio, or raise max_events"
        )


def _table(generations: list[dict[str, NDArray]]) -> pd.DataFrame:
    if not generations:
        raise DataError("the simulation has no event: raise background_per_day or n_days")
    columns = {name: np.concatenate([g[name] for g in generations]) for name in generations[0]}
    numbers = [len(g["time_days"]) for g in generations]
    order = np.argsort(columns["time_days"], kind="stable")
    new_row = np.empty(len(order), dtype=np.int64)
    new_row[order] = np.arange(len(order))
    parent = columns["parent"]
    place = columns["place"][order]
    return pd.DataFrame(
        {
            "time_days": columns["time_days"][order],
            "x_km": place[:, 0],
            "y_km": place[:, 1],
            "z_km": place[:, 2],
            "magnitude": columns["magnitude"][order],
            "fault": columns["fault"][order],
            "parent": np.where(parent < 0, -1, new_row[parent])[order],
            "generation": np.repeat(np.arange(len(numbers)), numbers)[order],
        }
    )
