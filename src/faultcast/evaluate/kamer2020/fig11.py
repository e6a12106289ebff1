"""Figure 11 of Kamer et al. (2020): four networks of the region, 5 and 30 subsets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from faultcast.evaluate.kamer2020.oceanside import sequence_rows
from faultcast.evaluate.kamer2020.plane_rows import plane_rows
from faultcast.faults import load_network, network_summary

_SHOWN = (
    "criterion",
    "n_subsets",
    "n_events",
    "n_kernels",
    "n_faults",
    "background_weight",
    "bic_per_event",
)


def numbers(
    events: pd.DataFrame, condensed: pd.DataFrame, assignment: pd.DataFrame, **networks: Path
) -> pd.DataFrame:
    """Return what Figure 11 shows, from the folders of four networks.

    They are shown by number of subsets and, within, local before global; the names are free.

    Parameters
    ----------
    events, condensed, assignment : event table, condensed kernels and the kernel of each event
        (as `sequence_rows` takes them), for the Oceanside sequence
    networks : folders of networks of the condensed kernels that won an event

    Returns
    -------
    DataFrame: panels a to d; kind "plane" (columns of `plane_rows`; density_per_km3 colours
    it), kind "network" (criterion, n_subsets, n_events, n_kernels, n_faults,
    background_weight, bic_per_event, and x_low_km, x_high_km, y_low_km, y_high_km between which
    all but 0.2 % of the points lie), kind "sequence" (`sequence_rows`).
    """
    summaries = {name: network_summary(folder) for name, folder in networks.items()}
    order = sorted(
        networks,
        key=lambda name: (summaries[name]["n_subsets"], summaries[name]["criterion"] == "global"),
    )
    parts = []
    panels = dict(zip("abcd", order, strict=True))
    for panel, name in panels.items():
        mixture, points, _ = load_network(networks[name])
        counts = np.bincount(points["kernel"], minlength=len(mixture))
        row = {"panel": panel, "kind": "network", **{k: summaries[name][k] for k in _SHOWN}}
        for axis in "xy":
            low, high = points[f"{axis}_km"].quantile([0.001, 0.999])
            row |= {f"{axis}_low_km": low, f"{axis}_high_km": high}
        parts += [plane_rows(mixture, counts, panel), pd.DataFrame([row])]
    folders = {panel: networks[name] for panel, name in panels.items()}
    parts.append(sequence_rows(events, condensed, assignment, folders))
    return pd.concat(parts, ignore_index=True)
