"""Tiles as networks take them: scaled, gaps filled from the past, priors of the training epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from faultcast.deformation import (
    Scaling,
    Tile,
    WindowSplit,
    carry_forward,
    cycles,
    fit_scaling,
    gather,
    static_maps,
)
from faultcast.errors import DataError
from faultcast.train.tile_protocol import TileProtocol

Floats = NDArray[np.float64]
Masks = NDArray[np.bool_]


@dataclass(frozen=True)
class Domain:
    """One tile, ready for one fit; maps may be larger than the tile, by cells outside the mask.

    Parameters
    ----------
    tile : as it was made, or with its gaps filled with 0 where the protocol says so.
    scaling : mean and deviation of the training epochs.
    observed : (n_epochs, rows, columns) scaled, gaps filled from the past, 0 outside the mask.
    targets : the same with NaN where nothing is to be told.
    mask : (rows, columns).
    covered : (rows, columns), the mask before gaps were filled with 0.
    statics : (k, rows, columns), 0 outside the mask.
    cycles : (n_epochs, 2).
    """

    tile: Tile
    scaling: Scaling
    observed: NDArray[np.float32]
    targets: NDArray[np.float32]
    mask: Masks
    covered: Masks
    statics: NDArray[np.float32]
    cycles: NDArray[np.float32]

    def windows(
        self, origins: NDArray[np.int64], n_in: int, n_out: int
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Return displacement, mask, statics, cycles and targets of windows, one row a window.

        A cell without a value up to an origin has no target there.
        """
        n = len(origins)
        targets = gather(self.targets, origins, 1, n_out)
        unseen = np.isnan(gather(carry_forward(self.targets), origins, 0, 1))
        return (
            torch.from_numpy(gather(self.observed, origins, 1 - n_in, n_in)),
            torch.from_numpy(self.mask).expand(n, -1, -1).contiguous(),
            torch.from_numpy(self.statics).expand(n, -1, -1, -1).contiguous(),
            torch.from_numpy(gather(self.cycles, origins, 1 - n_in, n_in + n_out)),
            torch.from_numpy(np.where(unseen, np.float32(np.nan), targets)),
        )


def make_domain(
    tile: Tile, train_end: int, protocol: TileProtocol, shape: tuple[int, int] | None = None
) -> Domain:
    """Return a tile scaled and with its priors.

    Parameters
    ----------
    train_end : first epoch that scale and priors do not see; the priors do under statics "full".
    shape : rows and columns of the maps, None: those of the tile.
    """
    covered = tile.mask
    tile = fill_gaps(tile) if protocol.gaps == "zero" else tile
    scaling = fit_scaling(tile.series, train_end)
    _, statics = static_maps(tile, tile.n_epochs if protocol.statics == "full" else train_end)
    scaled = scaling.apply(tile.displacement_mm)
    shape = shape or tile.lattice.shape
    return Domain(
        tile,
        scaling,
        np.nan_to_num(_padded(carry_forward(scaled), shape, np.nan)).astype(np.float32),
        _padded(scaled, shape, np.nan).astype(np.float32),
        _padded(tile.mask, shape, False),
        _padded(covered, shape, False),
        _padded(statics, shape, 0.0).astype(np.float32),
        cycles(tile.dates).astype(np.float32),
    )


def fill_gaps(tile: Tile) -> Tile:
    """Return the tile with 0 mm wherever there is no value, outside the mask too: a leak."""
    return Tile(
        np.nan_to_num(tile.displacement_mm),
        np.ones_like(tile.mask),
        tile.dates,
        tile.lattice,
        tile.component,
        tile.height_m,
        tile.name,
    )


def common_shape(tiles: Sequence[Tile]) -> tuple[int, int]:
    """Return rows and columns that hold each of the tiles."""
    shapes = np.array([tile.mask.shape for tile in tiles])
    return int(shapes[:, 0].max()), int(shapes[:, 1].max())


def require_same_dates(tiles: Mapping[str, Tile]) -> None:
    """Refuse tiles of other epochs than the first: a fit on one would see the others' future.

    Raises
    ------
    DataError
        Says which.
    """
    names = list(tiles)
    for name in names[1:]:
        if not tiles[name].dates.equals(tiles[names[0]].dates):
            raise DataError(
                f"the tiles {names[0]} and {name} have other dates ({_span(tiles[names[0]])}; "
                f"{_span(tiles[name])}): score together only tiles of the same epochs, and put "
                "the others under also_train"
            )


def windows_before(tile: Tile, split: WindowSplit, scored: Tile, n_in: int, n_out: int) -> int:
    """Return how many epochs of another tile lie before the training end of a scored one.

    Raises
    ------
    DataError
        They hold no window.
    """
    cut = scored.dates[split.train_end - 1]
    end = int((tile.dates <= cut).sum())
    if end < n_in + n_out:
        raise DataError(
            f"{tile.name} has {end} epochs up to {cut:%Y-%m-%d}, fewer than a window of "
            f"{n_in} + {n_out}: leave it out of also_train"
        )
    return end


def _span(tile: Tile) -> str:
    return f"{tile.n_epochs} from {tile.dates[0]:%Y-%m-%d} to {tile.dates[-1]:%Y-%m-%d}"


def _padded(maps: NDArray, shape: tuple[int, int], value: float) -> NDArray:
    """Return (..., rows, columns) as (..., *shape), filled at the north and the east."""
    rows, columns = maps.shape[-2:]
    out = np.full((*maps.shape[:-2], *shape), value, dtype=maps.dtype)
    out[..., :rows, :columns] = maps
    return out
