"""EQPRED under other choices: magnitude limit, threshold, value of a cell, series, test years.

The paper says that thresholds 4.0, 4.2 and 4.5 "generalize to the same effective results"
(section IV-E), has an energy (equation 2) beside the mean magnitude of its tables, and leaves the
series open (equation 8).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.evaluate.eqpred.day_scores import SERIES, days_of, measure
from faultcast.evaluate.eqpred.days import ScoredDays, collect
from faultcast.evaluate.eqpred.samples import Sample, difference, summary
from faultcast.evaluate.eqpred.table1 import SCORE_IDS, basis

Array = NDArray[np.float64]
Days = NDArray[np.bool_]

MODEL = "eqpred"
MAIN = "main study"
SCORES = ("NSE", "skill over AR(10)", "F1", "AUC", "AP", "Brier", "information gain")
COLUMNS = (
    "variant", "differs", "protocol", "days", "score", "mean", "standard_deviation", "n_seeds",
    "low", "high", "n_days", "n_event_days", "n_onset_days", "difference", "difference_low",
    "difference_high", "reading", "published", "note",
)  # fmt: skip


@dataclass(frozen=True)
class _Scored:
    """EQPRED in one study and protocol: its seeds, and its scores by set of days and name."""

    seeds: list[ScoredDays]
    samples: dict[tuple[str, str], Sample]


def numbers(
    *,
    main: Sequence[pd.DataFrame] | pd.DataFrame,
    published: pd.DataFrame | None = None,
    differs: Mapping[str, Mapping[str, Any]] | None = None,
    apart: Mapping[str, Sequence[str]] | None = None,
    n_resamples: int = 500,
    block_days: int = 90,
    seed: int = 0,
    **variants: Sequence[pd.DataFrame] | pd.DataFrame,
) -> pd.DataFrame:
    """Return EQPRED's scores in the main study and in each variant, and their differences.

    Parameters
    ----------
    main, variants : predictions of EQPRED, all protocols and seeds of one study each; other
        models among them are left out.
    published : resources/published/eqpred.csv (`id`, `value`).
    differs : variant -> its entry in the configuration, the settings that it changes; they label
        the rows.
    apart : name of a sequence -> its first date and the date after its last: a leak-free study
        that tests on some of these days is also scored without them.
    n_resamples, block_days, seed : of the moving-block bootstrap over test days.

    Returns
    -------
    `COLUMNS`, one row a variant, protocol, set of days and score; means, intervals and counts of
    days are those of Table I, "... without <sequence>" leaves its days out.

    `difference` is to the main study, on the same resamples and over the seeds that both have. It
    stands where the scored days are the same and, for scores of event days, the event days too;
    scores of the series compare two series, each with its own prediction. `reading`: see
    `samples.Difference.direction`. `note`: what differs, and on how many event days it is scored.

    Raises
    ------
    DataError
        A study has no predictions of EQPRED, or jobs of it do not fit together.
    """
    printed = {}
    if published is not None:
        printed = dict(zip(published["id"], published["value"], strict=True))
    mains: dict[str, _Scored] = {}
    rows: list[dict[str, object]] = []
    for variant, predictions in {MAIN: main, **variants}.items():
        frames = _of_model(variant, predictions)
        scored = collect(frames)
        for protocol in dict.fromkeys(one.protocol for one in scored):
            seeds = [one for one in scored if one.key == MODEL and one.protocol == protocol]
            reference, weights = basis(scored, protocol, n_resamples, block_days, seed)
            found = _Scored(seeds, measure(seeds, reference, weights, only=SCORES))
            if variant == MAIN:
                mains[protocol] = found
            other = None if variant == MAIN else mains.get(protocol)
            label = _text((differs or {}).get(variant, {}))
            head = {"variant": variant, "differs": label, "protocol": protocol}
            for row in _rows(found, other, label):
                name = f"table1.{MODEL}.{SCORE_IDS.get(str(row['score']), '')}"
                mark = printed.get(name, np.nan) if reference is None else np.nan
                rows.append(head | row | {"published": mark})
            for name, outside in _outside(seeds[0], frames[0], apart or {}).items():
                if reference is not None and outside.any() and not outside.all():
                    part = [_only(one, outside) for one in seeds]
                    less = measure(
                        part, _only(reference, outside), weights[:, outside], only=SCORES
                    )
                    for row in _rows(_Scored(part, less), None, label):
                        rows.append(head | row | {"days": f"{row['days']} without {name}"})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _of_model(
    variant: str, predictions: Sequence[pd.DataFrame] | pd.DataFrame
) -> list[pd.DataFrame]:
    frames = [predictions] if isinstance(predictions, pd.DataFrame) else predictions
    own = [frame[frame["model"] == MODEL] for frame in frames]
    own = [frame for frame in own if len(frame)]
    if not own:
        raise DataError(f"{variant}: there are no predictions of {MODEL}; train it in this study")
    return own


def _text(settings: Mapping[str, Any]) -> str:
    """Return what a variant changes: "value = energy, period = 1990-01-01 to 2021-01-01"."""
    parts = []
    for key, value in settings.items():
        if isinstance(value, Mapping):
            parts.append(_text(value))
        elif key != "protocols":
            several = isinstance(value, list | tuple)
            parts.append(f"{key} = {' to '.join(map(str, value)) if several else value}")
    return ", ".join(parts)


def _rows(found: _Scored, main: _Scored | None, label: str) -> Iterator[dict[str, object]]:
    one = found.seeds[0]
    n_events, n_onsets = int(one.event.sum()), int((one.event & one.quiet).sum())
    counts = f"{n_events} event days, {n_onsets} onset days"
    for (days, score), sample in found.samples.items():
        kept = days_of(one, days)
        row: dict[str, object] = {
            "days": days,
            "score": score,
            **summary(sample),
            "n_days": int(kept.sum()),
            "n_event_days": n_events,
            "n_onset_days": n_onsets,
            "reading": "",
            "note": f"{label}; {counts}" if label else counts,
        }
        other = None if main is None else main.samples.get((days, score))
        if main is not None and other is not None and _comparable(one, main.seeds[0], days):
            gap = difference(sample, other)
            row |= {
                "difference": gap.value,
                "difference_low": gap.low,
                "difference_high": gap.high,
                "reading": gap.direction,
            }
        yield row


def _comparable(one: ScoredDays, main: ScoredDays, days: str) -> bool:
    if not np.array_equal(one.day, main.day):
        return False
    if days == SERIES:
        return np.array_equal(one.complete, main.complete)
    return np.array_equal(one.event, main.event)


def _outside(
    one: ScoredDays, frame: pd.DataFrame, apart: Mapping[str, Sequence[str]]
) -> dict[str, Days]:
    """Return the test days outside each sequence, (n_days,)."""
    dates = frame.drop_duplicates("day").set_index("day")["date"].reindex(one.day)
    outside = {}
    for name, edges in apart.items():
        first, end = (pd.Timestamp(edge, tz=dates.dt.tz) for edge in edges)
        outside[name] = ~((dates >= first) & (dates < end)).to_numpy()
    return outside


def _only(one: ScoredDays, kept: Days) -> ScoredDays:
    """Return some of the days."""
    arrays: dict[str, Any] = {
        item.name: getattr(one, item.name)[kept]
        for item in fields(one)
        if isinstance(getattr(one, item.name), np.ndarray)
    }
    return replace(one, **arrays)
