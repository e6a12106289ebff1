"""Networks on tiles: trained on several domains at once, tested on windows that come later.

MM-STT (Yao, Huang, Dev 2025) and its rivals; docs/deformation.md says what is open.
"""

from __future__ import annotations

import logging
import platform
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from faultcast import __version__
from faultcast.deformation import Tile, WindowSplit
from faultcast.deformation.windows import PARTS
from faultcast.errors import ConfigError, DataError
from faultcast.io import frame_digest
from faultcast.provenance import code_digest, settings_digest
from faultcast.train.job import TrainingResult
from faultcast.train.loop import FitResult, fit
from faultcast.train.tile_data import (
    Domain,
    common_shape,
    make_domain,
    require_same_dates,
    windows_before,
)
from faultcast.train.tile_loss import as_batch, tile_loss
from faultcast.train.tile_networks import make_network
from faultcast.train.tile_options import TileOptions
from faultcast.train.tile_protocol import TileProtocol, get_tile_protocol, tile_splits, used_part
from faultcast.train.tile_table import join_tables, prediction_table

logger = logging.getLogger(__name__)

Windows = tuple[Tensor, ...]


def run_tile(
    tiles: Mapping[str, Tile],
    *,
    model: str,
    protocol: str,
    seed: int,
    label: str | None = None,
    also_train: Mapping[str, Tile] | None = None,
    threads: int = 1,
    device: str = "auto",
    checkpoint_folder: str | Path | None = None,
    **options: Any,
) -> TrainingResult:
    """Train one network under one protocol with one seed and forecast every test window.

    Parameters
    ----------
    tiles : name -> tile that is trained on and scored; all of the same dates.
    model : key of `models.tile_registry.TILE_NETWORKS`.
    protocol : key of `tile_protocol.TILE_PROTOCOLS`.
    label : what tables call it; None: the model's key.
    also_train : further tiles, of which the networks learn from windows before the training end
        of each fit. They are neither validated on nor scored; graph networks leave them out.
    threads : part of the result; the same count gives the same bits.
    checkpoint_folder : a killed job goes on from here; emptied of this job's files at the end.
    options : fields of `TileOptions`.

    Returns
    -------
    Its table: `tile_table.COLUMNS`. Weights "seed0.origin00.<name>", origin the number of the fit.

    Raises
    ------
    ConfigError, DataError
        An option, the model or the protocol is not known; tiles are too short or of other dates.
    """
    if not tiles:
        raise DataError("no tile to forecast: give at least one")
    if seed < 0:
        raise ConfigError(f"seed is {seed}; it must be at least 0")
    settings, rules = TileOptions.from_mapping(options), get_tile_protocol(protocol)
    require_same_dates(tiles)
    parts = {name: used_part(tile, rules) for name, tile in tiles.items()}
    tiles = {name: part for name, (part, _) in parts.items()}
    first, start = next(iter(parts.values()))
    splits = tile_splits(first.dates, rules, settings)
    record = {
        "model": model,
        "label": label or model,
        "protocol": protocol,
        "rules": asdict(rules),
        "options": asdict(settings),
        "seed": seed,
        "threads": threads,
        "inputs": {
            name: tile_digest(tile) for name, tile in {**tiles, **(also_train or {})}.items()
        },
    }
    code = code_digest("faultcast.train.tile") if checkpoint_folder else ""
    prefix = settings_digest({**record, "code": code})[:16]
    tables, histories, fits = [], [], []
    weights: dict[str, NDArray[Any]] = {}
    for fold, split in enumerate(splits):
        logger.info(
            "%s, %s, seed %d: fit %d of %d", label or model, protocol, seed, fold + 1, len(splits)
        )
        checkpoint = (
            Path(checkpoint_folder) / f"{prefix}-{fold:02d}.safetensors"
            if checkpoint_folder
            else None
        )
        domains = tile_domains(tiles, split, rules, {**tiles, **(also_train or {})})
        network, fitted = _train(
            domains, _other_domains(also_train or {}, split, first, rules, settings, domains),
            split, rules, settings, model=model, seed=_stream(seed, fold), threads=threads,
            device=device, checkpoint=checkpoint, code=code,
        )  # fmt: skip
        for name, domain in domains.items():
            tables.append(
                prediction_table(
                    domain.tile,
                    forecast(network, domain, split.test, settings),
                    split.test,
                    start=start,
                    domain=name,
                    protocol=protocol,
                    model=label or model,
                    seed=seed,
                    fold=fold,
                )
            )
        histories.append(fitted.history.assign(seed=seed, origin=fold))
        for name, value in network.state_dict().items():
            weights[f"seed{seed}.origin{fold:02d}.{name}"] = value.cpu().numpy()
        fits.append((split, fitted))
    if checkpoint_folder is not None:
        for path in Path(checkpoint_folder).glob(f"{prefix}-*.safetensors"):
            path.unlink()
    n_weights = sum(p.numel() for p in network.parameters())
    return TrainingResult(
        join_tables(tables),
        weights,
        pd.concat(histories, ignore_index=True)[
            ["seed", "origin", "epoch", "train_loss", "validation_loss"]
        ],
        {"runs": [_run_record(record, fits, n_weights)], "cost": [_cost(fits)]},
    )


