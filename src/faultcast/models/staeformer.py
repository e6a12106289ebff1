"""STAEformer: a plain transformer with an adaptive embedding, a rival of MM-STT [V].

Liu et al. (2023, STAEformer: Spatio-Temporal Adaptive Embedding Makes Vanilla Transformer SOTA).
Sizes, order of layers and the mixed projection are that paper's. Its lookup of time of day and day
of week becomes a projection of the day of year's sine and cosine [D]: it is part of the model, so
it stands in the uni-modal form too.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from faultcast.models.self_attention import SelfAttention
from faultcast.models.sizes import require_sizes
from faultcast.models.tile_batch import NodeBatch, require_batch, spread_channels, start_at_zero


class StaeFormer(nn.Module):
    """Forecasts `n_out` values of each node from `n_in`: attention over time, then over space.

    Parameters
    ----------
    n_nodes : the adaptive embedding belongs to them, so weights do not fit other nodes.
    n_statics : static values of a node in a batch.
    n_in, n_out : epochs read and forecast.
    multimodal : statics and cycles as channels beside the displacement.
    d_input, d_season, d_adaptive : channels of the three embeddings; their sum is the width.
    layers : of each kind.
    heads, feed_forward, dropout : sizes and rate.
    """

    def __init__(
        self,
        n_nodes: int,
        n_statics: int,
        *,
        n_in: int = 12,
        n_out: int = 12,
        multimodal: bool = False,
        d_input: int = 24,
        d_season: int = 24,
        d_adaptive: int = 80,
        layers: int = 3,
        heads: int = 4,
        feed_forward: int = 256,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        require_sizes(
            "a STAEformer",
            n_nodes=n_nodes, n_in=n_in, n_out=n_out, d_input=d_input, d_season=d_season,
            d_adaptive=d_adaptive, layers=layers, feed_forward=feed_forward,
        )  # fmt: skip
        self.n_in, self.n_statics, self.multimodal = n_in, n_statics, multimodal
        self.n_nodes = n_nodes
        d = d_input + d_season + d_adaptive
        self.value = nn.Linear(1 + (n_statics + 2 if multimodal else 0), d_input)
        self.season = nn.Linear(2, d_season)
        self.adaptive = nn.Parameter(torch.empty(n_in, n_nodes, d_adaptive))
        nn.init.xavier_uniform_(self.adaptive)
        self.over_time, self.over_space = (
            nn.ModuleList(_Layer(d, heads, feed_forward, dropout) for _ in range(layers))
            for _ in range(2)
        )
        self.head = nn.Linear(n_in * d, n_out)
        start_at_zero(self.head)

    def forward(self, batch: NodeBatch) -> Tensor:
        """Return (n, n_out, nodes) scaled displacement.

        Raises
        ------
        DataError
            The batch has other sizes than the network.
        """
        require_batch(
            batch, self.n_in, (self.n_nodes,), self.n_statics if self.multimodal else None
        )
        n = len(batch.displacement)
        values = batch.displacement[..., None]
        if self.multimodal:
            more = spread_channels(batch, self.n_in).transpose(2, 3)
            values = torch.cat((values, more), dim=-1)
        season = self.season(batch.cycles[:, : self.n_in])[:, :, None]
        tokens = torch.cat(
            (
                self.value(values),
                season.expand(-1, -1, self.n_nodes, -1),
                self.adaptive.expand(n, -1, -1, -1),
            ),
            dim=-1,
        )
        tokens = tokens.transpose(1, 2)
        for layer in self.over_time:
            tokens = layer(tokens)
        tokens = tokens.transpose(1, 2)
        for layer in self.over_space:
            tokens = layer(tokens)
        # mixed projection: all epochs of a node at once
        change: Tensor = self.head(tokens.transpose(1, 2).flatten(2))
        return batch.displacement[:, -1:] + change.transpose(1, 2)


class _Layer(nn.Module):
    """Post-norm transformer layer over the last but one axis, (..., length, d) -> same."""

    def __init__(self, d: int, heads: int, feed_forward: int, dropout: float) -> None:
        super().__init__()
        self.attention = SelfAttention(d, heads)
        self.feed_forward = nn.Sequential(
            nn.Linear(d, feed_forward), nn.ReLU(), nn.Linear(feed_forward, d)
        )
        self.norm, self.feed_norm = nn.LayerNorm(d), nn.LayerNorm(d)
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = self.norm(tokens + self.dropout(self.attention(tokens)))
        out: Tensor = self.feed_norm(tokens + self.dropout(self.feed_forward(tokens)))
        return out
