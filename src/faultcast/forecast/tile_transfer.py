"""Networks and linear maps on tiles that they were not trained on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file

from faultcast.deformation import Tile, WindowSplit
from faultcast.errors import DataError
from faultcast.forecast.deformation_baselines import (
    choose_pooled_ridge,
    persistence,
    trend_annual,
)
from faultcast.forecast.tile_baselines import lags_that_fit
from faultcast.io import read_json
from faultcast.models.tile_registry import TILE_NETWORKS
from faultcast.train.tile import forecast
from faultcast.train.tile_data import make_domain
from faultcast.train.tile_networks import OnMaps, OnNodes, make_network
from faultcast.train.tile_options import TileOptions
from faultcast.train.tile_protocol import TILE_PROTOCOLS, tile_splits
from faultcast.train.tile_table import join_tables, prediction_table, step_domains

# the fit whose windows are cut once, in time
TRAINED_UNDER = "chronological"
PROTOCOL = "transfer"
# share of another tile's epochs that its scale and priors see, where it ends before the training
OWN_SHARE = 0.6


def apply_network(
    weights: str | Path,
    record: str | Path,
    trained_on: Tile,
    tiles: Mapping[str, Tile],
    *,
    steps: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Forecast other tiles with a trained network, as it is.

    Scale and priors of a tile come from its own epochs up to the network's training end or, of a
    tile that ends before it, from its first `OWN_SHARE`; every later window is forecast.

    Parameters
    ----------
    weights, record : of a training on one tile under `TRAINED_UNDER` (`train.tile.run_tile`).
    trained_on : that tile.
    tiles : name -> tile; for a network on maps its maps must not be larger. A network on a graph
        is put on that of the tile's own cells.
    steps : name -> day of a step in that tile; windows before it, with it in their targets, and
        after it are domains of their own (`train.tile_table.step_domains`).

    Returns
    -------
    `train.tile_table.COLUMNS` with protocol "transfer", of all seeds of the training.

    Raises
    ------
    DataError
        Weights are missing or damaged or belong to nodes, a tile is too large or too short.
    """
    tables = []
    for run in read_json(record)["runs"]:
        options = TileOptions.from_mapping(run["options"])
        split = _split_of(trained_on, options)
        kind = TILE_NETWORKS[run["model"]]
        if kind.place == "nodes":
            raise DataError(f"{kind.title} has parameters for each node: they fit no other tile")
        for name, tile in tiles.items():
            shape = None if kind.on_graph else trained_on.lattice.shape
            if shape is not None and np.any(np.array(tile.mask.shape) > shape):
                raise DataError(
                    f"{name} has {tile.mask.shape} cells, the network was trained on {shape}: "
                    "choose a smaller tile"
                )
            train_end, origins = later_windows(tile, trained_on, split, options)
            other = make_domain(tile, train_end, TILE_PROTOCOLS[TRAINED_UNDER], shape)
            network = make_network(run["model"], [other], options)
            _load(network, weights, run["seed"])
            tables += _labelled(
                tile, name, forecast(network, other, origins, options), origins,
                run["model"], int(run["seed"]), (steps or {}).get(name),
            )  # fmt: skip
    return join_tables(tables)


def apply_baselines(
    trained_on: Tile,
    tiles: Mapping[str, Tile],
    *,
    steps: Mapping[str, str] | None = None,
    ridge_lags: tuple[int, ...] = (12, 30, 45, 60, 75, 90),
    **options: Any,
) -> pd.DataFrame:
    """Forecast the same windows without a network; the ridge is that of the training tile.

    Persistence and the refitted trend need no training. The ridge's lags are chosen on validation
    of the training tile, among those that the first window of the other tile has; as many as
    networks read are always a candidate.

    Returns
    -------
    As `apply_network`, seed -1.
    """
    settings = TileOptions.from_mapping(options)
    split = _split_of(trained_on, settings)
    tables = []
    for name, tile in tiles.items():
        _, origins = later_windows(tile, trained_on, split, settings)
        own = WindowSplit(split.train_end, split.train, split.validation, origins)
        ridge = choose_pooled_ridge(
            trained_on.series, split.train_end, split.validation,
            n_lags=lags_that_fit((*ridge_lags, settings.n_in), own, settings.n_out),
            n_out=settings.n_out,
        )  # fmt: skip
        told = {
            "persistence": persistence(tile.series, origins, settings.n_out),
            "trend_refitted": trend_annual(tile.series, tile.years, origins, settings.n_out),
            "ridge_chosen": ridge.predict(tile.series, origins),
        }
        for model, values in told.items():
            tables += _labelled(tile, name, values, origins, model, -1, (steps or {}).get(name))
    return join_tables(tables)


def later_windows(
    tile: Tile, trained_on: Tile, split: WindowSplit, options: TileOptions
) -> tuple[int, NDArray[np.int64]]:
    """Return how many epochs scale and priors may see, and the origins of all later windows.

    Raises
    ------
    DataError
        No window is left.
    """
    cut = trained_on.dates[split.train_end - 1]
    train_end = int((tile.dates <= cut).sum())
    if train_end > tile.n_epochs - options.n_out:
        train_end = int(OWN_SHARE * tile.n_epochs)
    origins = np.arange(max(train_end, options.n_in) - 1, tile.n_epochs - options.n_out)
    if not len(origins) or train_end < 2:
        raise DataError(
            f"{tile.name} has {tile.n_epochs} epochs: too few for a window of {options.n_in} + "
            f"{options.n_out} after those of its priors"
        )
    return train_end, origins


def _split_of(trained_on: Tile, options: TileOptions) -> WindowSplit:
    return tile_splits(trained_on.dates, TILE_PROTOCOLS[TRAINED_UNDER], options)[0]


def _load(network: OnMaps | OnNodes, weights: str | Path, seed: int) -> None:
    start = f"seed{seed}.origin00."
    try:
        found = load_file(weights)
        network.load_state_dict(
            {name.removeprefix(start): value for name, value in found.items()
             if name.startswith(start)}
        )  # fmt: skip
    except (OSError, SafetensorError, RuntimeError) as error:
        raise DataError(
            f"{weights} does not hold the weights of seed {seed} for this network and tile "
            f"({str(error)[:200]}); train it anew"
        ) from error
    network.eval()


def _labelled(
    tile: Tile,
    name: str,
    told: NDArray[np.float64],
    origins: NDArray[np.int64],
    model: str,
    seed: int,
    step: str | None,
) -> list[pd.DataFrame]:
    """Return the table of a tile; of one with a step in parts, by where their targets lie."""
    # the first epoch that shows the step
    first = tile.n_epochs
    if step is not None:
        first = int((tile.dates <= pd.Timestamp(step, tz="UTC")).sum())
    before, after = origins + told.shape[1] < first, origins >= first
    return [
        prediction_table(
            tile, told[part], origins[part], domain=domain, protocol=PROTOCOL, model=model,
            seed=seed, fold=0,
        )
        for domain, part in zip(
            step_domains(name), (before, ~before & ~after, after), strict=True
        )
        if part.any()
    ]  # fmt: skip
