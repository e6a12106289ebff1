"""All scores of one probability forecast of days x cells, as a stream, against the honest map.

Scores of forecasts that share a `Ground` have the same resamples, so differences are paired.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from faultcast.evaluate.coarse_cells import coarse_labels, coarse_rows
from faultcast.evaluate.information_gain import information_gain
from faultcast.evaluate.point_sums import PointSums, point_sums
from faultcast.evaluate.pooled_ranks import Block, Blocks, pooled_ranks
from faultcast.evaluate.rate_weighted import area_skill
from faultcast.evaluate.region_blocks import (
    Drawn,
    Draws,
    binned_auc,
    by_block,
    drawn_scores,
    drawn_tables,
    region_of_cells,
    resampled,
    unit_counts,
)

SCORES = (
    "auc", "average_precision", "active_auc", "area_skill", "information_gain",
    "information_gain_poisson", "brier", "brier_skill", "mcc_f1",
)  # fmt: skip


@dataclass(frozen=True)
class Ground:
    """What all forecasts of the same test days and cells are scored on.

    Parameters
    ----------
    reference : (n_cells,) the honest map's probabilities of a positive label.
    uniform : (n_cells,) those of a map without structure: the share of positives in train days.
    active : (n_cells,) cells that had an event in the train days.
    region : (n_cells,) of each cell, from 0.
    draws : of regions and blocks of days.
    window_days : length of the label's window.
    block_days : days of a block of the stream, and of the draws.
    """

    reference: NDArray[np.float32]
    uniform: NDArray[np.float32]
    active: NDArray[np.bool_]
    region: NDArray[np.int64]
    draws: Draws
    window_days: int
    block_days: int

    def coarse(self, n_rows: int, n_columns: int, factor: int, region_side: int) -> Ground:
        """Return the ground of cells put together, `factor` x `factor`, in the same regions.

        Parameters
        ----------
        n_rows, n_columns : of the grid as it is.
        region_side : coarse cells along a region, which must cover the regions as they are.
        """
        shape = (n_rows, n_columns, factor)
        return replace(
            self,
            reference=coarse_rows(self.reference[None], *shape)[0],
            uniform=coarse_rows(self.uniform[None], *shape)[0],
            active=coarse_labels(self.active[None], *shape)[0],
            region=region_of_cells(-(-n_rows // factor), -(-n_columns // factor), region_side),
        )


@dataclass(frozen=True)
class CellScores:
    """Scores by name with their resamples, and how many cell-days they stand on."""

    scores: dict[str, Drawn]
    n_positive: int
    n_cell_days: int


def score_cells(blocks: Blocks, ground: Ground) -> CellScores:
    """Return `SCORES` of a stream of probabilities.

    auc, average_precision, mcc_f1 : pooled over all cell-days; active_auc : over active cells.
    area_skill : 0.5 for the reference map (`rate_weighted`).
    information_gain, information_gain_poisson : nats per positive cell-window over the
        reference map and over the uniform rate, on windows that do not overlap.
    brier : mean squared error; brier_skill : 1 - brier / that of the reference map.

    Parameters
    ----------
    blocks : gives (probabilities, labels), each (`ground.block_days`, cells); the last may be
        shorter.

    Raises
    ------
    DataError
        A probability is not in [0, 1], or blocks do not fit the ground.
    """
    region, draws = ground.region, ground.draws
    n_regions = draws.regions.shape[1]
    ranks = pooled_ranks(blocks)
    drawn = drawn_scores(unit_counts(blocks, ranks, region, n_regions=n_regions), ranks, draws)

    def active() -> Iterator[Block]:
        for scores, labels in blocks():
            rows = scores[:, ground.active] if scores.strides[0] else scores[:1, ground.active]
            yield np.broadcast_to(rows, (len(labels), rows.shape[1])), labels[:, ground.active]

    active_ranks = pooled_ranks(active)
    counts = unit_counts(active, active_ranks, region[ground.active], n_regions=n_regions)
    table, whole = drawn_tables(counts, draws)
    own = point_sums(blocks, region)
    reference = point_sums(blocks, region, forecast=ground.reference)
    uniform = point_sums(blocks, region, forecast=ground.uniform)
    windows = {"window_days": ground.window_days, "block_days": ground.block_days}
    scores = {
        "auc": Drawn(ranks.auc, drawn.auc),
        "average_precision": Drawn(ranks.average_precision, drawn.average_precision),
        "active_auc": Drawn(
            active_ranks.auc, binned_auc(table) - binned_auc(whole) + active_ranks.auc
        ),
        "area_skill": area_skill(blocks, ground.reference, region, draws),
        "information_gain": information_gain(own, reference, **windows, draws=draws),
        "information_gain_poisson": information_gain(own, uniform, **windows, draws=draws),
        **_brier(own, reference, ground),
        "mcc_f1": Drawn(ranks.mcc_f1, drawn.mcc_f1),
    }
    return CellScores(scores, ranks.n_positive, ranks.n_positive + ranks.n_negative)


def _brier(own: PointSums, reference: PointSums, ground: Ground) -> dict[str, Drawn]:
    """Return the Brier score, and its skill over the reference."""
    number = np.broadcast_to(own.n_cells.astype(np.float64), own.squared_error.shape)
    tables = (own.squared_error, reference.squared_error, number)
    sums = np.stack([by_block(each, ground.block_days) for each in tables])
    error, usual, n = resampled(sums, ground.draws).T
    whole_error, whole_usual, whole_n = sums.sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "brier": Drawn(float(whole_error / whole_n), error / n),
            "brier_skill": Drawn(float(1.0 - whole_error / whole_usual), 1.0 - error / usual),
        }
