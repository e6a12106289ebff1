"""HierarchicalQuake from a cube and its static maps to trained networks.

HierarchicalQuake (anonymous), sections 4 and 5, and its public lineage (Kail, Burnaev and Zaytsev,
arXiv 2004.09140). docs/hierarchicalquake.md says what the paper leaves open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from faultcast.errors import ConfigError
from faultcast.grid import Cube, WindowLabels
from faultcast.grid.window_labels import FAR_DAYS, NEAR_DAYS
from faultcast.io import frame_digest
from faultcast.models.hierarchical_quake import VARIANTS, HierarchicalQuake
from faultcast.provenance import code_digest, settings_digest
from faultcast.train.day_parts import VALIDATION_BEFORE_TEST, DayParts, Days
from faultcast.train.device import choose_device, set_threads
from faultcast.train.quake_days import QuakeDays
from faultcast.train.quake_loop import QuakeLoop, train_network
from faultcast.train.quake_loss import QuakeLoss, prior_map
from faultcast.train.quake_options import QuakeOptions
from faultcast.train.quake_phases import pass_steps, published_steps
from faultcast.train.quake_protocol import QuakeProtocol, form_parts, get_form
from faultcast.train.quake_result import QuakeTraining, gather


def run_quake(
    cube: Cube,
    maps: pd.DataFrame,
    *,
    variant: str,
    form: str | Mapping[str, Any] | QuakeProtocol,
    magnitude_min: float,
    n_origins: int,
    origins: Sequence[int] | None = None,
    test_days: int = 1000,
    validation_before_test: Sequence[Days] = VALIDATION_BEFORE_TEST,
    near: int = NEAR_DAYS,
    far: int = FAR_DAYS,
    seed: int,
    threads: int = 1,
    device: str = "auto",
    checkpoint_folder: str | Path | None = None,
    checkpoint_seconds: float = 30.0,
    **options: Any,
) -> QuakeTraining:
    """Train one network in one form with one seed, once an origin.

    Parameters
    ----------
    cube : daily cube of the events that are input.
    maps : `parts`, `origin`, `cell`, and the daily rates `all_days` and `train`, of which only
        the one that the form takes is read.
    variant : key of `models.hierarchical_quake.VARIANTS`.
    form : key of `FORMS`, or a mixture of its switches.
    magnitude_min : smallest event that makes a label.
    n_origins : test blocks of rolling parts; the lineage's parts have one.
    origins : those of them that are trained for; None: all.
    test_days, validation_before_test : see `form_parts`.
    near, far : the label's window, days after the last input.
    threads : part of the result; the same count gives the same bits.
    device : "auto", "cpu" or "cuda".
    checkpoint_folder : a killed job goes on from here; emptied of this job's files at the end.
    options : fields of `QuakeOptions`.

    Raises
    ------
    ConfigError
        An option, variant, form, origin or device is not known.
    DataError
        The maps are of another grid, the catalog is too short, or a loss is not finite.
    """
    if seed < 0 or variant not in VARIANTS:
        raise ConfigError(
            f"variant is {variant!r}, seed {seed}; allowed are {', '.join(VARIANTS)}, and seeds "
            "from 0"
        )
    name, protocol = get_form(form)
    settings = QuakeOptions.from_mapping(options)
    parts = _chosen_parts(
        form_parts(
            protocol,
            cube.n_days,
            n_origins,
            far=far,
            test_days=test_days,
            validation_before_test=tuple((int(a), int(b)) for a, b in validation_before_test),
            validation_days=settings.validation_days,
            dropped_days=settings.dropped_days,
            warmup_days=settings.warmup_days,
        ),
        origins,
    )
    set_threads(threads)
    place = choose_device(device)
    what = {
        "variant": variant,
        "form": name,
        "protocol": asdict(protocol),
        "options": asdict(settings),
        "magnitude_min": magnitude_min,
        "window_days": [near, far],
        "seed": seed,
        "threads": threads,
        "inputs": _digests(cube, maps, protocol),
    }
    code = code_digest("faultcast.train.quake") if checkpoint_folder else ""
    days = QuakeDays(WindowLabels(cube, magnitude_min, near, far), settings.value, place)
    fits, files = [], []
    for each in parts:
        loop = _loop(maps, days, each, protocol, settings, variant, seed, place)
        loop.name = f"{variant}, {name}, seed {seed}, origin {each.origin}"
        key = settings_digest({**what, "code": code, "parts": asdict(each)})
        if checkpoint_folder is not None:
            files.append(Path(checkpoint_folder) / f"{key[:16]}.safetensors")
        fitted = train_network(
            loop,
            checkpoint=files[-1] if files else None,
            checkpoint_key=key,
            checkpoint_seconds=checkpoint_seconds,
        )
        fits.append((each, loop.model, fitted))
    result = gather(what, fits)
    for path in files:
        path.unlink(missing_ok=True)
    return result


def _chosen_parts(every: list[DayParts], origins: Sequence[int] | None) -> list[DayParts]:
    wanted = range(len(every)) if origins is None else origins
    if not wanted or any(not 0 <= origin < len(every) for origin in wanted):
        raise ConfigError(
            f"origins are {list(wanted)}; these parts of the days have 0 to {len(every) - 1}"
        )
    return [every[origin] for origin in wanted]


def _digests(cube: Cube, maps: pd.DataFrame, protocol: QuakeProtocol) -> dict[str, str]:
    """Return the digests of what a training reads."""
    read = [name for name in ("parts", "origin", "cell", protocol.prior) if name in maps]
    grid = {"cells": frame_digest(cube.cells), "grid": cube.grid()}
    return {"cube": settings_digest(grid), "maps": frame_digest(maps[read])}


def _loop(
    maps: pd.DataFrame,
    days: QuakeDays,
    parts: DayParts,
    protocol: QuakeProtocol,
    options: QuakeOptions,
    variant: str,
    seed: int,
    device: torch.device,
) -> QuakeLoop:
    """Return the training of one origin, ready to begin."""
    prior = prior_map(maps, protocol, parts.origin, days.source)
    first, second = np.random.SeedSequence([seed, parts.origin]).generate_state(2)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(first))
        model = HierarchicalQuake(
            torch.from_numpy(prior), VARIANTS[variant], head=protocol.head
        ).to(device)
    logits = protocol.loss == "logits"
    loss = QuakeLoss(
        protocol.loss,
        options.logit_positive_weight if logits else options.positive_weight,
        float(prior.sum(dtype=np.float64)),
    )
    block_days = options.block_days if protocol.state == "truncated" else 1
    if protocol.published:
        steps = published_steps(parts.train, options, block_days, int(second))
    else:
        steps = pass_steps(parts.train, options, block_days)
    return QuakeLoop(model, loss, days, steps, parts, protocol, options)
