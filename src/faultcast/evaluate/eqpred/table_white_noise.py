"""EQPRED's scores where nothing can be known: on white noise, and on a catalog without order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from faultcast.errors import DataError
from faultcast.evaluate.eqpred.day_scores import SERIES, days_of, measure
from faultcast.evaluate.eqpred.days import collect
from faultcast.evaluate.eqpred.samples import summary
from faultcast.evaluate.eqpred.table1 import basis

MODEL = "eqpred"
LEVEL = "train climatology"
COLUMNS = (
    "input", "protocol", "days", "score", "mean", "standard_deviation", "low", "high", "n_seeds",
    "n_days", "n_event_days", "n_onset_days",
)  # fmt: skip


def numbers(
    *,
    white_noise: Sequence[pd.DataFrame] | pd.DataFrame,
    shuffled: Sequence[pd.DataFrame] | pd.DataFrame,
    catalog: Sequence[pd.DataFrame] | pd.DataFrame,
    n_resamples: int = 500,
    block_days: int = 90,
    seed: int = 0,
) -> pd.DataFrame:
    """Return EQPRED's scores on three inputs of the same pipeline, side by side.

    Parameters
    ----------
    white_noise : predictions of `train.white_noise.run_white_noise`: noise in place of the
        autoencoder's series, event days of the catalog; both protocols, all seeds.
    shuffled : predictions of EQPRED on the cube whose days are in random order.
    catalog : predictions of EQPRED on the real cube; other models are left out.
    n_resamples, block_days, seed : of the moving-block bootstrap over test days.

    Returns
    -------
    `COLUMNS`, one row an input, protocol, set of days and score. Scores, sets of days and intervals
    are those of Table I: NSE, and F1 of the smoothed series (`as_published`) or of event days
    (`leak_free`), information gain in nats per event day over the better climatology. "NSE of
    AR(10)": of an autoregression of the same series. "NSE of train climatology": of each origin's
    own mean. It is above 0 where the autoencoders of the origins, trained anew, have
    levels of their own; an NSE says something about the days only as far as it is above this one.

    Raises
    ------
    DataError
        An input has no predictions of EQPRED, or jobs of it do not fit together.
    """
    rows: list[dict[str, object]] = []
    inputs = {"white noise": white_noise, "shuffled catalog": shuffled, "catalog": catalog}
    for given, predictions in inputs.items():
        frames = [predictions] if isinstance(predictions, pd.DataFrame) else predictions
        own = [part for frame in frames if len(part := frame[frame["model"] == MODEL])]
        if not own:
            raise DataError(f"{given}: there are no predictions of {MODEL}; train it on this input")
        scored = collect(own)
        for protocol in dict.fromkeys(one.protocol for one in scored):
            seeds = [one for one in scored if one.key == MODEL and one.protocol == protocol]
            reference, weights = basis(scored, protocol, n_resamples, block_days, seed)
            found = measure(seeds, reference, weights, only=("NSE", "F1", "information gain"))
            linear = [replace(one, prediction=one.ar_prediction) for one in seeds]
            level = [one for one in scored if one.model == LEVEL and one.protocol == protocol]
            for name, jobs in (("AR(10)", linear), (LEVEL, level)):
                nse = measure(jobs, reference, weights, only=("NSE",))[SERIES, "NSE"]
                found[SERIES, f"NSE of {name}"] = nse
            for (days, score), sample in found.items():
                rows.append(
                    {
                        "input": given,
                        "protocol": protocol,
                        "days": days,
                        "score": score,
                        **summary(sample),
                        "n_days": int(days_of(seeds[0], days).sum()),
                        "n_event_days": int(seeds[0].event.sum()),
                        "n_onset_days": int((seeds[0].event & seeds[0].quiet).sum()),
                    }
                )
    return pd.DataFrame(rows, columns=list(COLUMNS))
