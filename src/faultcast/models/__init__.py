"""Networks: a model or family a file, layers in, tensor shapes in the docstring, no training code.

The names are looked up when first used, so that importing the package does not load torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faultcast.models.causal_convolution import CausalConvolution
    from faultcast.models.conv_lstm import ConvLstmFc
    from faultcast.models.dense_autoencoder import DenseAutoencoder
    from faultcast.models.hierarchical_quake import HierarchicalQuake
    from faultcast.models.map_predictor import ConvolutionLstm, ConvolutionMlp, DenseMlp, MapLstm
    from faultcast.models.mmstt import MmStt
    from faultcast.models.skip_autoencoder import SkipAutoencoder
    from faultcast.models.staeformer import StaeFormer
    from faultcast.models.stateful_lstm import StatefulLstm
    from faultcast.models.stgcn import Stgcn
    from faultcast.models.temporal_attention import TemporalAttention
    from faultcast.models.tile_conv_lstm import TileConvLstm
    from faultcast.models.variational_autoencoder import VariationalAutoencoder
    from faultcast.models.window_mlp import WindowMlp

__all__ = [
    "CausalConvolution",
    "ConvLstmFc",
    "ConvolutionLstm",
    "ConvolutionMlp",
    "DenseAutoencoder",
    "DenseMlp",
    "HierarchicalQuake",
    "MapLstm",
    "MmStt",
    "SkipAutoencoder",
    "StaeFormer",
    "StatefulLstm",
    "Stgcn",
    "TemporalAttention",
    "TileConvLstm",
    "VariationalAutoencoder",
    "WindowMlp",
]

_HOMES = {
    "CausalConvolution": "causal_convolution",
    "ConvLstmFc": "conv_lstm",
    "ConvolutionLstm": "map_predictor",
    "ConvolutionMlp": "map_predictor",
    "DenseAutoencoder": "dense_autoencoder",
    "DenseMlp": "map_predictor",
    "HierarchicalQuake": "hierarchical_quake",
    "MapLstm": "map_predictor",
    "MmStt": "mmstt",
    "SkipAutoencoder": "skip_autoencoder",
    "StaeFormer": "staeformer",
    "StatefulLstm": "stateful_lstm",
    "Stgcn": "stgcn",
    "TemporalAttention": "temporal_attention",
    "TileConvLstm": "tile_conv_lstm",
    "VariationalAutoencoder": "variational_autoencoder",
    "WindowMlp": "window_mlp",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
