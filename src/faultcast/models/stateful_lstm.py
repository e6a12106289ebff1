"""EQPRED's LSTM predictor, stateful: section IV-A, model 2, and section IV-C ("two-layer")."""

from __future__ import annotations

from torch import Tensor, nn

from faultcast.models.carried_state import CarriedState
from faultcast.models.sizes import require_sizes


class StatefulLstm(CarriedState):
    """Predicts the next value of a series from all days since `reset_state`.

    Parameters
    ----------
    n_inputs : channels of the input.
    units : of each layer; the paper varies 32, 64, 128.
    n_layers : two in the paper.
    """

    def __init__(self, n_inputs: int = 1, *, units: int = 64, n_layers: int = 2) -> None:
        super().__init__()
        require_sizes("an LSTM", n_inputs=n_inputs, units=units, n_layers=n_layers)
        self.lstm = nn.LSTM(n_inputs, units, n_layers, batch_first=True)
        self.head = nn.Linear(units, 1)

    def forward(self, series: Tensor) -> Tensor:
        """Return the next day's value after each day: (n, days, n_inputs) -> (n, days).

        Raises
        ------
        DataError
            n differs from the call before, and the state was not reset.
        """
        hidden, state = self.lstm(series, self._resume(series))
        self._carry(series, state)
        out: Tensor = self.head(hidden)
        return out.squeeze(-1)
