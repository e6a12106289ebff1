"""The processes that train one network together: each takes its part of every batch.

Gradients are summed over them, so that a step is the step of one process up to the order of a sum.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn

from faultcast.errors import DataError


@dataclass(frozen=True)
class Workers:
    """One of `size` processes, counted from 0; without a launcher it is alone.

    Every method but `part` must be called by all of them, and returns the same bits in each.
    """

    rank: int = 0
    size: int = 1

    def part(self, index: Tensor) -> Tensor:
        """Return this process' part of a batch: (n,) -> about (n / size,)."""
        return index[self.rank :: self.size]

    def add(self, values: Tensor) -> Tensor:
        """Return `values`, which it changes, summed over the processes."""
        if self.size > 1:
            dist.all_reduce(values)
        return values

    def add_gradients(self, model: nn.Module) -> None:
        """Put the sum over the processes in place of each gradient: one message for all."""
        gradients = [p.grad for p in model.parameters() if p.grad is not None]
        self._in_place(gradients, 1)

    def average_statistics(self, model: nn.Module) -> None:
        """Give all processes the mean of their running statistics of batch normalisation."""
        buffers = [
            value
            for name, value in model.named_buffers()
            if name.endswith(("running_mean", "running_var"))
        ]
        self._in_place(buffers, self.size)

    def _in_place(self, tensors: list[Tensor], divisor: int) -> None:
        if self.size == 1 or not tensors:
            return
        flat = self.add(torch.cat([tensor.reshape(-1) for tensor in tensors])) / divisor
        for tensor, values in zip(tensors, flat.split([t.numel() for t in tensors]), strict=True):
            tensor.copy_(values.view_as(tensor))

    def require_same(self, what: str, number: int, device: torch.device) -> None:
        """Refuse to go on where the processes start from different things.

        Parameters
        ----------
        what : says what `number`, below 2^63, stands for.
        device : of the tensors that are exchanged.

        Raises
        ------
        DataError
            A process has another number than process 0.
        """
        if self.size == 1:
            return
        own = torch.tensor([number], dtype=torch.int64, device=device)
        every = [torch.empty_like(own) for _ in range(self.size)]
        dist.all_gather(every, own)
        for rank, other in enumerate(every):
            if not torch.equal(other, every[0]):
                raise DataError(
                    f"process {rank} of {self.size} has other {what} than process 0: results must "
                    "lie on a disk that all nodes share, and all nodes need the same program"
                )


def current() -> Workers:
    """Return this process' place among those that a launcher started."""
    if dist.is_available() and dist.is_initialized():
        return Workers(dist.get_rank(), dist.get_world_size())
    return Workers()
