"""Maps as square patches, and which of them hold a measured cell."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from faultcast.errors import DataError


def patch_grid(rows: int, columns: int, patch: int) -> tuple[int, int]:
    """Return how many patches cover a map, down and across."""
    return -(-rows // patch), -(-columns // patch)


def cut_patches(maps: Tensor, patch: int) -> Tensor:
    """Return patches in row-major order: (..., rows, columns) -> (..., patches, patch^2).

    Maps whose sides are no multiples of `patch` are filled up with 0.
    """
    rows, columns = maps.shape[-2:]
    full = functional.pad(maps, (0, -columns % patch, 0, -rows % patch))
    blocks = full.unflatten(-1, (-1, patch)).unflatten(-3, (-1, patch))
    return blocks.transpose(-3, -2).flatten(-2).flatten(-3, -2)


def lay_patches(patches: Tensor, rows: int, columns: int, patch: int) -> Tensor:
    """Return the maps of `cut_patches`: (..., patches, patch^2) -> (..., rows, columns)."""
    grid = patch_grid(rows, columns, patch)
    blocks = patches.unflatten(-1, (patch, patch)).unflatten(-3, grid)
    return blocks.transpose(-3, -2).flatten(-4, -3).flatten(-2)[..., :rows, :columns]


def covered_patches(mask: Tensor, patch: int) -> tuple[Tensor, Tensor | None]:
    """Return the patches that hold a cell of the mask, so that no work goes into the others.

    Parameters
    ----------
    mask : (n, rows, columns) bool.

    Returns
    -------
    index : (n, m) their numbers in ascending order, m the largest count of a sample; a sample
        with fewer has patches without a cell behind them.
    real : (n, m), False for those; None if there are none.

    Raises
    ------
    DataError
        A sample has no cell at all.
    """
    covered = cut_patches(mask, patch).any(dim=-1)
    counts = covered.sum(dim=1)
    fewest, most = (int(count) for count in counts.aminmax())
    if fewest == 0:
        raise DataError("a mask without a single cell: leave out tiles where nothing is measured")
    index = (~covered).to(counts.dtype).argsort(dim=1, stable=True)[:, :most]
    return index, None if fewest == most else covered.gather(1, index)
