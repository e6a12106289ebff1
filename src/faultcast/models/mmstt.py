"""MM-STT: displacement, static priors and the season as tokens of one joint attention.

Yao, Huang and Dev (2025, arXiv 2509.25393). Marks as in docs/deformation.md: [V] verified in the
abstract or a summary, [S] supported by the group's later work (arXiv 2512.23906), [D] our default.
The full text is not at hand, no code is public, and every size here is [D].
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from faultcast.errors import DataError
from faultcast.models.patches import covered_patches, cut_patches, lay_patches, patch_grid
from faultcast.models.sizes import require_sizes
from faultcast.models.tile_batch import TileBatch, require_batch, start_at_zero
from faultcast.models.tile_encoder import TileBlock

Fusion = Literal["token", "channel"]


class MmStt(nn.Module):
    """Forecasts `n_out` maps from `n_in`: tokenisation, joint attention, a head [V].

    A frame becomes a token a patch: displacement and mask through a convolution as wide as its
    stride [D; S: a patch transformer]. To it are added learned embeddings of the patch's place,
    the frame's time and the modality [D], and a projection of the frame's cycles [S: harmonic day
    of year]. Patches without a measured cell take no part.

    The head maps a patch's `n_in` tokens to all its future cells at once [D] and adds the last
    frame [S].

    Parameters
    ----------
    shape : (rows, columns) of a map.
    n_statics : maps of static priors [V: static physical priors; S: which ones].
    n_in, n_out : epochs read and forecast [D].
    statics, cycles : False leaves them out (ablations).
    fusion : priors as a token more for each patch, or as channels of every frame [D].
    joint : False factorises attention into time, then space (ablation).
    patch : cells along a patch's side [D].
    d_model, layers, heads, feed_forward : sizes [D].
    dropout, drop_path : rates [D]; the latter grows linearly with depth from 0.
    plain : attention by the formula in float32 instead of the fused kernel.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        n_statics: int,
        *,
        n_in: int = 12,
        n_out: int = 12,
        statics: bool = True,
        cycles: bool = True,
        fusion: Fusion = "token",
        joint: bool = True,
        patch: int = 8,
        d_model: int = 128,
        layers: int = 4,
        heads: int = 8,
        feed_forward: int = 512,
        dropout: float = 0.1,
        drop_path: float = 0.1,
        plain: bool = False,
    ) -> None:
        super().__init__()
        require_sizes(
            "MM-STT",
            shape=shape, n_in=n_in, n_out=n_out, patch=patch, d_model=d_model, layers=layers,
            feed_forward=feed_forward,
        )  # fmt: skip
        if statics and n_statics < 1:
            raise DataError("MM-STT with statics needs at least one static map: give n_statics")
        if fusion not in ("token", "channel"):
            raise DataError(f"fusion is {fusion!r}; it must be 'token' or 'channel'")
        self.shape, self.patch = shape, patch
        self.n_in, self.n_out = n_in, n_out
        self.n_statics = n_statics if statics else 0
        self.as_token = statics and fusion == "token"
        self.grid = patch_grid(*shape, patch)
        cells = patch * patch
        in_frame = 2 + (0 if self.as_token else self.n_statics)
        self.frame = nn.Linear(in_frame * cells, d_model)
        self.prior = nn.Linear(self.n_statics * cells, d_model) if self.as_token else None
        self.season = nn.Linear(2, d_model, bias=False) if cycles else None
        self.place = nn.Parameter(_embedding(self.grid[0] * self.grid[1], d_model))
        self.time = nn.Parameter(_embedding(n_in, d_model))
        self.modality = nn.Parameter(_embedding(1 + self.as_token, d_model))
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(
            TileBlock(
                d_model, heads, feed_forward,
                dropout=dropout, drop_path=float(rate), joint=joint, plain=plain,
            )
            for rate in torch.linspace(0.0, drop_path, layers)
        )  # fmt: skip
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(n_in * d_model, n_out * cells)
        start_at_zero(self.head)

    def forward(self, batch: TileBatch) -> Tensor:
        """Return (n, n_out, rows, columns) scaled displacement, 0 outside the mask.

        Raises
        ------
        DataError
            The batch has other sizes than the network, or a mask is empty.
        """
        batch = self._checked(batch)
        tokens, index, real = self._tokens(batch)
        for block in self.blocks:
            tokens = block(tokens, real)
        frames = self.norm(tokens[:, : self.n_in])
        change = self.head(frames.transpose(1, 2).flatten(2))
        change = change.unflatten(-1, (self.n_out, -1)).transpose(1, 2)
        everywhere = change.new_zeros(*change.shape[:2], self.grid[0] * self.grid[1], self.patch**2)
        everywhere = everywhere.scatter(2, _alike(index, change), change)
        maps = lay_patches(everywhere, *self.shape, self.patch)
        return batch.displacement[:, -1:] + maps.where(batch.mask[:, None], 0.0)

    def attention(self, batch: TileBatch, patch_row: int, patch_column: int) -> Tensor:
        """Return how one patch attends to all patches of all frames, layer by layer.

        Put the network into evaluation mode first: dropout would change what it attends to.

        Returns
        -------
        (n, layers, heads, n_in, frames, patch rows, patch columns): weights of the patch's
        `n_in` tokens, which sum to 1 over the last three axes; 0 where nothing is measured. With
        priors as tokens the last frame is theirs.

        Raises
        ------
        DataError
            The network has factorised attention, or the patch holds no cell of a mask.
        """
        joint = [b for b in self.blocks if isinstance(b, TileBlock) and b.joint]
        if not joint:
            raise DataError("only a network with joint attention has weights over space and time")
        batch = self._checked(batch)
        tokens, index, real = self._tokens(batch)
        m = tokens.shape[2]
        is_query = index == patch_row * self.grid[1] + patch_column
        if real is not None:
            is_query &= real
        if not (is_query.any(dim=1).all() and 0 <= patch_column < self.grid[1]):
            raise DataError(
                f"patch ({patch_row}, {patch_column}) of {self.grid[0]} x {self.grid[1]} holds no "
                "measured cell in some sample: choose one that does"
            )
        position = is_query.to(index.dtype).argmax(dim=1)
        queries = position[:, None] + m * torch.arange(self.n_in, device=index.device)
        found = []
        for block in joint:
            weights = block.weights(tokens, queries, real)
            spread = weights.new_zeros(*weights.shape[:-1], self.grid[0] * self.grid[1])
            where = index[:, None, None, None].expand_as(weights)
            found.append(spread.scatter(-1, where, weights).unflatten(-1, self.grid))
            tokens = block(tokens, real)
        return torch.stack(found, dim=1)

    def _checked(self, batch: TileBatch) -> TileBatch:
        require_batch(batch, self.n_in, self.shape, self.n_statics or None)
        return batch.masked()

    def _tokens(self, batch: TileBatch) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return tokens (n, frames, m, d) and where their patches lie: see `covered_patches`."""
        index, real = covered_patches(batch.mask, self.patch)
        mask = batch.mask[:, None].to(batch.displacement.dtype)
        channels = [batch.displacement[:, :, None], mask[:, None].expand(-1, self.n_in, -1, -1, -1)]
        if self.n_statics and not self.as_token:
            channels.append(batch.statics[:, None].expand(-1, self.n_in, -1, -1, -1))
        tokens = self.frame(self._cut(torch.cat(channels, dim=2), index))
        tokens = tokens + self.time[:, None] + self.modality[0]
        if self.season is not None:
            tokens = tokens + self.season(batch.cycles[:, : self.n_in])[:, :, None]
        if self.prior is not None:
            priors = self.prior(self._cut(batch.statics[:, None], index)) + self.modality[1]
            tokens = torch.cat((tokens, priors), dim=1)
        return self.dropout(tokens + self.place[index][:, None]), index, real

    def _cut(self, maps: Tensor, index: Tensor) -> Tensor:
        """Return the channels of chosen patches: (n, f, c, rows, columns) -> (n, f, m, c p^2)."""
        patches = cut_patches(maps, self.patch).transpose(2, 3).flatten(3)
        return patches.gather(2, _alike(index, patches))


def _alike(index: Tensor, patches: Tensor) -> Tensor:
    """Return (n, m) as (n, frames, m, c), to gather from or scatter to (n, frames, any, c)."""
    return index[:, None, :, None].expand(-1, patches.shape[1], -1, patches.shape[3])


def _embedding(number: int, d: int) -> Tensor:
    return nn.init.trunc_normal_(torch.empty(number, d), std=0.02)
