import pytest
import torch

from faultcast.errors import DataError
from faultcast.models import TemporalAttention


def slow_attention(layer, hidden):
    """The formula, one day at a time."""
    query, key, value = layer.query(hidden), layer.key(hidden), layer.value(hidden)
    out = torch.empty_like(hidden)
    for day in range(hidden.shape[1]):
        first = max(0, day - layer.window + 1)
        weight = (key[:, first : day + 1] @ query[:, day, :, None]).squeeze(-1)
        weight = torch.softmax(weight / hidden.shape[2] ** 0.5, dim=1)
        out[:, day] = (weight[..., None] * value[:, first : day + 1]).sum(1)
    return out


@pytest.mark.parametrize("days", [1, 6, 7, 8, 20, 21])
def test_local_attention_is_the_formula(days):
    torch.manual_seed(1)
    layer = TemporalAttention(filters=4, window_days=7).attention
    hidden = torch.randn(2, days, 4)
    torch.testing.assert_close(layer(hidden), slow_attention(layer, hidden))


@pytest.mark.parametrize("attention", [True, False])
@pytest.mark.parametrize("day", [0, 29, 30, 61, 99])
def test_causal_and_local(attention, day):
    torch.manual_seed(2)
    model = TemporalAttention(2, attention=attention)
    series = torch.randn(1, 100, 2, requires_grad=True)
    model(series)[0, day].backward()
    gradient = series.grad[0].abs().sum(1)
    assert (gradient[day + 1 :] == 0).all()
    assert gradient[day] > 0
    assert (gradient[: max(0, day - model.context + 1)] == 0).all()


def test_context_is_reached():
    torch.manual_seed(3)
    model = TemporalAttention()
    assert model.context == 1 + 2 * (1 + 2 + 4 + 8) + 29
    series = torch.randn(1, 100, 1, requires_grad=True)
    model(series)[0, 99].backward()
    assert series.grad[0, 100 - model.context, 0] != 0


def test_shapes_and_parameter_count():
    model = TemporalAttention()
    assert model(torch.rand(3, 45, 1)).shape == (3, 45)
    convolutions = (3 * 1 * 32 + 32) + 3 * (3 * 32 * 32 + 32)
    attention = 3 * (32 * 32 + 32)
    assert sum(p.numel() for p in model.parameters()) == convolutions + attention + 33
    bare = TemporalAttention(attention=False)
    assert sum(p.numel() for p in bare.parameters()) == convolutions + 33


def test_refuses_a_window_of_no_day():
    with pytest.raises(DataError, match="window_days 0"):
        TemporalAttention(window_days=0)
