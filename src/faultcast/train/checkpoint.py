"""State of a training on disk: one safetensors file, written whole or not at all.

Tensors are named `model.<name>`, `best.<name>`, `carried.<name>` and
`optimizer.<parameter>.<name>`; what is not a tensor stands as JSON in the file's header, as does
a digest of it all, so that no damaged byte goes on unseen. No pickle.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save, save_file
from torch import Tensor

from faultcast.io import write_aside

logger = logging.getLogger(__name__)

Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Checkpoint:
    """What a training needs to go on as if it had never stopped.

    `carried` is the state that a recurrent network hands from one update to the next, if any.
    """

    model: Weights
    best: Weights
    optimizer: dict[str, Any]
    progress: dict[str, Any]
    carried: Weights = field(default_factory=dict)


def save_checkpoint(path: Path, key: str, state: Checkpoint) -> None:
    """Write `state`; `key` says which data and settings it belongs to."""
    tensors = {f"model.{name}": value for name, value in state.model.items()}
    tensors |= {f"best.{name}": value for name, value in state.best.items()}
    tensors |= {f"carried.{name}": value for name, value in state.carried.items()}
    for index, values in state.optimizer["state"].items():
        tensors |= {f"optimizer.{index}.{name}": value for name, value in values.items()}
    header = {
        "key": key,
        "groups": json.dumps(state.optimizer["param_groups"]),
        "progress": json.dumps(state.progress),
    }
    # one copy a tensor: model and best may share memory, which safetensors refuses
    copies = {name: value.detach().cpu().clone().contiguous() for name, value in tensors.items()}
    header["digest"] = _digest(header, copies)
    with write_aside(path) as aside:
        save_file(copies, aside, metadata=header)


def load_checkpoint(path: Path, key: str) -> Checkpoint | None:
    """Return the state in `path`, None where there is none for `key`."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as stream:
            header = stream.metadata() or {}
            tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118 (no mapping)
    except (SafetensorError, OSError) as error:
        logger.warning("checkpoint %s cannot be read (%s): training starts anew", path.name, error)
        return None
    if header.get("key") != key:
        logger.info("checkpoint %s is of other data or settings: training starts anew", path.name)
        return None
    if header.pop("digest", None) != _digest(header, tensors):
        logger.warning("checkpoint %s is damaged: training starts anew", path.name)
        return None
    try:
        return _restored(header, tensors)
    except (LookupError, TypeError, ValueError) as error:
        logger.warning("checkpoint %s is damaged (%r): training starts anew", path.name, error)
        return None


def _digest(header: dict[str, str], tensors: Weights) -> str:
    told = json.dumps(header, sort_keys=True).encode()
    return hashlib.sha256(told + save(tensors)).hexdigest()


def _restored(header: dict[str, str], tensors: Weights) -> Checkpoint:
    parts: dict[str, Weights] = {"model": {}, "best": {}, "carried": {}}
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        kind, rest = name.split(".", 1)
        if kind == "optimizer":
            index, item = rest.split(".", 1)
            moments.setdefault(int(index), {})[item] = value
        else:
            parts[kind][rest] = value
    optimizer = {"state": moments, "param_groups": json.loads(header["groups"])}
    progress = json.loads(header["progress"])
    return Checkpoint(parts["model"], parts["best"], optimizer, progress, parts["carried"])


def clone_weights(model: torch.nn.Module) -> Weights:
    """Return a copy of a model's weights and buffers, on the model's device."""
    return {name: value.detach().clone() for name, value in model.state_dict().items()}
