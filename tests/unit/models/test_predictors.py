"""What holds for every predictor of the registry, on series and on maps."""

import pytest
import torch

from faultcast.errors import DataError
from faultcast.models.registry import MAP_PREDICTORS, SERIES_PREDICTORS, make_predictor

WINDOW = 5
GRID = (7, 9)
KINDS = [(kind, (2,)) for kind in SERIES_PREDICTORS] + [(kind, GRID) for kind in MAP_PREDICTORS]
STATEFUL = {"lstm", "maps_lstm", "maps_conv_lstm", "maps_convlstm_fc"}

every_kind = pytest.mark.parametrize(("kind", "shape"), KINDS)
windowed = pytest.mark.parametrize(("kind", "shape"), [k for k in KINDS if k[0] not in STATEFUL])
stateful = pytest.mark.parametrize(("kind", "shape"), [k for k in KINDS if k[0] in STATEFUL])


def lstm(ins, units):
    """Weights of one layer: four gates, from input and state, torch's two biases each."""
    return 4 * (ins * units + units * units + 2 * units)


DENSE_HEAD = (30 * 32 * 64 + 64) + (64 + 1)
CONVOLVED = 8 * 20 * 30  # a stride of 2 halves both sides
PARAMETERS = {
    # window of 30 days -> 64 -> 32 -> 1
    "mlp": (30 * 64 + 64) + (64 * 32 + 32) + (32 + 1),
    "lstm": lstm(1, 64) + lstm(64, 64) + (64 + 1),
    "conv1d": (30 * 32 + 32) + (32 + 1),
    "attention": (3 * 32 + 32) + 3 * (3 * 32 * 32 + 32) + 3 * (32 * 32 + 32) + (32 + 1),
    "no_attention": (3 * 32 + 32) + 3 * (3 * 32 * 32 + 32) + (32 + 1),
    "maps_mlp": (2400 * 32 + 32) + DENSE_HEAD,
    "maps_lstm": lstm(2400, 64) + lstm(64, 64) + (64 + 1),
    "maps_conv_fc": (8 * 25 + 8) + (CONVOLVED * 32 + 32) + DENSE_HEAD,
    "maps_conv_lstm": (8 * 25 + 8) + lstm(CONVOLVED, 64) + (64 + 1),
    # four gates of 8 filters, 3 x 3, from one map and from 8 channels of state
    "maps_convlstm_fc": (9 * 32 + 32) + 9 * 8 * 32 + (CONVOLVED + 1),
}


@every_kind
def test_parameter_count_and_shape_at_the_papers_sizes(kind, shape):
    shape = (40, 60) if len(shape) == 2 else (1,)
    model = make_predictor(kind, shape, 30)
    assert sum(p.numel() for p in model.parameters()) == PARAMETERS[kind]
    assert model(torch.rand(2, 33, *shape)).shape == (2, 33)


@every_kind
@pytest.mark.parametrize("day", [0, 7, 22])
def test_causal(kind, shape, day):
    torch.manual_seed(2)
    model = make_predictor(kind, shape, WINDOW)
    inputs = torch.randn(2, 40, *shape, requires_grad=True)
    model(inputs)[0, day].backward()
    gradient = inputs.grad.flatten(2).abs().sum(2)
    assert (gradient[0, day + 1 :] == 0).all()
    assert gradient[0, day] > 0
    assert (gradient[1] == 0).all()
    if kind in STATEFUL:
        assert (gradient[0, : day + 1] > 0).all()
    else:
        assert (gradient[0, : max(0, day - model.context + 1)] == 0).all()


@every_kind
def test_a_changed_day_leaves_the_outputs_before_it_as_they_were(kind, shape):
    torch.manual_seed(3)
    model = make_predictor(kind, shape, WINDOW).eval()
    inputs = torch.randn(1, 20, *shape)
    changed = inputs.clone()
    changed[:, 12] += 1
    with torch.no_grad():
        before = model(inputs)
        if kind in STATEFUL:
            model.reset_state()
        after = model(changed)
    assert torch.equal(before[:, :12], after[:, :12])
    assert (before[:, 12] != after[:, 12]).all()


@every_kind
def test_overfits_a_short_series(kind, shape):
    torch.manual_seed(4)
    model = make_predictor(kind, shape, 12)
    inputs, targets = torch.randn(1, 10, *shape), torch.randn(1, 10)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(200):
        if kind in STATEFUL:
            model.reset_state()
        optimizer.zero_grad()
        error = ((model(inputs) - targets) ** 2).mean()
        error.backward()
        optimizer.step()
    assert error < 0.05 * targets.var()


@windowed
def test_context_is_all_the_history_needed_and_no_more(kind, shape):
    torch.manual_seed(5)
    model = make_predictor(kind, shape, WINDOW).eval()
    assert not hasattr(model, "reset_state")
    inputs = torch.randn(1, 3 * model.context, *shape)
    with torch.no_grad():
        whole = model(inputs)[:, -1]
        torch.testing.assert_close(model(inputs[:, -model.context :])[:, -1], whole)
        shorter = model(inputs[:, 1 - model.context :])[:, -1]
    assert (shorter - whole).abs().max() > 1e-6


@stateful
def test_state_is_carried(kind, shape):
    torch.manual_seed(6)
    model = make_predictor(kind, shape, WINDOW)
    assert model.context == 1
    inputs = torch.randn(3, 14, *shape)
    with torch.no_grad():
        whole = model(inputs)
        model.reset_state()
        parts = torch.cat([model(part) for part in inputs.split(5, dim=1)], dim=1)
    torch.testing.assert_close(parts, whole, rtol=0, atol=1e-6)


@stateful
def test_state_is_reset(kind, shape):
    torch.manual_seed(7)
    model = make_predictor(kind, shape, WINDOW)
    inputs = torch.randn(2, 6, *shape)
    with torch.no_grad():
        first, second = model(inputs), model(inputs)
        assert (first != second).any()
        model.reset_state()
        assert torch.equal(model(inputs), first)


@stateful
def test_state_is_detached_and_no_weight(kind, shape):
    model = make_predictor(kind, shape, WINDOW)
    names = set(model.state_dict())
    first = torch.randn(1, 4, *shape, requires_grad=True)
    model(first).sum().backward()
    earlier = first.grad.clone()
    # the graph of the first call is gone: a gradient into it would raise
    model(torch.randn(1, 4, *shape)).sum().backward()
    assert torch.equal(first.grad, earlier)
    assert set(model.state_dict()) == names


@stateful
def test_another_batch_size_needs_a_reset(kind, shape):
    model = make_predictor(kind, shape, WINDOW)
    model(torch.randn(1, 3, *shape))
    with pytest.raises(DataError, match=r"2 series follows one of 1.*reset_state"):
        model(torch.randn(2, 3, *shape))
    model.reset_state()
    assert model(torch.randn(2, 3, *shape)).shape == (2, 3)


@windowed
def test_refuses_a_window_of_no_day(kind, shape):
    with pytest.raises(DataError, match=r"window_days 0.*at least 1"):
        make_predictor(kind, shape, 0)


@every_kind
def test_refuses_what_cannot_be(kind, shape):
    with pytest.raises(DataError, match=r"(n_inputs|rows) 0.*at least 1"):
        make_predictor(kind, (0, *shape[1:]), WINDOW)
    if shape == GRID:
        with pytest.raises(DataError, match=r"maps of 9 x 7 cells.*made for 7 x 9"):
            make_predictor(kind, GRID, WINDOW)(torch.rand(1, 3, 9, 7))
