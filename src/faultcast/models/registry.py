"""EQPRED's models by the paper's names: which autoencoder, which predictor.

Feng and Fox (EQPRED), section IV-A and Tables I, II and IV. A further row is one entry in `ROWS`,
and one file if its network is new.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from faultcast.errors import ConfigError

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Row:
    """A composition: `predictor` on the series of `autoencoder`, or on the maps if that is None.

    `title` is the name in the paper's tables.
    """

    key: str
    title: str
    autoencoder: str | None
    predictor: str


@dataclass(frozen=True)
class Network:
    """Where a network lives: module of `faultcast.models`, class, fixed arguments.

    `windowed`: a predictor that looks back over `window_days`; a recurrent one has no window.
    """

    module: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    windowed: bool = True

    def make(self, *shape: int, **arguments: Any) -> nn.Module:
        """Return the untrained network."""
        home = import_module(f"faultcast.models.{self.module}")
        network: nn.Module = getattr(home, self.name)(*shape, **self.arguments, **arguments)
        return network


_NO_SKIPS = {"short_skips": False, "long_skips": False}

# (rows, columns, latent_size=k): maps (n, rows, columns) -> maps; encode(maps) -> (n, k)
AUTOENCODERS = {
    "dense": Network("dense_autoencoder", "DenseAutoencoder"),
    "conv": Network("skip_autoencoder", "SkipAutoencoder", _NO_SKIPS),
    "skip": Network("skip_autoencoder", "SkipAutoencoder"),
    "vae": Network("variational_autoencoder", "VariationalAutoencoder"),
}

# (n_inputs): series (n, days, n_inputs) -> (n, days), output t for day t + 1
SERIES_PREDICTORS = {
    "mlp": Network("window_mlp", "WindowMlp"),
    "lstm": Network("stateful_lstm", "StatefulLstm", windowed=False),
    "conv1d": Network("causal_convolution", "CausalConvolution"),
    "attention": Network("temporal_attention", "TemporalAttention"),
    "no_attention": Network("temporal_attention", "TemporalAttention", {"attention": False}),
}

# (rows, columns): maps (n, days, rows, columns) -> (n, days), output t for day t + 1
MAP_PREDICTORS = {
    "maps_mlp": Network("map_predictor", "DenseMlp"),
    "maps_lstm": Network("map_predictor", "MapLstm", windowed=False),
    "maps_conv_fc": Network("map_predictor", "ConvolutionMlp"),
    "maps_conv_lstm": Network("map_predictor", "ConvolutionLstm", windowed=False),
    "maps_convlstm_fc": Network("conv_lstm", "ConvLstmFc", windowed=False),
}

ROWS = {
    row.key: row
    for row in (
        Row("mlp", "MLP", None, "maps_mlp"),
        Row("lstm", "LSTM", None, "maps_lstm"),
        Row("conv2d_fc", "Conv2D-FC", None, "maps_conv_fc"),
        Row("conv2d_lstm", "Conv2D-LSTM", None, "maps_conv_lstm"),
        Row("convlstm2d_fc", "ConvLSTM2D-FC", None, "maps_convlstm_fc"),
        Row("mlp_mlp", "MLP+MLP", "dense", "mlp"),
        Row("mlp_lstm", "MLP+LSTM", "dense", "lstm"),
        Row("mlp_conv1d", "MLP+Conv1D", "dense", "conv1d"),
        Row("conv2d_mlp", "Conv2D+MLP", "conv", "mlp"),
        Row("conv2d_lstm_ae", "Conv2D+LSTM", "conv", "lstm"),
        Row("conv2d_conv1d", "Conv2D+Conv1D", "conv", "conv1d"),
        Row("eqpred", "EQPRED", "skip", "attention"),
        Row("no_skip", "EQPRED without skip connections", "conv", "attention"),
        Row("no_attention", "EQPRED without local temporal attention", "skip", "no_attention"),
    )
}
TABLE1 = tuple(key for key in ROWS if key not in ("no_skip", "no_attention"))


def get_row(key: str) -> Row:
    """Return the row of that key.

    Raises
    ------
    ConfigError
        There is none.
    """
    if key not in ROWS:
        raise ConfigError(f"there is no model {key!r}; the models are {', '.join(ROWS)}")
    return ROWS[key]


def is_recurrent(key: str) -> bool:
    """Return whether the row of that key carries its state from each day to the next."""
    return not (SERIES_PREDICTORS | MAP_PREDICTORS)[get_row(key).predictor].windowed


def make_autoencoder(kind: str, rows: int, columns: int, latent_size: int) -> nn.Module:
    """Return an untrained autoencoder of maps with a bottleneck of `latent_size`."""
    if kind not in AUTOENCODERS:
        raise ConfigError(f"there is no autoencoder {kind!r}; known: {', '.join(AUTOENCODERS)}")
    return AUTOENCODERS[kind].make(rows, columns, latent_size=latent_size)


def make_predictor(kind: str, shape: tuple[int, ...], window_days: int) -> nn.Module:
    """Return an untrained predictor.

    Parameters
    ----------
    kind : key of `SERIES_PREDICTORS` or `MAP_PREDICTORS`.
    shape : of one day's input: (channels,) of a series, (rows, columns) of a map.
    window_days : days that it looks back over; a recurrent one remembers all of them.

    Returns
    -------
    A network (n, days, *shape) -> (n, days), whose output t predicts day t + 1 from days up to t.
    `context`: the days up to t that output t needs. One with `reset_state` is stateful: it
    carries its state from call to call, and its context is 1.
    """
    known = MAP_PREDICTORS if len(shape) == 2 else SERIES_PREDICTORS
    if kind not in known:
        raise ConfigError(f"there is no predictor {kind!r} here; known: {', '.join(known)}")
    network = known[kind]
    return network.make(*shape, **({"window_days": window_days} if network.windowed else {}))
