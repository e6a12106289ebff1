"""Losses of the training loop: mean over a batch of what one sample costs."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

Loss = Callable[..., Tensor]


def reconstruction_loss(model: nn.Module, maps: Tensor) -> Tensor:
    """Return the mean squared error of an autoencoder on maps (n, rows, columns).

    EQPRED, section IV-A (its equation 7 says MAE).
    """
    return functional.mse_loss(model(maps), maps)


def variational_loss(model: nn.Module, maps: Tensor) -> Tensor:
    """Return the negative evidence bound of a `VariationalAutoencoder` on maps, per cell.

    Kingma and Welling (2014), equation 10, with normal noise of variance s^2 on each of the
    N cells: |X - X'|^2 / (2 s^2) + KL. Times 2 s^2 / N this is the mean squared error plus
    KL times 2 s^2 / N. Here s = 1, the deviation of the scaled cells, so that the weight of
    one nat is 2 / N, and the loss has the unit of `reconstruction_loss`.
    """
    reconstruction, divergence = model.reconstruct(maps)  # type: ignore[operator]  # its method
    error = functional.mse_loss(reconstruction, maps)
    return error + divergence.mean() * (2 / maps[0].numel())


def nse_loss(variance: float) -> Loss:
    """Return the loss 1 - NSE for a predictor of series.

    Parameters
    ----------
    variance : of the target over the whole training part. A batch's own would change
        from step to step and vanish in a quiet segment; with the part's, the mean of the
        batches' losses over an epoch is 1 - NSE of the part.

    Returns
    -------
    loss(model, inputs (n, context + days, channels), targets (n, days)); a target that is
    NaN does not count. EQPRED's equation 6 lacks the squares: without them its
    denominator is 0, so they are put in.
    """

    def loss(model: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
        predicted = model(inputs)[:, -targets.shape[1] :]
        known = ~torch.isnan(targets)
        squares = torch.where(known, predicted - targets.nan_to_num(), 0.0) ** 2
        return squares.sum() / known.sum().clamp(min=1) / variance

    return loss
