"""Scores of HierarchicalQuake's trained networks of one study and form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from faultcast.errors import DataError
from faultcast.evaluate.hierarchicalquake.origins import part_draws
from faultcast.evaluate.hierarchicalquake.score_rows import Scored, Subject, score_table
from faultcast.evaluate.hierarchicalquake.scoring import Stage
from faultcast.evaluate.region_blocks import Drawn
from faultcast.forecast.quake_network import QuakeForecast
from faultcast.grid import Cube, WindowLabels
from faultcast.io import read_json, reading
from faultcast.models.hierarchical_quake import VARIANTS
from faultcast.train.quake_protocol import get_form


@dataclass(frozen=True)
class _Run:
    """One seed of one variant, and where it lies."""

    variant: str
    seed: int
    weights: Path
    record: Path
    told: dict[str, Any]


def numbers(
    *,
    cube: Cube,
    maps: pd.DataFrame,
    weights: Sequence[str | Path],
    records: Sequence[str | Path],
    form: str | Mapping[str, Any],
    region_km: float = 80.0,
    block_days: int = 100,
    n_resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    device: str = "auto",
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return scores and reliability of all networks of one form, on their test days.

    Parameters
    ----------
    cube, maps : those of the trainings.
    weights, records : files of `QuakeTraining.write`, in the same order, of any variants and
        seeds under this form.
    form : name of the form.
    region_km, block_days, n_resamples, level, seed : as for the floors, whose draws these are
        if the networks have all origins.

    Returns
    -------
    scores : `score_rows.COLUMNS`, with rows of seed -1 for the mean over seeds. `val_loss` is the
        last one under a published form, that of the kept weights otherwise; it has no interval.
    reliability : as `floor_scores.numbers` gives it.

    Raises
    ------
    DataError
        Files do not belong together, or the maps lack an origin.
    """
    name, protocol = get_form(form)
    runs = list(_runs(weights, records, name))
    if not runs:
        raise DataError(f"no training of form {form!r} to score: give weights and records")
    windows = {(run.told["magnitude_min"], *run.told["window_days"]) for run in runs}
    if len(windows) > 1:
        raise DataError(f"the trainings have different labels {sorted(windows)}: score each alone")
    labels = WindowLabels(cube, *windows.pop())
    origins = sorted({fit["parts"]["origin"] for run in runs for fit in run.told["fits"]})
    parts = []
    for origin in origins:
        _, first = next(_forecasts(runs, origin, cube, maps, form, device))
        parts.append(first.parts)
    draws = part_draws(
        cube,
        parts,
        region_km=region_km,
        block_days=block_days,
        n_resamples=n_resamples,
        seed=seed,
    )
    scored: list[Scored] = []
    bins = []
    for one, drawn in zip(parts, draws, strict=True):
        chosen = maps[(maps["parts"] == protocol.parts) & (maps["origin"] == one.origin)]
        rate = chosen.sort_values("cell")["train"].to_numpy(np.float64)
        stage = Stage.of(
            cube, labels, one, rate, draws=drawn, region_km=region_km, block_days=block_days
        )
        for run, forecast in _forecasts(runs, one.origin, cube, maps, form, device):
            subject = Subject(run.variant, "network", name, protocol.parts, run.seed)
            both, reliability = stage.scored(forecast, subject)
            loss = _validation_loss(run.told, one.origin, protocol.published)
            own = replace(both[0].own, scores=both[0].own.scores | {"val_loss": loss})
            scored += [replace(both[0], own=own), *both[1:]]
            bins.append(reliability)
    return score_table(scored, level=level), pd.concat(bins, ignore_index=True)


def _runs(
    weights: Sequence[str | Path], records: Sequence[str | Path], form: str
) -> Iterator[_Run]:
    """Yield the runs of all files in the order of the variants, then of the seeds."""
    every = []
    for network, record in zip(weights, records, strict=True):
        with reading(record):
            for told in read_json(record)["runs"]:
                if told["form"] != form:
                    raise DataError(f"{record} is of form {told['form']!r}, not {form!r}")
                run = _Run(told["variant"], told["seed"], Path(network), Path(record), told)
                every.append(run)
    order = list(VARIANTS)
    yield from sorted(every, key=lambda run: (order.index(run.variant), run.seed))


def _forecasts(
    runs: list[_Run],
    origin: int,
    cube: Cube,
    maps: pd.DataFrame,
    form: str | Mapping[str, Any],
    device: str,
) -> Iterator[tuple[_Run, QuakeForecast]]:
    """Yield the networks of one origin, not yet run."""
    for run in runs:
        if any(fit["parts"]["origin"] == origin for fit in run.told["fits"]):
            forecast = QuakeForecast.load(
                run.weights,
                run.record,
                cube,
                maps,
                variant=run.variant,
                form=form,
                seed=run.seed,
                origin=origin,
                device=device,
            )
            yield run, forecast


def _validation_loss(told: dict[str, Any], origin: int, published: bool) -> Drawn:
    """Return the loss that stands for a training, without resamples."""
    (fit,) = (fit for fit in told["fits"] if fit["parts"]["origin"] == origin)
    key = "last_validation_loss" if published else "best_validation_loss"
    return Drawn(float(fit[key]), np.empty(0))
