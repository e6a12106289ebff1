"""The MCC-F1 metric: how near a classifier comes to perfect, over all thresholds.

Cao, Chicco and Hoffman 2020 (arXiv 2006.11278): a curve of F1 and of Matthews' correlation,
brought to [0, 1], over falling thresholds. The metric is 1 - D / sqrt(2) with D the mean distance
of the curve to (1, 1).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

N_RANGES = 100


def mcc_f1(hits: ArrayLike, false: ArrayLike, n_positive: float, n_negative: float) -> float:
    """Return the metric, in [0, 1]; NaN where no threshold has a correlation.

    The range of the correlation is cut into 100 parts. Points of the curve before its highest
    correlation and those behind it are taken apart; D is the mean over the parts that have points
    of their points' mean distance to (1, 1).

    Parameters
    ----------
    hits, false : (n,) positives and negatives at or above each of n falling thresholds.
    n_positive, n_negative : of all.
    """
    tp, fp = (np.asarray(counts, dtype=np.float64) for counts in (hits, false))
    fn, tn = n_positive - tp, n_negative - fp
    scale = np.sqrt(tp + fp) * np.sqrt(n_positive) * np.sqrt(n_negative) * np.sqrt(tn + fn)
    known = scale > 0
    if not known.any():
        return float("nan")
    # tp tn - fp fn, without the difference of large products
    correlation = ((tp * n_negative - fp * n_positive)[known] / scale[known] + 1.0) / 2.0
    f1 = (2.0 * tp / (2.0 * tp + fp + fn))[known]
    distance = np.hypot(1.0 - correlation, 1.0 - f1)
    behind = np.arange(len(correlation)) > correlation.argmax()
    part = _part(correlation) + N_RANGES * behind
    number = np.bincount(part, minlength=2 * N_RANGES)
    total = np.bincount(part, distance, 2 * N_RANGES)
    used = number > 0
    return float(1.0 - (total[used] / number[used]).mean() / np.sqrt(2.0))


def _part(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return in which of the equal parts of its range each value lies, from 0."""
    low, width = values.min(), np.ptp(values) / N_RANGES
    if not width > 0:
        return np.zeros(len(values), dtype=np.int64)
    return np.minimum((values - low) / width, N_RANGES - 1).astype(np.int64)
