"""EQPRED's models 1 to 4: predictors on the daily maps themselves, without an autoencoder.

Section IV-A. Each is an encoder of one day's map, shared by all days, and a head over the
encoded days. The paper gives ranges of sizes; the sizes here are the smaller ones in them.
"""

from __future__ import annotations

from torch import Tensor, nn

from faultcast.models.sizes import require_maps, require_sizes
from faultcast.models.stateful_lstm import StatefulLstm
from faultcast.models.window_mlp import WindowMlp

FILTERS, KERNEL, STRIDE = 8, 5, 2
DAY_UNITS = 32
WINDOW_UNITS = 64


class _MapPredictor(nn.Module):
    """(n, days, rows, columns) -> (n, days): output t predicts day t + 1 from days up to t.

    `encoder`: (days, 1, rows, columns) -> (days, f); `head`: (n, days, f) -> (n, days).
    """

    def __init__(
        self, rows: int, columns: int, encoder: nn.Module, head: WindowMlp | StatefulLstm
    ) -> None:
        super().__init__()
        self.rows, self.columns = rows, columns
        self.encoder, self.head = encoder, head
        self.context: int = head.context

    def forward(self, maps: Tensor) -> Tensor:
        """Return the next day's value after each day: (n, days, rows, columns) -> (n, days)."""
        require_maps(maps, self.rows, self.columns)
        n, days = maps.shape[:2]
        codes = self.encoder(maps.flatten(0, 1).unsqueeze(1))
        out: Tensor = self.head(codes.view(n, days, -1))
        return out


class _StatefulMapPredictor(_MapPredictor):
    head: StatefulLstm

    def reset_state(self) -> None:
        """Forget all days seen; see `StatefulLstm`."""
        self.head.reset_state()


class DenseMlp(_MapPredictor):
    """Model 1, MLP: three dense layers, one over a day's map, two over the window.

    A dense layer over all maps of a window at once would have 30 times the weights.
    """

    def __init__(self, rows: int, columns: int, *, window_days: int = 30) -> None:
        require_sizes("an MLP on maps", rows=rows, columns=columns, window_days=window_days)
        encoder = nn.Sequential(nn.Flatten(), nn.Linear(rows * columns, DAY_UNITS), nn.ReLU())
        head = WindowMlp(DAY_UNITS, window_days=window_days, units=(WINDOW_UNITS,))
        super().__init__(rows, columns, encoder, head)


class MapLstm(_StatefulMapPredictor):
    """Model 2, LSTM: two stateful layers on the flattened maps."""

    def __init__(self, rows: int, columns: int) -> None:
        require_sizes("an LSTM on maps", rows=rows, columns=columns)
        super().__init__(rows, columns, nn.Flatten(), StatefulLstm(rows * columns))


class ConvolutionMlp(_MapPredictor):
    """Model 3, Conv2D-FC: a convolution and a dense layer a day, dense layers over the window."""

    def __init__(self, rows: int, columns: int, *, window_days: int = 30) -> None:
        require_sizes("a Conv2D-FC", rows=rows, columns=columns, window_days=window_days)
        encoder = nn.Sequential(
            *_convolution(),
            nn.Linear(_encoded_size(rows, columns), DAY_UNITS),
            nn.ReLU(),
        )
        head = WindowMlp(DAY_UNITS, window_days=window_days, units=(WINDOW_UNITS,))
        super().__init__(rows, columns, encoder, head)


class ConvolutionLstm(_StatefulMapPredictor):
    """Model 4, Conv2D-LSTM: one convolution and one stateful LSTM layer."""

    def __init__(self, rows: int, columns: int) -> None:
        require_sizes("a Conv2D-LSTM", rows=rows, columns=columns)
        head = StatefulLstm(_encoded_size(rows, columns), n_layers=1)
        super().__init__(rows, columns, nn.Sequential(*_convolution()), head)


def _convolution() -> tuple[nn.Module, ...]:
    """Return layers (days, 1, rows, columns) -> (days, `_encoded_size`)."""
    return nn.Conv2d(1, FILTERS, KERNEL, STRIDE, padding=KERNEL // 2), nn.ReLU(), nn.Flatten()


def _encoded_size(rows: int, columns: int) -> int:
    # the padding keeps the last row and column of odd grids
    return FILTERS * -(-rows // STRIDE) * -(-columns // STRIDE)
