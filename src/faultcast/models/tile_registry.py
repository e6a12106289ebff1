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
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from faultcast.errors import ConfigError

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class TileNetwork:
    """Where a network lives: module of `faultcast.models`, class, fixed arguments.

    `title` is its name in tables. `place`: what it must know of where it works: the shape of its
    maps, nothing (any maps), the graph's weights, or only the number of its nodes.
    """

    title: str
    module: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    place: Literal["shape", "any", "adjacency", "nodes"] = "shape"

    @property
    def on_graph(self) -> bool:
        """Whether it takes a `NodeBatch`; otherwise a `TileBatch`."""
        return self.place in ("adjacency", "nodes")


def _mmstt(title: str, **arguments: Any) -> TileNetwork:
    return TileNetwork(title, "mmstt", "MmStt", arguments)


def _rival(key: str, title: str, module: str, name: str, place: Any) -> dict[str, TileNetwork]:
    """Return a rival as published and, "_all", with statics and cycles as channels."""
    more = TileNetwork(f"{title}, all inputs", module, name, {"multimodal": True}, place)
    bare = TileNetwork(title, module, name, {"multimodal": False}, place)
    return {key: bare, f"{key}_all": more}


TILE_NETWORKS = {
    "mmstt": _mmstt("MM-STT"),
    "no_statics": _mmstt("without statics", statics=False),
    "no_cycles": _mmstt("without cycles", cycles=False),
    "displacement_only": _mmstt("displacement only", statics=False, cycles=False),
    "factorised": _mmstt("factorised attention", joint=False),
    "channel_fusion": _mmstt("statics as channels", fusion="channel"),
    "patch4": _mmstt("patch 4", patch=4),
    "patch16": _mmstt("patch 16", patch=16),
    **_rival("convlstm", "ConvLSTM", "tile_conv_lstm", "TileConvLstm", "any"),
    **_rival("stgcn", "STGCN", "stgcn", "Stgcn", "adjacency"),
    **_rival("staeformer", "STAEformer", "staeformer", "StaeFormer", "nodes"),
}


def make_tile_network(
    key: str,
    n_statics: int,
    *,
    shape: tuple[int, int] | None = None,
    adjacency: NDArray[np.float64] | None = None,
    relative: bool = False,
    **sizes: Any,
) -> nn.Module:
    """Return an untrained network.

    Parameters
    ----------
    key : of `TILE_NETWORKS`.
    n_statics : static maps, or static values of a node, in a batch.
    shape : (rows, columns) of the maps, for a network of maps.
    adjacency : (nodes, nodes) weights of `deformation.neighbour_graph`, for a network on a
        graph.
    relative : show it the displacement since the last frame, not the level (`SinceLast`).
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
    from faultcast.models.tile_batch import SinceLast

    kind = getattr(import_module(f"faultcast.models.{network.module}"), network.name)
    known = [
        p.name for p in signature(kind).parameters.values() if p.kind is Parameter.KEYWORD_ONLY
    ]
    free = [name for name in known if name not in network.arguments]
    if wrong := [name for name in sizes if name not in free]:
        raise ConfigError(
            f"network {key!r} has no size {', '.join(wrong)}; what can be set: {', '.join(free)}"
        )
    given: Any = adjacency if network.on_graph else shape
    place: tuple[Any, ...] = ()
    if network.place != "any":
        if given is None:
            missing = "an adjacency" if network.on_graph else "the shape of its maps"
            raise ConfigError(f"network {key!r} needs {missing}")
        place = (len(given) if network.place == "nodes" else given,)
    made: nn.Module = kind(*place, n_statics, **network.arguments, **sizes)
    return SinceLast(made) if relative else made
