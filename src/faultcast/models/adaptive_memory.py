"""A memory of past days that is longer the less certain the forecast was.

HierarchicalQuake, section 4.3, equation 4: M_t = M_base + floor(alpha H(p_t)). Its code is not
public; our reading [D]:

* What is kept of a day is the mean of its hidden state over each region (32 values a region), cut
  off from the gradient, so that a memory costs the same however long the series is.
* H is the binary entropy of the day's probabilities, averaged over the cells, scaled to [0, 1].
* A day recalls the last M states, M set by the day before: each region's query comes from what it
  attends to today, keys and values from its own past states (scaled dot product, one head,
  d 16, blind to their age). The result is added to the attended features, hence seen by the gates
  and by the fusion.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from faultcast.errors import DataError
from faultcast.models.quake_blocks import EMBEDDED, HIDDEN
from faultcast.models.sizes import require_sizes


def mean_entropy(probability: Tensor) -> Tensor:
    """Return the mean binary entropy of probabilities of any shape, in [0, 1] (1 at p = 1/2)."""
    p = probability.clamp(0.0, 1.0)
    nats = torch.special.entr(p) + torch.special.entr(1.0 - p)
    return nats.mean() / math.log(2.0)


class AdaptiveMemory(nn.Module):
    """What each region recalls of its last days.

    Parameters
    ----------
    base, most : M_base and the largest M, days; alpha is their difference.
    """

    def __init__(self, *, base: int = 10, most: int = 20) -> None:
        super().__init__()
        require_sizes("an adaptive memory", base=base, most=most)
        if most < base:
            raise DataError(f"a memory of {base} to {most} days: the most must not be below")
        self.base, self.most = base, most
        self.query = nn.Linear(EMBEDDED, EMBEDDED, bias=False)
        self.key = nn.Linear(HIDDEN, EMBEDDED, bias=False)
        self.value = nn.Linear(HIDDEN, EMBEDDED, bias=False)
        self.register_buffer("age", torch.arange(most - 1, -1, -1), persistent=False)
        self.age: Tensor

    def length(self, entropy: Tensor) -> Tensor:
        """Return M (eq. 4), days, of an entropy in [0, 1]; both of shape ()."""
        return self.base + ((self.most - self.base) * entropy).floor().long()

    def forward(self, attended: Tensor, memory: Tensor, length: Tensor) -> Tensor:
        """Return what each region recalls.

        Parameters
        ----------
        attended : (regions, 16), of today.
        memory : (most, regions, 32), past states, newest last.
        length : (), how many of the newest count, 1 to `most`.

        Returns
        -------
        (regions, 16).
        """
        query = self.query(attended)
        agreement = (self.key(memory) * query).sum(2) / EMBEDDED**0.5
        forgotten = (self.age >= length)[:, None]
        weight = torch.softmax(agreement.masked_fill(forgotten, -math.inf), dim=0)
        return (weight[..., None] * self.value(memory)).sum(0)
