"""The spatial forecast test of Kamer et al. 2020, section 5 (Fig 12), as published and fair.

Each model is a density of hypocentres learned from a past period; its score is the mean
negative log likelihood of later target events in a volume, nats per event.

Scoring ``as_paper``: densities as they are, no renormalisation to the volume, no floor but the
network's own background, bandwidths tuned on the targets at each magnitude cut-off (the text
grants TripleS "this privilege of foresight").

Scoring ``fair``: every density is divided by its integral over the volume and mixed with the
same uniform floor. Settings (bandwidth, neighbour) and the floor's weight are chosen on the
past alone: models learn from the events before `validation_start` and are scored on those
after it; the floor is the best one for TripleS on all events. The models then learn again
from the whole learning period.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.catalog import Projection, Region
from faultcast.errors import DataError
from faultcast.evaluate.intervals import link_sequences, sequence_bootstrap
from faultcast.evaluate.spatial_models import Model, build_models
from faultcast.forecast.density import with_floor
from faultcast.forecast.network import Network
from faultcast.forecast.spatial import hypocentres
from faultcast.forecast.volume import Volume

REFERENCE = "TripleS, all events"
"""The model whose validation score chooses the weight of the common floor."""


@dataclass(frozen=True)
class _Chosen:
    """What the past chose: a setting's index a model, and the floor's weight."""

    settings: dict[str, int]
    floor_weight: float


@dataclass(frozen=True)
class _Targets:
    xyz_km: NDArray[np.float64]
    magnitude: NDArray[np.float64]
    sequence: NDArray[np.int64]


def spatial_forecast_test(
    learning_events: pd.DataFrame,
    target_events: pd.DataFrame,
    networks: Mapping[str, Network],
    condensed: pd.DataFrame | None = None,
    *,
    region: Region,
    projection: Projection,
    bandwidths_km: Sequence[float],
    validation_start: Any,
    neighbours: Sequence[int] = (5, 10, 20, 40, 80),
    magnitude_mins: Sequence[float] = (2.5, 3.0, 3.5),
    floor_weights: Sequence[float] = (0.001, 0.003, 0.01, 0.03, 0.1, 0.2),
    em_max_events: int | None = 0,
    link_distance_km: float = 10.0,
    link_days: float = 30.0,
    n_resamples: int = 2000,
    n_mass_samples: int = 100_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the scores of all models at all settings and magnitude cut-offs.

    Parameters
    ----------
    learning_events : event table of the learning period; events outside the volume are
        sources too, those without depth are not.
    target_events : event table after it; those inside `region`, its period included, count.
    networks : name -> network from the learning period; the first is the one that all are
        compared with.
    condensed : table of condensed kernels of the learning period, or None.
    region : target volume (and period).
    projection : of the networks and kernels.
    bandwidths_km : of the TripleS models.
    validation_start : first moment of the validation part of the learning period.
    neighbours : of the adaptive kernels.
    magnitude_mins : cut-offs of the targets; TripleS on large events uses the least.
    floor_weights : from which the fair scoring chooses.
    em_max_events : events that the EM mixture is fitted to (None: all; 0: no such row).
    link_distance_km, link_days : links of the sequences that the bootstrap draws whole.
    n_resamples, seed : of the bootstrap.
    n_mass_samples : draws for each density's integral over the volume.

    Returns
    -------
    One row a scoring, model, setting and cut-off: `scoring`, `model`, `kind`, `magnitude_min`,
    `bandwidth_km`, `neighbour`, `chosen` (bool: the row to quote), `floor_weight`,
    `mass_inside`, `mass_error` (standard error), `n_sources`, `n_parameters`, `n_targets`,
    `n_sequences`, `nll_per_event` with `low` and `high`, and `difference` (model minus the
    first network, positive where the model is worse) with `difference_low`,
    `difference_high`; 95 % intervals from a bootstrap over sequences.

    Raises
    ------
    DataError
        No network, no target, or a period without events.
    """
    if not networks:
        raise DataError("no fault network is given: the test compares models with one")
    volume = Volume(region, projection)
    targets = _select_targets(
        target_events, region, projection, min(magnitude_mins), link_distance_km, link_days
    )
    split = _split_moment(learning_events, validation_start)
    before = (learning_events["time"] < split).to_numpy()
    models_of = partial(
        build_models,
        condensed=condensed,
        volume=volume,
        bandwidths_km=np.asarray(bandwidths_km, dtype=float),
        neighbours=neighbours,
        magnitude_min=min(magnitude_mins),
        seed=seed,
    )
    early = models_of(learning_events[before], networks={}, em_max_events=0)
    models = models_of(learning_events, networks=networks, em_max_events=em_max_events)
    validation = _select_targets(
        learning_events[~before],
        Region(region.latitude, region.longitude, region.depth_km),
        projection,
        min(magnitude_mins),
        link_distance_km,
        link_days,
    )
    chosen = _choose(early, validation.xyz_km, volume, floor_weights, n_mass_samples, seed)
    columns = [
        _score_columns(model, targets.xyz_km, volume, chosen, n_mass_samples, seed)
        for model in models
    ]
    rows = [
        row
        for scoring in ("as_paper", "fair")
        for cut in magnitude_mins
        for row in _rows(scoring, cut, columns, targets, chosen, n_resamples, seed)
    ]
    return pd.DataFrame(rows)


