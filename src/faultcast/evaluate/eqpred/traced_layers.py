"""The layers of a network as a run through it shows them: shapes, parameters, skips."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from faultcast.errors import DataError

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class TracedLayer:
    """One layer, in the order of the run.

    `what`: kind and settings; shapes are of one sample; `has_short_skip`: its input is added to its
    output; `skip_from`: the earlier layer whose output is added to this one's.
    """

    name: str
    what: str
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    n_parameters: int
    has_short_skip: bool
    skip_from: str


@dataclass
class _Passage:
    name: str
    layer: nn.Module
    seen: Tensor
    made: Tensor


def trace_layers(network: nn.Module, *shape: int) -> list[TracedLayer]:
    """Run a random sample through a network and return its layers.

    A layer is a child of the network, or a member of a list among its children. Skips are found:
    where a layer receives more than the one before it made, the difference is the output of an
    earlier one, or what the one before received. A skip inside a layer is the layer's own word.

    Parameters
    ----------
    shape : of one sample of its input.
    """
    import torch

    passages: list[_Passage] = []

    def note(name: str, layer: nn.Module) -> None:
        layer.register_forward_hook(
            lambda _, seen, made: passages.append(_Passage(name, layer, seen[0], made))
        )

    for name, layer in _children(network):
        note(name, layer)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        network.eval()(torch.randn(1, *shape))
    received = [one.seen for one in passages[1:]]
    return [
        TracedLayer(
            name=one.name,
            what=_describe(one.layer),
            input_shape=tuple(one.seen.shape[1:]),
            output_shape=tuple(one.made.shape[1:]),
            n_parameters=sum(weights.numel() for weights in one.layer.parameters()),
            has_short_skip=_has_own_skip(one.layer)
            or (i < len(received) and _is_sum(received[i], one.made, one.seen)),
            skip_from=_source(passages[:i], one.made, received[i]) if i < len(received) else "",
        )
        for i, one in enumerate(passages)
    ]


def check_weights(network: nn.Module, path: str | Path) -> None:
    """Make sure that trained weights are those of a network: names and shapes.

    Parameters
    ----------
    path : safetensors file of one or more trainings, "seed0.origin00.<name>".

    Raises
    ------
    DataError
        A weight is missing, or of another shape.
    """
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as stored:
        names = sorted(stored.keys())
        prefix = ".".join(names[0].split(".")[:2]) + "." if names else ""
        found: Mapping[str, tuple[int, ...]] = {
            name.removeprefix(prefix): tuple(stored.get_slice(name).get_shape())
            for name in names
            if name.startswith(prefix)
        }
    expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            raise DataError(
                f"{path} is not of this network: {name} has shape {found.get(name)} there and "
                f"{expected.get(name)} here; train again, or give the grid and options of that run"
            )


def _children(network: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    from torch import nn

    for name, child in network.named_children():
        if isinstance(child, nn.ModuleList):
            yield from ((f"{name}.{i}", member) for i, member in enumerate(child))
        else:
            yield name, child


def _describe(layer: nn.Module) -> str:
    from torch import nn

    if {"query", "key", "value"} <= {name for name, _ in layer.named_children()}:
        return f"attention, {layer.window} days"
    for part in layer.modules():
        if isinstance(part, nn.ConvTranspose2d | nn.Conv2d):
            kind = "deconvolution" if isinstance(part, nn.ConvTranspose2d) else "convolution"
            size = " × ".join(map(str, part.kernel_size))
            return f"{kind}, {size}, stride {part.stride[0]}"
        if isinstance(part, nn.Conv1d):
            return f"causal convolution, {part.kernel_size[0]} days, dilation {part.dilation[0]}"
        if isinstance(part, nn.Linear):
            return "dense"
    return type(layer).__name__


def _has_own_skip(layer: nn.Module) -> bool:
    shortcut: object = getattr(layer, "shortcut", None)
    return shortcut is not None or bool(getattr(layer, "residual", False))


def _source(before: list[_Passage], made: Tensor, received: Tensor) -> str:
    """Return the earlier layer whose output was added on the way, "" for none."""
    return next((one.name for one in before if _is_sum(received, made, one.made)), "")


def _is_sum(received: Tensor, made: Tensor, added: Tensor) -> bool:
    import torch

    return received.shape == made.shape == added.shape and torch.allclose(received, made + added)
