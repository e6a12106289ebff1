"""The loss of networks on tiles: squared error of the observed values, scaled."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from faultcast.models.tile_batch import TileBatch
from faultcast.train.losses import Loss


def as_batch(displacement: Tensor, mask: Tensor, statics: Tensor, cycles: Tensor) -> TileBatch:
    """Return the tensors of `Domain.windows`, but for the targets, as a batch."""
    return TileBatch(displacement, mask, statics, cycles)


def tile_loss(*, flips: bool = False) -> Loss:
    """Return the masked mean squared error, NaN targets left out.

    Parameters
    ----------
    flips : in training, mirror and turn the maps of each step at random [D]; maps that are not
        square are only mirrored. Drawn from torch's own stream, which the loop seeds.

    Returns
    -------
    loss(model, displacement, mask, statics, cycles, targets).
    """

    def loss(
        model: nn.Module,
        displacement: Tensor,
        mask: Tensor,
        statics: Tensor,
        cycles: Tensor,
        targets: Tensor,
    ) -> Tensor:
        if flips and model.training:
            draw = int(torch.randint(8, ()))
            displacement, mask, statics, targets = (
                turned(maps, draw) for maps in (displacement, mask, statics, targets)
            )
        predicted = model(as_batch(displacement, mask, statics, cycles))
        known = ~torch.isnan(targets)
        squares = torch.where(known, predicted - targets.nan_to_num(), 0.0) ** 2
        return squares.sum() / known.sum().clamp(min=1)

    return loss


def turned(maps: Tensor, draw: int) -> Tensor:
    """Return maps (..., rows, columns) under one of the eight symmetries of the square.

    Parameters
    ----------
    draw : 0 to 7; 4 and above mirror, the rest of a division by 4 counts quarter turns (on maps
        that are not square, half turns only).
    """
    square = maps.shape[-1] == maps.shape[-2]
    turns = draw % 4 if square else draw % 4 // 2 * 2
    return torch.rot90(maps.flip(-1) if draw >= 4 else maps, turns, (-2, -1))
