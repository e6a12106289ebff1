"""Figure 12: the spatial forecast test, and its rows among the published numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from faultcast.catalog import Projection, Region, select_events
from faultcast.errors import DataError
from faultcast.evaluate.spatial import REFERENCE, spatial_forecast_test
from faultcast.faults import FaultNetwork

_PANELS = {"as_paper": "a", "fair": "b"}
_EVERYWHERE = {"latitude_deg": (-90.0, 90.0), "longitude_deg": (-180.0, 180.0)}


def numbers(
    events: pd.DataFrame,
    network: Path | Sequence[Path],
    condensed: pd.DataFrame | None = None,
    *,
    projection: str,
    target: Mapping[str, Any],
    learning_start: str,
    learning_end: str,
    validation_start: str,
    network_names: Sequence[str] = ("fault network",),
    bandwidths_km: Sequence[float] | Mapping[str, float] = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0),
    **options: Any,
) -> pd.DataFrame:
    """Return the scores of all forecasts; one row a scoring, model, setting and cut-off.

    Parameters
    ----------
    events : event table that holds the learning and the target period.
    network : folder of the fault network, or several, the one that others are compared with
        first; each from events of the learning period.
    condensed : table of condensed kernels of the learning period.
    projection : PROJ string of networks and kernels.
    target : target volume and period, as `Region.from_config` reads it.
    learning_start, learning_end, validation_start : dates; the learning period and the start
        of its last part, on which settings are chosen.
    network_names : one a network.
    bandwidths_km : of TripleS, or {lowest, highest, n} for n in geometric steps.
    options : further ones of `spatial_forecast_test`.

    Returns
    -------
    The table of `spatial_forecast_test` with `panel` ("a" as in the paper, "b" fair).

    Raises
    ------
    DataError
        The target period starts before the learning period ends, or names are missing.
    """
    folders = [network] if isinstance(network, (str, Path)) else list(network)
    if len(folders) != len(network_names):
        raise DataError(f"{len(folders)} networks but the names {list(network_names)}: one each")
    region = Region.from_config(target)
    if region.start is None or region.start < pd.Timestamp(learning_end, tz="UTC"):
        raise DataError(
            f"targets start {region.start}, the learning period ends {learning_end}: "
            "a forecast must not see its targets"
        )
    learning = {"start": learning_start, "end": learning_end, **_EVERYWHERE}
    scores = spatial_forecast_test(
        select_events(events, Region.from_config(learning)),
        select_events(events, region),
        {
            name: FaultNetwork.load(folder)
            for name, folder in zip(network_names, folders, strict=True)
        },
        condensed,
        region=region,
        projection=Projection(projection),
        bandwidths_km=_ladder(bandwidths_km),
        validation_start=validation_start,
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
    `fig12.triples_beats_uniform_m25` (1 true, 0 false; so for every cut-off),
    `fig12.gain_grows_with_magnitude`, `fig12.n_parameters_triples`,
    `fig11.n_parameters_network`, and for the record `fig12.nll_<model>_m25` and
    `fig12.n_targets_m25`.
    """
    quoted = numbers[numbers["chosen"].astype(bool)]
    network = quoted.loc[quoted["kind"] == "network", "model"].iloc[0]
    names = {"network": network, "triples": REFERENCE, "uniform": "uniform"}
    by_protocol = {}
    for protocol, scoring in (("as_published", "as_paper"), ("leak_free", "fair")):
        rows = quoted[quoted["scoring"] == scoring].set_index(["model", "magnitude_min"])
        cuts = sorted(set(rows.index.get_level_values("magnitude_min")))
        found: dict[str, float] = {}
        gains = []
        for cut in cuts:
            tag = f"m{round(10 * cut)}"
            nll = {
                short: float(rows.loc[(name, cut), "nll_per_event"])
                for short, name in names.items()
            }
            found |= {f"fig12.nll_{short}_{tag}": value for short, value in nll.items()}
            found[f"fig12.n_targets_{tag}"] = int(rows.loc[(network, cut), "n_targets"])
            found[f"fig12.network_beats_triples_{tag}"] = int(nll["network"] < nll["triples"])
            found[f"fig12.triples_beats_uniform_{tag}"] = int(nll["triples"] < nll["uniform"])
            gains.append(nll["triples"] - nll["network"])
        found["fig12.gain_grows_with_magnitude"] = int((np.diff(gains) > 0).all())
        for target, name in (
            ("fig11.n_parameters_network", network),
            ("fig12.n_parameters_triples", REFERENCE),
        ):
            found[target] = int(rows.loc[(name, cuts[0]), "n_parameters"])
        by_protocol[protocol] = found
    return by_protocol


def _ladder(bandwidths_km: Sequence[float] | Mapping[str, float]) -> list[float]:
    if isinstance(bandwidths_km, Mapping):
        steps = np.geomspace(
            bandwidths_km["lowest"], bandwidths_km["highest"], int(bandwidths_km["n"])
        )
        return [float(step) for step in steps]
    return [float(step) for step in bandwidths_km]
