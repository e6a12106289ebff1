"""The spatial forecast test of Kamer et al. 2020, section 5 (Fig 12), as published and fair.

Each model is a density of hypocentres learned from a past period; its score is the mean
negative log likelihood of later target events in a volume, nats per event.

Scoring ``as_paper``: densities as they are, no renormalisation to the volume, no floor but the
networks' own background, settings tuned on the targets at each magnitude cut-off (the text
grants TripleS "this privilege of foresight"); the network is the one with the lowest BIC.

Scoring ``fair``: every density is divided by its integral over the volume and mixed with the
same uniform floor. All choices are made on the past: models learn from the events before
`past_end` and are scored on those after it. The floor's weight is the best one for TripleS on
all events, each setting (bandwidth, neighbour) its model's best at that floor, and the network
that others are compared with the best of the candidates, as built. The models then learn again
from the whole learning period.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.catalog import Projection, Region
from faultcast.errors import DataError
from faultcast.evaluate.intervals import sequence_bootstrap
from faultcast.evaluate.plane_distance import plane_distances
from faultcast.evaluate.spatial_models import ALL_EVENTS, SETTINGS, Learned, Model, build_models
from faultcast.evaluate.spatial_targets import Targets, select_targets
from faultcast.forecast.density import Mass, with_floor
from faultcast.forecast.network import n_gaussians
from faultcast.forecast.volume import Volume

SCORINGS = ("as_paper", "fair")


@dataclass(frozen=True)
class _Past:
    """What the past chose: the floor's weight and the network; its score a model and setting."""

    floor_weight: float
    network: str
    scores: dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class _Scored:
    """A model's target scores (n_targets, n_settings) under both scorings."""

    model: Model
    masses: list[Mass]
    nll: dict[str, NDArray[np.float64]]


