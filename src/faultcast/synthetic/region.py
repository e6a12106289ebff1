"""The simulated region: a catalog as a network would report it, and the truth behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from faultcast.catalog import Projection, Region
from faultcast.errors import DataError
from faultcast.etas import BoxSpace, EtasParameters, simulate
from faultcast.grid import degree_edges
from faultcast.synthetic.detection import Detection
from faultcast.synthetic.displacement import displacement_tile
from faultcast.synthetic.fault_space import FaultSpace, plant_faults
from faultcast.synthetic.observation import observe, quarry_blasts
from faultcast.synthetic.oracle import Oracle

ETAS: Mapping[str, float] = {
    "background_per_day": 1.4,
    "productivity": 0.11,
    "alpha": 0.9,
    "p": 1.25,
    "b_value": 1.0,
    "magnitude_min": 1.0,
    "magnitude_max": 7.0,
}
_WARM_UP_DAYS = 2000.0


@dataclass(frozen=True)
class SimulatedRegion:
    """What `simulate_region` returns.

    Parameters
    ----------
    region : the box and the period.
    catalog : as reported, with the columns of the event table.
    truth : one row a true earthquake, also undetected ones, those outside the box and those of
        the warm-up: `event_id`, `time`, `latitude`, `longitude`, `x_km`, `y_km`, `z_km`,
        `magnitude` (all true; no latitude and longitude, NaN, where a distant aftershock lies
        beyond the projection), `fault` (-1 off faults), `parent_id` ("" for background),
        `generation`, `inside`, `detected`, and `horizontal_sigma_km`, `depth_sigma_km`,
        `depth_fixed` (NaN, NaN, False for undetected ones).
    faults : the planes (columns as in `FaultSpace`), in the CRS of the region's projection.
    oracle : what the model itself expects of each day and cell.
    oracle_daily : `day`, `date` and the columns of `Oracle.daily`.
    tile, tile_truth : see `displacement_tile`.
    parameters : every parameter that the simulation used.
    """

    region: Region
    catalog: pd.DataFrame
    truth: pd.DataFrame
    faults: pd.DataFrame
    oracle: Oracle
    oracle_daily: pd.DataFrame
    tile: pd.DataFrame
    tile_truth: pd.DataFrame
    parameters: dict[str, Any]


def simulate_region(
    *,
    seed: int,
    start: str = "1990-01-01",
    years: int = 30,
    latitude_deg: Sequence[float] = (33.0, 35.0),
    longitude_deg: Sequence[float] = (-118.0, -116.0),
    depth_km: Sequence[float] = (0.0, 20.0),
    cell_deg: float = 0.1,
    n_faults: int = 10,
    off_fault_share: float = 0.25,
    etas: Mapping[str, float] | None = None,
    detection: Mapping[str, float] | None = None,
    share_with_errors: float = 0.4,
    share_without_magnitude: float = 0.004,
    blasts_per_year: float = 30.0,
    thresholds: Sequence[float] = (2.5, 3.5, 4.0),
    tile: Mapping[str, Any] | None = None,
) -> SimulatedRegion:
    """Simulate a region with faults, aftershocks, a network that misses events, and a tile.

    Parameters
    ----------
    seed : every random number follows from it.
    start, years : the period.
    latitude_deg, longitude_deg, depth_km : the box, half-open.
    cell_deg : cells of the oracle.
    n_faults, off_fault_share : planes, and the share of the background that is off them.
    etas : `EtasParameters` that differ from `ETAS`.
    detection : `Detection` parameters that differ from its defaults.
    share_with_errors, share_without_magnitude, blasts_per_year : see `observe`.
    thresholds : magnitudes for which `oracle_daily` holds probabilities.
    tile : options of `displacement_tile`.

    Raises
    ------
    DataError
        Parameters that make no sense, or a network that detects nothing.
    """
    first = pd.Timestamp(start, tz="UTC").as_unit("ns")
    end = first + pd.DateOffset(years=years)
    n_days = (end - first).days
    region = Region(
        latitude=(latitude_deg[0], latitude_deg[1]),
        longitude=(longitude_deg[0], longitude_deg[1]),
        depth_km=(depth_km[0], depth_km[1]),
        start=first,
        end=end,
    )
    projection = region.projection()
    parameters = EtasParameters(**{**ETAS, **(etas or {})})
    network = Detection(**(detection or {}))  # type: ignore[arg-type]  # n_steps is whole
    # one independent stream a part, so that a change in one leaves the others as they are
    seeds = [int(child.generate_state(1)[0]) for child in np.random.SeedSequence(seed).spawn(6)]

    box = region_box(region, projection)
    faults = plant_faults(box, n_faults=n_faults, off_fault_share=off_fault_share, seed=seeds[0])
    space = FaultSpace(faults, box)
    history = simulate(space, parameters, n_days=n_days, warm_up_days=_WARM_UP_DAYS, seed=seeds[1])
    truth = _truth(history, region, projection, network, first, n_days, seeds[2])
    catalog, truth = _report(
        truth,
        box,
        first,
        n_days,
        projection,
        n_blasts=round(blasts_per_year * years),
        share_with_errors=share_with_errors,
        share_without_magnitude=share_without_magnitude,
        seeds=seeds[3:5],
    )
    oracle = Oracle.of(
        space,
        parameters,
        history,
        projection=projection,
        row_edges=degree_edges(*region.latitude, cell_deg),
        column_edges=degree_edges(*region.longitude, cell_deg),
        n_days=n_days,
    )
    daily = oracle.daily(list(thresholds))
    daily.insert(1, "date", pd.date_range(first, periods=n_days, freq="D"))
    inside = truth[truth["inside"]]
    largest = pd.Timestamp(inside["time"].to_numpy()[inside["magnitude"].argmax()])
    table, components = displacement_tile(step_time=largest, seed=seeds[5], **(tile or {}))
    return SimulatedRegion(
        region=region,
        catalog=catalog,
        truth=truth,
        faults=faults,
        oracle=oracle,
        oracle_daily=daily,
        tile=table,
        tile_truth=components,
        parameters={
            "seed": seed,
            "crs": projection.crs,
            "etas": {**asdict(parameters), "branching_ratio": parameters.branching_ratio},
            "detection": asdict(network),
            "off_fault_share": off_fault_share,
            "share_with_errors": share_with_errors,
            "share_without_magnitude": share_without_magnitude,
            "blasts_per_year": blasts_per_year,
        },
    )


def region_box(region: Region, projection: Projection) -> BoxSpace:
    """Return the km box inside the region's outline, which is bent in km."""
    latitude, longitude = np.linspace(*region.latitude, 51), np.linspace(*region.longitude, 51)
    west, _ = projection.forward(latitude, np.full(51, region.longitude[0]))
    east, _ = projection.forward(latitude, np.full(51, region.longitude[1]))
    _, south = projection.forward(np.full(51, region.latitude[0]), longitude)
    _, north = projection.forward(np.full(51, region.latitude[1]), longitude)
    if region.depth_km is None:
        raise DataError("the simulated region needs a depth range: give depth_km")
    return BoxSpace(
        (float(west.max()), float(south.max()), region.depth_km[0]),
        (float(east.min()), float(north.min()), region.depth_km[1]),
    )


