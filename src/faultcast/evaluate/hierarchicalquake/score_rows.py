"""Rows of HierarchicalQuake's score table, with means over seeds and over origins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.evaluate.cell_scores import CellScores
from faultcast.evaluate.region_blocks import Drawn

COLUMNS = (
    "model", "kind", "form", "parts", "seed", "origin", "first_day", "cell_factor", "score",
    "value", "low", "high", "difference", "difference_low", "difference_high", "n_positive",
    "prevalence", "choice",
)  # fmt: skip

ALL = -1
"""Stands in `seed` and `origin` for the mean over all of them."""


@dataclass(frozen=True)
class Subject:
    """Names of a forecast, and what was chosen for it."""

    model: str
    kind: str
    form: str
    parts: str
    seed: int
    choice: str = ""

    @property
    def names(self) -> dict[str, str | int]:
        """The columns that name the forecast."""
        return {name: getattr(self, name) for name in COLUMNS[:5]}


@dataclass(frozen=True)
class Scored:
    """The scores of one forecast on the test days of one origin, and those of the honest map."""

    subject: Subject
    origin: int
    first_day: str
    cell_factor: int
    own: CellScores
    reference: Mapping[str, Drawn]


def score_table(scored: Iterable[Scored], *, level: float = 0.95) -> pd.DataFrame:
    """Return one row a forecast and score, and rows of means over seeds and origins.

    Parameters
    ----------
    scored : forecasts of one job; those of one origin have the same resamples, and regions are
        drawn alike in all origins.
    level : of the intervals by regions x blocks.

    Returns
    -------
    `COLUMNS`. Where `seed` is -1, a network's row is the mean over its seeds (floors have no
    seed); where `origin` is -1, over the origins, if there are several. Means are of the scores,
    not of the forecasts; their intervals, of the means of the resamples, hold no scatter of seeds.
    """
    every = list(scored)
    every += _means(every, "seed")
    every += _means(every, "origin")
    rows = [row for one in every for row in _rows(one, level)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _means(every: list[Scored], over: str) -> Iterator[Scored]:
    """Yield the means over seeds (of networks), or over origins where there are several."""
    groups: dict[tuple[object, ...], list[Scored]] = {}
    for one in every:
        who = one.subject
        if over == "seed" and who.kind == "network":
            key = (who.model, who.form, who.parts, one.cell_factor, one.origin)
            groups.setdefault(key, []).append(one)
        elif over == "origin":
            groups.setdefault((*who.names.values(), one.cell_factor), []).append(one)
    for group in groups.values():
        if over == "origin" and len(group) == 1:
            continue
        first = group[0]
        mean = replace(
            first,
            own=replace(first.own, scores=_mean([one.own.scores for one in group])),
            reference=_mean([one.reference for one in group]),
        )
        if over == "seed":
            yield replace(mean, subject=replace(first.subject, seed=ALL))
            continue
        choices = dict.fromkeys(one.subject.choice for one in group)
        yield replace(
            mean,
            origin=ALL,
            first_day="",
            subject=replace(first.subject, choice="; ".join(choices)),
            own=replace(
                mean.own,
                n_positive=sum(one.own.n_positive for one in group),
                n_cell_days=sum(one.own.n_cell_days for one in group),
            ),
        )


def _mean(group: list[Mapping[str, Drawn]]) -> dict[str, Drawn]:
    """Return the mean of each score that all of a group have."""
    names = [name for name in group[0] if all(name in scores for scores in group)]
    return {
        name: Drawn(
            float(np.mean([scores[name].value for scores in group])),
            np.mean([scores[name].draws for scores in group], axis=0),
        )
        for name in names
    }


def _rows(one: Scored, level: float) -> Iterator[tuple[object, ...]]:
    for name, score in one.own.scores.items():
        gap = low = high = np.nan
        if name in one.reference:
            base = one.reference[name]
            gap = score.value - base.value
            low, high = _ends(score.draws - base.draws, level)
        yield (
            *one.subject.names.values(),
            *(one.origin, one.first_day, one.cell_factor, name),
            *(score.value, *_ends(score.draws, level), gap, low, high),
            *(one.own.n_positive, one.own.n_positive / one.own.n_cell_days, one.subject.choice),
        )


def _ends(draws: NDArray[np.float64], level: float) -> tuple[float, float]:
    """Return the ends of the middle part of the resamples that have the score."""
    known = draws[np.isfinite(draws)]
    if not len(known):
        return np.nan, np.nan
    low, high = np.quantile(known, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return float(low), float(high)
