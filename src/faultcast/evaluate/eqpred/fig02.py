"""EQPRED, Fig. 2: the networks as they are trained, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from faultcast.evaluate.eqpred.traced_layers import TracedLayer, check_weights, trace_layers
from faultcast.models.registry import get_row, make_autoencoder, make_predictor

# first part of a layer's name -> part of the figure
_PARTS = {"encoder": "encoder", "squeeze": "bottleneck", "expand": "decoder", "decoder": "decoder"}


def numbers(
    grid: Mapping[str, Any],
    autoencoder: str | Path,
    predictor: str | Path,
    *,
    window_days: int,
    smoothing_days: int,
    latent_size: int = 16,
) -> pd.DataFrame:
    """Return EQPRED's layers, found by running a sample through its networks.

    Parameters
    ----------
    grid : definition of the cube that they were trained on.
    autoencoder, predictor : their trained weights; they must fit the networks shown.
    window_days, smoothing_days, latent_size : settings of the training.

    Returns
    -------
    `part` (encoder, bottleneck, decoder, series, predictor), `kind` (input, layer, operation,
    skip), `name`, `what`, `input_shape`, `output_shape` (of one sample), `n_parameters`,
    `has_short_skip`, `skip_from`, `skip_to`. In the order of the data; a row "skip" adds the
    output of one layer to that of a later one.

    Raises
    ------
    DataError
        The weights are not those of the networks.
    """
    rows, columns = (len(grid[f"{side}_edges"]) - 1 for side in ("row", "column"))
    row = get_row("eqpred")
    first = make_autoencoder(row.autoencoder or "", rows, columns, latent_size)
    second = make_predictor(row.predictor, (1,), window_days)
    check_weights(first, autoencoder)
    check_weights(second, predictor)
    days: int = second.context  # type: ignore[assignment]  # all predictors have it
    table = [
        _row("encoder", "input", "map", "daily map", output_shape=(rows, columns)),
        *_layers(trace_layers(first, rows, columns), "decoder"),
        _row("series", "operation", "error", "error, mean |X − X'|", output_shape=(1,)),
        _row("series", "operation", "loess", f"LOESS, {smoothing_days} days", output_shape=(1,)),
        _row("series", "input", "window", "error of the last days", output_shape=(days, 1)),
        *_layers(trace_layers(second, days, 1), "predictor"),
    ]
    return pd.DataFrame(table)


def _layers(layers: list[TracedLayer], rest: str) -> list[dict[str, Any]]:
    parts = {layer.name: _PARTS.get(layer.name.split(".")[0], rest) for layer in layers}
    table = [
        _row(
            parts[layer.name],
            "layer",
            layer.name,
            layer.what,
            input_shape=layer.input_shape,
            output_shape=layer.output_shape,
            n_parameters=layer.n_parameters,
            has_short_skip=layer.has_short_skip,
        )
        for layer in layers
    ]
    skips = [
        _row(
            parts[layer.name],
            "skip",
            f"{layer.skip_from} to {layer.name}",
            "long skip, sum",
            input_shape=layer.output_shape,
            output_shape=layer.output_shape,
            skip_from=layer.skip_from,
            skip_to=layer.name,
        )
        for layer in layers
        if layer.skip_from
    ]
    return table + skips


def _row(
    part: str,
    kind: str,
    name: str,
    what: str,
    *,
    output_shape: tuple[int, ...],
    input_shape: tuple[int, ...] = (),
    n_parameters: int = 0,
    has_short_skip: bool = False,
    skip_from: str = "",
    skip_to: str = "",
) -> dict[str, Any]:
    return {
        "part": part,
        "kind": kind,
        "name": name,
        "what": what,
        "input_shape": " × ".join(map(str, input_shape)),
        "output_shape": " × ".join(map(str, output_shape)),
        "n_parameters": n_parameters,
        "has_short_skip": has_short_skip,
        "skip_from": skip_from,
        "skip_to": skip_to,
    }
