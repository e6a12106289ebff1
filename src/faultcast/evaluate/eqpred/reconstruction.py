"""Scores of EQPRED's autoencoders on the maps of the test days (Tables II and III)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.evaluate.eqpred.samples import Sample, summary
from faultcast.evaluate.scores import block_weights, weighted_mean

Array = NDArray[np.float64]

COLUMNS = (
    "model", "autoencoder", "latent_size", "protocol", "score", "mean", "standard_deviation",
    "n_seeds", "low", "high", "n_days", "n_event_days", "published", "id",
)  # fmt: skip
EMPTY = "all cells empty"
_DAYS = (
    "day", "is_event_day", "squared_error", "correct_share", "occupied_share", "output_mean",
    "output_mean_square",
)  # fmt: skip
_KEYS = ("autoencoder", "latent_size", "protocol", "seed")


@dataclass(frozen=True)
class ScoredMaps:
    """One autoencoder, protocol and seed; `days`: test days in order with `_DAYS`."""

    autoencoder: str
    latent_size: int
    protocol: str
    seed: int
    days: pd.DataFrame


def collect_maps(novelty: Sequence[pd.DataFrame] | pd.DataFrame) -> list[ScoredMaps]:
    """Return the test days of each autoencoder.

    Parameters
    ----------
    novelty : `novelty.parquet` of one or more jobs.

    Raises
    ------
    DataError
        A column is missing, there is no test day, or jobs of a protocol disagree on them.
    """
    frames = [novelty] if isinstance(novelty, pd.DataFrame) else list(novelty)
    if not frames:
        raise DataError("no autoencoder to score: give the novelty table of one job at least")
    scored: dict[tuple[str, int, str, int], ScoredMaps] = {}
    first: dict[str, ScoredMaps] = {}
    for frame in frames:
        missing = [name for name in (*_KEYS, "origin", "part", *_DAYS) if name not in frame]
        if missing:
            raise DataError(f"the novelty table lacks the columns {', '.join(missing)}")
        for _, job in frame.groupby(list(_KEYS), sort=False):
            test = job[job["part"] == "test"].sort_values(["origin", "day"])
            if test.empty:
                raise DataError("the novelty table holds no day of a test part")
            head = test.iloc[0]
            one = ScoredMaps(
                str(head["autoencoder"]),
                int(head["latent_size"]),
                str(head["protocol"]),
                int(head["seed"]),
                test[list(_DAYS)].reset_index(drop=True),
            )
            key = (one.autoencoder, one.latent_size, one.protocol, one.seed)
            if key in scored:
                raise DataError(f"the autoencoder {key} was given twice: give each job once")
            scored[key] = one
            other = first.setdefault(one.protocol, one)
            if not one.days["day"].equals(other.days["day"]):
                raise DataError(
                    f"the autoencoders of protocol {one.protocol} were scored on different days "
                    f"({len(one.days)} and {len(other.days)}): train them on the same cube with "
                    "the same test dates"
                )
    return list(scored.values())


def measure_maps(jobs: list[ScoredMaps], weights: Array) -> dict[str, Sample]:
    """Return each score of one autoencoder under one protocol.

    Parameters
    ----------
    jobs : its seeds.
    weights : (n_resamples, n_days) of `block_weights`.

    Returns
    -------
    "MSE" in squared units of the scale; "accuracy": share of cells whose occupancy is right;
    "accuracy over all cells empty": that less the share of cells that are empty;
    "variance": of the reconstruction over all cells and days, in squared units of the scale (the
    paper does not say what its variance is of).
    """
    return {
        name: Sample(
            np.array([job.seed for job in jobs]),
            np.array([float(function(job.days, None)) for job in jobs]),
            np.stack([function(job.days, weights) for job in jobs]),
        )
        for name, function in _SCORES.items()
    }


def empty_picture(jobs: list[ScoredMaps], weights: Array) -> Sample:
    """Return the accuracy of a picture without any event: the share of empty cells.

    It is the same for all seeds.
    """
    empty = 1.0 - jobs[0].days["occupied_share"].to_numpy()
    ones = np.ones(len(jobs))
    return Sample(
        np.array([job.seed for job in jobs]),
        ones * float(weighted_mean(empty)),
        ones[:, None] * weighted_mean(empty, weights),
    )


def by_autoencoder(
    scored: list[ScoredMaps], protocol: str
) -> Iterator[tuple[tuple[str, int], list[ScoredMaps]]]:
    """Yield kind and latent size, and the seeds, of each autoencoder; small ones first."""
    groups: dict[tuple[str, int], list[ScoredMaps]] = {}
    for job in sorted(scored, key=lambda one: (one.latent_size, one.seed)):
        if job.protocol == protocol:
            groups.setdefault((job.autoencoder, job.latent_size), []).append(job)
    yield from groups.items()


def day_weights(
    scored: list[ScoredMaps], protocol: str, n_resamples: int, block_days: int, seed: int
) -> Array:
    """Return the resamples (n_resamples, n_days) of a protocol's test days."""
    n_days = next(len(one.days) for one in scored if one.protocol == protocol)
    return block_weights(n_days, min(block_days, n_days), n_resamples, seed)


