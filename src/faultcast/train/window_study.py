"""How well the next day is predicted over the LOESS window: what smoothing alone buys."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.train.autoregression import autoregression
from faultcast.train.options import EqpredOptions
from faultcast.train.predictor import history_days, train_predictor
from faultcast.train.protocol import PROTOCOLS, Protocol
from faultcast.train.smoothing import loess
from faultcast.train.splits import Split, chronological_split
from faultcast.train.white_noise import white_noise

logger = logging.getLogger(__name__)

Series = NDArray[np.float64]

WINDOWS = (1, 3, 5, 7, 9, 11, 15, 21, 31)
# sides of the LOESS, and the target: the smoothed series or the raw one
TREATMENTS = {
    "two-sided": ("two_sided", "smoothed"),
    "one-sided": ("one_sided", "smoothed"),
    "one-sided, raw target": ("one_sided", "raw"),
}


def run_window_study(
    series: Series,
    /,
    *,
    seed: int,
    windows: Sequence[int] = WINDOWS,
    threads: int = 1,
    device: str = "auto",
    **options: Any,
) -> pd.DataFrame:
    """Predict a series and white noise of its length under each treatment and window.

    One chronological split of the days serves all; scale and epoch come from the training and
    validation part, so that nothing differs but the smoothing.

    Parameters
    ----------
    series : (n_days,), for example the error of EQPRED's autoencoder.
    seed : of the network and of the noise.
    windows : LOESS windows, days; 1 leaves the series as it is.
    threads, device, options : as for `train.eqpred.run_row`.

    Returns
    -------
    One row a test day of `series` ("catalog", "white noise"), `treatment` (see `TREATMENTS`) and
    `window_days`, with `seed`, `day`, `target`, and its prediction from the days before by
    `network` (EQPRED's) and `autoregression` (AR(10) on the network's input, fitted on the
    training part).

    Raises
    ------
    ConfigError
        An option or the device is not known.
    DataError
        The series is too short for the largest window, or constant.
    """
    settings = replace(EqpredOptions.from_mapping(options), smoothing_days=max(windows))
    # the first day with a full history in the largest window: all are scored on the same days
    split = chronological_split(len(series), history_days(settings), settings.fractions)
    rules = replace(PROTOCOLS["leak_free"], name="", split="fractions", scores="smoothed_series")
    values = {"catalog": series, "white noise": white_noise(len(series), seed)}
    tables = []
    for name, raw in values.items():
        done: dict[tuple[str, int] | None, dict[str, Series]] = {}
        for treatment, (smoothing, target) in TREATMENTS.items():
            protocol = replace(rules, smoothing=smoothing, target=target)
            for window in windows:
                logger.info("window study, seed %d: %s, %s, %d days", seed, name, treatment, window)
                smooth = loess(raw, window, one_sided=smoothing == "one_sided")
                # a window of up to 3 days changes nothing: one training serves all of them
                same = np.allclose(smooth, raw, rtol=1e-9, atol=0.0)
                key = None if same else (treatment, window)
                if key not in done:
                    here = replace(settings, smoothing_days=window)
                    done[key] = _predict(raw, smooth, split, protocol, here, seed, threads, device)
                tables.append(
                    pd.DataFrame(
                        {
                            "series": name,
                            "treatment": treatment,
                            "window_days": window,
                            "seed": seed,
                            "day": np.arange(*split.test),
                            **done[key],
                        }
                    )
                )
    return pd.concat(tables, ignore_index=True)


def _predict(
    raw: Series,
    smooth: Series,
    split: Split,
    protocol: Protocol,
    options: EqpredOptions,
    seed: int,
    threads: int,
    device: str,
) -> dict[str, Series]:
    found = train_predictor(
        None, raw, split, protocol, kind="attention", options=options, seed=seed,
        threads=threads, device=device,
    )  # fmt: skip
    learn = split.parts(len(raw)) == "train"
    linear = autoregression(smooth, found.target, learn)
    test = slice(*split.test)
    return {
        "target": found.target[test],
        "network": found.prediction[test],
        "autoregression": linear[test],
    }
