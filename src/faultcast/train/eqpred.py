"""EQPRED from a cube to predictions: one job for one protocol and seed.

Feng and Fox, "Spatiotemporal Pattern Mining for Nowcasting Extreme Earthquakes in
Southern California". docs/eqpred.md says what the paper leaves open.
"""

from __future__ import annotations

import logging
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from faultcast import __version__
from faultcast.errors import DataError
from faultcast.grid import Cube
from faultcast.io import frame_digest
from faultcast.provenance import code_digest, settings_digest
from faultcast.train.calibration import calibrate, rolling_rate
from faultcast.train.novelty import Novelty, dense_maps, train_novelty
from faultcast.train.options import EqpredOptions
from faultcast.train.predictor import Prediction, history_days, train_predictor
from faultcast.train.protocol import Protocol, get_protocol
from faultcast.train.splits import Split, chronological_split, day_of, rolling_origins

logger = logging.getLogger(__name__)

Days = NDArray[np.bool_]


@dataclass(frozen=True)
class EqpredResult:
    """What one job leaves behind.

    Attributes
    ----------
    predictions : one row an origin and day: `model`, `protocol`, `seed`, `origin`, `day`,
        `date`, `part` (warmup, train, validation, gap, test), `target` and `prediction` (of
        the series), `error` (the autoencoder's mean absolute error of the day),
        `is_positive` and `is_detected` (what precision and recall are made of),
        `event_probability` (NaN under `as_published`), `is_event_day`, `is_quiet`
        (no event day in the `onset_days` before), `is_onset_day` (both), `n_events`.
    weights : "origin00.autoencoder.<name>" and "origin00.predictor.<name>" -> array.
    history : `origin`, `model`, `epoch`, `train_loss`, `validation_loss`.
    record : protocol, options, seed, threads, versions, digests, splits, best epochs;
        `cost` holds wall time, memory and device.
    """

    predictions: pd.DataFrame
    weights: dict[str, NDArray[Any]]
    history: pd.DataFrame
    record: dict[str, Any]


def run_eqpred(
    cube: Cube,
    *,
    protocol: str,
    seed: int,
    threads: int = 1,
    device: str = "auto",
    checkpoint_folder: str | Path | None = None,
    **options: Any,
) -> EqpredResult:
    """Train EQPRED under one protocol with one seed and predict every day.

    Parameters
    ----------
    cube : daily cube of the events that the protocol uses (magnitude limit, types).
    protocol : "as_published" or "leak_free".
    threads : part of the result; the same count gives the same bits.
    device : "auto", "cpu" or "cuda".
    checkpoint_folder : a killed job goes on from here; emptied of this job's files at the end.
    options : fields of `EqpredOptions`.

    Raises
    ------
    ConfigError
        An option, the protocol or the device is not known.
    DataError
        There are no extreme days in the cube or in a training part, or the series is too
        short.
    """
    rules = get_protocol(protocol)
    settings = EqpredOptions.from_mapping(options)
    days = _days(cube, settings)
    splits = _splits(cube, rules, settings, days)
    maps = dense_maps(cube, settings.value)
    checkpoints = _Checkpoints(checkpoint_folder, cube, rules, settings, seed, threads)
    job = _Job(maps, days, rules, settings, seed, threads, device, checkpoints)
    tables, histories, weights, fits = [], [], {}, []
    for split in splits:
        logger.info(
            "EQPRED %s, seed %d: origin %d of %d", protocol, seed, split.origin + 1, len(splits)
        )
        novelty, prediction = job.run(split)
        tables.append(job.table(split, novelty, prediction))
        for name, part in (("autoencoder", novelty), ("predictor", prediction)):
            histories.append(part.fitted.history.assign(origin=split.origin, model=name))
            fits.append(
                {
                    "origin": split.origin,
                    "model": name,
                    "best_epoch": part.fitted.best_epoch,
                    "cost": part.fitted.cost,
                }
            )
            for key, value in part.model.state_dict().items():
                weights[f"origin{split.origin:02d}.{name}.{key}"] = value.cpu().numpy()
    checkpoints.clear()
    predictions = pd.concat(tables, ignore_index=True)
    predictions.insert(5, "date", cube.dates[predictions["day"]])
    columns = ["origin", "model", "epoch", "train_loss", "validation_loss"]
    return EqpredResult(
        predictions,
        weights,
        pd.concat(histories, ignore_index=True)[columns],
        _record(cube, rules, settings, seed, threads, days, splits, fits),
    )


