"""What a training of HierarchicalQuake leaves behind, on its way to files."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file

from faultcast import __version__
from faultcast.io import write_aside, write_csv, write_json
from faultcast.models.hierarchical_quake import HierarchicalQuake
from faultcast.train.day_parts import DayParts
from faultcast.train.quake_loop import HISTORY, QuakeFit


@dataclass(frozen=True)
class QuakeTraining:
    """What one job leaves behind.

    Attributes
    ----------
    weights : "seed0.origin00.<name>" -> array; the map that the network corrects is not among them.
    history : `seed`, `origin`, `iteration`, `phase`, `train_loss`, `validation_loss`.
    record : `runs`, one a seed: what was trained, options, seed, threads, versions, digests, and
        for each origin the parts of its days and the losses; `cost`, one a seed: wall time,
        memory, device.
    """

    weights: dict[str, NDArray[Any]]
    history: pd.DataFrame
    record: dict[str, Any]

    def write(
        self, provenance: Mapping[str, Any], *, weights: str, history: str, record: str
    ) -> None:
        """Write each part to its file."""
        write_csv(self.history, history, provenance)
        with write_aside(weights) as aside:
            save_file(self.weights, aside)
        write_json(self.record | {"provenance": provenance}, record)


def join_trainings(results: Sequence[QuakeTraining]) -> QuakeTraining:
    """Return the results of several seeds as one."""
    return QuakeTraining(
        {name: value for result in results for name, value in result.weights.items()},
        pd.concat([result.history for result in results], ignore_index=True),
        {
            key: [one for result in results for one in result.record[key]]
            for key in ("runs", "cost")
        },
    )


def gather(
    what: Mapping[str, Any],
    fits: Sequence[tuple[DayParts, HierarchicalQuake, QuakeFit]],
) -> QuakeTraining:
    """Return one seed's networks, one an origin, as a result.

    Parameters
    ----------
    what : settings and digests of inputs, for the record; `seed` among them.
    fits : parts of the days, trained network and its training.
    """
    seed = what["seed"]
    weights = {
        f"seed{seed}.origin{parts.origin:02d}.{name}": value.cpu().numpy()
        for parts, model, _ in fits
        for name, value in model.state_dict().items()
    }
    history = pd.concat(
        [fit.history.assign(seed=seed, origin=parts.origin) for parts, _, fit in fits],
        ignore_index=True,
    )
    told = []
    for parts, model, fit in fits:
        validation = fit.history["validation_loss"].dropna().to_numpy()
        told.append(
            {
                "parts": asdict(parts),
                "n_weights": sum(weight.numel() for weight in model.parameters()),
                "iterations": int(fit.history["iteration"].iloc[-1]),
                "best_iteration": fit.best_iteration,
                "best_validation_loss": float(validation.min()),
                "last_validation_loss": float(validation[-1]),
            }
        )
    costs = [fit.cost for *_, fit in fits]
    cost = {
        "wall_s": sum(cost["wall_s"] for cost in costs),
        "peak_memory_mb": max(cost["peak_memory_mb"] for cost in costs),
        "device": costs[0]["device"],
        "fits": costs,
    }
    versions = {
        "faultcast": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__.split("+")[0],
        "numpy": np.__version__,
    }
    record = {**what, "versions": versions, "fits": told}
    return QuakeTraining(
        weights, history[["seed", "origin", *HISTORY]], {"runs": [record], "cost": [cost]}
    )
