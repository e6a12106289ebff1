"""What one model says about each day of one origin, ready to be scored."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.train.calibration import calibrate, rolling_rate
from faultcast.train.event_days import EventDays
from faultcast.train.protocol import Protocol
from faultcast.train.splits import Split

Series = NDArray[np.float64]


def prediction_table(
    split: Split,
    days: EventDays,
    protocol: Protocol,
    *,
    target: Series,
    prediction: Series,
    error: Series,
) -> pd.DataFrame:
    """Return the days of one origin up to the end of its test part.

    Parameters
    ----------
    target, prediction, error : (n_days,) up to the end of the test part at least.

    Returns
    -------
    `origin`, `day`, `part` (warmup, train, validation, gap, test), `target`, `prediction`,
    `error`, `is_positive` and `is_detected` (what precision and recall are made of),
    `event_probability` (NaN where the protocol scores the series), `is_event_day`, `is_quiet`,
    `is_onset_day` (both), `is_complete`, `n_events`.
    """
    n_days = split.test[1]
    part = split.parts(n_days)
    is_event, target, prediction = days.is_event[:n_days], target[:n_days], prediction[:n_days]
    train = part == "train"
    fit_days = {"all": np.ones(n_days, dtype=bool), "scored": part == "test", "train": train}[
        protocol.threshold
    ]
    rate = float(is_event[train if protocol.threshold == "train" else slice(None)].mean())
    probability = np.full(n_days, np.nan)
    if protocol.scores == "smoothed_series":
        # the paper's series has no labels of its own: its highest days count as extreme
        threshold = np.quantile(target[fit_days], 1.0 - rate)
        positive = target > threshold
    else:
        threshold = np.nanquantile(prediction[fit_days], 1.0 - rate)
        positive = is_event
        probability = calibrate(prediction, rolling_rate(is_event), is_event, part == "validation")
    is_quiet = days.is_quiet[:n_days]
    return pd.DataFrame(
        {
            "origin": split.origin,
            "day": np.arange(n_days),
            "part": part.astype(object),
            "target": target,
            "prediction": prediction,
            "error": error[:n_days],
            "is_positive": positive,
            "is_detected": prediction > threshold,
            "event_probability": probability,
            "is_event_day": is_event,
            "is_quiet": is_quiet,
            "is_onset_day": is_event & is_quiet,
            "is_complete": days.is_complete[:n_days],
            "n_events": days.n_events[:n_days],
        }
    )
