"""A trained HierarchicalQuake as a forecast of all cells, day by day.

It serves the same stream of scores as the floors (`cell_maps.CellFloor`), but its state runs on
from day to day: on the first call it goes once through the days before the test and all test
days, and keeps their probabilities in a temporary file.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from faultcast.errors import DataError
from faultcast.grid import Cube, WindowLabels
from faultcast.io import read_json, reading
from faultcast.models.adaptive_memory import mean_entropy
from faultcast.models.hierarchical_quake import VARIANTS, HierarchicalQuake
from faultcast.train.day_parts import DayParts
from faultcast.train.device import choose_device
from faultcast.train.quake_days import QuakeDays
from faultcast.train.quake_loss import prior_map
from faultcast.train.quake_options import QuakeOptions
from faultcast.train.quake_protocol import QuakeProtocol, get_form
from faultcast.train.quake_stream import run_days, runner

KNEE = 0.99
"""Above it an output F + corr is squeezed into what is left up to 1."""


class QuakeForecast:
    """A network on the test days of one origin.

    Parameters
    ----------
    model : the trained network.
    days : of the cube that is forecast.
    parts : of the origin.
    protocol, options : of the training; they say from which day on the state is built up: so
        many dropped or warm-up days before the first test day.
    """

    def __init__(
        self,
        model: HierarchicalQuake,
        days: QuakeDays,
        parts: DayParts,
        protocol: QuakeProtocol,
        options: QuakeOptions,
    ) -> None:
        self.model, self.days, self.parts = model, days, parts
        before = options.dropped_days if protocol.test_state == "zero" else options.warmup_days
        self.start = max(0, parts.test[0] - before)
        self._options = options
        self._kept: NDArray[np.float32] | None = None
        self._record: list[tuple[int, float, int]] = []

    @classmethod
    def load(
        cls,
        weights_path: str | Path,
        record_path: str | Path,
        cube: Cube,
        maps: pd.DataFrame,
        *,
        variant: str,
        form: str | Mapping[str, Any] | QuakeProtocol,
        seed: int,
        origin: int,
        device: str = "auto",
    ) -> Self:
        """Return the forecast of one of the networks in a training's files.

        Parameters
        ----------
        weights_path, record_path : of `QuakeTraining.write`.
        cube, maps : those of the training; later days of the cube may differ.
        variant, form, seed, origin : which network.

        Raises
        ------
        DataError
            The files do not hold that network, or are damaged.
        """
        name, protocol = get_form(form)
        run = _run_of(read_json(record_path), record_path, variant, name, seed)
        parts = [fit["parts"] for fit in run["fits"] if fit["parts"]["origin"] == origin]
        weights = _weights(weights_path, f"seed{seed}.origin{origin:02d}.")
        if not parts or not weights:
            raise DataError(
                f"{record_path} and {weights_path} hold no network of origin {origin}: choose "
                "one that was trained"
            )
        near, far = run["window_days"]
        labels = WindowLabels(cube, run["magnitude_min"], near, far)
        options = QuakeOptions.from_mapping(run["options"])
        prior = torch.from_numpy(prior_map(maps, protocol, origin, labels))
        model = HierarchicalQuake(prior, VARIANTS[variant], head=protocol.head)
        with reading(weights_path):
            model.load_state_dict(weights)
        place = choose_device(device)
        days = QuakeDays(labels, options.value, place)
        return cls(model.to(place), days, _parts(parts[0]), protocol, options)

    def scores(self, days: ArrayLike) -> NDArray[np.float32]:
        """Return the probability of a label on increasing test days, (n, n_cells) in [0, 1].

        Outputs F + corr of the published forms can exceed 1 in many cells at once; cut off at 1
        they would tie, where the lineage ranks them. Those above `KNEE` are squeezed instead.

        Raises
        ------
        DataError
            A day is none of the test's.
        """
        asked = np.atleast_1d(np.asarray(days, dtype=np.int64))
        first, stop = self.parts.test
        if len(asked) and (asked.min() < first or asked.max() >= stop):
            raise DataError(
                f"days {asked.min()} to {asked.max()} are asked for; this network is to be tested "
                f"on days {first} to {stop - 1} only"
            )
        return np.array(self._probabilities()[asked - first])

    def days_record(self) -> pd.DataFrame:
        """Return `day`, `entropy`, `memory_length` of all days run through, one row a day.

        `entropy` is the mean binary entropy of the day's probabilities, scaled to [0, 1];
        `memory_length` the number of past states recalled on the next day, 0 without memory.
        """
        self._probabilities()
        return pd.DataFrame(self._record, columns=["day", "entropy", "memory_length"])

    def _probabilities(self) -> NDArray[np.float32]:
        """Run through the days, once; (n_test, n_cells)."""
        if self._kept is not None:
            return self._kept
        first, stop = self.parts.test
        shape = stop - first, self.days.source.n_cells
        # a file without a name: gone when the map of it is
        with tempfile.TemporaryFile() as file:
            kept = np.memmap(file, dtype=np.float32, mode="w+", shape=shape)
        self.model.eval()
        run, zero = runner(self.model, self._options), self.model.initial_state()
        # one day at once: the memory's length is asked for after each
        for day, output, state in run_days(run, self.days, self.start, stop, zero, block_days=1):
            entropy = float(mean_entropy(self.model.probability(output.float())))
            self._record.append((day, entropy, int(state.length)))
            if day >= first:
                kept[day - first] = self._ranked(output).flatten().cpu().numpy()
        self._kept = kept
        return kept

    def _ranked(self, output: Tensor) -> Tensor:
        """Return probabilities that keep the outputs' order."""
        if self.model.head == "logit":
            return self.model.probability(output.float())
        value, top = output.double(), 1.0 + float(self.model.offset.max())
        squeezed = KNEE + (value - KNEE) * (1.0 - KNEE) / (top - KNEE)
        return torch.where(value > KNEE, squeezed, value).clamp(0.0, 1.0)


def _run_of(
    record: dict[str, Any], path: str | Path, variant: str, form: str, seed: int
) -> dict[str, Any]:
    """Return the run of a record that is asked for."""
    with reading(path):
        runs: list[dict[str, Any]] = record["runs"]
        found = [(run["variant"], run["form"], run["seed"]) for run in runs]
    if (variant, form, seed) not in found:
        raise DataError(
            f"{path} holds no network {variant!r} of form {form!r} with seed {seed}, but "
            + "; ".join(f"{v}, {f}, seed {s}" for v, f, s in found)
        )
    return runs[found.index((variant, form, seed))]


def _weights(path: str | Path, prefix: str) -> dict[str, Tensor]:
    """Return the tensors of a file whose names begin with a prefix, without it."""
    from safetensors import SafetensorError, safe_open

    try:
        with reading(path), safe_open(path, framework="pt") as stream:
            return {
                key.removeprefix(prefix): stream.get_tensor(key)
                for key in stream.keys()  # noqa: SIM118 (no mapping)
                if key.startswith(prefix)
            }
    except SafetensorError as error:
        raise DataError(
            f"{path} is damaged ({error}); delete it and run again, which makes it anew"
        ) from error


def _parts(told: dict[str, Any]) -> DayParts:
    """Return the parts of the days from a record, where tuples are lists."""
    ranges = {name: tuple(tuple(pair) for pair in told[name]) for name in ("train", "validation")}
    return DayParts(
        told["origin"], **ranges, test=tuple(told["test"]), warmup=tuple(told["warmup"])
    )
