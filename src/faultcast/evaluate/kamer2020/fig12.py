"""Figure 12: the spatial forecast test, and its rows among the published numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from faultcast.evaluate.kamer2020.forecast_inputs import read_networks, read_periods
from faultcast.evaluate.spatial import spatial_forecast_test
from faultcast.evaluate.spatial_models import ALL_EVENTS, Learned

_PANELS = {"as_paper": "a", "fair": "b"}
_SCORINGS = {"as_published": "as_paper", "leak_free": "fair"}
_PUBLISHED_CUTS = (2.5, 3.0, 3.5)


def numbers(
    events: pd.DataFrame,
    targets: pd.DataFrame,
    networks: Sequence[Path],
    past_networks: Sequence[Path],
    condensed: pd.DataFrame,
    past_condensed: pd.DataFrame,
    *,
    region: Mapping[str, Any],
    target_region: Mapping[str, Any],
    past_end: str,
    bandwidths_km: Sequence[float],
    magnitudes: Sequence[float] = _PUBLISHED_CUTS,
    **options: Any,
) -> pd.DataFrame:
    """Return the scores of all forecasts; one row a scoring, model, setting and cut-off.

    Parameters
    ----------
    events : event table of the learning period.
    targets : event table of the target period.
    networks : folders of the candidate fault networks, from events of the learning period.
    past_networks : folders of the same networks from events before `past_end`.
    condensed, past_condensed : tables of condensed kernels of both.
    region : learning region and period, as `Region.from_config` reads it; its projection is
        that of networks and kernels.
    target_region : target volume and period.
    past_end : first moment of the part of the learning period on which choices are made.
    bandwidths_km : of TripleS.
    magnitudes : cut-offs of the targets.
    options : further ones of `spatial_forecast_test`.

    Returns
    -------
    The table of `spatial_forecast_test` with `panel` ("a" as in the paper, "b" fair).

    Raises
    ------
    DataError
        A period is not bounded, the target period starts before the learning period ends, or
        two networks are of one kind.
    """
    periods = read_periods(events, targets, region, target_region)
    before = (periods.events["time"] < pd.Timestamp(past_end, tz="UTC")).to_numpy()
    scores = spatial_forecast_test(
        Learned(periods.events, condensed, read_networks(networks)),
        Learned(periods.events[before], past_condensed, read_networks(past_networks)),
        periods.targets,
        region=periods.target,
        projection=periods.learning.projection(),
        past_end=past_end,
        bandwidths_km=bandwidths_km,
        magnitude_mins=magnitudes,
        **options,
    )
    scores.insert(0, "panel", scores["scoring"].map(_PANELS))
    return scores


def forecast_summary(numbers: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return what the text and Fig 12 state, by protocol and id of the published number.

    Parameters
    ----------
    numbers : the table of `numbers`.

    Returns
    -------
    {"as_published": ..., "leak_free": ...}, each with `fig12.network_beats_triples_m25`,
    `fig12.triples_beats_uniform_m25` (1 true, 0 false; so for every cut-off of the paper that
    has targets), `fig12.gain_grows_with_magnitude`, `fig12.large_events_nearer_planes`,
    `fig12.n_parameters_triples` and
    `fig11.n_parameters_network`. The network is the reference of the scoring: the one with the
    lowest BIC as published, the one that the past chose leak-free.
    """
    quoted = numbers[numbers["chosen"].astype(bool)]
    by_protocol = {}
    for protocol, scoring in _SCORINGS.items():
        part = quoted[quoted["scoring"] == scoring]
        network = part.loc[part["reference"].astype(bool), "model"].iloc[0]
        names = {"network": network, "triples": ALL_EVENTS, "uniform": "uniform"}
        rows = part.set_index(["model", "magnitude_min"])
        present = set(rows.index.get_level_values("magnitude_min"))
        found: dict[str, float] = {}
        gains = []
        for cut in sorted(present.intersection(_PUBLISHED_CUTS)):
            tag = f"m{round(10 * cut)}"
            nll = {
                short: float(rows.loc[(name, cut), "nll_per_event"])
                for short, name in names.items()
            }
            found[f"fig12.network_beats_triples_{tag}"] = int(nll["network"] < nll["triples"])
            found[f"fig12.triples_beats_uniform_{tag}"] = int(nll["triples"] < nll["uniform"])
            gains.append(nll["triples"] - nll["network"])
        if len(gains) == len(_PUBLISHED_CUTS):
            found["fig12.gain_grows_with_magnitude"] = int((np.diff(gains) > 0).all())
            small, _, large = (rows.loc[(network, cut), "plane_km"] for cut in _PUBLISHED_CUTS)
            if np.isfinite(small) and np.isfinite(large):
                found["fig12.large_events_nearer_planes"] = int(large < small)
        for target, name in (
            ("fig11.n_parameters_network", network),
            ("fig12.n_parameters_triples", ALL_EVENTS),
        ):
            found[target] = int(rows.loc[(name, min(present)), "n_parameters"])
        by_protocol[protocol] = found
    return by_protocol


def ours(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return `forecast_summary` as the rows that are held against the published numbers.

    Returns
    -------
    `id`, `protocol`, `value` and `note`: the scores behind a comparison of two forecasts.
    """
    quoted = numbers[numbers["chosen"].astype(bool)]
    rows = [
        (name, protocol, value, _note(name, quoted[quoted["scoring"] == _SCORINGS[protocol]]))
        for protocol, found in forecast_summary(numbers).items()
        for name, value in found.items()
    ]
    return pd.DataFrame(rows, columns=["id", "protocol", "value", "note"])


def _note(name: str, quoted: pd.DataFrame) -> str:
    """Return the values behind a comparison, from the quoted rows of a scoring."""
    network = quoted[quoted["reference"].astype(bool)]
    if name == "fig12.large_events_nearer_planes":
        planes = zip(network["magnitude_min"], network["plane_km"], strict=True)
        return "median km from M " + ", ".join(f"{cut:g}: {km:.2f}" for cut, km in planes)
    if name == "fig12.gain_grows_with_magnitude":
        triples = quoted[quoted["model"] == ALL_EVENTS]
        gains = zip(triples["magnitude_min"], triples["difference"], strict=True)
        return "nats per event, M >= " + ", ".join(f"{cut:g}: {gain:.2f}" for cut, gain in gains)
    if not name[-3:].startswith("m"):
        return ""
    compared = pd.concat((network, quoted[quoted["model"].isin([ALL_EVENTS, "uniform"])]))
    part = compared[compared["magnitude_min"] == float(name[-2:]) / 10]
    return "nats per event: " + ", ".join(
        f"{model} {nll:.2f}"
        for model, nll in zip(part["model"], part["nll_per_event"], strict=True)
    )
