"""A training that is killed at any moment ends with the weights of an unbroken one.

As a program, `python test_resume.py <kind> <checkpoint>`, this file is the training to be killed.
"""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from faultcast.models.registry import AUTOENCODERS, make_autoencoder, make_predictor
from faultcast.train.loop import FitOptions, fit
from faultcast.train.losses import nse_loss, variational_loss

EPOCHS = 60


def train(kind, checkpoint=None, pause_s=0.0):
    """Train a small network of a kind; `pause_s` slows each step down."""
    torch.manual_seed(0)
    series = torch.randn(8, 70)
    ordered = kind == "lstm"
    if kind in AUTOENCODERS:
        model, loss = make_autoencoder(kind, 8, 8, 4), variational_loss
        train, validation = (torch.rand(24, 8, 8),), (torch.rand(6, 8, 8),)
    else:
        model, loss = make_predictor(kind, (1,), 10), nse_loss(1.0)
        train = (series[:6, :-1, None], series[:6, -20:])
        validation = (series[6:, :-1, None], series[6:, -20:])

    def slowed(model, *batch):
        time.sleep(pause_s)
        return loss(model, *batch)

    options = FitOptions(
        epochs=EPOCHS, patience=EPOCHS, batch_size=1 if ordered else 8, ordered=ordered
    )
    result = fit(
        model,
        slowed,
        train,
        validation,
        options,
        device="cpu",
        checkpoint=checkpoint,
        checkpoint_seconds=0.0,
        name=kind,
    )
    return model.state_dict(), result.history


@pytest.mark.parametrize("kind", ["vae", "attention", "lstm"])
def test_killed_at_a_random_moment(kind, tmp_path, caplog):
    """An autoencoder that draws random numbers, a stateless predictor, one with a state."""
    checkpoint = tmp_path / "state.safetensors"
    dying = subprocess.Popen([sys.executable, __file__, kind, str(checkpoint)])
    try:
        started = time.monotonic()
        while not checkpoint.exists():
            assert dying.poll() is None and time.monotonic() - started < 60
            time.sleep(0.01)
        time.sleep(random.uniform(0.0, 0.4))  # in a step, between steps, or while writing
        assert dying.poll() is None
    finally:
        dying.kill()
        dying.wait()
    unbroken, history = train(kind)
    with caplog.at_level("INFO"):
        resumed, told = train(kind, checkpoint)
    (line,) = [line for line in caplog.messages if "resumed after epoch" in line]
    assert 1 <= int(line.split()[-1]) < EPOCHS
    assert all(torch.equal(unbroken[name], resumed[name]) for name in unbroken)
    assert told.equals(history)


if __name__ == "__main__":
    train(sys.argv[1], Path(sys.argv[2]), pause_s=0.03)