def spatial_forecast_test(
    learned: Learned,
    past: Learned,
    target_events: pd.DataFrame,
    *,
    region: Region,
    projection: Projection,
    past_end: Any,
    bandwidths_km: Sequence[float],
    neighbours: Sequence[int] = (2, 5, 10, 20, 40),
    magnitude_mins: Sequence[float] = (2.5, 3.0, 3.5),
    floor_weights: Sequence[float] = (0.001, 0.003, 0.01, 0.03, 0.1, 0.2),
    em_max_events: int | None = None,
    n_resamples: int = 2000,
    n_mass_samples: int = 100_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the scores of all models at all settings and magnitude cut-offs.

    Parameters
    ----------
    learned : the whole learning period.
    past : its part before `past_end`, with condensed kernels and networks of that part alone;
        the networks by the same names.
    target_events : event table after the learning period; those inside `region`, its period
        included, count.
    region : target volume (and period).
    projection : of the networks and kernels.
    past_end : first moment of the part of the learning period on which choices are made.
    bandwidths_km : of the TripleS models.
    neighbours : of the adaptive kernels.
    magnitude_mins : cut-offs of the targets; TripleS on large events uses the least.
    floor_weights : from which the past chooses.
    em_max_events : events that the EM mixtures are fitted to (None: all).
    n_resamples, seed : of the bootstrap.
    n_mass_samples : draws for each density's integral over the volume.

    Returns
    -------
    One row a scoring, model, setting and cut-off: `scoring`, `model`, `kind`, `magnitude_min`,
    `bandwidth_km`, `neighbour`, `chosen` (bool: the row to quote),
    `reference` (bool: the network that all are compared with), `floor_weight`, `mass_inside`,
    `mass_error` (standard error), `n_sources`, `n_parameters`, `n_targets`, `n_sequences`,
    `past_nll` (fair scoring on the part after `past_end`), `nll_per_event` with `low` and
    `high`, `difference` (model minus reference, positive where the model is worse) with
    `difference_low`, `difference_high`, and the same ends from wider links,
    `difference_low_wide`, `difference_high_wide`; 95 % intervals from a bootstrap over
    sequences. For networks as built `plane_km`: the median
    distance of targets between this cut-off and the next one from the plane of their kernel.

    Raises
    ------
    DataError
        No network, past networks of other names, no target, or a period without events.
    """
    if not learned.networks or set(learned.networks) != set(past.networks):
        raise DataError(
            f"networks {sorted(learned.networks)} and, of the past, {sorted(past.networks)}: "
            "expected at least one, each in both periods"
        )
    volume = Volume(region, projection)
    targets = select_targets(target_events, region, projection, min(magnitude_mins))
    later = learned.events[(learned.events["time"] >= _moment(learned.events, past_end)).to_numpy()]
    box = Region(region.latitude, region.longitude, region.depth_km)
    validation = select_targets(later, box, projection, min(magnitude_mins))
    models_of = partial(
        build_models,
        volume=volume,
        bandwidths_km=np.asarray(bandwidths_km, dtype=float),
        neighbours=neighbours,
        magnitude_min=min(magnitude_mins),
        seed=seed,
    )
    chosen = _choose(models_of(past), validation, volume, floor_weights, n_mass_samples, seed)
    references = {
        "as_paper": min(learned.networks, key=lambda name: learned.networks[name].bic_),
        "fair": chosen.network,
    }
    models = models_of(
        learned,
        em_sizes={n_gaussians(learned.networks[name]) for name in references.values()},
        em_max_events=em_max_events,
    )
    scored = [
        _score(model, targets, volume, chosen.floor_weight, n_mass_samples, seed)
        for model in models
    ]
    planes = {
        name: plane_distances(network.mixture_, targets.xyz_km)
        for name, network in learned.networks.items()
    }
    rows = [
        row
        for scoring in SCORINGS
        for cut in magnitude_mins
        for row in _rows(
            scoring, cut, scored, references[scoring], targets, chosen, n_resamples, seed
        )
    ]
    table = pd.DataFrame(rows)
    table["plane_km"] = [
        _median_between(planes.get(name), targets, cut, magnitude_mins)
        for name, cut in zip(table["model"], table["magnitude_min"], strict=True)
    ]
    return table


def _median_between(
    distances_km: NDArray[np.float64] | None,
    targets: Targets,
    cut: float,
    magnitude_mins: Sequence[float],
) -> float:
    """Return the median over targets from a cut-off to the next, those with a plane."""
    if distances_km is None:
        return np.nan
    end = min((other for other in magnitude_mins if other > cut), default=np.inf)
    known = distances_km[targets.above(cut) & ~targets.above(end)]
    known = known[np.isfinite(known)]
    return float(np.median(known)) if len(known) else np.nan


def _moment(events: pd.DataFrame, past_end: Any) -> pd.Timestamp:
    first, last = events["time"].min(), events["time"].max()
    moment = pd.Timestamp(past_end)
    moment = moment.tz_localize("UTC") if moment.tzinfo is None else moment
    if not first < moment <= last:
        raise DataError(
            f"the past ends {moment}, the learning events reach from {first} to {last}: "
            "choose a moment inside"
        )
    return moment


def _choose(
    models: Sequence[Model],
    validation: Targets,
    volume: Volume,
    floor_weights: Sequence[float],
    n_samples: int,
    seed: int,
) -> _Past:
    """Choose the floor with TripleS, then each model's setting and the network at that floor."""
    found = {
        model.name: model.evaluate(validation.xyz_km, volume, n_samples, seed) for model in models
    }

    def scores(name: str, floor_weight: float) -> NDArray[np.float64]:
        return -_floored(*found[name], floor_weight, volume).mean(axis=0)

    floor_weight = min(floor_weights, key=lambda weight: float(scores(ALL_EVENTS, weight).min()))
    at_floor = {model.name: scores(model.name, floor_weight) for model in models}
    networks = [model.name for model in models if model.kind == "network"]
    network = min(networks, key=lambda name: float(at_floor[name].min()))
    return _Past(float(floor_weight), network, at_floor)


def _floored(
    logs: NDArray[np.float64], masses: Sequence[Mass], floor_weight: float, volume: Volume
) -> NDArray[np.float64]:
    columns = [
        with_floor(logs[:, i], mass.inside, floor_weight, volume) for i, mass in enumerate(masses)
    ]
    return np.stack(columns, axis=1)


def _score(
    model: Model, targets: Targets, volume: Volume, floor_weight: float, n_samples: int, seed: int
) -> _Scored:
    logs, masses = model.evaluate(targets.xyz_km, volume, n_samples, seed)
    fair = -_floored(logs, masses, floor_weight, volume)
    return _Scored(model, masses, {"as_paper": -logs, "fair": fair})


def _rows(
    scoring: str,
    cut: float,
    scored: Sequence[_Scored],
    reference: str,
    targets: Targets,
    past: _Past,
    n_resamples: int,
    seed: int,
) -> list[dict[str, Any]]:
    """Return the rows of one scoring and cut-off; all share the bootstrap's draws."""
    large = targets.above(cut)
    if not large.any():
        return []
    narrow, wide = targets.sequence[large], targets.wide_sequence[large]
    own = next(part.nll[scoring] for part in scored if part.model.name == reference)
    scores = np.hstack([part.nll[scoring] for part in scored])[large]
    gaps = scores - own[large, :1]
    intervals = iter(
        zip(
            sequence_bootstrap(scores, narrow, n_resamples, seed),
            sequence_bootstrap(gaps, narrow, n_resamples, seed),
            sequence_bootstrap(gaps, wide, n_resamples, seed),
            strict=True,
        )
    )
    rows = []
    for part in scored:
        model = part.model
        on_past = past.scores.get(model.name, np.full(len(part.masses), np.nan))
        tuned = part.nll[scoring][large].mean(axis=0) if scoring == "as_paper" else on_past
        quoted = 0 if np.isnan(tuned).all() else int(np.argmin(tuned))
        for i, mass in enumerate(part.masses):
            score, gap, wide_gap = next(intervals)
            rows.append(
                {
                    "scoring": scoring,
                    "model": model.name,
                    "kind": model.kind,
                    "magnitude_min": float(cut),
                    **{
                        name: model.levels[i] if model.setting == name else np.nan
                        for name in SETTINGS
                    },
                    "chosen": i == quoted,
                    "reference": model.name == reference,
                    "floor_weight": past.floor_weight if scoring == "fair" else 0.0,
                    "mass_inside": mass.inside,
                    "mass_error": mass.standard_error,
                    "n_sources": model.n_sources,
                    "n_parameters": model.n_parameters,
                    "n_targets": int(large.sum()),
                    "n_sequences": len(np.unique(narrow)),
                    "n_sequences_wide": len(np.unique(wide)),
                    "past_nll": on_past[i] if scoring == "fair" else np.nan,
                    "nll_per_event": score.mean,
                    "low": score.low,
                    "high": score.high,
                    "difference": gap.mean,
                    "difference_low": gap.low,
                    "difference_high": gap.high,
                    "difference_low_wide": wide_gap.low,
                    "difference_high_wide": wide_gap.high,
                }
            )
    return rows