@dataclass(frozen=True)
class _DayTable:
    """(n_days,) each: the largest magnitude, and what follows from it."""

    maximum: NDArray[np.float64]
    n_events: NDArray[np.int64]
    is_event: Days
    is_quiet: Days


def _days(cube: Cube, options: EqpredOptions) -> _DayTable:
    maximum = np.full(cube.n_days, -np.inf)
    np.maximum.at(maximum, cube.cells["day"].to_numpy(), cube.cells["maximum"].to_numpy())
    n_events = np.bincount(
        cube.cells["day"], weights=cube.cells["count"], minlength=cube.n_days
    ).astype(np.int64)
    is_event = maximum >= options.threshold_magnitude
    if not is_event.any():
        raise DataError(
            f"no day of the cube's {cube.n_days} days has an event of magnitude "
            f"{options.threshold_magnitude} or more (the largest is {maximum.max():.2f}): lower "
            "threshold_magnitude, or choose a larger region or a longer period"
        )
    return _DayTable(maximum, n_events, is_event, quiet_days(is_event, options.onset_days))


def quiet_days(is_event: Days, length: int) -> Days:
    """Return the days (n_days,) with no event day in the `length` days before them.

    An event day among them is an onset. Which days are quiet is known before they come, so
    that a forecast of event days can be scored on them alone.
    """
    total = np.concatenate(([0], np.cumsum(is_event)))
    day = np.arange(len(is_event))
    quiet: Days = total[day] == total[np.maximum(day - length, 0)]
    return quiet


def _splits(cube: Cube, protocol: Protocol, options: EqpredOptions, days: _DayTable) -> list[Split]:
    first = history_days(options)
    if cube.n_days <= first + 1:
        raise DataError(
            f"the series has {cube.n_days} days, a prediction needs {first} days of history: "
            "choose a longer period, or smaller window_days or smoothing_days"
        )
    if protocol.split == "fractions":
        return [chronological_split(cube.n_days, first, options.fractions)]
    begin = cube.n_days - cube.n_days // 3
    if options.test_start is not None:
        begin = day_of(options.test_start, cube.start)
    end = cube.n_days if options.test_end is None else day_of(options.test_end, cube.start)
    return rolling_origins(
        cube.n_days,
        first,
        test=(begin, end),
        block_days=options.block_days,
        validation_days=options.validation_days,
        gap_days=options.gap_days,
        large_shocks=np.flatnonzero(days.maximum >= options.blackout_magnitude),
        blackout_days=options.blackout_days,
    )


