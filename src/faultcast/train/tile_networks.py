"""Networks on maps and on graphs behind one call, so that one loop trains and scores all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from faultcast.deformation.neighbour_graph import neighbour_graph
from faultcast.errors import DataError
from faultcast.models.tile_batch import NodeBatch, TileBatch
from faultcast.models.tile_registry import TILE_NETWORKS, make_tile_network
from faultcast.train.tile_data import Domain
from faultcast.train.tile_options import TileOptions


class OnMaps(nn.Module):
    """A network of maps, as it is."""

    on_nodes = False

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, batch: TileBatch) -> Tensor:
        """Return (n, n_out, rows, columns)."""
        out: Tensor = self.network(batch)
        return out


class OnNodes(nn.Module):
    """A network on a graph whose nodes are the covered cells of a map; others keep their value.

    Parameters
    ----------
    network : `NodeBatch` -> (n, n_out, nodes).
    mask : (rows, columns) True at the nodes, row by row.
    """

    on_nodes = True

    def __init__(self, network: nn.Module, mask: Tensor) -> None:
        super().__init__()
        self.network = network
        self.nodes: Tensor
        self.register_buffer("nodes", mask.flatten().nonzero().flatten(), persistent=False)

    def forward(self, batch: TileBatch) -> Tensor:
        """Return (n, n_out, rows, columns)."""
        n, place = len(batch.displacement), batch.displacement.shape[-2:]
        displacement = batch.displacement.flatten(-2)
        told = self.network(
            NodeBatch(
                displacement[..., self.nodes],
                batch.statics.flatten(-2)[..., self.nodes],
                batch.cycles,
            )
        )
        last = displacement[:, -1:].expand(n, told.shape[1], -1)
        maps: Tensor = last.index_copy(2, self.nodes, told.to(last.dtype))
        return maps.unflatten(-1, place)


def make_network(key: str, domains: Sequence[Domain], options: TileOptions) -> OnMaps | OnNodes:
    """Return an untrained network for some domains of one shape.

    A graph network stands on the cells that were covered before gaps were filled; it has a
    parameter a node, so that all domains must cover the same cells.

    Raises
    ------
    DataError
        A graph network is asked for on domains that cover other cells.
    """
    first = domains[0]
    sizes: dict[str, Any] = {
        "n_in": options.n_in,
        "n_out": options.n_out,
        "relative": options.relative,
    }
    n_statics = len(first.statics)
    if not (known := TILE_NETWORKS.get(key)) or not known.on_graph:
        module = known.module if known else ""
        sizes |= options.sizes.get(module, {})
        shape = (first.mask.shape[0], first.mask.shape[1])
        return OnMaps(make_tile_network(key, n_statics, shape=shape, **sizes))
    if any(not np.array_equal(domain.covered, first.covered) for domain in domains):
        raise DataError(
            f"{known.title} has its own parameters for each node, but the tiles cover other "
            "cells: score together only tiles of the same cells, or leave this network out"
        )
    row, column = np.nonzero(first.covered)
    sizes |= options.sizes.get(known.module, {})
    graph = neighbour_graph(np.column_stack([row, column]).astype(np.float64))
    network = make_tile_network(key, n_statics, adjacency=graph, **sizes)
    return OnNodes(network, torch.from_numpy(first.covered))
