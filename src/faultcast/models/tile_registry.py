"""The networks of ground deformation by key: MM-STT, its ablations, and its three rivals.

The rivals ConvLSTM, STGCN and STAEformer are named in the paper's abstract [V]. Each stands here
twice: as it was published, and with statics and cycles as further channels ("_all"), so that
what the inputs give and what the architecture gives can be told apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any

from faultcast.errors import ConfigError

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class TileNetwork:
    """Where a network lives: module of `faultcast.models`, class, fixed arguments.

    `title` is its name in tables. `on_graph`: it takes a `NodeBatch`; otherwise a `TileBatch`.
    """

    title: str
    module: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    on_graph: bool = False


def _mmstt(title: str, **arguments: Any) -> TileNetwork:
    return TileNetwork(title, "mmstt", "MmStt", arguments)


TILE_NETWORKS = {
    "mmstt": _mmstt("MM-STT"),
    "no_statics": _mmstt("without statics", statics=False),
    "no_cycles": _mmstt("without cycles", cycles=False),
    "displacement_only": _mmstt("displacement only", statics=False, cycles=False),
    "factorised": _mmstt("factorised attention", joint=False),
    "channel_fusion": _mmstt("statics as channels", fusion="channel"),
    "patch4": _mmstt("patch 4", patch=4),
    "patch16": _mmstt("patch 16", patch=16),
}


def make_tile_network(
    key: str,
    n_statics: int,
    *,
    shape: tuple[int, int] | None = None,
    adjacency: Tensor | None = None,
    **sizes: Any,
) -> nn.Module:
    """Return an untrained network.

    Parameters
    ----------
    key : of `TILE_NETWORKS`.
    n_statics : static maps, or static values of a node, in a batch.
    shape : (rows, columns) of the maps, for a network of maps.
    adjacency : (nodes, nodes) weights of the graph, for a network on a graph.
    sizes : n_in, n_out and sizes of that network, instead of its defaults.

    Returns
    -------
    A network: `TileBatch` -> (n, n_out, rows, columns), or `NodeBatch` -> (n, n_out, nodes).

    Raises
    ------
    ConfigError
        No such network, no place to put it, or a size that it does not have.
    """
    if key not in TILE_NETWORKS:
        raise ConfigError(f"there is no network {key!r}; known: {', '.join(TILE_NETWORKS)}")
    network = TILE_NETWORKS[key]
    kind = getattr(import_module(f"faultcast.models.{network.module}"), network.name)
    known = [
        p.name for p in signature(kind).parameters.values() if p.kind is Parameter.KEYWORD_ONLY
    ]
    free = [name for name in known if name not in network.arguments]
    if wrong := [name for name in sizes if name not in free]:
        raise ConfigError(
            f"network {key!r} has no size {', '.join(wrong)}; what can be set: {', '.join(free)}"
        )
    place = adjacency if network.on_graph else shape
    if place is None:
        missing = "an adjacency" if network.on_graph else "the shape of its maps"
        raise ConfigError(f"network {key!r} needs {missing}")
    made: nn.Module = kind(place, n_statics, **network.arguments, **sizes)
    return made
