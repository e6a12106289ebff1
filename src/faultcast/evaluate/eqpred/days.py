"""The test days of one model, protocol and seed, ready to be scored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.evaluate.eqpred.reference import (
    AUTOREGRESSION,
    REFERENCES,
    Forecast,
    recalibrated,
)
from faultcast.evaluate.scores import log_likelihood
from faultcast.models.registry import ROWS, Row, get_row

Array = NDArray[np.float64]
Days = NDArray[np.bool_]

REFERENCE_ROW = "eqpred"
RECALIBRATED = "EQPRED, calibrated on all past days"
_COLUMNS = (
    "model", "protocol", "seed", "origin", "day", "part", "target", "prediction", "error",
    "is_positive", "is_detected", "event_probability", "is_event_day", "is_quiet", "is_complete",
    "n_events",
)  # fmt: skip


@dataclass(frozen=True)
class ScoredDays:
    """(n_days,) each, test days in order; NaN where a model has none.

    `key` is that of `faultcast.models.registry.ROWS`, empty for a reference; `model` the title.
    `quiet`: no event day in the days before, so that an event day there is an onset.
    `complete`: the day's value is trusted. `ar_prediction`, `ar_probability`: those of AR(10),
    fitted to this very series before the gap.
    """

    key: str
    model: str
    protocol: str
    seed: int
    day: NDArray[np.int64]
    target: Array
    prediction: Array
    positive: Days
    detected: Days
    probability: Array
    error: Array
    event: Days
    quiet: Days
    complete: Days
    ar_prediction: Array
    ar_probability: Array


def collect(predictions: Sequence[pd.DataFrame] | pd.DataFrame) -> list[ScoredDays]:
    """Return the test days of each model in `predictions` and of the reference forecasts.

    The references are made once a protocol and seed, on the series of the row `eqpred` (or of
    the first row if that is not there), and stand after all models, which have the order of
    the registry.

    Parameters
    ----------
    predictions : `predictions.parquet` of one or more jobs (`_COLUMNS`).

    Raises
    ------
    DataError
        A column is missing, there is no test day, one model, protocol and seed come twice, or
        jobs of one protocol disagree on their test days.
    ConfigError
        A model is not in the registry.
    """
    frames = [predictions] if isinstance(predictions, pd.DataFrame) else list(predictions)
    if not frames:
        raise DataError("no predictions to score: give those of one job at least")
    jobs: dict[tuple[str, str, int], pd.DataFrame] = {}
    for frame in frames:
        missing = [name for name in _COLUMNS if name not in frame]
        if missing:
            raise DataError(f"predictions lack the columns {', '.join(missing)}")
        for _, job in frame.groupby(["model", "protocol", "seed"], sort=False):
            first = job.iloc[0]
            key = (str(first["model"]), str(first["protocol"]), int(first["seed"]))
            if key in jobs:
                raise DataError(
                    f"predictions of {key[0]}, {key[1]}, seed {key[2]} were given twice: give "
                    "each job once"
                )
            jobs[key] = job
    models = {model: get_row(model) for model, _, _ in jobs}
    order = [key for key in ROWS if key in models]
    based_on = REFERENCE_ROW if REFERENCE_ROW in models else order[0]
    scored: list[ScoredDays] = []
    references: list[ScoredDays] = []
    for model, protocol, seed in sorted(jobs, key=lambda key: order.index(key[0])):
        job = jobs[model, protocol, seed]
        own, others = _job_days(models[model], job, with_references=model == based_on)
        scored.append(own)
        references += others
    scored += references
    _check_same_days(scored)
    return scored


def climatology(scored: list[ScoredDays], protocol: str) -> ScoredDays:
    """Return the better of train and rolling climatology, by log likelihood on the test days.

    Gains are counted against it: the choice by the test days makes it the harder one.
    """
    candidates = [
        one for one in scored if one.protocol == protocol and one.model.endswith("climatology")
    ]
    return max(candidates, key=lambda one: log_likelihood(one.event, one.probability).sum())


def by_model(scored: list[ScoredDays], protocol: str) -> Iterator[tuple[str, list[ScoredDays]]]:
    """Yield title and seeds of each model of a protocol, in the order of `scored`."""
    groups: dict[str, list[ScoredDays]] = {}
    for one in scored:
        if one.protocol == protocol:
            groups.setdefault(one.model, []).append(one)
    for title, seeds in groups.items():
        yield title, sorted(seeds, key=lambda one: one.seed)


def _check_same_days(scored: list[ScoredDays]) -> None:
    first: dict[str, ScoredDays] = {}
    for one in scored:
        other = first.setdefault(one.protocol, one)
        same = np.array_equal(one.day, other.day) and np.array_equal(one.event, other.event)
        if not same:
            raise DataError(
                f"the jobs of protocol {one.protocol} were scored on different days "
                f"({len(one.event)} and {len(other.event)}): train them on the same cube with "
                "the same test dates"
            )


def _job_days(
    row: Row, job: pd.DataFrame, *, with_references: bool
) -> tuple[ScoredDays, list[ScoredDays]]:
    origins = [days.sort_values("day") for _, days in job.groupby("origin")]
    tests = [(days["part"] == "test").to_numpy() for days in origins]
    if not any(test.any() for test in tests):
        raise DataError("the predictions hold no day of a test part")
    first = job.iloc[0]
    smoothed = bool(job["event_probability"].isna().all())

    def gather(columns: list[NDArray]) -> NDArray:
        return np.concatenate([c[test] for c, test in zip(columns, tests, strict=True)])

    def column(name: str) -> NDArray:
        return gather([days[name].to_numpy() for days in origins])

    def joined(forecasts: list[Forecast]) -> tuple[Array, Array]:
        probability = gather([forecast.probability for forecast in forecasts])
        return gather([forecast.prediction for forecast in forecasts]), (
            np.full(len(probability), np.nan) if smoothed else probability
        )

    forecasts = {AUTOREGRESSION: [REFERENCES[AUTOREGRESSION](days) for days in origins]}
    ar_prediction, ar_probability = joined(forecasts[AUTOREGRESSION])
    own = ScoredDays(
        key=row.key,
        model=row.title,
        protocol=str(first["protocol"]),
        seed=int(first["seed"]),
        day=column("day"),
        target=column("target"),
        prediction=column("prediction"),
        positive=column("is_positive"),
        detected=column("is_detected"),
        probability=column("event_probability"),
        error=column("error"),
        event=column("is_event_day"),
        quiet=column("is_quiet"),
        complete=column("is_complete"),
        ar_prediction=ar_prediction,
        ar_probability=ar_probability,
    )
    references: list[ScoredDays] = []
    if not with_references:
        return own, references
    wanted = dict(REFERENCES)
    if row.key == REFERENCE_ROW and not smoothed:
        wanted = {RECALIBRATED: recalibrated, **wanted}
    for name, forecast_of in wanted.items():
        found = forecasts.get(name) or [forecast_of(days) for days in origins]
        prediction, probability = joined(found)
        detected = gather(
            [_detect(one, days, smoothed) for one, days in zip(found, origins, strict=True)]
        )
        references.append(
            replace(
                own,
                key="",
                model=name,
                prediction=prediction,
                detected=detected,
                probability=probability,
                error=np.full(len(prediction), np.nan),
            )
        )
    return own, references


def _detect(forecast: Forecast, days: pd.DataFrame, smoothed: bool) -> Days:
    """Return the days above the threshold, found as the networks' is."""
    if smoothed and np.isfinite(forecast.prediction).any():
        # the highest day that does not count as extreme marks the threshold of the series
        found: Days = forecast.prediction > days.loc[~days["is_positive"], "target"].max()
        return found
    # a rate has no place on the series' scale: as many days as there are to be found
    learn = (days["part"] == ("test" if smoothed else "train")).to_numpy()
    wanted = "is_positive" if smoothed else "is_event_day"
    rate = days[wanted].to_numpy()[learn].mean()
    above: Days = forecast.probability > np.nanquantile(forecast.probability[learn], 1.0 - rate)
    return above
