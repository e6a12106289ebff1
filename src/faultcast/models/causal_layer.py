"""The convolution over days that sees no later day: one layer for all windowed predictors."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class CausalLayer(nn.Conv1d):
    """Convolution (n, ins, days) -> (n, outs, days) over the last days.

    Output t sees the days t, t - dilation, ..., t - `reach`; days before the first are zeros.
    """

    def __init__(self, ins: int, outs: int, kernel_size: int, dilation: int = 1) -> None:
        super().__init__(ins, outs, kernel_size, dilation=dilation)
        self.reach = (kernel_size - 1) * dilation

    def forward(self, input: Tensor) -> Tensor:
        """Return the convolved series, as long as the given one."""
        return super().forward(functional.pad(input, (self.reach, 0)))