def table(
    scored: list[ScoredMaps],
    name_of: Callable[[str, int], tuple[str, str]],
    published: pd.DataFrame | None,
    *,
    n_resamples: int,
    block_days: int,
    seed: int,
) -> pd.DataFrame:
    """Return `COLUMNS`, one row an autoencoder, protocol and score, and the empty picture.

    Parameters
    ----------
    name_of : kind and latent size -> what the table calls it, and the stem of its ids among the
        published numbers, as "table2.vae".
    """
    values = {}
    if published is not None:
        values = dict(zip(published["id"], published["value"], strict=True))
    rows: list[dict[str, object]] = []
    for protocol in dict.fromkeys(one.protocol for one in scored):
        weights = day_weights(scored, protocol, n_resamples, block_days, seed)
        jobs: list[ScoredMaps] = []
        for (kind, size), jobs in by_autoencoder(scored, protocol):
            title, stem = name_of(kind, size)
            for score, sample in measure_maps(jobs, weights).items():
                key = f"{stem}.{score.lower()}"
                printed = values.get(key, np.nan)
                rows.append(
                    {
                        "model": title,
                        "autoencoder": kind,
                        "latent_size": size,
                        **_row(protocol, score, sample, jobs[0]),
                        "published": printed,
                        "id": key if np.isfinite(printed) else "",
                    }
                )
        empty = empty_picture(jobs, weights)
        rows.append({"model": EMPTY, "id": "", **_row(protocol, "accuracy", empty, jobs[0])})
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"latent_size": "Int64", "published": float}).fillna({"autoencoder": ""})


def _row(protocol: str, score: str, sample: Sample, job: ScoredMaps) -> dict[str, object]:
    return {
        "protocol": protocol,
        "score": score,
        **summary(sample),
        "n_days": len(job.days),
        "n_event_days": int(job.days["is_event_day"].sum()),
    }


def _mean_of(column: str) -> Callable[[pd.DataFrame, Array | None], Array]:
    return lambda days, weights: weighted_mean(days[column].to_numpy(), weights)


def _over_empty(days: pd.DataFrame, weights: Array | None) -> Array:
    right = days["correct_share"].to_numpy() - (1.0 - days["occupied_share"].to_numpy())
    return weighted_mean(right, weights)


def _variance(days: pd.DataFrame, weights: Array | None) -> Array:
    square = weighted_mean(days["output_mean_square"].to_numpy(), weights)
    variance: Array = square - weighted_mean(days["output_mean"].to_numpy(), weights) ** 2
    return variance


_SCORES: dict[str, Callable[[pd.DataFrame, Array | None], Array]] = {
    "MSE": _mean_of("squared_error"),
    "accuracy": _mean_of("correct_share"),
    f"accuracy over {EMPTY}": _over_empty,
    "variance": _variance,
}
