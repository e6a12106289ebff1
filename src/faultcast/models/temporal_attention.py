"""EQPRED's predictor: causal dilated convolutions and local temporal attention.

Feng and Fox (EQPRED), section III-D: layer i has dilation 2^i; attention weights are the
softmax over the lower triangle of K Q / sqrt(d). "Local" means here: the last `window_days` days.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from faultcast.models.causal_layer import CausalLayer
from faultcast.models.sizes import require_sizes


class TemporalAttention(nn.Module):
    """Predicts the next value of a series from its past alone.

    Output t depends on inputs t - `context` + 1 .. t and on nothing later.

    Parameters
    ----------
    n_inputs : channels of the input.
    filters : channels of the hidden layers.
    kernel_size, dilations : of the convolutions.
    window_days : days that attention looks back over, the day itself included.
    attention : without it the convolutions alone predict (the paper's ablation).
    """

    def __init__(
        self,
        n_inputs: int = 1,
        *,
        filters: int = 32,
        kernel_size: int = 3,
        dilations: tuple[int, ...] = (1, 2, 4, 8),
        window_days: int = 30,
        attention: bool = True,
    ) -> None:
        super().__init__()
        require_sizes(
            "a temporal network",
            n_inputs=n_inputs,
            filters=filters,
            kernel_size=kernel_size,
            dilations=dilations,
            window_days=window_days,
        )
        ins = (n_inputs, *(filters for _ in dilations[1:]))
        self.layers = nn.ModuleList(
            _ResidualLayer(i, filters, kernel_size, dilation)
            for i, dilation in zip(ins, dilations, strict=True)
        )
        self.attention = _LocalAttention(filters, window_days) if attention else None
        self.head = nn.Linear(filters, 1)
        reach = (kernel_size - 1) * sum(dilations)
        self.context = 1 + reach + (window_days - 1 if attention else 0)

    def forward(self, series: Tensor) -> Tensor:
        """Return the next day's value after each day: (n, days, n_inputs) -> (n, days)."""
        hidden = series.transpose(1, 2)
        for layer in self.layers:
            hidden = layer(hidden)
        hidden = hidden.transpose(1, 2)
        if self.attention is not None:
            hidden = hidden + self.attention(hidden)
        out: Tensor = self.head(hidden)
        return out.squeeze(-1)


class _ResidualLayer(nn.Module):
    """Causal convolution (n, ins, days) -> (n, outs, days), ReLU, residual where shapes agree."""

    def __init__(self, ins: int, outs: int, kernel_size: int, dilation: int) -> None:
        super().__init__()
        self.convolution = CausalLayer(ins, outs, kernel_size, dilation)
        self.residual = ins == outs

    def forward(self, hidden: Tensor) -> Tensor:
        out = torch.relu(self.convolution(hidden))
        return out + hidden if self.residual else out


class _LocalAttention(nn.Module):
    """(n, days, d) -> (n, days, d), each day attending to the last `window` days.

    Blocks of `window` days see themselves and the block before: cost and memory grow
    with days x window, not with days squared.
    """

    def __init__(self, d: int, window: int) -> None:
        super().__init__()
        self.window = window
        self.query, self.key, self.value = (nn.Linear(d, d) for _ in range(3))

    def forward(self, hidden: Tensor) -> Tensor:
        n, days, d = hidden.shape
        w = self.window
        padded = functional.pad(hidden, (0, 0, 0, -days % w))
        blocks = padded.view(n, -1, w, d)
        # the block before the first one does not exist: its keys are masked below
        before = functional.pad(blocks, (0, 0, 0, 0, 1, 0))[:, :-1]
        both = torch.cat((before, blocks), dim=2)
        query_day = torch.arange(w, device=hidden.device)[:, None] + w
        key_day = torch.arange(2 * w, device=hidden.device)[None, :]
        local = (key_day <= query_day) & (key_day > query_day - w)
        allowed = local.repeat(blocks.shape[1], 1, 1)
        allowed[0] &= key_day >= w
        out = functional.scaled_dot_product_attention(
            self.query(blocks), self.key(both), self.value(both), attn_mask=allowed
        )
        return out.reshape(n, -1, d)[:, :days]
