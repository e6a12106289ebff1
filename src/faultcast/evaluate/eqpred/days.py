"""The test days of one model, protocol and seed, ready to be scored."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.evaluate.eqpred.reference import REFERENCES, SERIES_REFERENCES, recalibrated
from faultcast.evaluate.scores import log_likelihood

Array = NDArray[np.float64]
Days = NDArray[np.bool_]

_COLUMNS = (
    "model", "protocol", "seed", "origin", "day", "part", "target", "prediction", "error",
    "is_positive", "is_detected", "event_probability", "is_event_day", "is_quiet", "n_events",
)  # fmt: skip


@dataclass(frozen=True)
class ScoredDays:
    """(n_days,) each, test days in order; NaN where a model has none.

    `quiet`: no event day in the days before, so that an event day there is an onset.
    """

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


def collect(predictions: list[pd.DataFrame] | pd.DataFrame) -> list[ScoredDays]:
    """Return the test days of each model in `predictions` and of the reference forecasts.

    Parameters
    ----------
    predictions : `EqpredResult.predictions` of one or more jobs.

    Raises
    ------
    DataError
        A column is missing, there is no test day, or seeds of one protocol disagree on them.
    """
    frames = [predictions] if isinstance(predictions, pd.DataFrame) else predictions
    if not frames:
        raise DataError("no predictions to score: give those of one job at least")
    scored: list[ScoredDays] = []
    for frame in frames:
        missing = [name for name in _COLUMNS if name not in frame]
        if missing:
            raise DataError(f"predictions lack the columns {', '.join(missing)}")
        for _, job in frame.groupby(["model", "protocol", "seed"], sort=False):
            scored += _job_days(job)
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
    return scored


def climatology(scored: list[ScoredDays], protocol: str) -> ScoredDays:
    """Return the better of train and rolling climatology, by log likelihood on the test days.

    Gains are counted against it: the choice by the test days makes it the harder one.
    """
    candidates = [
        one for one in scored if one.protocol == protocol and one.model.endswith("climatology")
    ]
    return max(candidates, key=lambda one: log_likelihood(one.event, one.probability).sum())


def _job_days(job: pd.DataFrame) -> list[ScoredDays]:
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

    own = ScoredDays(
        model=str(first["model"]),
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
    )
    rows = [own]
    nothing = np.full(len(own.target), np.nan)
    others = {name: REFERENCES[name] for name in SERIES_REFERENCES}
    if not smoothed:
        others = {f"{own.model}, calibrated on all past days": recalibrated, **REFERENCES}
    for name, forecast_of in others.items():
        forecasts = [forecast_of(days) for days in origins]
        found = [
            _detect(forecast.prediction if smoothed else forecast.probability, days, smoothed)
            for forecast, days in zip(forecasts, origins, strict=True)
        ]
        probability = gather([forecast.probability for forecast in forecasts])
        rows.append(
            replace(
                own,
                model=name,
                prediction=gather([forecast.prediction for forecast in forecasts]),
                detected=gather(found),
                probability=nothing if smoothed else probability,
                error=nothing,
            )
        )
    return rows


def _detect(score: Array, days: pd.DataFrame, smoothed: bool) -> Days:
    """Return the days above the threshold, found as EQPRED's is."""
    if smoothed:
        # the highest day that does not count as extreme marks the threshold of the series
        threshold = days.loc[~days["is_positive"], "target"].max()
    else:
        learn = (days["part"] == "train").to_numpy()
        rate = days["is_event_day"].to_numpy()[learn].mean()
        threshold = np.nanquantile(score[learn], 1.0 - rate)
    return score > threshold
