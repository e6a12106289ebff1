"""The layers that all networks of HierarchicalQuake share.

A block is a 3 x 3 convolution without bias, batch norm without affine weights and a 3 x 3 maximum
of stride 1 (the paper's public lineage; its text does not say). In training a block's batch norm
takes the statistics of what it is given, one day or many; in evaluation those it has gathered.
So a day that is learned from by itself has no scale: one event of M 5 and one of M 9 give the same
features, and a rise of all cells alike is taken out. Blocks of days keep more of both in what they
compute at once, the embedding; the gates and the output are stepped, hence normed, day by day.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

HIDDEN, EMBEDDED = 32, 16
GATES = 4 * HIDDEN  # forget, input, cell, output, in this order


def widened_maximum(maps: Tensor) -> Tensor:
    """Return the largest of each cell and its 8 neighbours, (n, channels, R, C) alike."""
    out: Tensor = functional.max_pool2d(maps, 3, stride=1, padding=1)
    return out


def convolution(ins: int, outs: int, *, fan_in: int | None = None) -> nn.Conv2d:
    """Return a 3 x 3 convolution without bias that keeps the size.

    Parameters
    ----------
    fan_in : channels that its weights are scaled for, if it is one part of a wider one.
    """
    layer = nn.Conv2d(ins, outs, 3, padding=1, bias=False)
    if fan_in is not None:
        bound = 1.0 / math.sqrt(9 * fan_in)  # as torch scales a whole convolution
        nn.init.uniform_(layer.weight, -bound, bound)
    return layer


class Block(nn.Module):
    """Convolution, batch norm, maximum: (n, ins, R, C) -> (n, outs, R, C)."""

    def __init__(self, ins: int, outs: int) -> None:
        super().__init__()
        self.convolution = convolution(ins, outs)
        self.norm = nn.BatchNorm2d(outs, affine=False)

    def forward(self, maps: Tensor) -> Tensor:
        """Return the block's maps."""
        # channels last: with a cell's channels together the maximum costs a ninth on a CPU
        maps = self.convolution(maps).contiguous(memory_format=torch.channels_last)
        return widened_maximum(self.norm(maps))


class Embedding(nn.Module):
    """Magnitudes (n, 1, R, C), 0 where nothing struck, -> features (n, 16, R, C)."""

    def __init__(self) -> None:
        super().__init__()
        self.first = Block(1, EMBEDDED)
        self.second = Block(EMBEDDED, EMBEDDED)

    def forward(self, maps: Tensor) -> Tensor:
        """Return the features of each map."""
        out: Tensor = self.second(functional.relu(self.first(maps)))
        return out
