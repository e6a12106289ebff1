"""Multi-head self-attention of any sequence, by torch's fused kernel or by the plain formula."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from faultcast.errors import DataError


def attention_weights(query: Tensor, key: Tensor, allowed: Tensor | None = None) -> Tensor:
    """Return softmax(Q K' / sqrt(d)) in float32: (..., q, d), (..., k, d) -> (..., q, k).

    Parameters
    ----------
    allowed : broadcasts to (..., q, k), False for keys that are not to be seen.
    """
    scores = query.float() @ key.float().transpose(-2, -1) / query.shape[-1] ** 0.5
    if allowed is not None:
        scores = scores.masked_fill(~allowed, -torch.inf)
    return scores.softmax(dim=-1)


def plain_attention(
    query: Tensor, key: Tensor, value: Tensor, allowed: Tensor | None = None
) -> Tensor:
    """Return softmax attention with all weights in memory; the oracle of the fused kernel."""
    return (attention_weights(query, key, allowed) @ value.float()).to(value.dtype)


class SelfAttention(nn.Module):
    """Self-attention of the last but one axis, (..., length, d) -> (..., length, d).

    The weights are not dropped out [D]: dropout follows the projection instead, so that training
    keeps the fused kernel, whose memory grows with the length and not with its square.

    Parameters
    ----------
    d : channels. heads : must divide them.
    plain : compute by the formula and in float32, for checks and benchmarks.
    """

    def __init__(self, d: int, heads: int, *, plain: bool = False) -> None:
        super().__init__()
        if heads < 1 or d % heads:
            raise DataError(f"{d} channels cannot be shared by {heads} heads: choose a divisor")
        self.heads, self.plain = heads, plain
        self.inward = nn.Linear(d, 3 * d)
        self.outward = nn.Linear(d, d)

    def forward(self, tokens: Tensor, allowed: Tensor | None = None) -> Tensor:
        """Return the attended tokens; keys where `allowed` (..., length) is False are unseen."""
        if allowed is not None:
            allowed = allowed.expand(tokens.shape[:-1]).flatten(0, -2)[:, None, None]
        # one batch axis: the fused kernel takes no more
        query, key, value = self._heads(tokens.flatten(0, -3))
        attend = plain_attention if self.plain else functional.scaled_dot_product_attention
        heads = attend(query, key, value, allowed)
        out: Tensor = self.outward(heads.transpose(1, 2).flatten(2))
        return out.view(tokens.shape)

    def weights(self, tokens: Tensor, queries: Tensor, allowed: Tensor | None = None) -> Tensor:
        """Return the weights of some queries: (n, length, d), (n, q) -> (n, heads, q, length)."""
        query, key, _ = self._heads(tokens)
        index = queries[:, None, :, None].expand(-1, self.heads, -1, query.shape[-1])
        if allowed is not None:
            allowed = allowed[:, None, None]
        return attention_weights(query.gather(2, index), key, allowed)

    def _heads(self, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return query, key, value, (n, heads, length, d / heads) each, of (n, length, d)."""
        split = self.inward(tokens).unflatten(2, (3, self.heads, -1))
        query, key, value = split.transpose(1, 3).unbind(2)
        return query, key, value
