"""Figure 11 of Kamer et al. (2020): four networks of the region, 5 and 30 subsets."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

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


def numbers(**networks: Path) -> pd.DataFrame:
    """Return what Figure 11 shows, from the folders of four networks.

    They are shown by number of subsets and, within, local before global; the names are free.

    Returns
    -------
    DataFrame: panels a to d; kind "plane" (columns of `plane_rows`; density_per_km3 colours
    it), kind "network" (criterion, n_subsets, n_events, n_kernels, n_faults,
    background_weight, bic_per_event).
    """
    summaries = {name: network_summary(folder) for name, folder in networks.items()}
    order = sorted(
        networks,
        key=lambda name: (summaries[name]["n_subsets"], summaries[name]["criterion"] == "global"),
    )
    parts = []
    for panel, name in zip("abcd", order, strict=True):
        mixture, events, _ = load_network(networks[name])
        counts = events["kernel"].value_counts().reindex(range(len(mixture)), fill_value=0)
        row = {"panel": panel, "kind": "network", **{k: summaries[name][k] for k in _SHOWN}}
        parts += [plane_rows(mixture, counts.to_numpy(), panel), pd.DataFrame([row])]
    return pd.concat(parts, ignore_index=True)
