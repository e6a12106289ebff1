"""EQPRED's autoencoder: convolutions down to a dense bottleneck, deconvolutions back, skips.

Feng and Fox (EQPRED), section III-C and figure 2: filters 4, 16, 32, 64, batch
normalisation and ReLU, mirrored deconvolutions, "short" skips around a layer and "long"
ones from encoder to decoder, features summed. The paper leaves strides and the size of
the bottleneck open: here stride 2 twice, then a dense layer of `latent_size` values.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from faultcast.models.sizes import require_maps, require_sizes

FILTERS = (4, 16, 32, 64)
STRIDES = (1, 2, 2, 1)
_SHRINK = 4  # product of the strides


class SkipAutoencoder(nn.Module):
    """Autoencoder of daily maps.

    Parameters
    ----------
    rows, columns : size of a map. It is padded with zeros at its end up to multiples of 4,
        and the output is cropped back.
    latent_size : size k of the bottleneck.
    short_skips : add to each layer's output its input (through a 1 x 1 convolution).
    long_skips : add the encoder's features to the decoder's of the same shape. They let
        the network copy its input past the bottleneck.
    """

    def __init__(
        self,
        rows: int,
        columns: int,
        *,
        latent_size: int = 16,
        short_skips: bool = True,
        long_skips: bool = True,
    ) -> None:
        super().__init__()
        require_sizes("an autoencoder", rows=rows, columns=columns, latent_size=latent_size)
        self.rows, self.columns = rows, columns
        self.long_skips = long_skips
        self._padding = (0, -columns % _SHRINK, 0, -rows % _SHRINK)
        small = ((rows + self._padding[3]) // _SHRINK, (columns + self._padding[1]) // _SHRINK)
        self._deep_shape = (FILTERS[-1], *small)
        deep_size = FILTERS[-1] * small[0] * small[1]

        ins = (1, *FILTERS[:-1])
        self.encoder = nn.ModuleList(
            _Block(i, o, stride, short_skips, transposed=False)
            for i, o, stride in zip(ins, FILTERS, STRIDES, strict=True)
        )
        self.squeeze = nn.Linear(deep_size, latent_size)
        self.expand = nn.Linear(latent_size, deep_size)
        # mirrored: 64 -> 32 -> 16 -> 4, then a plain layer to the map
        self.decoder = nn.ModuleList(
            _Block(FILTERS[i], FILTERS[i - 1], STRIDES[i], short_skips, transposed=True)
            for i in (3, 2, 1)
        )
        self.head = nn.Conv2d(FILTERS[0], 1, 3, padding=1)

    def encode(self, maps: Tensor) -> Tensor:
        """Return the latent vectors (n, latent_size) of maps (n, rows, columns)."""
        latent: Tensor = self.squeeze(self.down(maps)[-1].flatten(1))
        return latent

    def forward(self, maps: Tensor) -> Tensor:
        """Return the reconstruction (n, rows, columns) of maps (n, rows, columns)."""
        features = self.down(maps)
        return self.decode(self.squeeze(features[-1].flatten(1)), features)

    def down(self, maps: Tensor) -> list[Tensor]:
        """Return the features (n, filters, r, c) of each encoder layer, the deepest last."""
        require_maps(maps, self.rows, self.columns)
        hidden = functional.pad(maps, self._padding).unsqueeze(1)
        features = []
        for block in self.encoder:
            hidden = block(hidden)
            features.append(hidden)
        return features

    def decode(self, latent: Tensor, features: list[Tensor]) -> Tensor:
        """Return maps (n, rows, columns) of latent vectors; `features` feed the long skips."""
        hidden = functional.relu(self.expand(latent)).view(-1, *self._deep_shape)
        for block, feature in zip(self.decoder, features[-2::-1], strict=True):
            hidden = block(hidden)
            if self.long_skips:
                hidden = hidden + feature
        padded: Tensor = self.head(hidden)
        return padded[:, 0, : self.rows, : self.columns]


class _Block(nn.Module):
    """3 x 3 (de)convolution, batch normalisation, ReLU, with an optional short skip.

    (n, ins, r, c) -> (n, outs, r / stride, c / stride), times stride when transposed.
    """

    def __init__(self, ins: int, outs: int, stride: int, skip: bool, transposed: bool) -> None:
        super().__init__()
        self.convolution: nn.Module
        self.shortcut: nn.Module | None = None
        if transposed:
            extra = stride - 1  # makes the output exactly stride times as large
            self.convolution = nn.ConvTranspose2d(
                ins, outs, 3, stride, padding=1, output_padding=extra, bias=False
            )
            if skip:
                self.shortcut = nn.ConvTranspose2d(
                    ins, outs, 1, stride, output_padding=extra, bias=False
                )
        else:
            self.convolution = nn.Conv2d(ins, outs, 3, stride, padding=1, bias=False)
            if skip:
                self.shortcut = nn.Conv2d(ins, outs, 1, stride, bias=False)
        self.norm = nn.BatchNorm2d(outs)

    def forward(self, hidden: Tensor) -> Tensor:
        out: Tensor = self.norm(self.convolution(hidden))
        if self.shortcut is not None:
            out = out + self.shortcut(hidden)
        return torch.relu(out)
