"""The 1986 Oceanside sequence in the networks of Figure 11 of Kamer et al. (2020), section 4.3."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from faultcast.catalog import Projection
from faultcast.errors import DataError
from faultcast.faults import load_network

# the main shock (Wesson and Nicholson 1988) is the largest event of that day near this place
LATITUDE_DEG, LONGITUDE_DEG = 32.97, -117.87
DAY = pd.Timestamp("1986-07-13", tz="UTC")
MAGNITUDE_MIN = 5.0
_SEARCH_KM = 30.0
RADIUS_KM = 15.0
DURATION = pd.Timedelta(days=183)

# of the sequence's events in kernels near it: below, it is absent; from there on, present
ABSENT, PRESENT = 0.10, 0.50


def sequence_rows(
    events: pd.DataFrame,
    condensed: pd.DataFrame,
    assignment: pd.DataFrame,
    networks: Mapping[str, Path],
) -> pd.DataFrame:
    """Return where the sequence's events went in each network.

    The sequence: events within 15 km of the main shock's epicentre in the 183 days from it on.
    A kernel is near if its centre lies within the same 15 km. An event belongs to the kernel of
    the condensed kernel that it is assigned to.

    Parameters
    ----------
    events : event table
    condensed : condensed kernels with n_events; the networks stand on those that won an event
    assignment : event_id, kernel (row of `condensed`)
    networks : panel -> folder

    Returns
    -------
    DataFrame: panel, kind "sequence", x_km, y_km (main shock), radius_km, n_events (of the
    sequence), n_near (Gaussian kernels near it), near_share, far_share, background_share (of its
    events). Empty where the catalog does not hold the main shock.

    Raises
    ------
    DataError
        A network does not stand on these condensed kernels.
    """
    parts = []
    used = (condensed["n_events"] > 0) & condensed[["x_km", "y_km", "z_km"]].notna().all(axis=1)
    row = np.where(used, np.cumsum(used) - 1, -1)
    for panel, folder in networks.items():
        mixture, points, record = load_network(folder)
        if len(points) != used.sum():
            raise DataError(
                f"{folder} stands on {len(points)} points, but {int(used.sum())} condensed "
                "kernels won an event: give the condensed kernels that the network was made from"
            )
        found = find_sequence(events, Projection(record["crs"]))
        if found is None:
            continue
        epicentre, members = found
        own = row[assignment.loc[assignment["event_id"].isin(members), "kernel"]]
        kernel = points["kernel"].to_numpy()[own[own >= 0]]
        distance = np.linalg.norm(mixture.means[:, :2] - epicentre, axis=1)
        near = ~mixture.is_background & (distance <= RADIUS_KM)
        parts.append(
            {
                "panel": panel,
                "kind": "sequence",
                "x_km": epicentre[0],
                "y_km": epicentre[1],
                "radius_km": RADIUS_KM,
                "n_events": len(kernel),
                "n_near": int(near.sum()),
                "near_share": float(near[kernel].mean()),
                "far_share": float((~near & ~mixture.is_background)[kernel].mean()),
                "background_share": float(mixture.is_background[kernel].mean()),
            }
        )
    return pd.DataFrame(parts)


def find_sequence(
    events: pd.DataFrame, projection: Projection
) -> tuple[np.ndarray, pd.Series] | None:
    """Return the main shock's x, y (km) and the sequence's event ids; None without it."""
    place = np.column_stack(projection.forward([LATITUDE_DEG], [LONGITUDE_DEG]))[0]
    after = events[(events["time"] >= DAY) & (events["time"] < DAY + DURATION)]
    if after.empty:
        return None
    xy_km = np.column_stack(projection.forward(after["latitude"], after["longitude"]))
    candidates = after[
        (np.linalg.norm(xy_km - place, axis=1) <= _SEARCH_KM)
        & (after["time"] < DAY + pd.Timedelta(days=1))
        & (after["magnitude"] >= MAGNITUDE_MIN)
    ]
    if candidates.empty:
        return None
    shock = candidates["magnitude"].idxmax()
    epicentre = xy_km[after.index.get_loc(shock)]
    member = (np.linalg.norm(xy_km - epicentre, axis=1) <= RADIUS_KM) & (
        after["time"] >= after.loc[shock, "time"]
    )
    return epicentre, after.loc[member, "event_id"]


def ours(fig11: pd.DataFrame) -> pd.DataFrame:
    """Return id, protocol, value, note, comparable of the claim on the Oceanside kernel.

    It holds where, under both criteria, fewer than 10 % of the sequence's events fall to kernels
    near it with the few subsets, and at least half with the many. A catalog without the main
    shock has no value.
    """
    sequence = fig11[fig11["kind"] == "sequence"]
    if sequence.empty:
        return _row(np.nan, "the catalog does not hold the main shock", comparable=False)
    networks = fig11[fig11["kind"] == "network"].set_index("panel")
    table = sequence.set_index("panel").assign(
        n_subsets=networks["n_subsets"], criterion=networks["criterion"]
    )
    few = table["n_subsets"] == table["n_subsets"].min()
    holds = (table.loc[few, "near_share"] < ABSENT).all() and (
        table.loc[~few, "near_share"] >= PRESENT
    ).all()
    cases = ", ".join(
        f"{row['n_subsets']:.0f} subsets {row['criterion']} {100 * row['near_share']:.0f} % "
        f"({row['n_near']:.0f} kernels; {100 * row['background_share']:.0f} % in the background, "
        f"{100 * row['far_share']:.0f} % in kernels centred farther away)"
        for _, row in table.iterrows()
    )
    place = f"({table['x_km'].iloc[0]:.0f}, {table['y_km'].iloc[0]:.0f}) km of our frame"
    note = f"{table['n_events'].iloc[0]:.0f} events about {place} in kernels near: {cases}"
    return _row(float(holds), note, comparable=None)


def _row(value: float, note: str, comparable: bool | None) -> pd.DataFrame:
    name = "fig11.oceanside_absent_5_subsets"
    row = {"id": name, "protocol": "as_published", "value": value, "note": note}
    return pd.DataFrame([row | {"comparable": comparable}])
