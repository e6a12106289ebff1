"""What every network of ground deformation is given: a batch of windows of tiles, or of nodes.

Displacement is scaled by one mean and deviation of the training epochs, its gaps are carried
forward from the past, and it is 0 where nothing is measured. A network forecasts the change since
the last frame and adds that frame (the residual form of MM-STT's successor [S]), so an
untrained network, whose last layer is 0 [D], is persistence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import torch
from torch import Tensor, nn

from faultcast.errors import DataError


@dataclass(frozen=True)
class TileBatch:
    """Windows of maps.

    Parameters
    ----------
    displacement : (n, n_in, rows, columns), scaled.
    mask : (rows, columns) or (n, rows, columns) bool, the cells that are measured. What stands
        outside it, here and in `statics`, influences nothing.
    statics : (n or 1, k, rows, columns), static priors of training epochs, scaled.
    cycles : (n, n_in or more, 2), sin and cos of the day of year. Networks read those of the
        input epochs; later ones follow from them at a constant step.
    """

    displacement: Tensor
    mask: Tensor
    statics: Tensor
    cycles: Tensor

    def masked(self) -> TileBatch:
        """Return the batch with a mask and statics a sample, and 0 outside the mask."""
        mask = self.mask.expand(len(self.displacement), *self.mask.shape[-2:])
        statics = self.statics.expand(len(self.displacement), *self.statics.shape[1:])
        return TileBatch(
            self.displacement.where(mask[:, None], 0.0),
            mask,
            statics.where(mask[:, None], 0.0),
            self.cycles,
        )


@dataclass(frozen=True)
class NodeBatch:
    """Windows of series at the nodes of a graph: the covered cells of a tile, or stations.

    Parameters
    ----------
    displacement : (n, n_in, nodes), scaled.
    statics : (n or 1, k, nodes).
    cycles : as in `TileBatch`.
    """

    displacement: Tensor
    statics: Tensor
    cycles: Tensor


def require_batch(
    batch: TileBatch | NodeBatch,
    n_in: int,
    place: tuple[int, ...] | None = None,
    n_statics: int | None = None,
) -> None:
    """Refuse a batch of other sizes than a network was made for.

    Parameters
    ----------
    n_in : input epochs.
    place : (rows, columns) or (nodes,); None takes any.
    n_statics : None takes any number, also none.

    Raises
    ------
    DataError
        Says what was found and what was expected.
    """
    found = tuple(batch.displacement.shape)
    wanted = (len(found) and found[0], n_in, *(found[2:] if place is None else place))
    faults = []
    if found != wanted:
        faults.append(f"displacement {found}, expected {wanted}")
    places = found[2:]
    if n_statics is not None and tuple(batch.statics.shape[1:]) != (n_statics, *places):
        found_statics = tuple(batch.statics.shape[1:])
        faults.append(f"statics {found_statics} a sample, expected {(n_statics, *places)}")
    if batch.cycles.shape[1] < n_in or batch.cycles.shape[2:] != (2,):
        faults.append(f"cycles {tuple(batch.cycles.shape[1:])}, expected ({n_in} or more, 2)")
    if isinstance(batch, TileBatch) and tuple(batch.mask.shape[-2:]) != places:
        faults.append(f"mask {tuple(batch.mask.shape)} for cells {places}")
    if faults:
        raise DataError(
            f"{'; '.join(faults)}: give the network windows of the sizes that it was made for"
        )


AnyBatch = TypeVar("AnyBatch", bound=TileBatch | NodeBatch)


def since_last(batch: AnyBatch) -> AnyBatch:
    """Return the batch with the last frame taken off all frames."""
    displacement = batch.displacement
    return replace(batch, displacement=displacement - displacement[:, -1:])


class SinceLast(nn.Module):
    """Shows a network the displacement since the last frame in place of the level [D].

    Then a constant added to a cell's series changes its forecast by that constant and nothing
    else, as for a ridge on lags relative to the last value.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, batch: TileBatch | NodeBatch) -> Tensor:
        """Return what the network does, in the scale and the place of the given displacement."""
        if isinstance(batch, TileBatch):
            batch = batch.masked()
        out: Tensor = batch.displacement[:, -1:] + self.network(since_last(batch))
        return out


def start_at_zero(head: nn.Linear | nn.Conv2d) -> None:
    """Set a last layer to 0, so that an untrained network forecasts the last frame."""
    nn.init.zeros_(head.weight)
    if head.bias is not None:
        nn.init.zeros_(head.bias)


def spread_channels(batch: TileBatch | NodeBatch, n_in: int) -> Tensor:
    """Return statics and cycles as channels of each input epoch, (n, n_in, k + 2, *place)."""
    n, place = len(batch.displacement), batch.displacement.shape[2:]
    statics = batch.statics[:, None].expand(n, n_in, *batch.statics.shape[1:])
    cycles = batch.cycles[:, :n_in].reshape(n, n_in, 2, *(1 for _ in place))
    return torch.cat((statics, cycles.expand(n, n_in, 2, *place)), dim=2)
