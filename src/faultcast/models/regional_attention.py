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
        self.shape = rows // REGION, columns // REGION
        if min(self.shape) < 1:
            raise DataError(
                f"a grid of {rows} x {columns} cells holds no region of {REGION} x {REGION}: "
                f"attention needs at least {REGION} rows and columns; take smaller cells or the "
                "variant 'baseline'"
            )
        for name, size, n in (("row", rows, self.shape[0]), ("column", columns, self.shape[1])):
            region = (torch.arange(size) // REGION).clamp(max=n - 1)
            self.register_buffer(f"{name}_region", region, persistent=False)
            self.register_buffer(f"{name}_third", _third(region), persistent=False)
        self.row_region: Tensor
        self.row_third: Tensor
        self.column_region: Tensor
        self.column_third: Tensor

    def __len__(self) -> int:
        return self.shape[0] * self.shape[1]

    def mean(self, maps: Tensor) -> Tensor:
        """Return the mean of each region (eq. 1): (n, k, R, C) -> (n, k, r, c)."""
        out: Tensor = functional.avg_pool2d(maps, REGION)
        return out

    def tokens(self, means: Tensor) -> Tensor:
        """List regions: (n, k, r, c) -> (n, r c, k)."""
        return means.flatten(2).transpose(1, 2)

    def maps(self, tokens: Tensor) -> Tensor:
        """Lay listed regions out again: (n, r c, k) -> (n, k, r, c)."""
        return tokens.transpose(1, 2).unflatten(2, self.shape)

    def spread(self, means: Tensor) -> Tensor:
        """Give each cell its region's value: (n, k, r, c) -> (n, k, R, C)."""
        rows = means.index_select(2, self.row_region)
        return rows.index_select(3, self.column_region)

    def convolve(self, means: Tensor, layer: nn.Conv2d) -> Tensor:
        """Return `layer(self.spread(means))` of a 3 x 3 convolution, at 9/64 of its price.

        Within a region only its first, its last and all rows between can differ: three rows and
        three columns a region are enough.

        Parameters
        ----------
        means : (n, k, r, c).

        Returns
        -------
        (n, outs, R, C).
        """
        thirds = functional.interpolate(means, scale_factor=3, mode="nearest")
        rows = layer(thirds).index_select(2, self.row_third)
        return rows.index_select(3, self.column_third)


def _third(region: Tensor) -> Tensor:
    """Return, of three cells a region, the one that stands for each row or column."""
    inner = region.new_full((len(region),), 1)
    step = region.diff() > 0
    inner[1:][step] = 0
    inner[:-1][step] = 2
    inner[0], inner[-1] = 0, 2
    return 3 * region + inner


class RegionalAttention(nn.Module):
    """Each region attends to all regions of its day: (n, 16, r, c) -> (n, 16, r, c).

    Parameters
    ----------
    regions : of the grid.
    heads : number of heads, each of `KEY_SIZE`; W_O (eq. 3) leads back to 16 channels.
    positions : add a learnable vector to each region.
    """

    def __init__(self, regions: Regions, heads: int, *, positions: bool) -> None:
        super().__init__()
        self.regions, self.heads = regions, heads
        self.project = nn.Linear(EMBEDDED, 3 * heads * KEY_SIZE, bias=False)
        self.out = nn.Linear(heads * KEY_SIZE, EMBEDDED, bias=False)
        self.positions: nn.Parameter | None = None
        if positions:
            self.positions = nn.Parameter(0.02 * torch.randn(len(regions), EMBEDDED))

    def forward(self, means: Tensor) -> Tensor:
        """Return the attended features (eqs 2 and 3)."""
        query, key, value = self._project(means)
        heads = functional.scaled_dot_product_attention(query, key, value)
        return self.regions.maps(self.out(heads.transpose(1, 2).flatten(2)))

    def weights(self, means: Tensor) -> Tensor:
        """Return what each region gives to each: (n, 16, r, c) -> (n, heads, r c, r c)."""
        query, key, _ = self._project(means)
        return torch.softmax(query @ key.transpose(2, 3) / KEY_SIZE**0.5, dim=-1)

    def _project(self, means: Tensor) -> tuple[Tensor, ...]:
        """Return queries, keys and values, each (n, heads, r c, d_k)."""
        tokens = self.regions.tokens(means)
        if self.positions is not None:
            tokens = tokens + self.positions
        parts = self.project(tokens).unflatten(2, (3, self.heads, KEY_SIZE))
        return parts.permute(2, 0, 3, 1, 4).unbind(0)
