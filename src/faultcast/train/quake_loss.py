"""The two losses of HierarchicalQuake, and the maps that they start from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import softplus

from faultcast.errors import DataError
from faultcast.grid import WindowLabels
from faultcast.train.quake_protocol import QuakeProtocol

RATE_FLOOR = 1e-7
"""Least rate and probability of a cell: a cell without events is not impossible."""


@dataclass(frozen=True)
class QuakeLoss:
    """Loss of each day.

    "probabilities" is the lineage's: cross-entropy with class weights 1 and w that takes the pair
    [1 - p, p] for logits, so that a cell costs softplus(1 - 2 p) if positive and softplus(2 p - 1)
    if not, in the weighted mean of the day's cells. It cannot fall below
    log(1 + 1/e) = 0.3133 while 0 <= p <= 1.

    "logits" is the cross-entropy of the logits, summed over the day's cells and divided by the
    number of positives that the prior expects: about nats a positive, on any grid. (A mean over
    mostly empty cells would leave gradients smaller than Adam's epsilon.)

    Parameters
    ----------
    kind : "probabilities" or "logits".
    positive_weight : w; for logits only 1 leaves the forecast calibrated.
    expected : sum over the cells of the prior probability of a label, for "logits".
    """

    kind: Literal["probabilities", "logits"]
    positive_weight: float
    expected: float = 1.0

    def __call__(self, output: Tensor, label: Tensor) -> Tensor:
        """Return the loss of each day, (n,).

        Parameters
        ----------
        output : (n, rows, columns), the network's.
        label : (n, rows, columns) bool.
        """
        positive = label.flatten(1)
        logit = output.float().flatten(1)
        if self.kind == "probabilities":
            logit = 2.0 * logit - 1.0
        weight = torch.where(positive, self.positive_weight, 1.0)
        cost = (weight * softplus(torch.where(positive, -logit, logit))).sum(1)
        return cost / (weight.sum(1) if self.kind == "probabilities" else self.expected)


def prior_map(
    maps: pd.DataFrame,
    protocol: QuakeProtocol,
    origin: int,
    labels: WindowLabels,
) -> NDArray[np.float32]:
    """Return the map that a network corrects, (rows, columns).

    The daily rate F for the loss on probabilities; for the loss on logits the probability of a
    label, 1 - (1 - rate)^(far - near). Both at least `RATE_FLOOR`.

    Parameters
    ----------
    maps : `parts`, `origin`, `cell`, and the protocol's column: `all_days` or `train`.
    labels : of the cube whose cells the table holds; they give the window.

    Raises
    ------
    DataError
        The table lacks the column or a cell of that origin.
    """
    n_cells = labels.n_cells
    chosen = maps[(maps["parts"] == protocol.parts) & (maps["origin"] == origin)]
    if protocol.prior not in maps or len(chosen) != n_cells:
        raise DataError(
            f"the table of maps holds {len(chosen)} cells of parts {protocol.parts!r}, origin "
            f"{origin}, and the columns {', '.join(maps.columns)}; expected {n_cells} cells and "
            f"{protocol.prior!r}: make the maps from the same cube, parts and origins"
        )
    rate = np.empty(n_cells)
    rate[chosen["cell"].to_numpy()] = chosen[protocol.prior]
    if not ((rate >= 0) & (rate < 1)).all():
        raise DataError(
            f"rates of the map {protocol.prior!r} run from {rate.min():g} to {rate.max():g} a day: "
            "expected numbers from 0 to below 1"
        )
    if protocol.loss == "logits":
        rate = -np.expm1((labels.far - labels.near) * np.log1p(-rate))
    shape = labels.cube.n_rows, labels.cube.n_columns
    return rate.clip(min=RATE_FLOOR).reshape(shape).astype(np.float32)
