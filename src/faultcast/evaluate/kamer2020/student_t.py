"""Do Student-t kernels forecast better than Gaussian ones? A trial decided on the past.

Each Gaussian of a fault network becomes a Student-t kernel of the same mean, in two ways: with
the network's weights and covariances (``as built``), or with weights and scale matrices fitted to
the events of the learning period (``fitted``). Degrees of freedom, one number for all kernels,
are fitted to those events either way. They are held against the Gaussians of the same way
(degrees of freedom infinite), so that the tails alone differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from faultcast.evaluate.intervals import Interval, sequence_bootstrap
from faultcast.evaluate.kamer2020.forecast_inputs import Periods, read_periods
from faultcast.evaluate.kamer2020.network_scores import common_floor
from faultcast.evaluate.spatial_targets import Targets, select_targets
from faultcast.faults import FaultNetwork
from faultcast.forecast.density import mass_inside, with_floor
from faultcast.forecast.spatial import hypocentres
from faultcast.forecast.student_t import StudentKernels, StudentSum, fit_student, network_kernels
from faultcast.forecast.volume import Volume

AS_BUILT, FITTED = "as built", "fitted"
NUS = (2.5, 3.0, 4.0, 6.0, 10.0, 20.0, 50.0)


def numbers(
    events: pd.DataFrame,
    targets: pd.DataFrame,
    past_network: Path,
    network: Path,
    fig12: pd.DataFrame,
    *,
    region: Mapping[str, Any],
    target_region: Mapping[str, Any],
    past_end: str,
    magnitude_min: float = 2.5,
    nus: Sequence[float] = NUS,
    n_fit_events: int = 50_000,
    n_resamples: int = 2000,
    n_mass_samples: int = 100_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the fair scores of Gaussian and Student-t kernels in two periods.

    The past: everything is learned before `past_end` and scored from there to the end of the
    learning period. The test: learned from the whole learning period, scored on the targets.
    Degrees of freedom are those of the highest likelihood of the learning events of the past;
    the test takes them over. Scores of the others are printed, and decide nothing.

    Parameters
    ----------
    events, targets : event tables of the learning and of the target period.
    past_network, network : folders of fault networks of the events before `past_end` and of
        all learning events.
    fig12 : the table of Figure 12, for the weight of the floor that it chose on the past.
    region, target_region : with their periods; the learning region's projection is that of
        the networks.
    past_end : first moment of the part of the learning period on which choices are made.
    magnitude_min : of the targets.
    nus : degrees of freedom to try.
    n_fit_events : kernels are fitted to as many events, drawn with `seed`; all if there are no
        more.
    n_resamples, n_mass_samples, seed : as in `spatial_forecast_test`.

    Returns
    -------
    One row a period ("past", "test"), way ("as built", "fitted") and `nu`: `period`, `kernels`
    (the way), `nu` (infinite: Gaussian), `chosen` (the Student-t of highest likelihood on the
    past, one each way), `fit_log_density` (nats per learning event), `n_fit_events`,
    `floor_weight`, `mass_inside`, `n_targets`, `n_sequences`, `nll_per_event` with `low`,
    `high`; `difference` (minus the Gaussians of the same way; negative is better) with
    `difference_low`, `difference_high`, and with wider links `difference_low_wide`,
    `difference_high_wide`; `wins`: the whole interval of the difference is below 0.

    Raises
    ------
    DataError
        Periods overlap, or no target is left.
    """
    periods = {
        "past": read_periods(
            events,
            events,
            {**region, "end": past_end},
            {**target_region, "start": past_end, "end": region["end"]},
        ),
        "test": read_periods(events, targets, region, target_region),
    }
    floor_weight = common_floor(fig12)
    parts: list[pd.DataFrame] = []
    for name, folder in (("past", past_network), ("test", network)):
        fits = _fits(FaultNetwork.load(folder), periods[name], nus, n_fit_events, seed)
        scores = _scores(
            fits.pop("model").tolist(),
            periods[name],
            floor_weight,
            magnitude_min=magnitude_min,
            n_resamples=n_resamples,
            n_mass_samples=n_mass_samples,
            seed=seed,
        )
        part = pd.concat((fits, scores), axis=1)
        part.insert(0, "period", name)
        # both periods have the same rows: the test takes over what the past chose
        part.insert(3, "chosen", parts[0]["chosen"] if parts else _likeliest(fits))
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _likeliest(fits: pd.DataFrame) -> pd.Series:
    """Return which rows (bool) are the Student-t of highest likelihood, one each way."""
    student = fits[np.isfinite(fits["nu"])]
    best = student.groupby("kernels")["fit_log_density"].idxmax()
    return pd.Series(fits.index.isin(best), index=fits.index)


