"""MM-STT's encoder: blocks of attention over frames and patches, jointly or one after the other.

Tokens are (n, frames, patches, d); the priors' tokens, if any, are one more frame. Pre-norm, GELU,
dropout and drop-path are defaults of ours [D].
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from faultcast.models.self_attention import SelfAttention


class DropPath(nn.Module):
    """Leaves out a whole residual branch of a sample, with probability `rate`, in training."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, branch: Tensor) -> Tensor:
        """Return the branch, of expected value unchanged."""
        if not self.training or self.rate == 0.0:
            return branch
        shape = (len(branch), *(1 for _ in branch.shape[1:]))
        kept = torch.rand(shape, device=branch.device) >= self.rate
        return branch * kept / (1.0 - self.rate)


class TileBlock(nn.Module):
    """One pre-norm block: attention, then a feed-forward network, each added to its input.

    Parameters
    ----------
    d, heads, feed_forward : sizes.
    dropout, drop_path : rates.
    joint : every token attends to every token of all frames (the paper's joint attention [V]).
        Otherwise a token attends to its patch in all frames, then to its frame (factorised [D],
        with two attentions a block).
    plain : see `SelfAttention`.
    """

    def __init__(
        self,
        d: int,
        heads: int,
        feed_forward: int,
        *,
        dropout: float,
        drop_path: float,
        joint: bool = True,
        plain: bool = False,
    ) -> None:
        super().__init__()
        self.joint = joint
        self.norm, self.attention = nn.LayerNorm(d), SelfAttention(d, heads, plain=plain)
        if not joint:
            self.space_norm = nn.LayerNorm(d)
            self.space_attention = SelfAttention(d, heads, plain=plain)
        self.feed_norm = nn.LayerNorm(d)
        self.feed_forward = nn.Sequential(
            nn.Linear(d, feed_forward),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(feed_forward, d),
        )
        self.dropout = nn.Dropout(dropout)
        self.drop_path = DropPath(drop_path)

    def forward(self, tokens: Tensor, real: Tensor | None) -> Tensor:
        """Return (n, frames, patches, d); patches where `real` (n, patches) is False are unseen."""
        if self.joint:
            attended = self.attention(self.norm(tokens).flatten(1, 2), _in_line(tokens, real))
            tokens = tokens + self._drop(attended.view_as(tokens))
        else:
            over_time = self.attention(self.norm(tokens).transpose(1, 2)).transpose(1, 2)
            tokens = tokens + self._drop(over_time)
            seen = None if real is None else real[:, None]
            tokens = tokens + self._drop(self.space_attention(self.space_norm(tokens), seen))
        return tokens + self._drop(self.feed_forward(self.feed_norm(tokens)))

    def weights(self, tokens: Tensor, queries: Tensor, real: Tensor | None) -> Tensor:
        """Return the joint attention of some tokens: queries (n, q) in the line of all frames.

        Returns
        -------
        (n, heads, q, frames, patches), sum 1 over the last two.
        """
        line = self.norm(tokens).flatten(1, 2)
        weights = self.attention.weights(line, queries, _in_line(tokens, real))
        return weights.unflatten(-1, tokens.shape[1:3])

    def _drop(self, branch: Tensor) -> Tensor:
        out: Tensor = self.drop_path(self.dropout(branch))
        return out


def _in_line(tokens: Tensor, real: Tensor | None) -> Tensor | None:
    """Return `real` for the tokens of all frames in one line, (n, frames * patches)."""
    return None if real is None else real.repeat(1, tokens.shape[1])
