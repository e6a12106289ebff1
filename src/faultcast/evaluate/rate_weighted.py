"""Area skill: what a forecast adds to a map that it is measured against.

A Molchan diagram whose alarms cost what the reference map expects in them, not their area
(Zechar and Jordan 2008, Geophys. J. Int. 172, 715): the share of positives inside alarms over the
reference-weighted share of cell-days inside alarms. Alarms are raised in falling order of the
ratio of both probabilities, which no other order can beat if the forecast is right (Neyman and
Pearson), and which leaves the map itself exactly without skill: all its ratios tie.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.evaluate.pooled_ranks import Block, Blocks, distinct_rows, positive_ranks
from faultcast.evaluate.region_blocks import Drawn, Draws, binned_auc, drawn_tables, unit_counts


def area_skill(
    blocks: Blocks, reference: NDArray[np.float32], region: NDArray[np.int64], draws: Draws
) -> Drawn:
    """Return the area below the diagram: 0.5 for the reference map, 1 for a perfect forecast.

    The probability that a positive has a higher ratio than a cell-day drawn with the reference's
    weights, ties counting half; from 128 quantiles of the positives' ratios and the gaps between
    them, which costs less than 1e-3.

    Parameters
    ----------
    blocks : gives (probabilities, labels), each (days, cells).
    reference : (n_cells,) the map's probabilities, all positive.
    region : (n_cells,).
    draws : of `two_way_draws`.

    Raises
    ------
    DataError
        The map calls a cell impossible.
    """
    if not (reference > 0).all():
        raise DataError(
            f"the reference map gives {(reference <= 0).sum()} cells no chance at all: no ratio "
            "to it can be formed; use a map with a floor"
        )

    def ratios() -> Iterator[Block]:
        for scores, labels in blocks():
            rows = distinct_rows(scores) / reference
            yield np.broadcast_to(rows, labels.shape), labels

    ranks = positive_ranks(ratios)
    counts = unit_counts(
        ratios,
        ranks,
        region,
        n_regions=draws.regions.shape[1],
        weight=reference.astype(np.float64),
    )
    table, whole = drawn_tables(counts, draws)
    return Drawn(float(binned_auc(whole)[0]), binned_auc(table))
