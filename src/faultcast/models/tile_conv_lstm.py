"""ConvLSTM on tiles: the paper's first rival [V], with a direct head over all horizons.

Shi et al. (2015), equation 3, without the "peepholes" from cell to gates, as in most later use
and as in `conv_lstm`. Two layers of 64, kernel 3, displacement and mask as input [D].
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from faultcast.errors import DataError
from faultcast.models.sizes import require_sizes
from faultcast.models.tile_batch import TileBatch, require_batch, spread_channels, start_at_zero


class TileConvLstm(nn.Module):
    """Forecasts `n_out` maps from `n_in`, of any size.

    Parameters
    ----------
    n_statics : maps of static priors in a batch.
    n_in, n_out : epochs read and forecast.
    multimodal : statics and cycles as channels of every frame; otherwise neither is read.
    hidden, layers, kernel : sizes; the kernel is odd.
    """

    def __init__(
        self,
        n_statics: int,
        *,
        n_in: int = 12,
        n_out: int = 12,
        multimodal: bool = False,
        hidden: int = 64,
        layers: int = 2,
        kernel: int = 3,
    ) -> None:
        super().__init__()
        require_sizes(
            "a ConvLSTM", n_in=n_in, n_out=n_out, hidden=hidden, layers=layers, kernel=kernel
        )
        if kernel % 2 == 0:
            raise DataError(f"a ConvLSTM of kernel {kernel}: choose an odd one, centred on a cell")
        self.n_in, self.n_statics, self.multimodal = n_in, n_statics, multimodal
        channels = 2 + (n_statics + 2 if multimodal else 0)
        self.layers = nn.ModuleList(
            _Layer(ins, hidden, kernel) for ins in (channels, *(hidden for _ in range(layers - 1)))
        )
        self.head = nn.Conv2d(hidden, n_out, 1)
        start_at_zero(self.head)

    def forward(self, batch: TileBatch) -> Tensor:
        """Return (n, n_out, rows, columns) scaled displacement, 0 outside the mask.

        Raises
        ------
        DataError
            The batch has other sizes than the network.
        """
        require_batch(batch, self.n_in, None, self.n_statics if self.multimodal else None)
        batch = batch.masked()
        mask = batch.mask[:, None]
        frames = torch.stack(
            (batch.displacement, mask.to(batch.displacement.dtype).expand_as(batch.displacement)),
            dim=2,
        )
        if self.multimodal:
            more = spread_channels(batch, self.n_in).where(mask[:, None], 0.0)
            frames = torch.cat((frames, more), dim=2)
        hidden = frames.transpose(0, 1)
        for layer in self.layers:
            hidden = layer(hidden)
        change: Tensor = self.head(hidden[-1])
        return batch.displacement[:, -1:] + change.where(mask, 0.0)


class _Layer(nn.Module):
    """(frames, n, ins, rows, columns) -> (frames, n, hidden, rows, columns).

    The input's convolution runs over all frames at once, the state's own frame by frame.
    """

    def __init__(self, ins: int, hidden: int, kernel: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.input = nn.Conv2d(ins, 4 * hidden, kernel, padding=kernel // 2)
        self.recurrent = nn.Conv2d(hidden, 4 * hidden, kernel, padding=kernel // 2, bias=False)

    def forward(self, frames: Tensor) -> Tensor:
        driven = self.input(frames.flatten(0, 1)).unflatten(0, frames.shape[:2])
        hidden = cell = driven.new_zeros(*frames.shape[1:2], self.hidden, *frames.shape[3:])
        hiddens = []
        for now in driven.unbind(0):
            gates = now + self.recurrent(hidden)
            entrance, forget, out = gates[:, : 3 * self.hidden].sigmoid().chunk(3, dim=1)
            cell = forget * cell + entrance * gates[:, 3 * self.hidden :].tanh()
            hidden = out * cell.tanh()
            hiddens.append(hidden)
        return torch.stack(hiddens)
