import logging

import numpy as np
import pytest
import torch
from torch import nn

from faultcast.errors import DataError
from faultcast.models import SkipAutoencoder
from faultcast.train.checkpoint import load_checkpoint
from faultcast.train.loop import FitOptions, fit
from faultcast.train.losses import nse_loss, reconstruction_loss


def make_maps(n=40, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).random((n, 8, 8), dtype=np.float32))


def make_model():
    torch.manual_seed(0)
    return SkipAutoencoder(8, 8)


def train(model, checkpoint=None, loss=reconstruction_loss, epochs=6, **options):
    options = {"batch_size": 16, **options}
    return fit(
        model,
        loss,
        (make_maps(),),
        (make_maps(10, seed=1),),
        FitOptions(epochs=epochs, **options),
        device="cpu",
        checkpoint=checkpoint,
        checkpoint_seconds=0.0,
    )


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.values(), other.values(), strict=True))


def test_overfits_ten_frames():
    # without long skips: through the bottleneck
    torch.manual_seed(0)
    maps = (make_maps(10) > 0.8).float()
    model = SkipAutoencoder(8, 8, long_skips=False)
    result = fit(
        model, reconstruction_loss, (maps,), (maps,),
        FitOptions(epochs=250, batch_size=10, patience=250, learning_rate=5e-3), device="cpu",
    )  # fmt: skip
    with torch.no_grad():
        assert reconstruction_loss(model, maps) < 0.02 * maps.var()
    assert result.history["train_loss"].iloc[-1] < 0.05 * result.history["train_loss"].iloc[0]


def test_same_seed_same_bits_other_seed_other_bits():
    models = [make_model() for _ in range(3)]
    for model, seed in zip(models, (5, 5, 6), strict=True):
        train(model, seed=seed)
    states = [model.state_dict() for model in models]
    assert same(states[0], states[1])
    assert not same(states[0], states[2])


class KilledError(Exception):
    pass


@pytest.mark.parametrize("step", [1, 4, 8, 17])
def test_killed_and_resumed_is_unbroken(tmp_path, step):
    unbroken = make_model()
    history = train(unbroken).history
    calls = 0

    def dying(model, maps):
        nonlocal calls
        calls += 1
        if calls == step:
            raise KilledError
        return reconstruction_loss(model, maps)

    path = tmp_path / "state.safetensors"
    with pytest.raises(KilledError):
        train(make_model(), path, loss=dying)
    model = make_model()
    resumed = train(model, path)
    assert same(model.state_dict(), unbroken.state_dict())
    assert resumed.history.equals(history)
    assert [p.name for p in tmp_path.iterdir()] == ["state.safetensors"]


def test_checkpoint_of_other_settings_is_not_used(tmp_path, caplog):
    path = tmp_path / "state.safetensors"
    train(make_model(), path, epochs=2)
    with caplog.at_level(logging.INFO):
        assert train(make_model(), path, epochs=3).history["epoch"].tolist() == [1, 2, 3]
    assert "other data or settings" in caplog.text


def test_broken_checkpoint_is_told_and_passed_over(tmp_path, caplog):
    path = tmp_path / "state.safetensors"
    path.write_bytes(b"half a fi")
    assert load_checkpoint(path, "") is None
    assert "starts anew" in caplog.text


def test_best_epoch_is_kept_and_training_stops_early():
    class Level(nn.Module):
        def __init__(self):
            super().__init__()
            self.level = nn.Parameter(torch.zeros(()))

    seen = []

    def loss(model, target):
        if not model.training:
            seen.append(float(model.level.detach()))
        return ((model.level - target) ** 2).mean()

    model = Level()
    # learns towards 10, is judged at 3: passes by it
    result = fit(
        model, loss, (torch.full((4,), 10.0),), (torch.full((4,), 3.0),),
        FitOptions(epochs=100, batch_size=4, learning_rate=1.0, patience=4), device="cpu",
    )  # fmt: skip
    assert len(result.history) == result.best_epoch + 4
    assert result.best_epoch == 1 + int(np.argmin(np.abs(np.array(seen) - 3.0)))
    assert float(model.level.detach()) == seen[result.best_epoch - 1]


def test_each_epoch_draws_its_own_samples():
    drawn = []

    def loss(model, maps):
        if model.training:
            drawn.append(maps[:, 0, 0].tolist())
        return reconstruction_loss(model, maps)

    train(make_model(), loss=loss, epochs=3, samples_per_epoch=7)
    assert [len(one) for one in drawn] == [7, 7, 7]
    assert drawn[0] != drawn[1] != drawn[2]


def test_out_of_memory_halves_the_batch(caplog):
    def loss(model, maps):
        if len(maps) > 5:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return reconstruction_loss(model, maps)

    result = train(make_model(), loss=loss, epochs=1)
    assert result.cost["batch_size"] == 4
    assert "batch halved to 4" in caplog.text


def test_memory_for_no_sample_is_an_error():
    def loss(model, maps):
        raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(DataError, match="single sample"):
        train(make_model(), loss=loss)


def test_no_memory_for_the_data_is_an_error():
    class Full(torch.Tensor):
        def to(self, *args, **kwargs):
            raise torch.OutOfMemoryError("CUDA out of memory")

    maps = make_maps(1024).as_subclass(Full)
    with pytest.raises(DataError, match=r"too little free memory for the data \(0 MB\); free some"):
        fit(make_model(), reconstruction_loss, (maps,), (make_maps(),), FitOptions(), device="cpu")


def test_loss_that_is_not_finite_is_an_error():
    with pytest.raises(DataError, match="not finite in epoch 1"):
        train(make_model(), loss=lambda model, maps: reconstruction_loss(model, maps) * torch.nan)


def test_empty_part_is_an_error():
    with pytest.raises(DataError, match="validation part is empty"):
        fit(make_model(), reconstruction_loss, (make_maps(),), (make_maps(0),), FitOptions())


def test_options_are_checked():
    with pytest.raises(DataError, match=r"epochs is 0.*learning_rate is 0"):
        FitOptions(epochs=0, learning_rate=0.0)


def test_cost_and_threads():
    result = train(make_model(), epochs=1, threads=1)
    assert torch.get_num_threads() == 1
    assert result.cost["device"] == "cpu"
    assert result.cost["wall_s"] > 0


def test_nse_loss_is_one_minus_nse_and_skips_nan():
    class Shift(nn.Module):
        def forward(self, inputs):
            return inputs[..., 0] + 0.5

    target = torch.tensor([[1.0, 2.0, 4.0, torch.nan]])
    inputs = torch.cat([torch.full((1, 3), 9.0), target.nan_to_num()], dim=1)[..., None]
    variance = float(target[:, :3].var(unbiased=False))
    nse = 1 - 3 * 0.25 / (3 * variance)
    assert float(nse_loss(variance)(Shift(), inputs, target)) == pytest.approx(1 - nse)
