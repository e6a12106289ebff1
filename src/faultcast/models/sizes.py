"""Checks of sizes that all networks share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faultcast.errors import DataError

if TYPE_CHECKING:
    from torch import Tensor


def require_sizes(network: str, **sizes: int | tuple[int, ...]) -> None:
    """Refuse a network with a size below 1.

    Raises
    ------
    DataError
        Names the network, the sizes that are too small, and what they must be.
    """
    faults = []
    for name, size in sizes.items():
        values = size if isinstance(size, tuple) else (size,)
        if not values or min(values) < 1:
            faults.append(f"{name} {size}")
    if faults:
        raise DataError(f"{network} with {', '.join(faults)}: must be at least 1")


def require_maps(maps: Tensor, rows: int, columns: int) -> None:
    """Refuse maps (..., rows, columns) of another grid than the network was made for."""
    if tuple(maps.shape[-2:]) != (rows, columns):
        found = " x ".join(str(size) for size in maps.shape[-2:])
        raise DataError(
            f"maps of {found} cells reached a network made for {rows} x {columns}; "
            "give it maps of that grid, or train one for yours"
        )
