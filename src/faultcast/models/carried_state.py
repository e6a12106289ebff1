"""The state that a recurrent network carries from one call to the next."""

from __future__ import annotations

from torch import Tensor, nn

from faultcast.errors import DataError

State = tuple[Tensor, Tensor]


class CarriedState(nn.Module):
    """Base of stateful networks: a long series may come in pieces, in order.

    The state goes on where the last call ended, but no gradient flows back into that call
    (truncated back-propagation). It is no part of the weights, hence not in `state_dict`.
    `context` is 1: the state stands for all days before the first one of a call.
    """

    context = 1

    def __init__(self) -> None:
        super().__init__()
        self._state: State | None = None
        self._series = 0

    def reset_state(self) -> None:
        """Forget all days seen; the next call starts from zeros and may be of any batch size."""
        self._state = None

    def _resume(self, inputs: Tensor) -> State | None:
        """Return the state that inputs (n, days, ...) go on from; None: from zeros.

        Raises
        ------
        DataError
            The state belongs to another number of series.
        """
        if self._state is None:
            return None
        if len(inputs) != self._series:
            raise DataError(
                f"a batch of {len(inputs)} series follows one of {self._series}: the state "
                "carried belongs to the earlier ones; call reset_state() between them"
            )
        # mixed precision may have left another type behind, a move another device
        hidden, cell = self._state
        return hidden.to(inputs), cell.to(inputs)

    def _carry(self, inputs: Tensor, state: State) -> None:
        """Keep the state after the last day of `inputs`, cut off from their gradient."""
        self._series = len(inputs)
        self._state = (state[0].detach(), state[1].detach())
