"""EQPRED's Conv1D predictor: section IV-A, models 8 and 11; one layer by section IV-C."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from faultcast.models.causal_layer import CausalLayer
from faultcast.models.sizes import require_sizes


class CausalConvolution(nn.Module):
    """Predicts the next value of a series by one convolution over its last days.

    Output t depends on inputs t - `context` + 1 .. t and on nothing later.

    Parameters
    ----------
    n_inputs : channels of the input.
    window_days : length of the kernel; the paper varies 3 to 50.
    filters : of the layer; the paper sets them "according to the task".
    """

    def __init__(self, n_inputs: int = 1, *, window_days: int = 30, filters: int = 32) -> None:
        super().__init__()
        require_sizes(
            "a causal convolution", n_inputs=n_inputs, window_days=window_days, filters=filters
        )
        self.context = window_days
        self.convolution = CausalLayer(n_inputs, filters, window_days)
        self.head = nn.Linear(filters, 1)

    def forward(self, series: Tensor) -> Tensor:
        """Return the next day's value after each day: (n, days, n_inputs) -> (n, days)."""
        hidden = torch.relu(self.convolution(series.transpose(1, 2)))
        out: Tensor = self.head(hidden.transpose(1, 2))
        return out.squeeze(-1)
