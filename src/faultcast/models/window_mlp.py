"""EQPRED's MLP predictor: fully connected layers over a window; section IV-A, models 6 and 9."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from faultcast.models.causal_layer import CausalLayer
from faultcast.models.sizes import require_sizes


class WindowMlp(nn.Module):
    """Predicts the next value of a series from its last days by dense layers.

    A dense layer over a sliding window is a convolution whose kernel is the window, so that
    a long series is one pass. Output t depends on inputs t - `context` + 1 .. t alone.

    Parameters
    ----------
    n_inputs : channels of the input.
    window_days : days of the window.
    units : of the hidden layers; with the output the default makes the paper's "three-layer"
        network, with hidden layers of 32 to 128 neurons.
    """

    def __init__(
        self, n_inputs: int = 1, *, window_days: int = 30, units: tuple[int, ...] = (64, 32)
    ) -> None:
        super().__init__()
        require_sizes("an MLP", n_inputs=n_inputs, window_days=window_days, units=units)
        self.context = window_days
        self.window = CausalLayer(n_inputs, units[0], window_days)
        self.layers = nn.ModuleList(
            nn.Linear(ins, outs) for ins, outs in zip(units, (*units[1:], 1), strict=True)
        )

    def forward(self, series: Tensor) -> Tensor:
        """Return the next day's value after each day: (n, days, n_inputs) -> (n, days)."""
        hidden = self.window(series.transpose(1, 2)).transpose(1, 2)
        for layer in self.layers:
            hidden = layer(torch.relu(hidden))
        out: Tensor = hidden.squeeze(-1)
        return out
