"""Training speed of EQPRED's networks, each against a plain loop over the same network.

python benchmarks/train_eqpred.py [--device cpu|cuda] [--threads 1] [--only skip attention ...]

Plain: a stock DataLoader, one step of the optimiser a batch, the loss read after each. Autoencoders
take the same batches in both. A predictor takes, plain, the paper's batch of 1: one window of days
and the day after it a step; ours takes the same days in pieces of the series, one causal pass
each. Both are timed in turns in one process, after a first epoch that counts as start-up; on the
CPU all times are process time.

Where ours is less than 3 times as fast, a profile says where the time goes, and `ceiling` what the
ratio would be if the network's arithmetic ran at the speed of the machine's matrix product and
nothing else cost any time.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

_START = time.process_time()

import torch  # noqa: E402 (its import is timed)
from torch import Tensor, nn  # noqa: E402
from torch.profiler import ProfilerActivity, profile  # noqa: E402
from torch.utils.data import DataLoader, TensorDataset  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from faultcast.models.registry import (  # noqa: E402
    AUTOENCODERS,
    MAP_PREDICTORS,
    SERIES_PREDICTORS,
    make_autoencoder,
    make_predictor,
)
from faultcast.train.loop import FitOptions, fit  # noqa: E402
from faultcast.train.losses import (  # noqa: E402
    Loss,
    nse_loss,
    reconstruction_loss,
    variational_loss,
)

IMPORT_S = time.process_time() - _START
GRID = (40, 60)
LATENT = 16
BATCH = 64  # maps a step
WINDOW_DAYS = 30
SEGMENT_DAYS, SEGMENTS = 120, 4  # as train.options has them
WANTED_RATIO = 3.0
TURNS = 3
KINDS = {  # what an operation of the profile counts as, by a part of its name
    "convolution": ("conv", "rnn", "lstm"),
    "matrix product": ("mm", "linear", "dot_product"),
    "batch norm": ("batch_norm",),
    "optimiser": ("optimizer", "adam"),
    "copies": ("copy", "index", "cat", "pad", "stack", "fill", "zero"),
}


@dataclass
class Work:
    """A network, what the plain loop and ours train it on, and how many samples that is."""

    name: str
    unit: str
    make: Callable[[], nn.Module]
    loss: Loss
    plain: tuple[Tensor, ...]
    plain_batch: int
    n_plain: int
    ours: tuple[Tensor, ...]
    n_ours: int
    options: FitOptions


def autoencoder(kind: str, days: int, threads: int) -> Work:
    maps = torch.rand(days, *GRID) * (torch.rand(days, *GRID) < 0.01)
    loss = variational_loss if kind == "vae" else reconstruction_loss
    options = FitOptions(epochs=1, batch_size=BATCH, threads=threads)
    make = lambda: make_autoencoder(kind, *GRID, LATENT)  # noqa: E731
    return Work(kind, "maps", make, loss, (maps,), BATCH, days, (maps,), days, options)


def predictor(kind: str, days: int, threads: int, n_windows: int) -> Work:
    shape = GRID if kind in MAP_PREDICTORS else (1,)
    series, target = torch.rand(days, *shape), torch.randn(days)
    model = make_predictor(kind, shape, WINDOW_DAYS)
    stateful = hasattr(model, "reset_state")
    # a recurrent network has no window of its own: the plain loop shows it the paper's
    window = WINDOW_DAYS if stateful else model.context
    starts = torch.arange(n_windows)[:, None]
    plain = (series[starts + torch.arange(window)], target[starts + window])
    begin = torch.arange(model.context, days - SEGMENT_DAYS + 1, SEGMENT_DAYS)[:, None]
    ours = (
        series[begin + torch.arange(-model.context, SEGMENT_DAYS - 1)],
        target[begin + torch.arange(SEGMENT_DAYS)],
    )
    options = FitOptions(
        epochs=1, batch_size=1 if stateful else SEGMENTS, threads=threads, ordered=stateful
    )
    make = lambda: make_predictor(kind, shape, WINDOW_DAYS)  # noqa: E731
    loss = nse_loss(1.0)
    return Work(kind, "windows", make, loss, plain, 1, n_windows, ours, ours[1].numel(), options)


def plain_epoch(work: Work, model: nn.Module, device: torch.device) -> None:
    model.to(device).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for parts in DataLoader(TensorDataset(*work.plain), batch_size=work.plain_batch, shuffle=True):
        if hasattr(model, "reset_state"):
            model.reset_state()
        value = work.loss(model, *(part.to(device) for part in parts))
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        value.item()


def our_epochs(work: Work, model: nn.Module, device: torch.device, epochs: int) -> None:
    few = tuple(tensor[:1] for tensor in work.ours)
    options = replace(work.options, epochs=epochs, patience=epochs)
    fit(model, work.loss, work.ours, few, options, device=device.type)


def seconds(task: Callable[[], None], device: torch.device) -> float:
    clock = time.perf_counter if device.type == "cuda" else time.process_time
    start = clock()
    task()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return clock() - start


def measure(work: Work, device: torch.device) -> tuple[float, float, float]:
    """Return seconds a sample of the plain loop and of ours, and ours' start-up."""
    plain = work.make()
    ours = work.make().to(memory_format=torch.channels_last)
    start_up = seconds(lambda: our_epochs(work, ours, device, 1), device)
    plain_epoch(work, plain, device)
    # so many epochs that the setting up of a training does not show
    epochs = 1 + round(0.7 / seconds(lambda: our_epochs(work, ours, device, 1), device))
    slow, fast = [], []
    for _ in range(TURNS):
        slow.append(seconds(lambda: plain_epoch(work, plain, device), device))
        fast.append(seconds(lambda: our_epochs(work, ours, device, epochs), device) / epochs)
    return min(slow) / work.n_plain, min(fast) / work.n_ours, start_up