@dataclass(frozen=True)
class _Job:
    maps: NDArray[np.float32]
    days: _DayTable
    protocol: Protocol
    options: EqpredOptions
    seed: int
    threads: int
    device: str
    checkpoints: _Checkpoints

    def run(self, split: Split) -> tuple[Novelty, Prediction]:
        part = split.parts(len(self.maps))
        everything = np.ones(len(self.maps), dtype=bool)
        before = np.arange(len(self.maps)) < split.train_end
        quiet = ~self.days.is_event
        if not (self.days.is_event & before).any():
            raise DataError(
                f"origin {split.origin}: no training day (the first {split.train_end} days) has "
                f"an event of magnitude {self.options.threshold_magnitude} or more: lower "
                "threshold_magnitude, or start the test later"
            )
        learn = everything if self.protocol.autoencoder == "all" else before
        novelty = train_novelty(
            self.maps,
            scale_days=everything if self.protocol.scaler == "all" else before,
            learn_days=learn & quiet,
            select_days=(part == self.protocol.selection) & quiet,
            **self._common(split, "autoencoder"),
        )
        prediction = train_predictor(
            novelty.series, split, self.protocol, **self._common(split, "predictor")
        )
        return novelty, prediction

    def _common(self, split: Split, name: str) -> dict[str, Any]:
        stage = 0 if name == "autoencoder" else 1
        state = np.random.SeedSequence([self.seed, split.origin, stage]).generate_state(1)
        return {
            "options": self.options,
            "seed": int(state[0]),
            "threads": self.threads,
            "device": self.device,
            "checkpoint": self.checkpoints.path(split.origin, name),
            "code": self.checkpoints.code,
        }

    def table(self, split: Split, novelty: Novelty, prediction: Prediction) -> pd.DataFrame:
        part = split.parts(len(self.maps))
        is_event = self.days.is_event
        fit_days = {"all": part != "", "scored": part == "test", "train": part == "train"}[
            self.protocol.threshold
        ]
        counted = part == "train" if self.protocol.threshold == "train" else part != ""
        rate = float(is_event[counted].mean())
        probability = np.full(len(part), np.nan)
        if self.protocol.scores == "smoothed_series":
            # the paper's series has no labels of its own: its highest days count as extreme
            threshold = np.quantile(prediction.target[fit_days], 1.0 - rate)
            positive = prediction.target > threshold
        else:
            threshold = np.nanquantile(prediction.prediction[fit_days], 1.0 - rate)
            positive = is_event
            probability = calibrate(
                prediction.prediction, rolling_rate(is_event), is_event, part == "validation"
            )
        frame = pd.DataFrame(
            {
                "model": "EQPRED",
                "protocol": self.protocol.name,
                "seed": self.seed,
                "origin": split.origin,
                "day": np.arange(len(part)),
                "part": part.astype(object),
                "target": prediction.target,
                "prediction": prediction.prediction,
                "error": novelty.error,
                "is_positive": positive,
                "is_detected": prediction.prediction > threshold,
                "event_probability": probability,
                "is_event_day": is_event,
                "is_quiet": self.days.is_quiet,
                "is_onset_day": is_event & self.days.is_quiet,
                "n_events": self.days.n_events,
            }
        )
        # what the network says about days after its test block is nobody's forecast
        return frame[part != ""]


class _Checkpoints:
    """Files of one job, named by a digest of its data, settings and code."""

    def __init__(
        self,
        folder: str | Path | None,
        cube: Cube,
        protocol: Protocol,
        options: EqpredOptions,
        seed: int,
        threads: int,
    ) -> None:
        self.folder = None if folder is None else Path(folder)
        self.code = "" if folder is None else code_digest("faultcast.train.eqpred")
        settings = {
            "cube": "" if folder is None else frame_digest(cube.cells),
            "protocol": asdict(protocol),
            "options": asdict(options),
            "seed": seed,
            "threads": threads,
            "code": self.code,
        }
        self.prefix = settings_digest(settings)[:16]

    def path(self, origin: int, name: str) -> Path | None:
        if self.folder is None:
            return None
        return self.folder / f"{self.prefix}-{origin:02d}-{name}.safetensors"

    def clear(self) -> None:
        """Remove this job's files: its results are complete."""
        if self.folder is not None:
            for path in self.folder.glob(f"{self.prefix}-*.safetensors"):
                path.unlink()


def _record(
    cube: Cube,
    protocol: Protocol,
    options: EqpredOptions,
    seed: int,
    threads: int,
    days: _DayTable,
    splits: list[Split],
    fits: list[dict[str, Any]],
) -> dict[str, Any]:
    costs = [one.pop("cost") for one in fits]
    return {
        "model": "EQPRED",
        "protocol": asdict(protocol),
        "options": asdict(options),
        "seed": seed,
        "threads": threads,
        "versions": {
            "faultcast": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__.split("+")[0],
            "numpy": np.__version__,
        },
        "inputs": {"cube": frame_digest(cube.cells)},
        "splits": [asdict(split) for split in splits],
        "fits": fits,
        "n_event_days": int(days.is_event.sum()),
        "n_onset_days": int((days.is_event & days.is_quiet).sum()),
        "cost": {
            "wall_s": sum(cost["wall_s"] for cost in costs),
            "peak_memory_mb": max(cost["peak_memory_mb"] for cost in costs),
            "device": costs[0]["device"],
            "fits": costs,
        },
    }
