"""What every training of one job shares: seeds, checkpoints, the record of the run."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import nn

from faultcast import __version__
from faultcast.errors import ConfigError
from faultcast.grid import Cube
from faultcast.io import frame_digest, write_aside, write_csv, write_json, write_table
from faultcast.provenance import code_digest, settings_digest
from faultcast.train.loop import FitResult
from faultcast.train.options import EqpredOptions
from faultcast.train.protocol import Protocol
from faultcast.train.splits import Split
from faultcast.train.workers import current


@dataclass(frozen=True)
class TrainingResult:
    """What one job leaves behind.

    Attributes
    ----------
    table : one row an origin and day.
    weights : "seed0.origin00.<name>" -> array.
    history : `seed`, `origin`, `epoch`, `train_loss`, `validation_loss`.
    record : `runs`, one a seed: what was trained, protocol, options, seed, threads, processes,
        versions, digests, splits, best epochs; `cost`, one a seed: wall time, memory and device.
    """

    table: pd.DataFrame
    weights: dict[str, NDArray[Any]]
    history: pd.DataFrame
    record: dict[str, Any]

    def write(
        self, provenance: Mapping[str, Any], *, table: str, weights: str, history: str, record: str
    ) -> None:
        """Write each part to its file."""
        write_table(self.table, table, provenance)
        write_csv(self.history, history, provenance)
        with write_aside(weights) as aside:
            save_file(self.weights, aside)
        write_json(self.record | {"provenance": provenance}, record)


def join_seeds(results: Sequence[TrainingResult]) -> TrainingResult:
    """Return the results of several seeds as one."""
    return TrainingResult(
        pd.concat([result.table for result in results], ignore_index=True),
        {name: value for result in results for name, value in result.weights.items()},
        pd.concat([result.history for result in results], ignore_index=True),
        {
            key: [one for result in results for one in result.record[key]]
            for key in ("runs", "cost")
        },
    )


@dataclass
class Job:
    """One network, trained once an origin.

    Parameters
    ----------
    what : names the network in the record, and with the rest of it the checkpoints.
    stage : 0 for an autoencoder, 1 for a predictor: they draw from different streams.
    checkpoint_folder : a killed job goes on from there; emptied of its files at the end.
    """

    what: Mapping[str, Any]
    stage: int
    cube: Cube
    protocol: Protocol
    options: EqpredOptions
    seed: int
    threads: int
    device: str
    checkpoint_folder: str | Path | None
    _tables: list[pd.DataFrame] = field(default_factory=list)
    _histories: list[pd.DataFrame] = field(default_factory=list)
    _weights: dict[str, NDArray[Any]] = field(default_factory=dict)
    _fits: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Name the job's checkpoints by all that it depends on."""
        if self.seed < 0:
            raise ConfigError(f"seed is {self.seed}; it must be at least 0")
        self._code = code_digest("faultcast.train.eqpred") if self.checkpoint_folder else ""
        self._workers = current()
        self._settings = {
            **self.what,
            "protocol": asdict(self.protocol),
            "options": asdict(self.options),
            "seed": self.seed,
            "threads": self.threads,
            "processes": self._workers.size,
        }
        self._cube_digest = settings_digest(
            {"cells": frame_digest(self.cube.cells), "grid": self.cube.grid()}
        )
        self._prefix = settings_digest(
            {**self._settings, "cube": self._cube_digest, "code": self._code}
        )[:16]

    def fit_arguments(self, split: Split) -> dict[str, Any]:
        """Return what a training of this origin is called with."""
        state = np.random.SeedSequence([self.seed, split.origin, self.stage]).generate_state(1)
        folder = self.checkpoint_folder
        return {
            "options": self.options,
            "seed": int(state[0]),
            "threads": self.threads,
            "device": self.device,
            "checkpoint": folder
            and Path(folder) / f"{self._prefix}-{split.origin:02d}.safetensors",
            "code": self._code,
        }

    def add(self, split: Split, table: pd.DataFrame, model: nn.Module, fitted: FitResult) -> None:
        """Take in what one origin came to."""
        self._tables.append(table)
        self._histories.append(fitted.history.assign(seed=self.seed, origin=split.origin))
        for name, value in model.state_dict().items():
            self._weights[f"seed{self.seed}.origin{split.origin:02d}.{name}"] = value.cpu().numpy()
        self._fits.append(
            {"split": asdict(split), "best_epoch": fitted.best_epoch, "cost": fitted.cost}
        )

    def result(self, inputs: Mapping[str, str] | None = None) -> TrainingResult:
        """Return all origins together and remove the checkpoints: the job is complete."""
        if self.checkpoint_folder is not None and self._workers.rank == 0:
            for path in Path(self.checkpoint_folder).glob(f"{self._prefix}-*.safetensors"):
                path.unlink()
        costs = [fit.pop("cost") for fit in self._fits]
        record = {
            **self._settings,
            "versions": {
                "faultcast": __version__,
                "python": platform.python_version(),
                "torch": torch.__version__.split("+")[0],
                "numpy": np.__version__,
            },
            "inputs": {"cube": self._cube_digest, **(inputs or {})},
            "fits": self._fits,
        }
        cost = {
            "wall_s": sum(cost["wall_s"] for cost in costs),
            "peak_memory_mb": max(cost["peak_memory_mb"] for cost in costs),
            "device": costs[0]["device"],
            "fits": costs,
        }
        columns = ["seed", "origin", "epoch", "train_loss", "validation_loss"]
        return TrainingResult(
            pd.concat(self._tables, ignore_index=True),
            self._weights,
            pd.concat(self._histories, ignore_index=True)[columns],
            {"runs": [record], "cost": [cost]},
        )
