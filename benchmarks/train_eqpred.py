"""Training speed of EQPRED's two networks against a plain loop with a stock DataLoader.

python benchmarks/train_eqpred.py [--device cpu|cuda] [--threads 1] [--days 2048]
"""

import argparse
import resource
import time

import torch
from torch.utils.data import DataLoader, TensorDataset

from faultcast.models import SkipAutoencoder, TemporalAttention
from faultcast.train.loop import FitOptions, fit
from faultcast.train.losses import nse_loss, reconstruction_loss

ROWS, COLUMNS = 40, 60
BATCH = 64
WINDOW = 30


def plain_epoch(model, loss, tensors, batch, device):
    model.to(device).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loader = DataLoader(TensorDataset(*tensors), batch_size=batch, shuffle=True)
    for parts in loader:
        value = loss(model, *(part.to(device) for part in parts))
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        value.item()


def our_epochs(model, loss, tensors, batch, epochs, device, threads):
    few = tuple(tensor[:1] for tensor in tensors)
    options = FitOptions(epochs=epochs, batch_size=batch, threads=threads)
    fit(model, loss, tensors, few, options, device=device)


def seconds(work, device):
    start = time.perf_counter()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def autoencoder(days, device, threads):
    maps = torch.rand(days, ROWS, COLUMNS) * (torch.rand(days, ROWS, COLUMNS) < 0.01)
    plain = SkipAutoencoder(ROWS, COLUMNS)
    ours = SkipAutoencoder(ROWS, COLUMNS).to(memory_format=torch.channels_last)
    one = (maps[:256],)
    plain_epoch(plain, reconstruction_loss, one, BATCH, device)  # warm-up
    our_epochs(ours, reconstruction_loss, one, BATCH, 1, device, threads)
    slow = seconds(lambda: plain_epoch(plain, reconstruction_loss, (maps,), BATCH, device), device)
    fast = seconds(
        lambda: our_epochs(ours, reconstruction_loss, (maps,), BATCH, 1, device, threads), device
    )
    return "autoencoder, maps", days, slow, fast


def predictor(days, device, threads):
    series = torch.randn(1, days + WINDOW)
    loss = nse_loss(1.0)
    model = TemporalAttention(window_days=WINDOW)
    context = model.context
    # the paper's way: one window of days a step (batch 1)
    windows = series[0].unfold(0, WINDOW + 1, 1)[:days]
    few = 512
    one_by_one = (windows[:few, :-1, None].contiguous(), windows[:few, 1:].contiguous())
    # ours: the same target days in long pieces, each with its history, in one causal pass
    length = 120
    pieces = torch.nn.functional.pad(series, (context, 0)).unfold(1, context + length, length)[0]
    ours = (pieces[:, :-1, None].contiguous(), pieces[:, -length:].contiguous())
    n_targets = ours[1].numel()
    plain_epoch(model, loss, tuple(t[:32] for t in one_by_one), 1, device)
    slow = seconds(lambda: plain_epoch(model, loss, one_by_one, 1, device), device) / few
    our_epochs(model, loss, ours, 4, 1, device, threads)
    fast = seconds(lambda: our_epochs(model, loss, ours, 4, 5, device, threads), device)
    return "predictor, windows", n_targets, slow * n_targets, fast / 5


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--days", type=int, default=2048)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    name = torch.cuda.get_device_name() if arguments.device == "cuda" else "cpu"
    print(f"device {name}, {arguments.threads} threads, grid {ROWS} x {COLUMNS}, one epoch")
    print(f"{'work':20} {'N':>7} {'plain s':>9} {'ours s':>9} {'ours N/s':>9} {'ratio':>6}")
    for measure in (autoencoder, predictor):
        work, n, slow, fast = measure(arguments.days, arguments.device, arguments.threads)
        print(f"{work:20} {n:7d} {slow:9.2f} {fast:9.2f} {n / fast:9.0f} {slow / fast:6.1f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()
