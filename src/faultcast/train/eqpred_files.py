"""EQPRED's trainings from files to files: what a workflow job calls, in one process or several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from faultcast import io
from faultcast.grid import Cube
from faultcast.provenance import record
from faultcast.train.eqpred import run_autoencoder, run_row
from faultcast.train.job import TrainingResult, join_seeds
from faultcast.train.workers import current


def train_autoencoder(
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    *,
    seeds: Sequence[int],
    options: Mapping[str, Any],
    **what: Any,
) -> None:
    """Train one autoencoder, one seed after the other.

    Parameters
    ----------
    inputs : `cells` and the other files of a cube.
    outputs : `table`, `weights`, `history`, `record`; checkpoints lie beside their folder.
    what : `protocol`, `kind`, `latent_size`, `threads` of `run_autoencoder`; `options`: the rest.
    """
    cube = Cube.load(Path(inputs["cells"]).parent)
    folder = _checkpoints(outputs)
    runs = [
        run_autoencoder(cube, seed=seed, checkpoint_folder=folder, **what, **options)
        for seed in seeds
    ]
    _write(runs, inputs, outputs, options)


def train_row(
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    *,
    row: str,
    seeds: Sequence[int],
    options: Mapping[str, Any],
    **what: Any,
) -> None:
    """Train the predictor of one row of the tables, one seed after the other.

    Parameters
    ----------
    inputs : the files of a cube, and `novelty` for a row that stands on an autoencoder.
    outputs, options : as for `train_autoencoder`.
    what : `protocol`, `threads` of `run_row`.
    """
    cube = Cube.load(Path(inputs["cells"]).parent)
    novelty = io.read_table(inputs["novelty"]) if "novelty" in inputs else None
    folder = _checkpoints(outputs)
    runs = [
        run_row(
            cube,
            row,
            None if novelty is None else novelty[novelty["seed"] == seed],
            seed=seed,
            checkpoint_folder=folder,
            **what,
            **options,
        )
        for seed in seeds
    ]
    _write(runs, inputs, outputs, options)


def _checkpoints(outputs: Mapping[str, str]) -> Path:
    folder = Path(outputs["record"]).parent
    return folder.with_name(folder.name + "_checkpoints")


def _write(
    runs: Sequence[TrainingResult],
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    options: Mapping[str, Any],
) -> None:
    if current().rank == 0:
        join_seeds(runs).write(record(dict(inputs), dict(options)), **outputs)