def _select_targets(
    events: pd.DataFrame,
    region: Region,
    projection: Projection,
    magnitude_min: float,
    distance_km: float,
    days: float,
) -> _Targets:
    magnitude = events["magnitude"].to_numpy(float)
    kept = events[region.contains(events) & (magnitude >= magnitude_min)]
    if kept.empty:
        raise DataError(
            f"none of {len(events)} events has M >= {magnitude_min:g} and lies in {region}: "
            "lower the cut-off or choose longer periods"
        )
    xyz_km = hypocentres(kept, projection)
    return _Targets(
        xyz_km,
        kept["magnitude"].to_numpy(float),
        link_sequences(kept["time"].array, xyz_km, distance_km=distance_km, days=days),
    )


def _split_moment(events: pd.DataFrame, validation_start: Any) -> pd.Timestamp:
    first, last = events["time"].min(), events["time"].max()
    moment = pd.Timestamp(validation_start)
    moment = moment.tz_localize("UTC") if moment.tzinfo is None else moment
    if not first < moment <= last:
        raise DataError(
            f"validation starts {moment}, the learning events reach from {first} to {last}: "
            "choose a moment inside"
        )
    return moment


def _choose(
    early: Sequence[Model],
    points: NDArray[np.float64],
    volume: Volume,
    floor_weights: Sequence[float],
    n_samples: int,
    seed: int,
) -> _Chosen:
    """Choose the floor with the reference model, then each model's setting at that floor."""
    found = {model.name: model.evaluate(points, volume, n_samples, seed) for model in early}

    def scores(name: str, floor_weight: float) -> NDArray[np.float64]:
        logs, masses = found[name]
        return np.array(
            [
                with_floor(logs[:, i], mass.inside, floor_weight, volume).mean()
                for i, mass in enumerate(masses)
            ]
        )

    floor_weight = max(floor_weights, key=lambda weight: float(scores(REFERENCE, weight).max()))
    return _Chosen(
        {model.name: int(scores(model.name, floor_weight).argmax()) for model in early},
        float(floor_weight),
    )


def _score_columns(
    model: Model,
    points: NDArray[np.float64],
    volume: Volume,
    chosen: _Chosen,
    n_samples: int,
    seed: int,
) -> dict[str, Any]:
    """Return a model's target scores (n_targets, n_settings) under both scorings."""
    logs, masses = model.evaluate(points, volume, n_samples, seed)
    fair = [
        with_floor(logs[:, i], mass.inside, chosen.floor_weight, volume)
        for i, mass in enumerate(masses)
    ]
    return {
        "model": model,
        "masses": masses,
        "as_paper": -logs,
        "fair": -np.stack(fair, axis=1),
    }


def _rows(
    scoring: str,
    cut: float,
    columns: Sequence[dict[str, Any]],
    targets: _Targets,
    chosen: _Chosen,
    n_resamples: int,
    seed: int,
) -> list[dict[str, Any]]:
    large = targets.magnitude >= cut
    if not large.any():
        return []
    sequence = targets.sequence[large]
    reference = columns[0][scoring][large, :1]
    rows = []
    for column in columns:
        model: Model = column["model"]
        scores = column[scoring][large]
        quoted = (
            int(scores.mean(axis=0).argmin())
            if scoring == "as_paper"
            else chosen.settings.get(model.name, 0)
        )
        both = np.hstack((scores, scores - reference))
        intervals = sequence_bootstrap(both, sequence, n_resamples, seed)
        for i, mass in enumerate(column["masses"]):
            own, gap = intervals[i], intervals[i + scores.shape[1]]
            rows.append(
                {
                    "scoring": scoring,
                    "model": model.name,
                    "kind": model.kind,
                    "magnitude_min": float(cut),
                    "bandwidth_km": model.bandwidths_km[i],
                    "neighbour": model.neighbours[i],
                    "chosen": i == quoted,
                    "floor_weight": chosen.floor_weight if scoring == "fair" else 0.0,
                    "mass_inside": mass.inside,
                    "mass_error": mass.standard_error,
                    "n_sources": model.n_sources,
                    "n_parameters": model.n_parameters,
                    "n_targets": int(large.sum()),
                    "n_sequences": len(np.unique(sequence)),
                    "nll_per_event": own.mean,
                    "low": own.low,
                    "high": own.high,
                    "difference": gap.mean,
                    "difference_low": gap.low,
                    "difference_high": gap.high,
                }
            )
    return rows
