"""EQPRED's model 5, ConvLSTM2D-FC: one convolutional LSTM layer and a dense output.

Section IV-A, after Shi et al. (2015), in the form of Keras' ConvLSTM2D: without the
"peepholes" from cell to gates, and with a stride in the convolution of the input.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from faultcast.models.carried_state import CarriedState
from faultcast.models.sizes import require_maps, require_sizes

FILTERS, KERNEL, STRIDE = 8, 3, 2


class ConvLstmFc(CarriedState):
    """Predicts the next day's value from all daily maps since `reset_state`.

    The input's convolution does not depend on the state: it runs over all days at once, and
    only the state's own convolution goes day by day, with the four gates in one.

    Parameters
    ----------
    rows, columns : size of a map.
    """

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__()
        require_sizes("a ConvLSTM", rows=rows, columns=columns)
        self.rows, self.columns = rows, columns
        gates = 4 * FILTERS
        self.input = nn.Conv2d(1, gates, KERNEL, STRIDE, padding=KERNEL // 2)
        self.recurrent = nn.Conv2d(FILTERS, gates, KERNEL, padding=KERNEL // 2, bias=False)
        self.head = nn.Linear(FILTERS * -(-rows // STRIDE) * -(-columns // STRIDE), 1)

    def forward(self, maps: Tensor) -> Tensor:
        """Return the next day's value after each day: (n, days, rows, columns) -> (n, days).

        Raises
        ------
        DataError
            The maps have another size, or n differs from the call before and the state was
            not reset.
        """
        require_maps(maps, self.rows, self.columns)
        n, days = maps.shape[:2]
        # days first, so that each day's gates lie together
        driven = self.input(maps.transpose(0, 1).reshape(-1, 1, self.rows, self.columns))
        driven = driven.view(days, n, *driven.shape[1:])
        state = self._resume(maps)
        if state is None:
            zeros = driven.new_zeros(n, FILTERS, *driven.shape[3:])
            state = (zeros, zeros)
        hidden, cell = state
        hiddens = []
        for today in driven.unbind(0):
            gates = today + self.recurrent(hidden)
            entrance, forget, out = gates[:, : 3 * FILTERS].sigmoid().chunk(3, dim=1)
            candidate = gates[:, 3 * FILTERS :].tanh()
            cell = forget * cell + entrance * candidate
            hidden = out * cell.tanh()
            hiddens.append(hidden)
        self._carry(maps, (hidden, cell))
        value: Tensor = self.head(torch.stack(hiddens, dim=1).flatten(2))
        return value.squeeze(-1)
