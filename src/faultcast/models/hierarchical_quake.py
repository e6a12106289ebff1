"""HierarchicalQuake: a convolutional LSTM on daily maps, with attention between regions.

HierarchicalQuake, section 4, on the baseline of its public lineage (Kail, Burnaev and Zaytsev,
arXiv 2004.09140). For each day: embedding e of the magnitudes, attended features a of the regions
(`regional_attention`), a memory of past days (`adaptive_memory`), gates f i c o = Block([h, e, a]),
c' = sigmoid(f) c + sigmoid(i) tanh(c gate), h' = sigmoid(o) tanh(c'), fusion y = g h' + (1 - g) P a
with g = sigmoid(G [h', P a]) (eq. 8), and z = Block(y), two channels. The further pieces' open ends
are our choice: the output gate sees a as well, P (16 -> 32) and G (64 -> 32) are 1 x 1 and without
bias.

Weights, at 250 x 200 cells (775 regions):

| variant      | embedding | gates  | attention | positions | fusion | memory | output | all    |
|--------------|-----------|--------|-----------|-----------|--------|--------|--------|--------|
| baseline     | 2,448     | 55,296 |           |           |        |        | 576    | 58,320 |
| regional     | 2,448     | 73,728 | 512       |           |        |        | 576    | 77,264 |
| multihead    | 2,448     | 73,728 | 1,024     | 12,400    |        |        | 576    | 90,176 |
| gated_fusion | 2,448     | 73,728 | 1,024     | 12,400    | 2,560  |        | 576    | 92,736 |
| temporal     | 2,448     | 73,728 | 1,024     | 12,400    | 2,560  | 1,280  | 576    | 94,016 |

The head "logit" adds two, gain and bias.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from faultcast.errors import ConfigError, DataError
from faultcast.models.adaptive_memory import AdaptiveMemory, mean_entropy
from faultcast.models.quake_blocks import (
    EMBEDDED,
    GATES,
    HIDDEN,
    Block,
    Embedding,
    convolution,
    widened_maximum,
)
from faultcast.models.quake_variants import TITLES, VARIANTS, QuakeSwitches
from faultcast.models.regional_attention import RegionalAttention, Regions
from faultcast.models.sizes import require_maps

__all__ = [
    "TITLES",
    "VARIANTS",
    "Encoded",
    "HierarchicalQuake",
    "QuakeState",
    "QuakeSwitches",
    "detach",
]

Head = Literal["probability", "logit"]


class QuakeState(NamedTuple):
    """What a network knows of the days before.

    h, c : (1, 32, R, C), hidden and cell state.
    memory : (most, regions, 32), summaries of past states, newest last, without gradient; of no
        length in a network without memory.
    length : (), how many of the newest summaries count: eq. 4, or fewer while none are older.
    n_days : (), days seen, counted up to the length of `memory`.
    entropy : (), of the last day's probabilities, in [0, 1]; 0 in a network without memory.
    """

    h: Tensor
    c: Tensor
    memory: Tensor
    length: Tensor
    n_days: Tensor
    entropy: Tensor


class Encoded(NamedTuple):
    """What of n days does not depend on the state.

    gates : (n, 128, R, C), the gates' convolution of all but h and what recurs.
    attended : (n, regions, 16), of the regions in row-major order; no regions without attention.
    """

    gates: Tensor
    attended: Tensor

    def days(self) -> list[Encoded]:
        """Return each day by itself (one pass back for all, which indexing would not give)."""
        pairs = zip(self.gates.split(1), self.attended.split(1), strict=True)
        return [Encoded(gates, attended) for gates, attended in pairs]


def detach(state: QuakeState) -> QuakeState:
    """Return the state cut off from its gradient (truncated back-propagation)."""
    return QuakeState(*(part.detach() for part in state))


class HierarchicalQuake(nn.Module):
    """One of the paper's networks, on a grid of R x C cells.

    Parameters
    ----------
    prior : (R, C). Head "probability": F, each cell's share of days with an event. Head "logit":
        the probability of the label by a static map, above 0 and below 1.
    switches : of the variant, see `VARIANTS`.
    head : "probability": output F + softmax(z)[0], as the lineage has it, which may exceed 1.
        "logit": output logit(prior) + gain (z0 - z1) + bias; gain and bias start at 0, so that an
        untrained network is the map.
    memory_base, memory_most : bounds of the memory's length, days.

    Raises
    ------
    DataError
        The prior is no map, leaves its range, or is too small for regions.
    ConfigError
        The head is not known.
    """

    def __init__(
        self,
        prior: Tensor,
        switches: QuakeSwitches,
        *,
        head: Head,
        memory_base: int = 10,
        memory_most: int = 20,
    ) -> None:
        super().__init__()
        _require_prior(prior, head)
        self.rows, self.columns = prior.shape
        self.switches, self.head = switches, head
        offset = prior.double().logit() if head == "logit" else prior
        self.register_buffer("offset", offset.float(), persistent=False)
        self.register_buffer("prior", prior.float(), persistent=False)
        self.offset: Tensor
        self.prior: Tensor

        ins = 2 * EMBEDDED if switches.heads else EMBEDDED
        self.embedding = Embedding()
        # one convolution of [h, e, a] in parts: only that of h waits for the day before
        self.of_hidden = convolution(HIDDEN, GATES, fan_in=HIDDEN + ins)
        self.of_embedded = convolution(EMBEDDED, GATES, fan_in=HIDDEN + ins)
        self.gate_norm = nn.BatchNorm2d(GATES, affine=False)
        self.output = Block(HIDDEN, 2)
        if switches.heads:
            self.places = Regions(self.rows, self.columns)
            self.attend = RegionalAttention(
                len(self.places), switches.heads, positions=switches.positions
            )
            self.of_attended = convolution(EMBEDDED, GATES, fan_in=HIDDEN + ins)
        if switches.fusion:
            self.project = nn.Linear(EMBEDDED, HIDDEN, bias=False)
            self.fusion = nn.Linear(2 * HIDDEN, HIDDEN, bias=False)
        if switches.memory:
            self.recall = AdaptiveMemory(base=memory_base, most=memory_most)
        if head == "logit":
            self.gain = nn.Parameter(torch.zeros(()))
            self.bias = nn.Parameter(torch.zeros(()))

    @property
    def regions(self) -> tuple[int, int]:
        """(rows, columns) of regions; (0, 0) without attention."""
        return self.places.shape if self.switches.heads else (0, 0)

    def initial_state(self) -> QuakeState:
        """Return the state of a network that has seen no day; its memory holds that state."""
        zeros = self.offset.new_zeros(1, HIDDEN, self.rows, self.columns)
        zeros = zeros.contiguous(memory_format=torch.channels_last)
        most = self.recall.most if self.switches.memory else 0
        n_regions = self.regions[0] * self.regions[1]
        one = torch.tensor(min(1, most), device=zeros.device)
        memory = zeros.new_zeros(most, n_regions, HIDDEN)
        return QuakeState(zeros, zeros, memory, one, one, zeros.new_zeros(()))

    def encode(self, days: Tensor) -> Encoded:
        """Return what of days (n, R, C) does not recur; magnitudes, 0 where nothing struck."""
        require_maps(days, self.rows, self.columns)
        embedded = self.embedding(days.unsqueeze(1))
        gates = self.of_embedded(embedded)
        if not self.switches.heads:
            return Encoded(gates, gates.new_zeros(len(days), 0, EMBEDDED))
        attended = self.attend(self.places.means(embedded))
        if not self.switches.memory:
            gates = gates + self.places.convolve(attended, self.of_attended)
        return Encoded(gates, attended)

    def step(self, today: Encoded, state: QuakeState) -> tuple[Tensor, QuakeState]:
        """Go on by one day.

        Parameters
        ----------
        today : one day of `encode`.
        state : after the day before.

        Returns
        -------
        output (R, C), see `head`, and the state after today.
        """
        gates, attended = today.gates, today.attended
        if self.switches.memory:
            attended = attended + self.recall(attended[0], state.memory, state.length)
            gates = gates + self.places.convolve(attended, self.of_attended)
        gates = widened_maximum(self.gate_norm(gates + self.of_hidden(state.h)))
        forget, enter, new, out = gates.chunk(4, dim=1)
        c = forget.sigmoid() * state.c + enter.sigmoid() * new.tanh()
        h = out.sigmoid() * c.tanh()
        output = self._output(h, attended)
        if not self.switches.memory:
            return output, state._replace(h=h, c=c)
        return output, self._remember(h, c, output, state)

    def forward(self, days: Tensor, state: QuakeState) -> tuple[Tensor, QuakeState]:
        """Go on by n days: (n, R, C) -> outputs (n, R, C) and the state after them."""
        outputs = []
        for today in self.encode(days).days():
            output, state = self.step(today, state)
            outputs.append(output)
        return torch.stack(outputs), state

    def probability(self, output: Tensor) -> Tensor:
        """Return probabilities of outputs (..., R, C); uncorrected ones have the prior's bits."""
        if self.head == "probability":
            return output.clamp(0.0, 1.0)
        return torch.where(output == self.offset, self.prior, output.sigmoid())

    def attention(self, days: Tensor) -> Tensor:
        """Return what each region gives to each on days (n, R, C): (n, heads, r c, r c).

        Raises
        ------
        DataError
            The network has no attention.
        """
        if not self.switches.heads:
            raise DataError("a network without heads has no attention: take another variant")
        require_maps(days, self.rows, self.columns)
        return self.attend.weights(self.places.means(self.embedding(days.unsqueeze(1))))

    def _output(self, h: Tensor, attended: Tensor) -> Tensor:
        """Return the output (R, C) of a hidden state (1, 32, R, C)."""
        if self.switches.fusion:
            # what comes from the attended features is worked out once a region, not once a cell
            other = self.project(attended)
            of_h, of_other = self.fusion.weight.split(HIDDEN, dim=1)
            both = torch.cat((functional.linear(other, of_other), other), dim=2)
            gate, other = self.places.spread(both).chunk(2, dim=1)
            gate = gate + functional.linear(h.permute(0, 2, 3, 1), of_h).permute(0, 3, 1, 2)
            h = other + gate.sigmoid() * (h - other)
        first, second = self.output(h)[0].unbind(0)
        if self.head == "logit":
            return self.offset + self.gain * (first - second) + self.bias
        return self.offset + (first - second).sigmoid()

    def _remember(self, h: Tensor, c: Tensor, output: Tensor, state: QuakeState) -> QuakeState:
        """Return the state after a day, whose uncertainty sets the memory's length."""
        with torch.no_grad():
            memory = torch.cat((state.memory[1:], self.places.means(h)))
            entropy = mean_entropy(self.probability(output))
            n_days = (state.n_days + 1).clamp(max=len(memory))
            length = torch.minimum(self.recall.length(entropy), n_days)
        return QuakeState(h, c, memory, length, n_days, entropy)


def _require_prior(prior: Tensor, head: str) -> None:
    """Refuse a prior that is no map of numbers in the head's range, and an unknown head."""
    if head not in ("probability", "logit"):
        raise ConfigError(f"the head is {head!r}; it must be 'probability' or 'logit'")
    if prior.ndim != 2 or not prior.numel():
        raise DataError(f"the prior has the shape {tuple(prior.shape)}; it must be (rows, columns)")
    low, high = float(prior.min()), float(prior.max())
    if head == "logit" and not 0.0 < low <= high < 1.0:
        raise DataError(
            f"the prior reaches from {low:g} to {high:g}; a network on logits needs "
            "probabilities above 0 and below 1: floor the map"
        )
    if not (0.0 <= low <= high <= 1.0):
        raise DataError(f"the prior reaches from {low:g} to {high:g}; it must lie in [0, 1]")
