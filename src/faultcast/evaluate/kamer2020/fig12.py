"""Figure 12: the spatial forecast test, and its rows among the published numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from faultcast.catalog import Region, select_events
from faultcast.errors import DataError
from faultcast.evaluate.spatial import REFERENCE, spatial_forecast_test
from faultcast.faults import FaultNetwork

_PANELS = {"as_paper": "a", "fair": "b"}
_SCORINGS = {"as_published": "as_paper", "leak_free": "fair"}
_PUBLISHED_CUTS = (2.5, 3.0, 3.5)


def numbers(
    events: pd.DataFrame,
    targets: pd.DataFrame,
    network: Path | Sequence[Path],
    condensed: pd.DataFrame | None = None,
    *,
    region: Mapping[str, Any],
    target_region: Mapping[str, Any],
    bandwidths_km: Sequence[float],
    magnitudes: Sequence[float] = _PUBLISHED_CUTS,
    network_names: Sequence[str] = ("fault network",),
    validation_start: str | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Return the scores of all forecasts; one row a scoring, model, setting and cut-off.

    Parameters
    ----------
    events : event table of the learning period.
    targets : event table of the target period.
    network : folder of the fault network, or several, the one that others are compared with
        first; each from events of the learning period.
    condensed : table of condensed kernels of the learning period.
    region : learning region and period, as `Region.from_config` reads it; its projection is
        that of networks and kernels.
    target_region : target volume and period.
    bandwidths_km : of TripleS.
    magnitudes : cut-offs of the targets.
    network_names : one a network.
    validation_start : first moment of the validation part of the learning period; by default
        that part is as long as the target period.
    options : further ones of `spatial_forecast_test`.

    Returns
    -------
    The table of `spatial_forecast_test` with `panel` ("a" as in the paper, "b" fair).

    Raises
    ------
    DataError
        A period is not bounded, the target period starts before the learning period ends, or
        names are missing.
    """
    folders = [network] if isinstance(network, (str, Path)) else list(network)
    if len(folders) != len(network_names):
        raise DataError(f"{len(folders)} networks but the names {list(network_names)}: one each")
    learning, target = Region.from_config(region), Region.from_config(target_region)
    if learning.end is None or target.start is None or target.end is None:
        raise DataError("the learning period needs an end, the target period a start and an end")
    if target.start < learning.end:
        raise DataError(
            f"targets start {target.start}, the learning period ends {learning.end}: "
            "a forecast must not see its targets"
        )
    scores = spatial_forecast_test(
        select_events(events, learning),
        select_events(targets, target),
        {
            name: FaultNetwork.load(folder)
            for name, folder in zip(network_names, folders, strict=True)
        },
        condensed,
        region=target,
        projection=learning.projection(),
        bandwidths_km=bandwidths_km,
        magnitude_mins=magnitudes,
        validation_start=validation_start or learning.end - (target.end - target.start),
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
    has targets), `fig12.gain_grows_with_magnitude`, `fig12.n_parameters_triples` and
    `fig11.n_parameters_network`.
    """
    quoted = numbers[numbers["chosen"].astype(bool)]
    network = quoted.loc[quoted["kind"] == "network", "model"].iloc[0]
    names = {"network": network, "triples": REFERENCE, "uniform": "uniform"}
    by_protocol = {}
    for protocol, scoring in _SCORINGS.items():
        rows = quoted[quoted["scoring"] == scoring].set_index(["model", "magnitude_min"])
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
        for target, name in (
            ("fig11.n_parameters_network", network),
            ("fig12.n_parameters_triples", REFERENCE),
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
    scores = quoted[quoted["model"].isin([REFERENCE, "uniform"]) | (quoted["kind"] == "network")]
    rows = []
    for protocol, found in forecast_summary(numbers).items():
        scoring = _SCORINGS[protocol]
        for name, value in found.items():
            cut = float(name[-2:]) / 10 if name[-3:-2] == "m" and name[-2:].isdigit() else np.nan
            part = scores[(scores["scoring"] == scoring) & (scores["magnitude_min"] == cut)]
            note = ", ".join(
                f"{model} {nll:.2f}"
                for model, nll in zip(part["model"], part["nll_per_event"], strict=True)
            )
            rows.append((name, protocol, value, f"nats per event: {note}" if note else ""))
    return pd.DataFrame(rows, columns=["id", "protocol", "value", "note"])
