"""Two processes on the CPU (gloo) that train one network together, against one process alone.

Started by PyTorch's launcher this file is one of the processes:
`torch.distributed.run ... test_parallel_training.py <folder> dies|lives`.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from safetensors.torch import load_file, save_file
from torch import nn

from faultcast.errors import DataError
from faultcast.models.registry import make_predictor
from faultcast.train.loop import FitOptions, fit
from faultcast.train.losses import nse_loss
from faultcast.train.workers import Workers, current

OPTIONS = {"epochs": 3, "batch_size": 3, "weight_decay": 0.1, "warmup_share": 0.2, "clip_norm": 0.5}
STEPS = 3  # an epoch


def series_training(checkpoint=None, before_step=lambda step: None):
    """Train a network without batch normalisation on 7 samples: batches of 3, 3 and 1.

    The batch of one leaves the second process without a sample; targets are unknown here and
    there, so that equal parts of a batch do not count equally.
    """
    torch.manual_seed(0)
    series = torch.randn(9, 40)
    targets = series[:, 11:].clone()
    targets[0, :25] = targets[3, 5:9] = torch.nan
    inputs = series[:, :-1, None]
    model = make_predictor("mlp", (1,), 10)
    criterion, steps = nse_loss(1.0), 0

    def loss(model, *batch):
        nonlocal steps
        if model.training:
            steps += 1
            before_step(steps)
        return criterion(model, *batch)

    result = fit(
        model, loss, (inputs[:7], targets[:7]), (inputs[7:], targets[7:]), FitOptions(**OPTIONS),
        device="cpu", checkpoint=checkpoint, checkpoint_seconds=0.0,
    )  # fmt: skip
    return model.state_dict(), result.history


class Drawing(nn.Module):
    """Batch normalisation, and random numbers that it notes down."""

    def __init__(self):
        super().__init__()
        self.norm, self.drawn = nn.BatchNorm1d(2, affine=False), []
        self.shift = nn.Parameter(torch.zeros(2))

    def forward(self, x):
        if self.training:
            self.drawn.append(float(torch.rand(())))
        return self.norm(x) + self.shift


def normalised_training():
    """One step of 4 samples; return running statistics and the numbers drawn."""
    model = Drawing()
    x = torch.tensor([[1.0, 0.0], [3.0, 2.0], [5.0, 10.0], [11.0, 20.0]])
    fit(
        model, lambda model, x: (model(x) ** 2).mean(), (x,), (x,),
        FitOptions(epochs=1, batch_size=4), device="cpu",
    )  # fmt: skip
    return model.norm.running_mean.clone(), model.drawn


def refusal(loss, **options):
    """Return what a training is told that two processes cannot do."""
    x = torch.zeros(4, 2)
    try:
        fit(Drawing(), loss, (x,), (x,), FitOptions(epochs=1, **options), device="cpu")
    except DataError as error:
        return str(error)
    return ""


def out_of_memory(model, x):
    raise torch.OutOfMemoryError("CUDA out of memory")


def be_one_process(folder, what):
    dist.init_process_group("gloo")
    workers = current()

    def die(step):
        # in the second epoch; process 0 waits for the gradients of the dead
        if step == STEPS + 2 and workers.rank == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    if what == "dies":
        series_training(folder / "killed.safetensors", die)
    checkpoints = []
    resumed, told = series_training(
        folder / "killed.safetensors", lambda step: checkpoints.append(step)
    )
    unbroken, history = series_training(folder / "unbroken.safetensors")
    mean, drawn = normalised_training()
    save_file(unbroken, folder / f"unbroken{workers.rank}.safetensors")
    save_file(resumed, folder / f"resumed{workers.rank}.safetensors")
    record = {
        "size": workers.size,
        "history": history.to_dict("list"),
        "told": told.to_dict("list"),
        "steps": len(checkpoints),
        "running_mean": mean.tolist(),
        "drawn": drawn,
        "ordered": refusal(lambda model, x: model(x).mean(), ordered=True, batch_size=1),
        "memory": refusal(out_of_memory),
    }
    (folder / f"record{workers.rank}.json").write_text(json.dumps(record))
    dist.destroy_process_group()


def run_two(folder, what):
    return subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--nnodes=1", "--nproc-per-node=2"),
            *("--rdzv-backend=c10d", "--rdzv-endpoint=127.0.0.1:0", "--local-addr=127.0.0.1"),
            *(__file__, folder, what),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """What two processes came to, after two others of which one was killed."""
    folder = tmp_path_factory.mktemp("two")
    killed = run_two(folder, "dies")
    assert killed.returncode != 0 and "SIGKILL" in killed.stderr, killed.stderr
    assert (folder / "killed.safetensors").exists()
    assert not list(folder.glob("record*"))
    lived = run_two(folder, "lives")
    assert lived.returncode == 0, lived.stderr
    return folder


def record(folder, rank=0):
    return json.loads((folder / f"record{rank}.json").read_text())


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.values(), other.values(), strict=True))


def test_two_processes_come_to_what_one_does(two):
    weights, history = series_training()
    together = load_file(two / "unbroken0.safetensors")
    assert record(two)["size"] == 2
    for name in ("train_loss", "validation_loss"):
        assert record(two)["history"][name] == pytest.approx(history[name].tolist(), abs=1e-6)
    for name, value in weights.items():
        torch.testing.assert_close(together[name], value, rtol=0, atol=1e-5)


def test_all_processes_hold_the_same_bits(two):
    for kind in ("unbroken", "resumed"):
        states = [load_file(two / f"{kind}{rank}.safetensors") for rank in (0, 1)]
        assert same(*states)
    assert record(two, 0)["history"] == record(two, 1)["history"]
    assert record(two, 0)["running_mean"] == record(two, 1)["running_mean"]


def test_resumed_after_a_killed_process_is_unbroken(two):
    assert record(two)["steps"] == 2 * STEPS  # the first epoch was not trained again
    assert record(two)["told"] == record(two)["history"]
    assert same(load_file(two / "resumed0.safetensors"), load_file(two / "unbroken0.safetensors"))


def test_checkpoint_of_two_processes_is_not_used_by_one(two, tmp_path, caplog):
    path = tmp_path / "state.safetensors"
    path.write_bytes((two / "unbroken.safetensors").read_bytes())
    with caplog.at_level("INFO"):
        series_training(path)
    assert "other data or settings" in caplog.text


def test_running_statistics_are_the_mean_over_processes(two):
    # one step with momentum 0.1; parts of equal size: the mean of their means is the batch's
    assert record(two)["running_mean"] == pytest.approx([0.5, 0.8])


def test_each_process_draws_its_own_dropout(two):
    _, alone = normalised_training()
    first, second = (record(two, rank)["drawn"] for rank in (0, 1))
    assert first == alone != second


def test_what_two_processes_cannot_do_is_told(two):
    assert "2 processes cannot share its steps" in record(two)["ordered"]
    assert "process 0 of 2 has too little memory" in record(two)["memory"]


def test_parts_make_up_the_batch():
    index = torch.arange(8)
    parts = [Workers(rank, 3).part(index) for rank in range(3)]
    assert torch.equal(torch.cat(parts).sort().values, index)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert current() == Workers(0, 1)


if __name__ == "__main__":
    be_one_process(Path(sys.argv[1]), sys.argv[2])
