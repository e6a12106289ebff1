"""Spatial densities as static maps: the past rate spread as a density integrates over cells."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.catalog import Projection, Region
from faultcast.errors import DataError
from faultcast.forecast.adaptive import adaptive_kernels
from faultcast.forecast.base import learning_period, moments
from faultcast.forecast.cells import Cells, cell_probabilities
from faultcast.forecast.density import Density
from faultcast.forecast.gaussians import kernel_table_density
from faultcast.forecast.network import Network, network_density
from faultcast.forecast.triple_s import TripleS
from faultcast.forecast.volume import Volume


class _SpatialForecast:
    def __init__(
        self, floor_weight: float, nodes: tuple[int, int, int], crs: str | None = None
    ) -> None:
        if not 0 <= floor_weight <= 1 or min(nodes) < 1:
            raise DataError(
                f"floor weight {floor_weight} and nodes {nodes}: expected 0..1 and positive"
            )
        self.floor_weight = floor_weight
        self.nodes = nodes
        self._crs = crs

    def fit(self, events: pd.DataFrame, region: Region) -> Self:
        """Learn rate and density from the events of the region's period with a known depth."""
        if region.depth_km is None:
            raise DataError("a density in three dimensions needs a region with a depth range")
        self._learning = learning_period(events, region)
        self._projection = Projection(self._crs) if self._crs else region.projection()
        self._density = self._learn(
            hypocentres(self._learning.events, self._projection), Volume(region, self._projection)
        )
        return self

    def rate(self, times: Any, cells: Cells) -> NDArray[np.float64]:
        """Return expected events a day, equal for all times; (n_times, n_cells)."""
        shares = cell_probabilities(self._density, cells, self._projection, nodes=self.nodes)
        areas = cells.areas_km2(self._projection)
        shares = (1 - self.floor_weight) * shares + self.floor_weight * areas / areas.sum()
        daily = (cells.index(self._learning.events) >= 0).sum() / self._learning.days
        return np.tile(daily * shares, (len(moments(times)), 1))

    def _learn(self, xyz_km: NDArray[np.float64], volume: Volume) -> Density:
        raise NotImplementedError


class TripleSForecast(_SpatialForecast):
    """TripleS on all past events (see `triple_s`).

    Parameters
    ----------
    bandwidth_km : standard deviation of each kernel.
    floor_weight : part of the rate spread evenly over the area.
    nodes : quadrature points a cell along latitude, longitude and depth.
    """

    def __init__(
        self,
        bandwidth_km: float = 5.0,
        floor_weight: float = 0.01,
        nodes: tuple[int, int, int] = (3, 3, 5),
    ) -> None:
        super().__init__(floor_weight, nodes)
        self.bandwidth_km = bandwidth_km

    def _learn(self, xyz_km: NDArray[np.float64], volume: Volume) -> Density:
        return TripleS(xyz_km, self.bandwidth_km)


class AdaptiveForecast(_SpatialForecast):
    """Adaptive kernels on all past events (see `adaptive`).

    Parameters
    ----------
    neighbours : the neighbour whose distance is a source's bandwidth.
    smallest_km : the least bandwidth; not far below the distance of the nodes.
    floor_weight, nodes : as in `TripleSForecast`.
    """

    def __init__(
        self,
        neighbours: int = 10,
        smallest_km: float = 2.0,
        floor_weight: float = 0.01,
        nodes: tuple[int, int, int] = (3, 3, 5),
    ) -> None:
        super().__init__(floor_weight, nodes)
        self.neighbours = neighbours
        self.smallest_km = smallest_km

    def _learn(self, xyz_km: NDArray[np.float64], volume: Volume) -> Density:
        return adaptive_kernels(xyz_km, self.neighbours, smallest_km=self.smallest_km)


class CondensedForecast(_SpatialForecast):
    """Condensed location kernels with their own covariances.

    Parameters
    ----------
    kernels : table of condensed kernels.
    crs : PROJ string of its coordinates.
    floor_weight, nodes : as in `TripleSForecast`.
    """

    def __init__(
        self,
        kernels: pd.DataFrame,
        crs: str,
        floor_weight: float = 0.01,
        nodes: tuple[int, int, int] = (6, 6, 8),
    ) -> None:
        super().__init__(floor_weight, nodes, crs)
        self._kernels = kernels

    def _learn(self, xyz_km: NDArray[np.float64], volume: Volume) -> Density:
        return kernel_table_density(self._kernels)


class FaultNetworkForecast(_SpatialForecast):
    """A fault network, its background spread over the region (see `network`).

    Parameters
    ----------
    network : a fitted `FaultNetwork`; it must stem from the learning period.
    crs : PROJ string of its coordinates.
    floor_weight, nodes : as in `TripleSForecast`.
    """

    def __init__(
        self,
        network: Network,
        crs: str,
        floor_weight: float = 0.01,
        nodes: tuple[int, int, int] = (6, 6, 8),
    ) -> None:
        super().__init__(floor_weight, nodes, crs)
        self._network = network

    def _learn(self, xyz_km: NDArray[np.float64], volume: Volume) -> Density:
        return network_density(self._network, volume)


def hypocentres(events: pd.DataFrame, projection: Projection) -> NDArray[np.float64]:
    """Return the projected hypocentres of events with a known depth, (n, 3) km.

    Raises
    ------
    DataError
        No event has a depth.
    """
    known = events[events["depth_km"].notna().to_numpy()]
    if known.empty:
        raise DataError(f"none of {len(events)} events has a depth: no hypocentre to learn from")
    x_km, y_km = projection.forward(known["latitude"], known["longitude"])
    return np.column_stack((x_km, y_km, known["depth_km"].to_numpy(float)))