def _fits(
    network: FaultNetwork, periods: Periods, nus: Sequence[float], n_events: int, seed: int
) -> pd.DataFrame:
    """Return the models, Gaussians first each way, and the mean log density of their events."""
    points = hypocentres(periods.events, periods.learning.projection())
    if len(points) > n_events:
        drawn = np.random.default_rng(seed).choice(len(points), n_events, replace=False)
        points = points[np.sort(drawn)]
    mixture = network.mixture_
    rows: list[tuple[str, float, StudentKernels, float]] = []
    for way, max_steps in ((AS_BUILT, 1), (FITTED, 200)):
        kernels = network_kernels(mixture)
        # each fit begins where the one with the next lighter tails ended
        for nu in (np.inf, *sorted(nus, reverse=True)):
            kernels, logs = fit_student(mixture, points, nu, start=kernels, max_steps=max_steps)
            rows.append((way, nu, kernels, logs[-1]))
    table = pd.DataFrame(rows, columns=["kernels", "nu", "model", "fit_log_density"])
    return table.assign(n_fit_events=len(points))


def _scores(
    models: Sequence[StudentKernels],
    periods: Periods,
    floor_weight: float,
    *,
    magnitude_min: float,
    n_resamples: int,
    n_mass_samples: int,
    seed: int,
) -> pd.DataFrame:
    """Return the fair score of each model; Gaussians are what those after them are held against."""
    projection = periods.learning.projection()
    targets: Targets = select_targets(periods.targets, periods.target, projection, magnitude_min)
    volume = Volume(periods.target, projection)
    columns, masses = [], []
    for kernels in models:
        density = StudentSum(kernels, volume)
        masses.append(mass_inside(density, volume, n_samples=n_mass_samples, seed=seed).inside)
        logs = density.log_density(targets.xyz_km)
        columns.append(-with_floor(logs, masses[-1], floor_weight, volume))
    own = np.stack(columns, axis=1)
    gaussian = [i for i, kernels in enumerate(models) if not np.isfinite(kernels.nu)]
    reference = np.searchsorted(gaussian, np.arange(len(models)), side="right") - 1
    gaps = own - own[:, np.array(gaussian)[reference]]
    score, gap, wide = (
        sequence_bootstrap(values, sequence, n_resamples, seed)
        for values, sequence in (
            (own, targets.sequence),
            (gaps, targets.sequence),
            (gaps, targets.wide_sequence),
        )
    )
    return pd.DataFrame(
        {
            "floor_weight": floor_weight,
            "mass_inside": masses,
            "n_targets": len(own),
            "n_sequences": len(np.unique(targets.sequence)),
            **_columns("nll_per_event", score, "low", "high"),
            **_columns("difference", gap, "difference_low", "difference_high"),
            "difference_low_wide": [interval.low for interval in wide],
            "difference_high_wide": [interval.high for interval in wide],
            "wins": [interval.high < 0.0 for interval in gap],
        }
    )


def _columns(mean: str, found: Sequence[Interval], low: str, high: str) -> dict[str, list[float]]:
    return {
        mean: [interval.mean for interval in found],
        low: [interval.low for interval in found],
        high: [interval.high for interval in found],
    }
