"""Which switch between HierarchicalQuake's two protocols buys how much."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.evaluate.hierarchicalquake.floor_scores import REFERENCE
from faultcast.evaluate.hierarchicalquake.switch_runs import SCORES
from faultcast.train.quake_protocol import QuakeProtocol
from faultcast.train.quake_switches import NONE, Mixture, mixtures

Array = NDArray[np.float64]

COLUMNS = (
    "start", "switch", "score", "mean", "standard_deviation", "low", "high",
    "n_seeds", "difference", "difference_low", "difference_high", "reading", "above_map",
    "above_map_low", "above_map_high",
)  # fmt: skip


def numbers(*, runs: Sequence[pd.DataFrame] | pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Return the scores of each mixture, what its switch changes, and its lead on the honest map.

    Parameters
    ----------
    runs : of `switch_runs.numbers`, one a seed.
    level : of the intervals.

    Returns
    -------
    `COLUMNS`, one row a mixture and score, the honest map at the head of both halves. `start` is
    the form that the other switches are left at, `switch` says which one is moved from what to
    what. `difference`: to the row without a moved switch, same seeds and resamples;
    `above_map`: to the honest map. Intervals are of the mean over the seeds, by regions x blocks of
    days; the scatter of the seeds is in `standard_deviation` alone. `reading`: "higher" or "lower"
    where the interval of the difference lies on one side of 0 and all seeds agree, else "cannot
    tell".

    Raises
    ------
    DataError
        A mixture is missing in a seed, or there are no runs.
    """
    tables = [runs] if isinstance(runs, pd.DataFrame) else list(runs)
    if not tables:
        raise DataError("no run of the switches: give the table of switch_runs of each seed")
    table = pd.concat(tables, ignore_index=True)
    samples = {
        key: _by_seed(group)
        for key, group in table.groupby(["start", "switch", "score"], sort=False)
    }
    n_seeds = len(set(table["seed"]) - {-1})
    rows: list[dict[str, object]] = []
    for score in SCORES:
        reference = samples[REFERENCE, NONE, score][:1]
        starts: dict[str, Array] = {}
        ends: dict[str, QuakeProtocol] = {}
        for one in mixtures():
            drawn = samples.get((one.start, one.switch, score))
            if drawn is None or len(drawn) != n_seeds:
                raise DataError(
                    f"{one.start} with switch {one.switch or 'none'!r} was run with "
                    f"{0 if drawn is None else len(drawn)} of {n_seeds} seeds: run all"
                )
            names: dict[str, object] = {"start": one.start, "score": score, "n_seeds": n_seeds}
            if one.switch == NONE:
                starts[one.start], ends[one.start] = drawn, one.protocol
                rows.append(names | {"switch": "honest map"} | _summary(reference, level))
            begin, end = starts[one.start], ends[one.start]
            row = names | {"switch": _change(one, end)}
            row |= _summary(drawn, level) | _gap("above_map", drawn - reference, level)
            if one.switch != NONE:
                gap = _gap("difference", drawn - begin, level)
                row |= gap | {"reading": _reading(gap, drawn[:, 0] - begin[:, 0])}
            rows.append(row)
    result = pd.DataFrame(rows, columns=list(COLUMNS)).sort_values("start", kind="stable")
    return result.fillna({"reading": ""}).reset_index(drop=True)


def _change(one: Mixture, end: QuakeProtocol) -> str:
    if one.switch == NONE:
        return "none moved"
    before, after = (getattr(protocol, one.switch) for protocol in (end, one.protocol))
    return f"{one.switch}: {before} to {after}"


def _by_seed(group: pd.DataFrame) -> Array:
    """Return the score of the whole sample (draw -1) and of the resamples, (seeds, 1 + draws)."""
    # every run holds the honest map: its copies are one
    wide = group.pivot_table("value", "seed", "draw", aggfunc="first", dropna=False)
    return wide[sorted(wide.columns)].to_numpy(np.float64)


def _summary(drawn: Array, level: float) -> dict[str, float]:
    whole = drawn[:, 0]
    low, high = _ends(drawn[:, 1:].mean(axis=0), level)
    return {
        "mean": whole.mean(),
        "standard_deviation": whole.std(ddof=1) if len(whole) > 1 else np.nan,
        "low": low,
        "high": high,
    }


def _gap(name: str, gap: Array, level: float) -> dict[str, float]:
    low, high = _ends(gap[:, 1:].mean(axis=0), level)
    return {name: gap[:, 0].mean(), f"{name}_low": low, f"{name}_high": high}


def _reading(gap: dict[str, float], by_seed: Array) -> str:
    low, high = gap["difference_low"], gap["difference_high"]
    if low > 0 and (by_seed > 0).all():
        return "higher"
    return "lower" if high < 0 and (by_seed < 0).all() else "cannot tell"


def _ends(draws: Array, level: float) -> tuple[float, float]:
    known = draws[np.isfinite(draws)]
    if not len(known):
        return np.nan, np.nan
    low, high = np.quantile(known, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return float(low), float(high)
