"""MM-STT: training speed and memory with its attention kernel against plain softmax attention.

python benchmarks/mmstt.py [--device cpu|cuda] [--threads 1] [--grids 8 16 32 64 128] [--batch 8]

The same network twice, with the same weights: attention by torch's fused kernel (in bfloat16 on a
GPU), and by the formula with all weights in memory, in float32. A step is forward, masked loss,
backward and optimiser; both are timed in turns in one process after a first step each. On the CPU
times are process time.

Memory: on a GPU the peak of a step; on the CPU what a step keeps for its backward pass (each
storage once, weights left out). Plain attention is left out where its weights alone would need
more than --most-gb.

Then seconds a training sample of each network on a tile as large and as full as E45N17
(40 x 40 cells, 522 of them covered), at full size and at the size of preset small.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import torch
import yaml
from torch import Tensor, nn

from faultcast.deformation.neighbour_graph import neighbour_graph
from faultcast.models.mmstt import MmStt
from faultcast.models.tile_batch import NodeBatch, TileBatch
from faultcast.models.tile_registry import TILE_NETWORKS, make_tile_network

EPOCHS, N_STATICS, LAYERS, HEADS = 12, 3, 4, 8
TURNS, SECONDS_A_TURN = 3, 1.0
COVERED = 522
KEYS = ("mmstt", "factorised", "patch4", "convlstm", "stgcn", "staeformer")
SMALL = Path(__file__).parents[1] / "config" / "small.yaml"


def make_batch(n: int, mask: Tensor) -> TileBatch:
    torch.manual_seed(0)
    size, device = mask.shape, mask.device
    return TileBatch(
        torch.randn(n, EPOCHS, *size, device=device),
        mask,
        torch.randn(1, N_STATICS, *size, device=device),
        torch.randn(n, 2 * EPOCHS, 2, device=device),
    )


def training_step(
    model: nn.Module, batch: TileBatch | NodeBatch, mixed: bool
) -> Callable[[], None]:
    optimizer = torch.optim.AdamW(model.parameters())
    device = batch.displacement.device.type

    def step() -> None:
        with torch.autocast(device, torch.bfloat16, enabled=mixed):
            loss = model(batch).float().square().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    return step


def seconds(step: Callable[[], None], repeats: int, cuda: bool) -> float:
    clock = time.perf_counter if cuda else time.process_time
    start = clock()
    for _ in range(repeats):
        step()
    if cuda:
        torch.cuda.synchronize()
    return (clock() - start) / repeats


def fastest(steps: list[Callable[[], None]], cuda: bool) -> list[float]:
    """Return the seconds of each step, the least of some turns."""
    repeats = []
    for step in steps:
        seconds(step, 1, cuda)
        repeats.append(1 + int(SECONDS_A_TURN / seconds(step, 1, cuda)))
    turns = [
        [seconds(step, n, cuda) for step, n in zip(steps, repeats, strict=True)]
        for _ in range(TURNS)
    ]
    return [min(times) for times in zip(*turns, strict=True)]


def memory_mb(model: nn.Module, step: Callable[[], None], cuda: bool) -> float:
    if cuda:
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        step()
        return (torch.cuda.max_memory_allocated() - before) / 1e6
    weights = {p.untyped_storage().data_ptr() for p in model.parameters()}
    kept: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        step()
    return sum(kept.values()) / 1e6


def compare_kernels(arguments: argparse.Namespace, device: torch.device) -> None:
    cuda = device.type == "cuda"
    columns = ("grid", "tokens", "kernel/s", "plain/s", "ratio", "kernel MB", "plain MB")
    print("".join(f"{name:>11}" for name in columns) + "   (a sample)")
    for size in arguments.grids:
        batch = make_batch(arguments.batch, torch.ones(size, size, dtype=torch.bool, device=device))
        tokens = (EPOCHS + 1) * (size // 8) ** 2
        fused = MmStt((size, size), N_STATICS, layers=LAYERS, heads=HEADS).to(device)
        plain = MmStt((size, size), N_STATICS, layers=LAYERS, heads=HEADS, plain=True).to(device)
        plain.load_state_dict(fused.state_dict())
        models = [(fused, training_step(fused, batch, mixed=cuda))]
        # weights and their gradient, float32
        needed = 2 * 4 * arguments.batch * LAYERS * HEADS * tokens**2 / 1e9
        if needed <= arguments.most_gb:
            models.append((plain, training_step(plain, batch, mixed=False)))
        speed = [arguments.batch / t for t in fastest([step for _, step in models], cuda)]
        memory = [memory_mb(model, step, cuda) / arguments.batch for model, step in models]
        row = f"{size:>11}{tokens:>11}{speed[0]:>11.2f}"
        if len(models) == 2:
            ratio = speed[0] / speed[1]
            row += f"{speed[1]:>11.2f}{ratio:>11.2f}{memory[0]:>11.1f}{memory[1]:>11.1f}"
        else:
            row += f"{'':>11}{'':>11}{memory[0]:>11.1f}{'':>11}"
        print(row, flush=True)


def compare_networks(device: torch.device) -> None:
    cuda = device.type == "cuda"
    centre = torch.stack(torch.meshgrid(torch.arange(40), torch.arange(40), indexing="ij"))
    distance = (centre - 19.5).square().sum(dim=0)
    mask = torch.zeros(40 * 40, dtype=torch.bool, device=device)
    mask[distance.flatten().argsort(stable=True)[:COVERED]] = True
    mask = mask.view(40, 40)
    graph = neighbour_graph(mask.nonzero().double().cpu().numpy())
    maps = make_batch(4, mask)
    nodes = NodeBatch(maps.displacement[..., mask], maps.statics[..., mask], maps.cycles)
    small = yaml.safe_load(SMALL.read_text())["papers"]["mmstt"]["training"]["sizes"]
    print(f"\n{'network':>12}{'weights':>11}{'s a sample':>12}{'small':>11}{'s a sample':>12}")
    for key in KEYS:
        network = TILE_NETWORKS[key]
        batch = nodes if network.on_graph else maps
        row = f"{key:>12}"
        for sizes in ({}, small[network.module]):
            model = make_tile_network(key, N_STATICS, shape=(40, 40), adjacency=graph, **sizes)
            model.to(device)
            (spent,) = fastest([training_step(model, batch, mixed=cuda)], cuda)
            weights = sum(p.numel() for p in model.parameters())
            row += f"{weights:>11,}{spent / 4:>12.4f}"
        print(row, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--grids", type=int, nargs="+", default=[8, 16, 32, 64, 128])
    parser.add_argument("--batch", type=int, default=None, help="default 1 on the CPU, 8 on a GPU")
    parser.add_argument("--most-gb", type=float, default=None, help="default 1 or 60")
    arguments = parser.parse_args()
    device = torch.device(arguments.device)
    cuda = device.type == "cuda"
    arguments.batch = arguments.batch or (8 if cuda else 1)
    arguments.most_gb = arguments.most_gb or (60.0 if cuda else 1.0)
    torch.set_num_threads(arguments.threads)
    name = torch.cuda.get_device_name() if cuda else "CPU"
    print(
        f"{name}, {arguments.threads} thread(s), batch {arguments.batch}, torch {torch.__version__}"
    )
    compare_kernels(arguments, device)
    compare_networks(device)


if __name__ == "__main__":
    main()
