"""The cells in which forecasts count events: a regular grid in degrees over one depth range."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.catalog import Projection, Region
from faultcast.errors import DataError
from faultcast.forecast.density import Density


@dataclass(frozen=True)
class Cells:
    """A grid of half-open cells, numbered row by row from the south-west.

    Parameters
    ----------
    latitude_edges : (n_rows + 1,) rising, degrees.
    longitude_edges : (n_columns + 1,) rising, degrees.
    depth_km : (low, high) of every cell, or None where depth plays no part.
    """

    latitude_edges: NDArray[np.float64]
    longitude_edges: NDArray[np.float64]
    depth_km: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        for name in ("latitude_edges", "longitude_edges"):
            edges = np.asarray(getattr(self, name), dtype=float)
            if edges.ndim != 1 or len(edges) < 2 or not (np.diff(edges) > 0).all():
                raise DataError(f"{name} must be at least two rising numbers, found {edges}")
            object.__setattr__(self, name, edges)

    @classmethod
    def over(cls, region: Region, cell_deg: float) -> Cells:
        """Return cells of about `cell_deg` that fill a region exactly."""
        edges = [
            np.linspace(low, high, max(1, round((high - low) / cell_deg)) + 1)
            for low, high in (region.latitude, region.longitude)
        ]
        return cls(edges[0], edges[1], region.depth_km)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.latitude_edges) - 1, len(self.longitude_edges) - 1

    def __len__(self) -> int:
        return self.shape[0] * self.shape[1]

    def index(self, events: pd.DataFrame) -> NDArray[np.int64]:
        """Return the cell of each row of an event table, -1 outside; (n,)."""
        row = np.searchsorted(self.latitude_edges, events["latitude"], side="right") - 1
        column = np.searchsorted(self.longitude_edges, events["longitude"], side="right") - 1
        inside = (row >= 0) & (row < self.shape[0]) & (column >= 0) & (column < self.shape[1])
        if self.depth_km is not None:
            depth = events["depth_km"].to_numpy(float)
            inside &= (depth >= self.depth_km[0]) & (depth < self.depth_km[1])
        return np.where(inside, row * self.shape[1] + column, -1)

    def centres_km(self, projection: Projection) -> NDArray[np.float64]:
        """Return the projected middles, (n_cells, 2) km."""
        latitude = 0.5 * (self.latitude_edges[1:] + self.latitude_edges[:-1])
        longitude = 0.5 * (self.longitude_edges[1:] + self.longitude_edges[:-1])
        grid = np.meshgrid(latitude, longitude, indexing="ij")
        return np.column_stack(projection.forward(grid[0].ravel(), grid[1].ravel()))

    def areas_km2(self, projection: Projection) -> NDArray[np.float64]:
        """Return the projected area of each cell, (n_cells,)."""
        grid = np.meshgrid(self.latitude_edges, self.longitude_edges, indexing="ij")
        x_km, y_km = (
            part.reshape(grid[0].shape)
            for part in projection.forward(grid[0].ravel(), grid[1].ravel())
        )
        # half the cross product of the diagonals
        up_x, up_y = x_km[1:, 1:] - x_km[:-1, :-1], y_km[1:, 1:] - y_km[:-1, :-1]
        down_x, down_y = x_km[:-1, 1:] - x_km[1:, :-1], y_km[:-1, 1:] - y_km[1:, :-1]
        return np.asarray(0.5 * np.abs(up_x * down_y - up_y * down_x).ravel())


def cell_probabilities(
    density: Density, cells: Cells, projection: Projection, *, nodes: tuple[int, int, int]
) -> NDArray[np.float64]:
    """Return each cell's share of the density inside the grid, summing to 1; (n_cells,).

    Midpoint rule with `nodes` (along latitude, longitude, depth) points a cell. Its error falls
    with the square of the nodes' distance over the kernels' width; where kernels are narrower
    than that distance, use more nodes.

    Raises
    ------
    DataError
        The cells have no depth range, or the density is 0 at all nodes.
    """
    if cells.depth_km is None:
        raise DataError("a density in three dimensions needs cells with a depth range")
    latitude = _midpoints(cells.latitude_edges, nodes[0])
    longitude = _midpoints(cells.longitude_edges, nodes[1])
    depth = _midpoints(np.asarray(cells.depth_km), nodes[2])
    grid = np.meshgrid(latitude, longitude, indexing="ij")
    x_km, y_km = projection.forward(grid[0].ravel(), grid[1].ravel())
    sums = np.zeros(len(x_km))
    for z_km in depth:
        sums += density.density(np.column_stack((x_km, y_km, np.full(len(x_km), z_km))))
    rows, columns = cells.shape
    means = sums.reshape(rows, nodes[0], columns, nodes[1]).mean(axis=(1, 3)).ravel()
    shares = means * cells.areas_km2(projection)
    if not shares.sum() > 0:
        raise DataError("the density is zero in all cells: are both in the same projection?")
    return np.asarray(shares / shares.sum())


def _midpoints(edges: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    steps = (np.arange(n) + 0.5) / n
    return np.asarray((edges[:-1, None] + np.diff(edges)[:, None] * steps).ravel())
