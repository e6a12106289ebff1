import numpy as np
import pytest
import torch
from torch import nn

from faultcast.errors import DataError
from faultcast.train.loop import FitOptions, fit
from faultcast.train.schedule import rate_factor

RECIPE = {"weight_decay": 0.1, "warmup_share": 0.2, "clip_norm": 0.5}


def squares(model, inputs, targets):
    return ((model(inputs) - targets) ** 2).mean()


def train(options, loss=squares, checkpoint=None):
    torch.manual_seed(0)
    model = nn.Linear(3, 1)
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32))
    y = x.sum(dim=1, keepdim=True)
    fit(
        model, loss, (x, y), (x, y), FitOptions(batch_size=5, **options), device="cpu",
        checkpoint=checkpoint, checkpoint_seconds=0.0,
    )  # fmt: skip
    return model.state_dict()


def test_rate_rises_then_falls_on_a_cosine():
    assert rate_factor(0.0, 0.05) == 0.0
    assert rate_factor(0.025, 0.05) == pytest.approx(0.5)
    assert rate_factor(0.05, 0.05) == pytest.approx(1.0)
    assert rate_factor(0.525, 0.05) == pytest.approx(0.5)
    assert rate_factor(1.0, 0.05) == pytest.approx(0.0, abs=1e-12)


def test_a_killed_training_with_the_full_recipe_ends_with_the_same_bits(tmp_path):
    options = {"epochs": 4, **RECIPE}
    whole = train(options)
    steps = 0

    def killed(model, inputs, targets):
        nonlocal steps
        steps += 1
        if steps == 13:
            raise KeyboardInterrupt
        return squares(model, inputs, targets)

    path = tmp_path / "checkpoint.safetensors"
    with pytest.raises(KeyboardInterrupt):
        train(options, killed, path)
    resumed = train(options, checkpoint=path)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_decay_shrinks_matrices_only_and_clipping_bounds_the_step():
    # a loss that does not depend on the weights: what moves them is the decay alone
    def flat(model, inputs, targets):
        return 0.0 * squares(model, inputs, targets)

    options = {"epochs": 2, "learning_rate": 0.01}
    start = train({**options, "learning_rate": 1e-12})
    decayed = train({**options, "weight_decay": 0.5}, flat)
    # the loss is 0 throughout: the first of equal epochs, four steps, is kept
    factor = (1 - 0.01 * 0.5) ** 4
    torch.testing.assert_close(decayed["weight"], start["weight"] * factor)
    torch.testing.assert_close(decayed["bias"], start["bias"])

    seen = []

    def watched(model, inputs, targets):
        loss = 1e6 * squares(model, inputs, targets)
        model.weight.register_hook(lambda gradient: seen.append(gradient.norm()))
        return loss

    clipped = train({"epochs": 1, "clip_norm": 1e-12, "learning_rate": 1e-3}, watched)
    assert max(seen) > 1.0
    # Adam divides by the root of the squared gradient + 1e-8: a clipped one hardly moves it
    torch.testing.assert_close(clipped["weight"], start["weight"], atol=1e-5, rtol=0)


@pytest.mark.parametrize("wrong", [{"weight_decay": -1.0}, {"clip_norm": 0.0}, {"warmup_share": 1}])
def test_a_wrong_recipe_is_told(wrong):
    with pytest.raises(DataError, match=next(iter(wrong))):
        FitOptions(**wrong)