def _truth(
    history: pd.DataFrame,
    region: Region,
    projection: Projection,
    network: Detection,
    first: pd.Timestamp,
    n_days: int,
    seed: int,
) -> pd.DataFrame:
    time_days, magnitude = history["time_days"].to_numpy(), history["magnitude"].to_numpy()
    x_km, y_km = history["x_km"].to_numpy(), history["y_km"].to_numpy()
    # a power law's last place may lie beyond what can be projected: outside as well
    reached = projection.reaches(x_km, y_km)
    latitude, longitude = np.full((2, len(history)), np.nan)
    latitude[reached], longitude[reached] = projection.inverse(x_km[reached], y_km[reached])
    event_id = np.array([f"sim{number:07d}" for number in range(len(history))], dtype=object)
    parent = history["parent"].to_numpy()
    milliseconds = np.floor(time_days * 86_400_000.0)
    truth = pd.DataFrame(
        {
            "event_id": event_id,
            "time": (first + pd.to_timedelta(milliseconds, unit="ms")).as_unit("ns"),
            "latitude": latitude,
            "longitude": longitude,
            "x_km": x_km,
            "y_km": y_km,
            "z_km": history["z_km"],
            "depth_km": history["z_km"],
            "magnitude": magnitude,
            "fault": history["fault"],
            "parent_id": np.where(parent < 0, "", event_id[parent]),
            "generation": history["generation"],
        }
    )
    truth["inside"] = region.contains(truth)
    reported = network.detected(time_days, magnitude, n_days, seed=seed)
    truth["detected"] = reported & truth["inside"]
    if not truth["detected"].any():
        raise DataError(
            f"none of {len(truth)} simulated events is detected: lower detection's "
            "magnitude_first and magnitude_last, or raise the background rate"
        )
    return truth.drop(columns="depth_km")


def _report(
    truth: pd.DataFrame,
    box: BoxSpace,
    first: pd.Timestamp,
    n_days: int,
    projection: Projection,
    *,
    n_blasts: int,
    share_with_errors: float,
    share_without_magnitude: float,
    seeds: Sequence[int],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    detected = truth[truth["detected"]]
    earthquakes, sigmas = observe(
        detected,
        projection,
        share_with_errors=share_with_errors,
        share_without_magnitude=share_without_magnitude,
        seed=seeds[0],
    )
    blasts = quarry_blasts(
        n_blasts,
        start=first,
        n_days=n_days,
        low_km=box.low_km[:2],
        high_km=box.high_km[:2],
        projection=projection,
        seed=seeds[1],
    )
    catalog = pd.concat([earthquakes, blasts], ignore_index=True)
    catalog = catalog.sort_values("time", kind="stable").reset_index(drop=True)
    catalog["source"] = "simulated"
    truth = truth.join(sigmas.set_index(detected.index))
    # no mixture of bool and missing: an undetected event has no depth that could be fixed
    truth["depth_fixed"] = truth["depth_fixed"].eq(True)
    return catalog, truth
