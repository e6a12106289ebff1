"""The two controls on which every forecast is tried: no structure in time, and a known one.

On the Poisson control nothing can gain on the train map; on the ETAS control nothing can gain
more than the oracle.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from faultcast.catalog import Projection, Region, finish_events
from faultcast.errors import DataError
from faultcast.etas import EtasParameters
from faultcast.grid import Cube, daily_cube


def control_cubes(
    truth: pd.DataFrame,
    region: Region,
    *,
    train_end: str | pd.Timestamp,
    seed: int,
    cell_deg: float = 0.1,
    magnitude_min: float = 1.0,
    b_value: float = 1.0,
) -> tuple[Cube, Cube]:
    """Return the daily cubes of both controls over the whole period of `region`.

    Parameters
    ----------
    truth : of a `SimulatedRegion`.
    region : box and period.
    train_end : the Poisson control is drawn from the mean map of the days before.
    seed : of the Poisson control.
    cell_deg : size of the cells.
    magnitude_min : events below are left out.
    b_value : of the Poisson control.

    Returns
    -------
    etas, poisson : cubes with the same grid and days.
    """
    events = etas_control(truth, region)
    events = events[events["magnitude"] >= magnitude_min]
    etas = daily_cube(events, region, cell_deg=cell_deg)
    train = daily_cube(events, replace(region, end=pd.Timestamp(train_end)), cell_deg=cell_deg)
    drawn = poisson_control(
        train,
        start=etas.start,
        n_days=etas.n_days,
        seed=seed,
        magnitude_min=magnitude_min,
        b_value=b_value,
    )
    return etas, daily_cube(drawn, replace(region, depth_km=None), cell_deg=cell_deg)


def poisson_control(
    train: Cube,
    *,
    start: str | pd.Timestamp,
    n_days: int,
    seed: int,
    magnitude_min: float,
    b_value: float = 1.0,
    magnitude_max: float = 7.0,
) -> pd.DataFrame:
    """Return the events of a Poisson catalog drawn from the mean daily map of `train`.

    Parameters
    ----------
    train : cube of the train days; its `event_rate()` is the map. Events are uniform in their
        cell and in time.
    start, n_days : the period of the control.
    seed : of `numpy.random.default_rng`.
    magnitude_min, b_value, magnitude_max : Gutenberg-Richter law of the magnitudes.

    Returns
    -------
    Event table; depths are unknown.

    Raises
    ------
    DataError
        The period is empty, or no event falls into it.
    """
    if n_days < 1:
        raise DataError(f"a control of {n_days} days is empty: give n_days >= 1")
    rng = np.random.default_rng(seed)
    rate = train.event_rate()
    n_events = rng.poisson(rate.sum() * n_days)
    if not n_events:
        raise DataError(
            f"no event in {n_days} days at {rate.sum():g} a day: give more days or a train cube "
            "with more events"
        )
    cell = rng.choice(rate.size, n_events, p=rate.ravel() / rate.sum())
    row, column = np.unravel_index(cell, rate.shape)
    y = _within(train.row_edges, row, rng)
    x = _within(train.column_edges, column, rng)
    latitude, longitude = (y, x) if train.unit == "deg" else Projection(train.crs).inverse(x, y)
    law = EtasParameters(
        background_per_day=0.0,
        productivity=0.0,
        b_value=b_value,
        magnitude_min=magnitude_min,
        magnitude_max=magnitude_max,
    )
    milliseconds = np.sort(np.floor(rng.random(n_events) * n_days * 86_400_000.0))
    first = pd.Timestamp(start)
    first = first.tz_localize("UTC") if first.tzinfo is None else first
    return _events(
        {
            "event_id": [f"poisson{number:07d}" for number in range(n_events)],
            "time": first + pd.to_timedelta(milliseconds, unit="ms"),
            "latitude": latitude,
            "longitude": longitude,
            "magnitude": law.magnitude_at(rng.random(n_events)),
        }
    )


def etas_control(truth: pd.DataFrame, region: Region) -> pd.DataFrame:
    """Return the event table of all true events of a simulated region, as nature made them.

    Complete, at true places, without blasts: the events to which `SimulatedRegion.oracle` gives
    the conditional rate.

    Parameters
    ----------
    truth, region : of the `SimulatedRegion`.
    """
    inside = truth[region.contains(truth.assign(depth_km=truth["z_km"]))]
    columns = ["event_id", "time", "latitude", "longitude", "magnitude"]
    return _events({**{name: inside[name] for name in columns}, "depth_km": inside["z_km"]})


def _within(edges: np.ndarray, cell: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    low, high = edges[cell], edges[cell + 1]
    place = low + (high - low) * rng.random(len(cell))
    # rounding must not lift a place onto the next cell's edge
    return np.asarray(np.minimum(place, np.nextafter(high, low)))


def _events(columns: dict[str, object]) -> pd.DataFrame:
    frame = pd.DataFrame(columns)
    frame["magnitude"] = frame["magnitude"].round(2)
    frame["event_type"] = "earthquake"
    events, rejected = finish_events(frame)
    if len(rejected):
        raise DataError(f"{len(rejected)} events of a control make no sense: {rejected.iloc[0]}")
    return events
