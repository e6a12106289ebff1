"""Regions, attention and memory of HierarchicalQuake."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from faultcast.errors import DataError
from faultcast.models.adaptive_memory import AdaptiveMemory, mean_entropy
from faultcast.models.hierarchical_quake import VARIANTS, HierarchicalQuake
from faultcast.models.quake_blocks import Embedding
from faultcast.models.regional_attention import RegionalAttention, Regions

SIZES = [(63, 50), (20, 20), (40, 60), (250, 200), (8, 8), (15, 9)]


@pytest.mark.parametrize("size", SIZES)
def test_means_and_the_way_back(size):
    torch.manual_seed(0)
    regions = Regions(*size)
    maps = torch.randn(2, 3, *size)
    means = regions.means(maps)
    r, c = size[0] // 8, size[1] // 8
    assert means.shape == (2, r * c, 3) and len(regions) == r * c
    last = means[1, -1, 2]  # row-major: the last is the region farthest up and right
    torch.testing.assert_close(last, maps[1, 2, 8 * r - 8 : 8 * r, 8 * c - 8 : 8 * c].mean())
    spread = regions.spread(means)
    grid = means.transpose(1, 2).unflatten(2, (r, c))
    for row, column in [(0, 0), (7, 7), (size[0] - 1, 0), (size[0] - 1, size[1] - 1)]:
        there = grid[:, :, min(row // 8, r - 1), min(column // 8, c - 1)]
        assert torch.equal(spread[:, :, row, column], there)


@pytest.mark.parametrize("size", SIZES)
def test_cheap_convolution_of_regions_is_the_whole_one(size):
    torch.manual_seed(1)
    regions = Regions(*size)
    layer = nn.Conv2d(4, 6, 3, padding=1, bias=False).double()
    values = torch.randn(2, len(regions), 4, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(2, 6, *size, dtype=torch.float64)
    cheap, whole = regions.convolve(values, layer), layer(regions.spread(values))
    torch.testing.assert_close(cheap, whole)
    for ours, theirs in zip(
        torch.autograd.grad((cheap * weight).sum(), [values, layer.weight]),
        torch.autograd.grad((whole * weight).sum(), [values, layer.weight]),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs)


def test_a_day_learned_from_by_itself_has_no_scale():
    """What batch norm does to the lineage's daily steps; in blocks a day is seen beside others."""
    torch.manual_seed(8)
    embedding = Embedding().double().train()
    day = torch.zeros(1, 1, 24, 24, dtype=torch.float64)
    day[0, 0, 9, 7] = 5.0
    small, large = embedding(day), embedding(day * 9.0 / 5.0)
    torch.testing.assert_close(small, large, rtol=1e-2, atol=1e-2)
    assert small.std() > 0.1
    both = embedding(torch.cat((day, day * 9.0 / 5.0)))
    assert (both[1] - both[0]).abs().max() > 1.0
    embedding.eval()
    assert (embedding(day) - embedding(day * 9.0 / 5.0)).abs().max() > 1.0


def test_attention_weights_are_those_used():
    torch.manual_seed(2)
    attention = RegionalAttention(12, 2, positions=True)
    tokens = torch.randn(3, 12, 16)
    weights = attention.weights(tokens)
    assert weights.shape == (3, 2, 12, 12)
    torch.testing.assert_close(weights.sum(3), torch.ones(3, 2, 12))
    value = attention.project(tokens + attention.positions)[..., 32:]
    heads = [weights[:, k] @ value[..., 8 * k : 8 * k + 8] for k in range(2)]
    expected = torch.cat(heads, dim=2) @ attention.out.weight.T
    torch.testing.assert_close(attention(tokens), expected)


def test_without_positions_attention_does_not_know_where():
    torch.manual_seed(3)
    tokens, order = torch.randn(1, 12, 16), torch.randperm(12)
    blind, seeing = (RegionalAttention(12, 1, positions=known) for known in (False, True))
    torch.testing.assert_close(blind(tokens)[:, order], blind(tokens[:, order]))
    assert not torch.allclose(seeing(tokens)[:, order], seeing(tokens[:, order]), atol=1e-4)


