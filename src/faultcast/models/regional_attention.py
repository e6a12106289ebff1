"""Regions of 8 x 8 cells, attention between them, and their way back to the cells.

HierarchicalQuake, sections 4.1 and 4.2, equations 1-3. Its code is not public; what the text leaves
open is our choice [D]: the mean is taken of the 16 channels of the embedding, rows and columns that
fill no region are dropped, projections have no bias, and on the way back each cell takes its
region's value, the dropped cells that of the nearest region.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from faultcast.errors import DataError
from faultcast.models.quake_blocks import EMBEDDED

REGION = 8  # cells along each side
KEY_SIZE = 8  # d_k of a head


class Regions(nn.Module):
    """The 8 x 8 regions of a grid.

    Parameters
    ----------
    rows, columns : size R x C of the grid, at least 8 x 8. There are r = R // 8 times c = C // 8
        regions, in row-major order where they are listed.

    Raises
    ------
    DataError
        The grid holds no region.
    """

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__()
        self.cells = rows, columns
        self.shape = rows // REGION, columns // REGION
        if min(self.shape) < 1:
            raise DataError(
                f"a grid of {rows} x {columns} cells holds no region of {REGION} x {REGION}: "
                f"attention needs at least {REGION} rows and columns; take smaller cells or the "
                "variant 'baseline'"
            )
        row, column = (_region(size) for size in (rows, columns))
        of_cell = row[:, None] * self.shape[1] + column
        third = _third(row)[:, None] * (3 * self.shape[1]) + _third(column)
        self.register_buffer("region_of_cell", of_cell.flatten(), persistent=False)
        self.register_buffer("third_of_cell", third.flatten(), persistent=False)
        self.region_of_cell: Tensor
        self.third_of_cell: Tensor

    def __len__(self) -> int:
        return self.shape[0] * self.shape[1]

    def means(self, maps: Tensor) -> Tensor:
        """Return the mean of each region (eq. 1): (n, k, R, C) -> (n, r c, k)."""
        return functional.avg_pool2d(maps, REGION).flatten(2).transpose(1, 2)

    def spread(self, values: Tensor) -> Tensor:
        """Give each cell its region's value: (n, r c, k) -> (n, k, R, C)."""
        return self._cells(values, self.region_of_cell)

    def convolve(self, values: Tensor, layer: nn.Conv2d) -> Tensor:
        """Return `layer(self.spread(values))` of a 3 x 3 convolution, at 9/64 of its price.

        Within a region only its first, its last and all rows between can differ: three rows and
        three columns a region are enough.

        Parameters
        ----------
        values : (n, r c, k).

        Returns
        -------
        (n, outs, R, C).
        """
        maps = values.transpose(1, 2).unflatten(2, self.shape)
        thirds: Tensor = layer(functional.interpolate(maps, scale_factor=3, mode="nearest"))
        return self._cells(thirds.flatten(2).transpose(1, 2), self.third_of_cell)

    def _cells(self, values: Tensor, index: Tensor) -> Tensor:
        """Lay values (n, ., k) out on the cells, (n, k, R, C), a cell's channels together."""
        return values.index_select(1, index).unflatten(1, self.cells).permute(0, 3, 1, 2)


def _region(size: int) -> Tensor:
    """Return the region of each of `size` rows or columns."""
    return (torch.arange(size) // REGION).clamp(max=size // REGION - 1)


def _third(region: Tensor) -> Tensor:
    """Return, of three cells a region, the one that stands for each row or column."""
    inner = region.new_full((len(region),), 1)
    step = region.diff() > 0
    inner[1:][step] = 0
    inner[:-1][step] = 2
    inner[0], inner[-1] = 0, 2
    return 3 * region + inner


class RegionalAttention(nn.Module):
    """Each region attends to all regions of its day: (n, regions, 16) -> (n, regions, 16).

    Parameters
    ----------
    n_regions : number of regions.
    heads : number of heads, each of `KEY_SIZE`; W_O (eq. 3) leads back to 16 channels.
    positions : add a learnable vector to each region.
    """

    def __init__(self, n_regions: int, heads: int, *, positions: bool) -> None:
        super().__init__()
        self.heads = heads
        self.project = nn.Linear(EMBEDDED, 3 * heads * KEY_SIZE, bias=False)
        self.out = nn.Linear(heads * KEY_SIZE, EMBEDDED, bias=False)
        self.positions: nn.Parameter | None = None
        if positions:
            self.positions = nn.Parameter(0.02 * torch.randn(n_regions, EMBEDDED))

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the attended features (eqs 2 and 3)."""
        query, key, value = self._project(tokens)
        heads = functional.scaled_dot_product_attention(query, key, value)
        out: Tensor = self.out(heads.transpose(1, 2).flatten(2))
        return out

    def weights(self, tokens: Tensor) -> Tensor:
        """Return each region's weights of all: (n, regions, 16) -> (n, heads, regions, regions)."""
        query, key, _ = self._project(tokens)
        return torch.softmax(query @ key.transpose(2, 3) / KEY_SIZE**0.5, dim=-1)

    def _project(self, tokens: Tensor) -> tuple[Tensor, ...]:
        """Return queries, keys and values, each (n, heads, regions, d_k)."""
        if self.positions is not None:
            tokens = tokens + self.positions
        parts = self.project(tokens).unflatten(2, (3, self.heads, KEY_SIZE))
        return parts.permute(2, 0, 3, 1, 4).unbind(0)
