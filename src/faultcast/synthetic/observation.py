"""How events are reported: location errors of uneven quality, phases, missing entries, blasts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from faultcast.catalog import Projection
from faultcast.location.regression import FIXED_DEPTH_ERROR_KM

# letter: (share, horizontal and vertical 1 sigma in km, share of fixed depths), medians as in
# southern California's routine catalog, the worst class milder
QUALITY = {
    "A": (0.70, 0.26, 0.55, 0.00),
    "B": (0.18, 1.00, 1.52, 0.00),
    "C": (0.09, 1.60, 3.00, 0.40),
    "D": (0.03, 5.00, 6.00, 0.80),
}
FIXED_DEPTH_KM = 6.0
# log-normal spread of an event's sigma around its class, and its fall with the phases
_SIGMA_SHAPE = 0.35
_PHASE_EXPONENT = -0.4
_PHASES_MEDIAN = 20.0
_N_BLAST_SITES = 3
_WORK_BEGINS_UTC_H = 17.0
_WORK_LASTS_H = 8.0
# hypocentres above this would stand in the air
_HIGHEST_KM = -2.0


def observe(
    truth: pd.DataFrame,
    projection: Projection,
    *,
    share_with_errors: float,
    share_without_magnitude: float,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what the network reports of detected events.

    The reported hypocentre is the true one plus a normal error with the event's own sigmas,
    alike in both horizontal directions. Sigmas are printed for a random share of the events
    only. A fixed depth is 6 km; its error is printed as 31.61 km, the mark that ComCat uses.

    Parameters
    ----------
    truth : `event_id`, `time`, `x_km`, `y_km`, `z_km`, `magnitude` of the detected events.
    projection : of the km coordinates.
    share_with_errors : of the events whose errors are printed.
    share_without_magnitude : of the events below M 2.5 whose magnitude is missing.
    seed : of the random numbers.

    Returns
    -------
    catalog : `event_id, time, latitude, longitude, depth_km, magnitude, magnitude_type,
        event_type, quality, n_phases, rms_s, horizontal_error_km, depth_error_km`.
    sigmas : `horizontal_sigma_km`, `depth_sigma_km` (true ones), `depth_fixed`, a row an event.
    """
    rng = np.random.default_rng(seed)
    n = len(truth)
    magnitude = truth["magnitude"].to_numpy()
    table = np.array(list(QUALITY.values()))
    letter = rng.choice(len(table), n, p=table[:, 0])
    n_phases = 4 + rng.poisson(14.0 * 10.0 ** (0.2 * (magnitude - 1.0)) * 0.8**letter)
    better = (n_phases / _PHASES_MEDIAN) ** _PHASE_EXPONENT
    horizontal = table[letter, 1] * better * rng.lognormal(0.0, _SIGMA_SHAPE, n)
    vertical = table[letter, 2] * better * rng.lognormal(0.0, _SIGMA_SHAPE, n)
    fixed = rng.random(n) < table[letter, 3]
    latitude, longitude = projection.inverse(
        truth["x_km"] + horizontal * rng.standard_normal(n),
        truth["y_km"] + horizontal * rng.standard_normal(n),
    )
    depth = truth["z_km"].to_numpy() + vertical * rng.standard_normal(n)
    printed = rng.random(n) < share_with_errors
    unknown = (rng.random(n) < share_without_magnitude) & (magnitude < 2.5)
    depth_error = np.where(fixed, FIXED_DEPTH_ERROR_KM, vertical)
    rms = 0.12 * 1.35**letter * rng.lognormal(0.0, 0.3, n)
    catalog = pd.DataFrame(
        {
            "event_id": truth["event_id"].to_numpy(),
            "time": truth["time"].to_numpy(),
            "latitude": latitude.round(5),
            "longitude": longitude.round(5),
            "depth_km": np.where(fixed, FIXED_DEPTH_KM, np.maximum(depth, _HIGHEST_KM)).round(2),
            "magnitude": np.where(unknown, np.nan, magnitude.round(2)),
            "magnitude_type": np.where(unknown, "", np.where(magnitude >= 3.5, "w", "l")),
            "event_type": "earthquake",
            "quality": np.array(list(QUALITY))[letter],
            "n_phases": n_phases,
            "rms_s": rms.round(2),
            "horizontal_error_km": np.where(printed, horizontal, np.nan).round(3),
            "depth_error_km": np.where(printed, depth_error, np.nan).round(3),
        }
    )
    sigmas = pd.DataFrame(
        {"horizontal_sigma_km": horizontal, "depth_sigma_km": vertical, "depth_fixed": fixed}
    )
    return catalog, sigmas


def quarry_blasts(
    n_blasts: int,
    *,
    start: pd.Timestamp,
    n_days: int,
    low_km: tuple[float, float],
    high_km: tuple[float, float],
    projection: Projection,
    seed: int,
) -> pd.DataFrame:
    """Return quarry blasts as catalog rows: three sites, working hours of weekdays, shallow.

    Parameters
    ----------
    start, n_days : the period.
    low_km, high_km : (x, y) corners between which the sites lie.
    projection : of the km coordinates.
    """
    rng = np.random.default_rng(seed)
    sites = rng.uniform(low_km, high_km, (_N_BLAST_SITES, 2))
    site = rng.integers(_N_BLAST_SITES, size=n_blasts)
    days = np.arange(n_days)
    weekdays = days[(start.day_of_week + days) % 7 < 5]
    hours = rng.choice(weekdays, n_blasts) * 24.0 + _WORK_BEGINS_UTC_H
    hours += _WORK_LASTS_H * rng.random(n_blasts)
    # the last working day's afternoon may lie beyond the end
    hours = np.sort(np.minimum(hours, n_days * 24.0 - 0.01))
    place = sites[site] + rng.normal(0.0, 0.5, (n_blasts, 2))
    latitude, longitude = projection.inverse(place[:, 0], place[:, 1])
    return pd.DataFrame(
        {
            "event_id": [f"blast{number:06d}" for number in range(n_blasts)],
            "time": start + pd.to_timedelta((hours * 3.6e6).round(), unit="ms"),
            "latitude": latitude.round(5),
            "longitude": longitude.round(5),
            "depth_km": np.abs(rng.normal(0.0, 0.8, n_blasts)).round(2),
            "magnitude": rng.normal(1.5, 0.25, n_blasts).round(2),
            "magnitude_type": "l",
            "event_type": "quarry_blast",
            "quality": rng.choice(["A", "B", "C"], n_blasts),
            "n_phases": 5 + rng.poisson(10.0, n_blasts),
            "rms_s": (0.15 * rng.lognormal(0.0, 0.3, n_blasts)).round(2),
            "horizontal_error_km": np.nan,
            "depth_error_km": np.nan,
        }
    )
