"""Reliability: how often what was given a probability came to pass, bin by bin."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.evaluate.pooled_ranks import Blocks, distinct_rows
from faultcast.evaluate.region_blocks import Draws, resampled

EDGES: NDArray[np.float64] = np.concatenate([[0.0], np.logspace(-6.0, 0.0, 25)])
"""Bins of a quarter of a decade of probability from 1e-6 on, and one below; the last holds 1."""

COLUMNS = (
    "bin_low", "bin_high", "n", "n_positive", "mean_probability", "observed_low", "observed_high",
)  # fmt: skip


def calibration_bins(
    blocks: Blocks, region: NDArray[np.int64], draws: Draws, level: float = 0.95
) -> pd.DataFrame:
    """Return counts and the mean probability of each bin that is not empty.

    Parameters
    ----------
    blocks : gives (probabilities, labels), each (days, cells).
    region : (n_cells,) from 0.
    draws : of `two_way_draws`, for as many regions and blocks.
    level : of the interval of the observed share n_positive / n (`observed_low`,
        `observed_high`).

    Returns
    -------
    `COLUMNS`; a probability p lies in [bin_low, bin_high).
    """
    n_regions, n_bins = draws.regions.shape[1], len(EDGES) - 1
    size = n_bins * n_regions
    inner = EDGES[1:-1].astype(np.float32)
    tables, total = [], np.zeros(n_bins)
    for scores, labels in blocks():
        rows = distinct_rows(scores)
        times = len(scores) // len(rows)
        which = np.searchsorted(inner, rows, side="right")
        total += times * np.bincount(which.ravel(), rows.ravel(), n_bins)
        unit = which * n_regions + region
        every = times * np.bincount(unit.ravel(), minlength=size)
        positive = np.bincount(np.broadcast_to(unit, scores.shape)[labels], minlength=size)
        tables.append(np.stack([every, positive]).reshape(2, n_bins, n_regions))
    counts = np.stack(tables, axis=2).astype(np.float64)
    every, positive = counts.sum(axis=(2, 3))
    drawn = resampled(counts, draws)
    used = np.flatnonzero(every)
    ends = []
    for number in used:
        drawn_every, drawn_positive = drawn[:, 0, number], drawn[:, 1, number]
        known = drawn_every > 0
        tails = [(1.0 - level) / 2.0, (1.0 + level) / 2.0]
        ends.append(np.quantile(drawn_positive[known] / drawn_every[known], tails))
    low, high = np.array(ends).reshape(-1, 2).T
    columns = (
        EDGES[used], EDGES[used + 1], every[used].astype(np.int64),
        positive[used].astype(np.int64), total[used] / every[used], low, high,
    )  # fmt: skip
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))
