"""MM-STT, figure 7: where and when a patch looks, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from faultcast.evaluate.mmstt.trained import rebuild

if TYPE_CHECKING:
    from faultcast.models.mmstt import MmStt

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

    trained = rebuild(record, cells, tiles, n_origins)
    trained.load(weights)
    network = trained.network
    counts = cut_patches(torch.from_numpy(trained.mask).int(), network.patch).sum(dim=-1)
    query = divmod(int(counts.argmax()), network.grid[1])
    with torch.no_grad():
        # (layers, frames, patch rows, patch columns)
        attention = network.attention(trained.batch, *query).mean(dim=(0, 2, 3)).double().numpy()
    return _table(attention, counts.view(network.grid).numpy() > 0, query, network)


def _table(
    attention: np.ndarray, covered: np.ndarray, query: tuple[int, int], network: MmStt
) -> pd.DataFrame:
    n_layers, n_frames = attention.shape[:2]
    row, column = np.nonzero(covered)
    ages = [str(age) for age in range(1 - network.n_in, 1)]
    names = np.array([*ages, *([PRIORS] * (n_frames - network.n_in))])
    layer, frame, patch = (index.ravel() for index in np.indices((n_layers, n_frames, len(row))))
    return pd.DataFrame(
        {
            "layer": layer + 1,
            "frame": names[frame],
            "patch_row": row[patch],
            "patch_column": column[patch],
            "query_row": query[0],
            "query_column": query[1],
            "patch": network.patch,
            "weight": attention[:, :, covered].ravel(),
            "uniform": 1.0 / (n_frames * len(row)),
        }
    )
