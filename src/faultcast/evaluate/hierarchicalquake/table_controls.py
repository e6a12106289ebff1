"""HierarchicalQuake where the truth is known: gains against that of the oracle.

On the Poisson control nothing changes in time: what a forecast can gain over the honest map is what
the map lost when it was estimated, the gain of the true map. On the ETAS control nothing can gain
more than the oracle, which knows the process and its history.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.evaluate.hierarchicalquake.control_runs import ORACLE, WHOLE

Array = NDArray[np.float64]

COLUMNS = (
    "control", "model", "kind", "gain", "standard_deviation", "low", "high", "oracle_gain",
    "fraction", "fraction_low", "fraction_high", "n_seeds", "n_origins", "n_positive", "reading",
    "condition", "holds", "n_comparisons", "holds_family", "margin", "margin_family",
)  # fmt: skip
CONTROLS = ("poisson", "etas")
CONDITION = "no gain above the oracle's"


def numbers(*, poisson: pd.DataFrame, etas: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Return the gain of each forecast on both controls, and its share of the oracle's.

    Parameters
    ----------
    poisson, etas : of `control_runs.numbers`.
    level : of the intervals.

    Returns
    -------
    `COLUMNS`, one row a control and model, the oracle first. `gain`: nats per positive cell-window
    over the honest map, mean over seeds and origins, with the interval by regions x blocks of
    days. `reading`: "gain" or "loss" where the interval lies on one side of 0, else "none".
    `fraction`: of the oracle's gain, NaN where that is not positive; its interval is NaN where that
    of the oracle's gain reaches 0. `margin` is the lower end of the interval of the gain above the
    oracle's, `holds` that it is not above 0; `margin_family` and `holds_family` are the same at
    the level divided by the `n_comparisons` networks of the control (Bonferroni). A forecast that
    has seen the test (`all_days_map`) may fail.

    Raises
    ------
    DataError
        A control has no oracle.
    """
    rows: list[dict[str, object]] = []
    for control, runs in zip(CONTROLS, (poisson, etas), strict=True):
        if ORACLE not in set(runs["model"]):
            raise DataError(f"the runs on the control {control} hold no oracle: run them anew")
        best = _by_seed(runs[runs["model"] == ORACLE]).mean(axis=0)
        n_networks = runs.loc[runs["kind"] == "network", "model"].nunique()
        for (model, kind), group in runs.groupby(["model", "kind"], sort=False):
            by_seed = _by_seed(group)
            mean = by_seed.mean(axis=0)
            low, high = _ends(mean[1:], 1.0 - level)
            excess = mean - best
            margin = _ends(excess[1:], 1.0 - level)[0]
            family = _ends(excess[1:], (1.0 - level) / max(1, n_networks))[0]
            rows.append(
                {
                    "control": control,
                    "model": model,
                    "kind": kind,
                    "gain": mean[0],
                    "standard_deviation": (
                        by_seed[:, 0].std(ddof=1) if len(by_seed) > 1 else np.nan
                    ),
                    "low": low,
                    "high": high,
                    "oracle_gain": best[0],
                    **_share(mean, best, 1.0 - level),
                    "n_seeds": len(by_seed) if kind == "network" else 0,
                    "n_origins": int(group["n_origins"].iloc[0]),
                    "n_positive": int(group["n_positive"].iloc[0]),
                    "reading": "gain" if low > 0 else "loss" if high < 0 else "none",
                    "condition": CONDITION,
                    "holds": not margin > 0,
                    "n_comparisons": n_networks,
                    "holds_family": not family > 0,
                    "margin": margin,
                    "margin_family": family,
                }
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _by_seed(group: pd.DataFrame) -> Array:
    """Return the gain on the whole sample (draw -1) and on the resamples, (seeds, 1 + draws)."""
    ordered = group.sort_values(["seed", "draw"])
    n_seeds = int((ordered["draw"] == WHOLE).sum())
    return ordered["gain"].to_numpy(np.float64).reshape(n_seeds, -1)


def _share(gain: Array, oracle: Array, tails: float) -> dict[str, float]:
    """Return the share of the oracle's gain, with an interval where that gain is surely > 0."""
    low = high = np.nan
    # near 0 a ratio has no bounds; leaving such resamples out would make up some
    if _ends(oracle[1:], tails)[0] > 0:
        positive = oracle[1:] > 0
        low, high = _ends(gain[1:][positive] / oracle[1:][positive], tails)
    return {
        "fraction": gain[0] / oracle[0] if oracle[0] > 0 else np.nan,
        "fraction_low": low,
        "fraction_high": high,
    }


def _ends(draws: Array, tails: float) -> tuple[float, float]:
    """Return the ends of the middle part of the finite resamples."""
    known = draws[np.isfinite(draws)]
    if not len(known):
        return np.nan, np.nan
    low, high = np.quantile(known, [tails / 2.0, 1.0 - tails / 2.0])
    return float(low), float(high)
