"""Training speed of HierarchicalQuake's networks against the same network written down plainly.

python benchmarks/hierarchicalquake.py [--size small|paper] [--device cpu|cuda] [--threads 1]
    [--variants baseline temporal] [--days 24] [--block 12]

plain: `PlainQuake`, day by day in eager mode: four gate convolutions over [h, e, a], attention
written out, tensors as torch lays them out, an update a day. daily: ours, an update a day, as the
forms `as_published` need it. blocks: ours, `--block` days encoded at once and gone back through, an
update a block, as `leak_free` does. All take Adam steps on the same random days, in turns in one
process after a first run that does not count; on the CPU times are process time. On a GPU ours
runs as CUDA graphs (see models/quake_graph.py).

conv is the share of convolutions in our time in blocks, ceiling how many times faster than plain a
network would be whose convolutions alone cost time, at the speed they have here. On a CPU blocks of
the paper's size lose some of their time to fresh memory pages, which glibc's setting
GLIBC_TUNABLES=glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=8589934592 avoids.
"""

from __future__ import annotations

import argparse
import copy
import resource
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.profiler import ProfilerActivity, profile

from faultcast.models.adaptive_memory import mean_entropy
from faultcast.models.hierarchical_quake import (
    VARIANTS,
    HierarchicalQuake,
    QuakeState,
    detach,
)
from faultcast.models.quake_blocks import HIDDEN, Block
from faultcast.models.quake_graph import GraphedQuake
from faultcast.models.regional_attention import KEY_SIZE, REGION

SIZES = {"small": (63, 50), "paper": (250, 200)}
TURNS = 3

PlainState = tuple[Tensor, Tensor, list[Tensor], int]
Runner = Callable[[Tensor, QuakeState], tuple[Tensor, QuakeState]]


