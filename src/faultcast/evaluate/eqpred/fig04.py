"""EQPRED, Fig. 4: the prediction of a shock, under both protocols.

The shock is chosen by a rule, not by eye: of the event days that lie in the test parts of all
protocols, the one with the highest target of the first protocol, mean over seeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from faultcast.errors import DataError
from faultcast.evaluate.scores import nash_sutcliffe
from faultcast.train.protocol import PROTOCOLS
from faultcast.train.smoothing import loess

# the protocol's own series is compared with its prediction; the error is the unsmoothed day
_SERIES = ("error", "input", "target", "prediction")
_FLAGS = ("is_event_day", "is_complete")


def numbers(
    predictions: Sequence[pd.DataFrame],
    *,
    extreme_magnitude: Mapping[str, float],
    smoothing_days: int,
    window_days: int,
    before_days: int = 60,
    after_days: int = 30,
) -> pd.DataFrame:
    """Return the days around the shock, and all test days.

    Parameters
    ----------
    predictions : of one model, all protocols and seeds.
    extreme_magnitude : makes a day an event day, by protocol.
    smoothing_days, window_days : LOESS window, and days that attention looks back over.
    before_days, after_days : how much is shown before and after the shock.

    Returns
    -------
    `panel`, `protocol`, `threshold_magnitude`, `day`, `date`, `offset` (days after the shock),
    `part`, `n_seeds`, the series as `..._mean`, `..._low`, `..._high` over seeds, `threshold`
    (of detection, mean over seeds), `n_detected` (seeds), `in_window` (attention looks at the day
    to predict the shock's), `is_event_day`, `is_complete`, `nse_mean`, `nse_std`.
    `error` is the day's reconstruction error, `input` the smoothed series that the network sees.

    Panel "shock": days of the origin that predicts the shock, around it; a prediction of a day
    outside its test part was learnt from or chosen on. Panel "test": `target` and `prediction`
    of each test day by the first seed alone, and NSE on the complete days over seeds.

    Raises
    ------
    DataError
        There are no predictions, or there is no test day.
    """
    if not predictions:
        raise DataError("no predictions to show: give those of one seed at least")
    days = pd.concat(predictions, ignore_index=True)
    order = [name for name in PROTOCOLS if name in set(days["protocol"])]
    tests = {
        name: days[(days["protocol"] == name) & (days["part"] == "test")].sort_values(
            ["seed", "day"], kind="stable"
        )
        for name in order
    }
    if not order or any(test.empty for test in tests.values()):
        raise DataError("the predictions hold no day of a test part: nothing can be shown")
    parts = []
    for name, shock in _shocks(tests).items():
        own = days[days["protocol"] == name]
        window = _around(own, tests[name], shock, before_days, after_days, smoothing_days)
        window["in_window"] = window["offset"].between(-window_days, -1)
        for panel, table in (("shock", window), ("test", _all_tests(tests[name], shock))):
            parts.append(
                table.assign(
                    panel=panel, protocol=name, threshold_magnitude=extreme_magnitude[name]
                )
            )
    columns = ["panel", "protocol", "threshold_magnitude", "day", "date", "offset", "part"]
    table = pd.concat(parts, ignore_index=True)
    return table[columns + [name for name in table if name not in columns]]


def _shocks(tests: Mapping[str, pd.DataFrame]) -> dict[str, int]:
    """Return the day of the shock by protocol: one and the same, if the test parts share one.

    A protocol without an event day in its test part shows its highest day.
    """
    events = {
        name: set(test.loc[test["is_event_day"], "day"]) or set(test["day"])
        for name, test in tests.items()
    }
    shared = set.intersection(*events.values())
    shocks = {}
    for name, test in tests.items():
        judge = next(iter(tests.values())) if shared else test
        mean = judge.groupby("day")["target"].mean()
        candidates = mean[mean.index.isin(shared or events[name])]
        shocks[name] = int(candidates.index.to_numpy()[candidates.to_numpy().argmax()])
    return shocks


def _around(
    days: pd.DataFrame,
    test: pd.DataFrame,
    shock: int,
    before: int,
    after: int,
    smoothing_days: int,
) -> pd.DataFrame:
    rules = PROTOCOLS[days["protocol"].iloc[0]]
    origin = test.loc[test["day"] == shock, "origin"].iloc[0]
    seeds = []
    for _, one in days[days["origin"] == origin].groupby("seed"):
        one = one.sort_values("day")
        target = one["target"].to_numpy()
        if rules.target == "raw":
            target = loess(target, smoothing_days, one_sided=rules.smoothing == "one_sided")
        # the highest prediction that is no detection
        threshold = one.loc[~one["is_detected"], "prediction"].max()
        seen = one.assign(input=target, threshold=threshold)
        seeds.append(seen[seen["day"].between(shock - before, shock + after)])
    by_day = pd.concat(seeds).groupby("day")
    table = by_day[["date", "part", *_FLAGS]].first()
    table["n_seeds"] = by_day.size()
    table["n_detected"] = by_day["is_detected"].sum()
    table["threshold"] = by_day["threshold"].mean()
    for name in _SERIES:
        for how, value in (("mean", "mean"), ("low", "min"), ("high", "max")):
            table[f"{name}_{how}"] = by_day[name].agg(value)
    table = table.reset_index()
    table["offset"] = table["day"] - shock
    return table


def _all_tests(test: pd.DataFrame, shock: int) -> pd.DataFrame:
    seeds = [one for _, one in test.groupby("seed")]
    nse = pd.Series(
        [
            float(nash_sutcliffe(one["target"], one["prediction"]))
            for one in (seed[seed["is_complete"]] for seed in seeds)
        ]
    )
    first = seeds[0]
    table = first[["day", "date", "part", "target", "prediction", *_FLAGS]].copy()
    table["n_detected"] = first["is_detected"].astype(int)
    table["n_seeds"] = len(seeds)
    table["nse_mean"], table["nse_std"] = nse.mean(), nse.std(ddof=1)
    table["offset"] = table["day"] - shock
    return table
