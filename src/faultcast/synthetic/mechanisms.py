"""Focal mechanisms and relocated hypocentres of the simulated region's events."""

from __future__ import annotations

import numpy as np
import pandas as pd

from faultcast.catalog import Projection
from faultcast.errors import DataError

# letter: (share, standard deviation of strike, dip and rake about the truth in degrees)
QUALITY = {"A": (0.08, 8.0), "B": (0.15, 15.0), "C": (0.24, 25.0), "D": (0.53, 40.0)}
SHARE_OF_EVENTS = 0.4
RELOCATION_KM = 0.1
_RAKE_DEG = 180.0


def simulate_mechanisms(
    truth: pd.DataFrame, faults: pd.DataFrame, projection: Projection, *, seed: int
) -> pd.DataFrame:
    """Return what a mechanism catalog would list of the detected events.

    An event on a fault slips right-laterally on the fault's plane, one off the faults in a random
    direction on a random plane; the listed angles scatter about that by their letter. Hypocentres
    are the true ones with a normal error of 0.1 km.

    Parameters
    ----------
    truth : event_id, time, x_km, y_km, z_km, magnitude, fault, detected.
    faults : fault, strike_deg, dip_deg.
    projection : of the km coordinates.
    seed : of the random numbers.

    Returns
    -------
    event_id, time, latitude, longitude, depth_km, magnitude, strike_deg, dip_deg, rake_deg,
    quality; by time.

    Raises
    ------
    DataError
        No event is detected.
    """
    rng = np.random.default_rng(seed)
    detected = truth[truth["detected"].to_numpy(bool)]
    if detected.empty:
        raise DataError(f"none of {len(truth)} simulated events is detected: no mechanism to list")
    rows = detected[rng.random(len(detected)) < SHARE_OF_EVENTS].sort_values("time", kind="stable")
    n = len(rows)
    strike, dip = rng.uniform(0.0, 360.0, n), np.degrees(np.arccos(rng.random(n)))
    rake = rng.uniform(-180.0, 180.0, n)
    on = rows["fault"].to_numpy() >= 0
    planes = faults.set_index("fault").loc[rows["fault"].to_numpy()[on]]
    strike[on], dip[on], rake[on] = planes["strike_deg"], planes["dip_deg"], _RAKE_DEG
    table = np.array(list(QUALITY.values()))
    letter = rng.choice(len(table), n, p=table[:, 0])
    strike, dip, rake = (
        angle + table[letter, 1] * rng.standard_normal(n) for angle in (strike, dip, rake)
    )
    # a plane tilted past the vertical dips the other way, one past the horizontal too
    dip = np.mod(dip, 180.0)
    over = dip > 90.0
    dip, strike = np.where(over, 180.0 - dip, dip), strike + 180.0 * over
    rake = np.where(over, -rake, rake)
    places = rows[["x_km", "y_km", "z_km"]].to_numpy() + RELOCATION_KM * rng.standard_normal((n, 3))
    latitude, longitude = projection.inverse(places[:, 0], places[:, 1])
    return pd.DataFrame(
        {
            "event_id": rows["event_id"].to_numpy(),
            "time": rows["time"].to_numpy(),
            "latitude": latitude,
            "longitude": longitude,
            "depth_km": places[:, 2],
            "magnitude": rows["magnitude"].to_numpy(),
            "strike_deg": np.mod(strike, 360.0).round(),
            "dip_deg": dip.round(),
            "rake_deg": (np.mod(rake + 180.0, 360.0) - 180.0).round(),
            "quality": np.array(list(QUALITY))[letter],
        }
    )
