"""MM-STT, figure 7: where and when a patch looks, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from faultcast.deformation import Tile
from faultcast.errors import DataError

if TYPE_CHECKING:
    from torch import nn

    from faultcast.models.mmstt import MmStt
    from faultcast.models.tile_batch import TileBatch

PRIORS = "priors"


def numbers(
    *,
    weights: str | Path,
    record: Mapping[str, Any],
    cells: Sequence[pd.DataFrame],
    tiles: Sequence[Mapping[str, Any]],
    n_origins: int = 16,
) -> pd.DataFrame:
    """Return the attention of the patch that holds most measured cells.

    Means over heads, over the query patch's tokens (one an input epoch), and over origins spread
    evenly over the last fit's test part; the first seed counts.

    Parameters
    ----------
    weights, record : of a training of MM-STT with joint attention.
    cells, tiles : `cells.parquet` and `tile.json` of all its tiles; the first is shown.
    n_origins : at most.

    Returns
    -------
    layer (from 1), frame ("-11" .. "0", epochs since the origin, and "priors"), patch_row,
    patch_column (patches that hold a measured cell), query_row, query_column, patch (cells along
    its side), weight (sums to 1 over a layer), uniform (the weight if all tokens had the same).

    Raises
    ------
    DataError
        The weights are not those of this network and tile.
    """
    import torch

    from faultcast.models.patches import cut_patches
    from faultcast.train.tile import tile_domains
    from faultcast.train.tile_loss import as_batch
    from faultcast.train.tile_networks import make_network
    from faultcast.train.tile_options import TileOptions
    from faultcast.train.tile_protocol import get_tile_protocol, tile_splits, used_part

    run = record["runs"][0]
    options, rules = TileOptions.from_mapping(run["options"]), get_tile_protocol(run["protocol"])
    known = {
        str(k): Tile.from_tables(tile, table)
        for k, (tile, table) in enumerate(zip(tiles, cells, strict=True))
    }
    shown, _ = used_part(known["0"], rules)
    splits = tile_splits(shown.dates, rules, options)
    domain = tile_domains({"0": shown}, splits[-1], rules, {**known, "0": shown})["0"]
    network = make_network(run["model"], [domain], options)
    _load(network, weights, f"seed{run['seed']}.origin{len(splits) - 1:02d}.")
    test = splits[-1].test
    chosen = test[np.linspace(0, len(test) - 1, min(n_origins, len(test))).round().astype(int)]
    *inputs, _ = domain.windows(chosen, options.n_in, options.n_out)
    inner, batch = _unwrapped(network, as_batch(*inputs))
    counts = cut_patches(torch.from_numpy(domain.mask).int(), inner.patch).sum(dim=-1)
    query = divmod(int(counts.argmax()), inner.grid[1])
    with torch.no_grad():
        # (layers, frames, patch rows, patch columns)
        attention = inner.attention(batch, *query).mean(dim=(0, 2, 3)).double().numpy()
    return _table(attention, counts.view(inner.grid).numpy() > 0, query, inner, options.n_in)


def _table(
    attention: np.ndarray,
    covered: np.ndarray,
    query: tuple[int, int],
    network: MmStt,
    n_in: int,
) -> pd.DataFrame:
    n_layers, n_frames = attention.shape[:2]
    row, column = np.nonzero(covered)
    names = [str(age) for age in range(1 - n_in, 1)] + [PRIORS] * (n_frames - n_in)
    layer, frame, patch = (index.ravel() for index in np.indices((n_layers, n_frames, len(row))))
    return pd.DataFrame(
        {
            "layer": layer + 1,
            "frame": np.array(names)[frame],
            "patch_row": row[patch],
            "patch_column": column[patch],
            "query_row": query[0],
            "query_column": query[1],
            "patch": network.patch,
            "weight": attention[:, :, covered].ravel(),
            "uniform": 1.0 / (n_frames * len(row)),
        }
    )


def _unwrapped(network: nn.Module, batch: TileBatch) -> tuple[MmStt, TileBatch]:
    """Return MM-STT itself and the batch as it sees it.

    Raises
    ------
    DataError
        The network is another one.
    """
    from faultcast.models.mmstt import MmStt
    from faultcast.models.tile_batch import SinceLast, since_last

    inner = network.network
    if isinstance(inner, SinceLast):
        inner, batch = inner.network, since_last(batch.masked())
    if not isinstance(inner, MmStt):
        raise DataError(
            f"attention of a {type(inner).__name__}: give the training of MM-STT or an ablation"
        )
    return inner, batch


def _load(network: nn.Module, path: str | Path, prefix: str) -> None:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        stored = load_file(path)
        network.load_state_dict(
            {n.removeprefix(prefix): value for n, value in stored.items() if n.startswith(prefix)}
        )
    except (OSError, SafetensorError, RuntimeError) as error:
        raise DataError(
            f"{path} does not hold the weights {prefix}* of this network on these tiles; train it "
            "anew, or give the tiles of its training"
        ) from error
    network.eval()
