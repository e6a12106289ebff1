"""The same pipeline where the truth is known: a Poisson catalog and a simulated ETAS region.

On the Poisson control nothing can be forecast: a gain over the climatology is a leak. On the
ETAS control nothing can gain more than the oracle, which knows the rate; the share of its gain
that a model attains is the score.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.evaluate.eqpred.days import ScoredDays, by_model, climatology, collect
from faultcast.evaluate.eqpred.reference import REFERENCES
from faultcast.evaluate.eqpred.samples import interval
from faultcast.evaluate.scores import block_weights, information_gain

Array = NDArray[np.float64]

COLUMNS = (
    "control", "model", "days", "gain", "standard_deviation", "low", "high", "oracle_gain",
    "fraction", "fraction_low", "fraction_high", "n_seeds", "n_days", "n_event_days",
    "n_onset_days", "condition", "holds", "n_comparisons", "holds_family", "margin",
    "margin_family",
)  # fmt: skip
# two ends of an interval of 95 %
_TAIL_PERCENT = 2.5


def numbers(
    *,
    poisson: list[pd.DataFrame] | pd.DataFrame,
    etas: list[pd.DataFrame] | pd.DataFrame,
    oracle: pd.DataFrame,
    threshold_magnitude: float,
    n_resamples: int = 2000,
    block_days: int = 90,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the information gain of each model on both controls.

    Parameters
    ----------
    poisson, etas : leak-free predictions of all models and seeds on each control.
    oracle : `Oracle.daily`: `day` and `probability_m<threshold_magnitude>`.
    n_resamples, block_days, seed : of the moving-block bootstrap over test days. The bound of
        the whole family lies far out: it takes thousands of resamples.

    Returns
    -------
    `COLUMNS`; gains in nats per event day over the better climatology, on all event days and
    on onset days (test days without an event day in the 30 days before). `fraction` is the
    share of the oracle's gain, its interval NaN unless that of the oracle's gain lies above 0.
    `condition` says what must be so: on the Poisson control no gain, on the ETAS control none
    above the oracle's. `margin` is the lower end of the 95 % interval of the excess, `holds` that
    it is not above 0. With `n_comparisons` on a control (its networks times the sets of days),
    one of them fails by chance more often than any single one: `margin_family` and
    `holds_family` are the same at the level divided by their number (Bonferroni).

    Raises
    ------
    DataError
        The predictions have no probabilities, or the oracle none of that magnitude or days.
    """
    column = f"probability_m{threshold_magnitude:.1f}"
    if column not in oracle:
        raise DataError(
            f"the oracle has no column {column} (it has {', '.join(map(str, oracle.columns))}): "
            "ask the simulation for that magnitude"
        )
    truth = oracle.set_index("day")[column]
    rows: list[dict[str, object]] = []
    for control, predictions, daily in (("poisson", poisson, None), ("etas", etas, truth)):
        scored = [one for one in collect(predictions) if not np.isnan(one.probability).any()]
        if not scored:
            raise DataError(
                f"the predictions on the control {control} hold no probabilities: give those of "
                "the protocol leak_free"
            )
        weights = block_weights(
            len(scored[0].day), min(block_days, len(scored[0].day)), n_resamples, seed
        )
        rows += _control_rows(control, scored, daily, weights)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _control_rows(
    control: str, scored: list[ScoredDays], oracle: pd.Series | None, weights: Array
) -> Iterator[dict[str, object]]:
    protocol = scored[0].protocol
    reference = climatology(scored, protocol)
    n_comparisons = 2 * len({one.model for one in scored} - set(REFERENCES))
    for model, seeds in by_model(scored, protocol):
        event, quiet = seeds[0].event, seeds[0].quiet
        for days, kept in (("event days", np.ones_like(quiet)), ("onset days", quiet)):
            forecasts = [one.probability[kept] for one in seeds]
            base, truth, drawn = reference.probability[kept], event[kept], weights[:, kept]
            gains = [float(information_gain(truth, p, base)) for p in forecasts]
            draws = np.mean([information_gain(truth, p, base, drawn) for p in forecasts], axis=0)
            low, high = interval(draws)
            row: dict[str, object] = {
                "control": control,
                "model": model,
                "days": days,
                "gain": np.mean(gains),
                "standard_deviation": np.std(gains, ddof=1) if len(gains) > 1 else np.nan,
                "low": low,
                "high": high,
                "n_seeds": len(gains),
                "n_days": len(event),
                "n_event_days": int(event.sum()),
                "n_onset_days": int((event & quiet).sum()),
            }
            excess = draws
            if oracle is not None:
                best = _oracle_days(oracle, seeds[0].day)[kept]
                oracle_draws = information_gain(truth, best, base, drawn)
                oracle_gain = float(information_gain(truth, best, base))
                row |= _share(float(np.mean(gains)), oracle_gain, draws, oracle_draws)
                excess = draws - oracle_draws
            yield row | _condition(excess, oracle is not None, n_comparisons)


def _condition(excess: Array, has_oracle: bool, n_comparisons: int) -> dict[str, object]:
    """Return whether draws of a gain above what is possible lie above 0, alone and as one of n."""
    margin = _percentile(excess, _TAIL_PERCENT)
    family = _percentile(excess, _TAIL_PERCENT / n_comparisons)
    bound = "the oracle's" if has_oracle else "the climatology"
    return {
        "condition": f"no gain above {bound}",
        "holds": not margin > 0.0,
        "n_comparisons": n_comparisons,
        "holds_family": not family > 0.0,
        "margin": margin,
        "margin_family": family,
    }


def _share(gain: float, oracle_gain: float, draws: Array, oracle_draws: Array) -> dict[str, object]:
    fraction_low = fraction_high = np.nan
    # near 0 a ratio has no bounds; leaving such draws out would make up some
    if interval(oracle_draws)[0] > 0.0:
        positive = oracle_draws > 0.0
        fraction_low, fraction_high = interval(draws[positive] / oracle_draws[positive])
    return {
        "oracle_gain": oracle_gain,
        "fraction": gain / oracle_gain if oracle_gain > 0 else np.nan,
        "fraction_low": fraction_low,
        "fraction_high": fraction_high,
    }


def _oracle_days(oracle: pd.Series, day: NDArray[np.int64]) -> Array:
    missing = ~np.isin(day, oracle.index)
    if missing.any():
        raise DataError(
            f"the oracle lacks {int(missing.sum())} of the {len(day)} test days (the first is day "
            f"{day[missing][0]}): simulate and train on the same period"
        )
    return oracle.reindex(day).to_numpy(dtype=np.float64)


def _percentile(draws: Array, percent: float) -> float:
    finite = draws[np.isfinite(draws)]
    return float(np.percentile(finite, percent)) if len(finite) else np.nan
