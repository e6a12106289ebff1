"""A network's blocks of days as CUDA graphs: one launch a block instead of some fifty a day.

Days are small and follow each other, so a GPU that is fed operation by operation mostly waits. A
graph holds a whole block of days, forward and backward, for one length of block.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn

from faultcast.models.hierarchical_quake import HierarchicalQuake, QuakeState

_Flat = Callable[..., tuple[Tensor, ...]]


class GraphedQuake:
    """Calls a network on a CUDA device through graphs: `(days, state) -> (outputs, state)`.

    A graph is recorded when a length of block comes the second time in one mode (training or
    evaluation, with or without gradient); what comes once, or from a state that still carries a
    gradient, runs as it is. The network's parameters must stay where they are in memory: loading
    weights into them is fine, replacing them is not.

    Parameters
    ----------
    network : on a CUDA device.
    mixed_precision : record under autocast to bfloat16; the caller's own autocast has no effect
        on a graph.
    """

    def __init__(self, network: HierarchicalQuake, *, mixed_precision: bool = False) -> None:
        self.network, self.mixed_precision = network, mixed_precision
        self._graphs: dict[tuple[int, bool, bool], _Flat] = {}
        self._seen: set[tuple[int, bool, bool]] = set()

    def __call__(self, days: Tensor, state: QuakeState) -> tuple[Tensor, QuakeState]:
        """Go on by n days, as the network's forward does."""
        key = (len(days), self.network.training, torch.is_grad_enabled())
        if state.h.requires_grad or key not in self._seen:
            self._seen.add(key)
            with self._autocast():
                return self.network(days, state)
        if key not in self._graphs:
            self._graphs[key] = self._record(days, state)
        # the next replay writes over a graph's outputs
        output, *after = (part.clone() for part in self._graphs[key](days, *state))
        return output, QuakeState(*after)

    def _autocast(self) -> torch.autocast:
        return torch.autocast(
            "cuda", torch.bfloat16, enabled=self.mixed_precision, cache_enabled=False
        )

    def _record(self, days: Tensor, state: QuakeState) -> _Flat:
        # the trial runs of a recording move the statistics of the batch norms
        kept = [buffer.clone() for buffer in self.network.buffers()]
        inputs = tuple(part.detach().clone() for part in (days, *state))
        with self._autocast():
            graph = torch.cuda.make_graphed_callables(_FlatQuake(self.network), inputs)
        with torch.no_grad():
            for buffer, value in zip(self.network.buffers(), kept, strict=True):
                buffer.copy_(value)
        return cast(_Flat, graph)


class _FlatQuake(nn.Module):
    """The network with its state as tensors one by one, which is what a recording takes."""

    def __init__(self, network: HierarchicalQuake) -> None:
        super().__init__()
        self.network = network

    def forward(self, days: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        output, after = self.network(days, QuakeState(*state))
        return (output, *after)