def flops_per_sample(work: Work) -> float:
    """Return the network's floating point operations a sample, forward and backward."""
    n = min(work.options.batch_size, len(work.ours[0]))
    with FlopCounterMode(display=False) as counter:
        work.loss(work.make(), *(tensor[:n] for tensor in work.ours)).backward()
    return counter.get_total_flops() * len(work.ours[0]) / n / work.n_ours


def peak_flops(device: torch.device, n: int = 2048) -> float:
    """Return the speed of the machine's matrix product in float32, operations a second."""
    one, other = torch.rand(n, n, device=device), torch.rand(n, n, device=device)
    spent = [seconds(lambda: torch.mm(one, other), device) for _ in range(4)]
    return 2 * n**3 / min(spent)


def shares(work: Work, device: torch.device) -> dict[str, float]:
    """Return the share of an epoch's time in each of `KINDS` and in all else, "other"."""
    model = work.make().to(memory_format=torch.channels_last)
    our_epochs(work, model, device, 1)
    cuda = device.type == "cuda"
    activities = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * cuda
    with profile(activities=activities) as record:
        our_epochs(work, model, device, 1)
    spent = dict.fromkeys([*KINDS, "other"], 0.0)
    for event in record.key_averages():
        if event.device_type.name == "CPU":  # kernels count under the operation that launched them
            name = event.key.lower()
            kind = next((k for k, words in KINDS.items() if any(w in name for w in words)), "other")
            spent[kind] += event.self_device_time_total if cuda else event.self_cpu_time_total
    total = sum(spent.values())
    return {kind: value / total for kind, value in spent.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--days", type=int, default=1024)
    parser.add_argument("--only", nargs="*", help="keys of models.registry")
    arguments = parser.parse_args()
    device = torch.device(arguments.device)
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    begin = seconds(lambda: torch.mm(*torch.rand(2, 64, 64, device=device)), device)
    peak = peak_flops(device)
    name = torch.cuda.get_device_name() if device.type == "cuda" else "CPU"
    print(f"{name}, {arguments.threads} thread(s), grid {GRID[0]} x {GRID[1]}")
    print(f"matrix product {peak / 1e9:.0f} GFLOP/s in float32")
    print(f"start-up: imports {IMPORT_S:.1f} s, device {begin:.2f} s, first epoch: see below")
    print(f"{'network':18}{'unit':>8}{'plain/s':>10}{'ours/s':>10}{'ratio':>8}{'first s':>9}")
    jobs = [(kind, autoencoder, ()) for kind in AUTOENCODERS]
    jobs += [(kind, predictor, (512,)) for kind in SERIES_PREDICTORS]
    jobs += [(kind, predictor, (48,)) for kind in MAP_PREDICTORS]
    for kind, build, extra in jobs:
        if arguments.only and kind not in arguments.only:
            continue
        work = build(kind, arguments.days, arguments.threads, *extra)
        slow, fast, first = measure(work, device)
        speeds = f"{1 / slow:10.0f}{1 / fast:10.0f}{slow / fast:8.1f}"
        print(f"{kind:18}{work.unit:>8}{speeds}{first:9.2f}", flush=True)
        if slow / fast < WANTED_RATIO:
            flops = flops_per_sample(work)
            found = sorted(shares(work, device).items(), key=lambda item: -item[1])
            print("    " + ", ".join(f"{kind} {share:.0%}" for kind, share in found))
            print(
                f"    {flops / 1e6:.1f} MFLOP a sample, {flops / fast / 1e9:.0f} GFLOP/s, "
                f"ceiling {slow * peak / flops:.1f}"
            )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {memory:.0f} MB")


if __name__ == "__main__":
    main()
