"""Figure 6 of Kamer et al. (2020): Landers from above, its two networks, the mapped traces."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from faultcast.catalog import Projection
from faultcast.evaluate.kamer2020.plane_rows import plane_rows
from faultcast.faults import load_network, network_summary, read_traces

_AXES = ["x_km", "y_km", "z_km"]


def numbers(
    points: pd.DataFrame,
    local_network: Path,
    global_network: Path,
    traces: Path | None = None,
) -> pd.DataFrame:
    """Return what Figure 6 shows.

    Parameters
    ----------
    points : x_km, y_km, z_km of the events
    local_network, global_network : folders of the networks
    traces : GMT multi-segment file of fault traces, if there is one; the networks' `crs` says
        where they lie

    Returns
    -------
    DataFrame: panel a kind "point"; b (local), c (global) kind "plane" (`plane_rows`) and kind
    "network" (n_kernels, background_weight, bic); d kind "trace" (series the trace's number)
    within the events' map, no row without traces.
    """
    parts = [points[_AXES].assign(panel="a", kind="point")]
    for panel, folder in (("b", local_network), ("c", global_network)):
        mixture, events, _ = load_network(folder)
        counts = events["kernel"].value_counts().reindex(range(len(mixture)), fill_value=0)
        summary = network_summary(folder)
        row = {"panel": panel, "kind": "network", "series": summary["criterion"]}
        row.update({k: summary[k] for k in ("n_kernels", "background_weight", "bic")})
        parts += [plane_rows(mixture, counts.to_numpy(), panel), pd.DataFrame([row])]
    if traces is not None:
        crs = load_network(local_network)[2]["crs"]
        parts.append(_near(read_traces(traces, Projection(crs)), points))
    return pd.concat(parts, ignore_index=True)


def _near(traces: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """Keep the runs of trace vertices on the map, a new number where a trace leaves it."""
    inside = pd.Series(True, index=traces.index)
    for axis in ("x_km", "y_km"):
        inside &= traces[axis].between(points[axis].min() - 5.0, points[axis].max() + 5.0)
    run = ((inside != inside.shift()) | (traces["trace"] != traces["trace"].shift())).cumsum()
    kept = traces.loc[inside, ["x_km", "y_km"]].assign(series=run[inside].astype(str))
    return kept.assign(panel="d", kind="trace")