class PlainQuake(nn.Module):
    """The paper's equations as they stand, with the weights of a `HierarchicalQuake`."""

    def __init__(self, ours: HierarchicalQuake) -> None:
        super().__init__()
        self.switches, self.head = ours.switches, ours.head
        self.register_buffer("offset", ours.offset)
        self.embedding, self.output = copy.deepcopy(ours.embedding), copy.deepcopy(ours.output)
        parts = [ours.of_hidden.weight, ours.of_embedded.weight]
        if self.switches.heads:
            parts.append(ours.of_attended.weight)
            self.attend = copy.deepcopy(ours.attend)
        joined = torch.cat(parts, dim=1).detach()
        self.gates = nn.ModuleList(Block(joined.shape[1], HIDDEN) for _ in range(4))
        for gate, weight in zip(self.gates, joined.split(HIDDEN), strict=True):
            gate.convolution.weight = nn.Parameter(weight.clone())
        for name in ("project", "fusion", "recall", "gain", "bias"):
            if hasattr(ours, name):
                setattr(self, name, copy.deepcopy(getattr(ours, name)))

    def initial_state(self) -> PlainState:
        """Return zeros; the memory holds the first of them."""
        zeros = self.offset.new_zeros(1, HIDDEN, *self.offset.shape)
        r, c = (size // REGION for size in self.offset.shape)
        return zeros, zeros, [self.offset.new_zeros(r * c, HIDDEN)], 1

    def forward(self, day: Tensor, state: PlainState) -> tuple[Tensor, PlainState]:
        """Magnitudes (R, C) and the state before -> output (R, C) and the state after."""
        h, c, memory, length = state
        embedded = block(
            functional.relu(block(day[None, None], self.embedding.first)), self.embedding.second
        )
        inputs = [h, embedded]
        attended = None
        if self.switches.heads:
            tokens = self._attended(listed(embedded))
            if self.switches.memory:
                tokens = tokens + self._recalled(tokens, torch.stack(memory[-length:]))
            attended = self._spread(tokens)
            inputs.append(attended)
        forget, enter, new, out = (block(torch.cat(inputs, dim=1), gate) for gate in self.gates)
        c = torch.sigmoid(forget) * c + torch.sigmoid(enter) * torch.tanh(new)
        h = torch.sigmoid(out) * torch.tanh(c)
        y = h
        if self.switches.fusion:
            assert attended is not None
            other = functional.conv2d(attended, self.project.weight[..., None, None])
            both = torch.cat((h, other), dim=1)
            gate = torch.sigmoid(functional.conv2d(both, self.fusion.weight[..., None, None]))
            y = gate * h + (1.0 - gate) * other
        z = block(y, self.output)[0]
        if self.head == "logit":
            output = self.offset + self.gain * (z[0] - z[1]) + self.bias
        else:
            output = self.offset + torch.softmax(z, dim=0)[0]
        if self.switches.memory:
            p = torch.sigmoid(output) if self.head == "logit" else output.clamp(0.0, 1.0)
            memory = [*memory, listed(h)[0].detach()][-self.recall.most :]
            longest = self.recall.base + int(
                (self.recall.most - self.recall.base) * mean_entropy(p.detach())
            )
            length = min(longest, len(memory))
        return output, (h, c, memory, length)

    def _attended(self, tokens: Tensor) -> Tensor:
        """Equations 2 and 3, head by head: (1, regions, 16) alike."""
        if self.attend.positions is not None:
            tokens = tokens + self.attend.positions
        n_heads = self.switches.heads
        queries, keys, values = self.attend.project(tokens).chunk(3, dim=2)
        heads = []
        for k in range(n_heads):
            part = slice(k * KEY_SIZE, (k + 1) * KEY_SIZE)
            agreement = queries[..., part] @ keys[..., part].transpose(1, 2) / KEY_SIZE**0.5
            heads.append(torch.softmax(agreement, dim=2) @ values[..., part])
        attended: Tensor = self.attend.out(torch.cat(heads, dim=2))
        return attended

    def _recalled(self, tokens: Tensor, memory: Tensor) -> Tensor:
        query, key, value = self.recall.query(tokens[0]), self.recall.key(memory), self.recall.value
        agreement = (query * key).sum(2) / query.shape[1] ** 0.5
        weight = torch.softmax(agreement, dim=0)
        recalled: Tensor = (weight[..., None] * value(memory)).sum(0)[None]
        return recalled

    def _spread(self, tokens: Tensor) -> Tensor:
        """Regions to cells; what is dropped takes the value beside it."""
        rows, columns = self.offset.shape
        maps = tokens.transpose(1, 2).unflatten(2, (rows // REGION, columns // REGION))
        maps = maps.repeat_interleave(REGION, dim=2).repeat_interleave(REGION, dim=3)
        return functional.pad(maps, (0, columns % REGION, 0, rows % REGION), mode="replicate")


def block(maps: Tensor, layer: Block) -> Tensor:
    return functional.max_pool2d(layer.norm(layer.convolution(maps)), 3, stride=1, padding=1)


def listed(maps: Tensor) -> Tensor:
    """Means of the regions, (n, k, R, C) -> (n, regions, k)."""
    return functional.avg_pool2d(maps, REGION).flatten(2).transpose(1, 2)


def data(size: tuple[int, int], n_days: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return random days with 3 events each, and labels of 40 such days."""
    share = 3.0 / (size[0] * size[1])
    days = (5.0 + torch.rand(n_days, *size)) * (torch.rand(n_days, *size) < share)
    return days.to(device), (torch.rand(n_days, *size) < 40 * share).float().to(device)


def loss_of(output: Tensor, label: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(output, label)


def plain_epoch(model: PlainQuake, days: Tensor, labels: Tensor) -> None:
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-4)
    state = model.initial_state()
    for day, label in zip(days, labels, strict=True):
        output, (h, c, memory, length) = model(day, state)
        optimizer.zero_grad()
        loss_of(output, label).backward()
        optimizer.step()
        state = (h.detach(), c.detach(), memory, length)


def our_epoch(
    model: HierarchicalQuake, run: Runner, days: Tensor, labels: Tensor, block_days: int
) -> None:
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-4)
    state: QuakeState = model.initial_state()
    for some, label in zip(days.split(block_days), labels.split(block_days), strict=True):
        output, state = run(some, detach(state))
        optimizer.zero_grad()
        loss_of(output, label).backward()
        optimizer.step()


def seconds(task: Callable[[], None], device: torch.device) -> float:
    clock = time.perf_counter if device.type == "cuda" else time.process_time
    start = clock()
    task()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return clock() - start


def share_of_convolutions(task: Callable[[], None], device: torch.device) -> float:
    """Return the share of a task's time, that of the GPU's kernels if there is one."""
    cuda = device.type == "cuda"
    with profile(activities=[ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * cuda) as record:
        task()
    spent = {True: 0.0, False: 0.0}
    for event in record.key_averages():
        if event.device_type.name == "CPU":  # kernels count under the operation that launched them
            its = event.self_device_time_total if cuda else event.self_cpu_time_total
            spent["conv" in event.key.lower()] += its
    return spent[True] / (spent[True] + spent[False])


def measure(
    variant: str, days: Tensor, labels: Tensor, block_days: int
) -> tuple[float, float, float, float]:
    """Return seconds a day of plain, daily and blocks, and the share of convolutions in blocks."""
    device = days.device
    prior = torch.full(days.shape[1:], 1e-3, device=device)
    model = HierarchicalQuake(prior, VARIANTS[variant], head="logit").to(device)
    plain = PlainQuake(model).to(device)
    run: Runner = GraphedQuake(model) if device.type == "cuda" else model
    tasks = (
        lambda: plain_epoch(plain, days, labels),
        lambda: our_epoch(model, run, days, labels, 1),
        lambda: our_epoch(model, run, days, labels, block_days),
    )
    for task in tasks:
        task()
    turns = [[seconds(task, device) / len(days) for task in tasks] for _ in range(TURNS)]
    slow, daily, blocks = (min(times) for times in zip(*turns, strict=True))
    share = share_of_convolutions(lambda: our_epoch(model, model, days, labels, block_days), device)
    return slow, daily, blocks, share


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=["baseline", "temporal"])
    parser.add_argument("--days", type=int, default=24)
    parser.add_argument("--block", type=int, default=12)
    arguments = parser.parse_args()
    device = torch.device(arguments.device)
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    size = SIZES[arguments.size]
    days, labels = data(size, arguments.days, device)
    name = torch.cuda.get_device_name() if device.type == "cuda" else "CPU"
    print(f"{name}, {arguments.threads} thread(s), grid {size[0]} x {size[1]}, float32")
    print(f"blocks of {arguments.block} days; days a second, and ratios to plain")
    heads = ("variant", "plain", "daily", "blocks", "daily x", "blocks x", "conv", "ceiling")
    print(f"{heads[0]:14}" + "".join(f"{head:>10}" for head in heads[1:]))
    for variant in arguments.variants:
        slow, daily, blocks, share = measure(variant, days, labels, arguments.block)
        speeds = "".join(f"{1 / value:10.1f}" for value in (slow, daily, blocks))
        ratios = f"{slow / daily:10.2f}{slow / blocks:10.2f}{share:10.0%}"
        print(f"{variant:14}{speeds}{ratios}{slow / (share * blocks):10.1f}", flush=True)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {memory:.0f} MB")
    if device.type == "cuda":
        print(f"peak GPU memory {torch.cuda.max_memory_reserved() / 2**20:.0f} MB")


if __name__ == "__main__":
    main()
