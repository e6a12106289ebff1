"""How well planted networks are found, beside what the true parameters would say.

One generator, shape and configuration at a time, so that the runs fan out over jobs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import logsumexp

from faultcast.evaluate.kamer2020.fit_scores import fits
from faultcast.evaluate.kamer2020.planted import Generator, Shape, drawn, gaussian_bound
from faultcast.faults.mixture import bic

KEYS = ["generator", "shape", "criterion", "engine", "refine"]


def planted_runs(
    *,
    generator: Generator,
    shape: Shape,
    configuration: Mapping[str, Any],
    seeds: Sequence[int],
    points_per_km2: float,
    noise: float,
) -> pd.DataFrame:
    """Reconstruct planted networks and score them.

    Parameters
    ----------
    generator : "paper" (20 faults) or "crossing" (12 faults that cross)
    shape : of the planted faults
    configuration : keyword arguments of `FaultNetwork` but for the criterion
    seeds : of the generator, one network each
    points_per_km2 : of fault
    noise : uniform part of the points

    Returns
    -------
    DataFrame, one row a seed and criterion: generator, shape, seed, n_points, the columns of
    `fits`; and of labels by the true parameters (`PlantedNetwork.true_labels`) true_rand,
    true_adjusted_rand, true_kernels (noise counted), true_bic; and of labels by one Gaussian
    with the moments of each fault's true points gaussian_adjusted_rand.
    """
    from sklearn.metrics import adjusted_rand_score, rand_score

    rows = []
    for seed in seeds:
        network = drawn(generator, shape, seed, points_per_km2=points_per_km2, noise=noise)
        parts, truth = network.true_log_parts(), network.labels
        n, n_parts = len(truth), int(np.sum(np.isfinite(parts).any(axis=0)))
        labels = network.true_labels()
        known = {
            "true_rand": rand_score(truth, labels),
            "true_adjusted_rand": adjusted_rand_score(truth, labels),
            "true_kernels": n_parts,
            "true_bic": bic(float(np.sum(logsumexp(parts, axis=1))), n_parts, n),
            "gaussian_adjusted_rand": adjusted_rand_score(
                truth, gaussian_bound(network).labels(network.xyz_km)
            ),
        }
        common = {"generator": generator, "shape": shape, "seed": seed, "n_points": n}
        rows += [common | row | known for row in fits(network.xyz_km, truth, [configuration])]
    return pd.DataFrame(rows)


def numbers(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return means over the seeds of all runs (`planted_runs`).

    Returns
    -------
    DataFrame, one row a generator, shape, criterion, engine and refinement: n_seeds; of the
    adjusted Rand index against the truth mean (adjusted_rand), standard deviation, minimum and
    maximum over seeds; the mean of the labels by the true parameters (true_adjusted_rand), and
    how far the network stays behind them (behind_truth and its standard deviation, paired by
    seed); gaussian_adjusted_rand; means of rand and true_rand (Eq. 4), n_kernels and
    true_kernels, bic and true_bic.
    """
    table = pd.concat(parts, ignore_index=True)
    table["behind_truth"] = table["true_adjusted_rand"] - table["adjusted_rand"]
    by = table.groupby(KEYS, sort=False)
    return by.agg(
        n_seeds=("seed", "nunique"),
        adjusted_rand=("adjusted_rand", "mean"),
        standard_deviation=("adjusted_rand", "std"),
        minimum=("adjusted_rand", "min"),
        maximum=("adjusted_rand", "max"),
        true_adjusted_rand=("true_adjusted_rand", "mean"),
        behind_truth=("behind_truth", "mean"),
        behind_truth_sd=("behind_truth", "std"),
        gaussian_adjusted_rand=("gaussian_adjusted_rand", "mean"),
        rand=("rand", "mean"),
        true_rand=("true_rand", "mean"),
        n_kernels=("n_kernels", "mean"),
        true_kernels=("true_kernels", "mean"),
        bic=("bic", "mean"),
        true_bic=("true_bic", "mean"),
    ).reset_index()