def tile_domains(
    tiles: Mapping[str, Tile],
    split: WindowSplit,
    rules: TileProtocol,
    together: Mapping[str, Tile] | None = None,
) -> dict[str, Domain]:
    """Return the tiles as a fit sees them, in maps of one shape.

    Parameters
    ----------
    together : tiles that set the shape; None: `tiles`.
    """
    shape = common_shape(list((together or tiles).values()))
    return {name: make_domain(tile, split.train_end, rules, shape) for name, tile in tiles.items()}


def forecast(
    network: nn.Module, domain: Domain, origins: NDArray[np.int64], options: TileOptions
) -> NDArray[np.float64]:
    """Return a network's forecast of the covered cells, (n_origins, n_out, n_cells) mm."""
    device = next(network.parameters()).device
    rows, columns = domain.tile.mask.shape
    out = []
    network.eval()
    with torch.no_grad():
        for first in range(0, len(origins), options.batch_size):
            part = origins[first : first + options.batch_size]
            *inputs, _ = domain.windows(part, options.n_in, options.n_out)
            maps = network(as_batch(*(tensor.to(device) for tensor in inputs)))
            out.append(maps[..., :rows, :columns].double().cpu().numpy()[..., domain.tile.mask])
    return domain.scaling.undo(np.concatenate(out))


def tile_digest(tile: Tile) -> str:
    """Return the digest of what a tile holds."""
    row, column = np.nonzero(tile.mask)
    cells = pd.DataFrame(tile.series.T, columns=tile.dates.strftime("%Y%m%d"))
    return settings_digest(
        {
            "cells": frame_digest(cells.assign(row=row, column=column)),
            "lattice": tile.lattice.as_record(),
            "component": tile.component,
        }
    )


def _other_domains(
    others: Mapping[str, Tile],
    split: WindowSplit,
    scored: Tile,
    rules: TileProtocol,
    options: TileOptions,
    domains: Mapping[str, Domain],
) -> list[tuple[Domain, NDArray[np.int64]]]:
    """Return further tiles to learn from, each with its origins."""
    shape = next(iter(domains.values())).mask.shape
    pairs = []
    for tile in others.values():
        end = windows_before(tile, split, scored, options.n_in, options.n_out)
        origins = np.arange(options.n_in - 1, end - options.n_out)
        # its own gaps are never filled with 0: the leaks are those of the scored tiles
        pairs.append((make_domain(tile, end, replace(rules, gaps="masked"), shape), origins))
    return pairs


def _train(
    domains: Mapping[str, Domain],
    others: list[tuple[Domain, NDArray[np.int64]]],
    split: WindowSplit,
    rules: TileProtocol,
    options: TileOptions,
    *,
    model: str,
    seed: int,
    threads: int,
    device: str,
    checkpoint: Path | None,
    code: str,
) -> tuple[nn.Module, FitResult]:
    n_in, n_out = options.n_in, options.n_out
    torch.manual_seed(seed)
    network = make_network(model, list(domains.values()), options)
    learn = [(domain, split.train) for domain in domains.values()]
    if not network.on_nodes:
        learn += others
    train = _stack([domain.windows(origins, n_in, n_out) for domain, origins in learn])
    validation = _stack(
        [domain.windows(split.validation, n_in, n_out) for domain in domains.values()]
    )
    fitted = fit(
        network,
        tile_loss(flips=options.flips and not network.on_nodes),
        train,
        validation,
        options.fit_options(seed, threads),
        device=device,
        checkpoint=checkpoint,
        code=code,
        name=model,
    )
    return network, fitted


def _stack(parts: list[Windows]) -> Windows:
    return tuple(torch.cat(tensors) for tensors in zip(*parts, strict=True))


def _stream(seed: int, fold: int) -> int:
    return int(np.random.SeedSequence([seed, fold, 2]).generate_state(1)[0])


def _run_record(
    record: dict[str, Any], fits: list[tuple[WindowSplit, FitResult]], n_weights: int
) -> dict[str, Any]:
    return {
        **record,
        "n_weights": n_weights,
        "versions": {
            "faultcast": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__.split("+")[0],
            "numpy": np.__version__,
        },
        "fits": [
            {
                "train_end": split.train_end,
                "n_windows": {name: len(getattr(split, name)) for name in PARTS},
                "best_epoch": fitted.best_epoch,
                "validation_loss": float(fitted.history["validation_loss"].min()),
            }
            for split, fitted in fits
        ],
    }


def _cost(fits: list[tuple[WindowSplit, FitResult]]) -> dict[str, Any]:
    costs = [fitted.cost for _, fitted in fits]
    return {
        "wall_s": sum(cost["wall_s"] for cost in costs),
        "peak_memory_mb": max(cost["peak_memory_mb"] for cost in costs),
        "device": costs[0]["device"],
        "fits": costs,
    }