def test_attention_of_a_network():
    torch.manual_seed(4)
    model = HierarchicalQuake(torch.zeros(20, 28), VARIANTS["multihead"], head="probability").eval()
    weights = model.attention(torch.rand(3, 20, 28))
    assert weights.shape == (3, 2, 6, 6) and model.regions == (2, 3)
    assert not torch.allclose(weights[0], weights[1])  # they depend on the day


def test_mean_entropy():
    assert mean_entropy(torch.full((4, 5), 0.5)) == pytest.approx(1.0)
    assert mean_entropy(torch.tensor([0.0, 1.0])) == 0.0
    p = 0.1
    bits = -(p * math.log2(p) + (1 - p) * math.log2(1 - p))
    assert mean_entropy(torch.tensor([p, 1.2])) == pytest.approx(bits / 2)


def test_length_rises_with_entropy_from_10_to_20():
    memory = AdaptiveMemory()
    lengths = [int(memory.length(h)) for h in torch.linspace(0, 1, 41)]
    assert lengths == sorted(lengths)
    assert set(lengths) == set(range(10, 21))
    assert int(memory.length(torch.tensor(0.39))) == 13  # eq. 4: 10 + floor(10 H)


def test_only_the_newest_days_count():
    torch.manual_seed(5)
    memory = AdaptiveMemory(base=2, most=6)
    attended, past = torch.randn(4, 16), torch.randn(6, 4, 32)
    for length in range(1, 7):
        recalled = memory(attended, past, torch.tensor(length))
        expected = functional.scaled_dot_product_attention(
            memory.query(attended)[:, None],
            memory.key(past[6 - length :]).transpose(0, 1),
            memory.value(past[6 - length :]).transpose(0, 1),
        )
        torch.testing.assert_close(recalled, expected[:, 0])


def run(prior, n_days, head="logit"):
    torch.manual_seed(6)
    model = HierarchicalQuake(prior, VARIANTS["temporal"], head=head).eval()
    state, states = model.initial_state(), []
    with torch.no_grad():
        for _ in range(n_days):
            _, state = model(torch.zeros(1, *prior.shape), state)
            states.append(state)
    return model, states


@pytest.mark.parametrize(("p", "longest"), [(1e-6, 10), (0.05, 12), (0.5, 20)])
def test_memory_of_a_network_follows_its_uncertainty_and_stays_bounded(p, longest):
    model, states = run(torch.full((16, 16), p), 30)
    lengths = [int(state.length) for state in states]
    assert lengths == [min(longest, 2 + day) for day in range(30)]  # the zero state is the first
    assert {state.memory.shape for state in states} == {(20, 4, 32)}
    assert not any(state.memory.requires_grad for state in states)
    assert states[-1].entropy == pytest.approx(float(mean_entropy(torch.tensor(p))), abs=1e-5)
    # the newest summary is the regions' mean of today's hidden state
    torch.testing.assert_close(states[-1].memory[-1], model.places.means(states[-1].h)[0])
    assert torch.equal(states[-1].memory[-2], states[-2].memory[-1])


def test_memory_does_not_leak_gradients():
    torch.manual_seed(7)
    model = HierarchicalQuake(torch.full((16, 16), 0.5), VARIANTS["temporal"], head="probability")
    _, state = model(torch.rand(3, 16, 16), model.initial_state())
    assert state.h.requires_grad and not state.memory.requires_grad


@pytest.mark.parametrize(
    ("bounds", "message"),
    [({"base": 0}, "base 0"), ({"base": 12, "most": 11}, "12 to 11 days")],
)
def test_bad_bounds(bounds, message):
    with pytest.raises(DataError, match=message):
        AdaptiveMemory(**bounds)
