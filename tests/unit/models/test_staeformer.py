from dataclasses import replace

import pytest
import torch
from torch import nn

from faultcast.errors import DataError
from faultcast.models.staeformer import StaeFormer
from faultcast.models.tile_batch import NodeBatch

SIZES = {
    "n_in": 4, "n_out": 3, "d_input": 4, "d_season": 4, "d_adaptive": 8, "layers": 2,
    "heads": 2, "feed_forward": 20,
}  # fmt: skip


def make_batch(n_nodes=7, n=2, n_statics=2):
    g = torch.Generator().manual_seed(0)
    return NodeBatch(
        torch.randn(n, 4, n_nodes, generator=g),
        torch.randn(1, n_statics, n_nodes, generator=g),
        torch.randn(n, 7, 2, generator=g),
    )


def make_model(**changes):
    torch.manual_seed(1)
    model = StaeFormer(7, 2, **{**SIZES, **changes})
    nn.init.normal_(model.head.weight)
    return model.eval()


@pytest.mark.parametrize("multimodal", [False, True])
def test_parameter_count(multimodal):
    linear = lambda i, o: i * o + o  # noqa: E731
    ins, d, nodes = 1 + multimodal * (3 + 2), 24 + 24 + 80, 11
    layer = linear(d, 3 * d) + linear(d, d) + linear(d, 256) + linear(256, d) + 2 * 2 * d
    expected = linear(ins, 24) + linear(2, 24) + 12 * nodes * 80 + 6 * layer + linear(12 * d, 12)
    model = StaeFormer(nodes, 3, multimodal=multimodal)
    assert sum(p.numel() for p in model.parameters()) == expected


def test_layers_are_the_published_ones():
    """Post-norm; first over the epochs of a node, then over the nodes of an epoch."""
    model, batch = make_model(), make_batch(n=1)

    def layer(module, x):  # (length, d)
        x = module.norm(x + module.attention(x[None])[0])
        return module.feed_norm(x + module.feed_forward(x))

    tokens = torch.empty(4, 7, 16)
    for t in range(4):
        for node in range(7):
            value = model.value(batch.displacement[0, t, node, None])
            season = model.season(batch.cycles[0, t])
            tokens[t, node] = torch.cat((value, season, model.adaptive[t, node]))
    for module in model.over_time:
        tokens = torch.stack([layer(module, tokens[:, node]) for node in range(7)], dim=1)
    for module in model.over_space:
        tokens = torch.stack([layer(module, tokens[t]) for t in range(4)])
    for node in range(7):
        out = model.head(tokens[:, node].flatten()) + batch.displacement[0, -1, node]
        torch.testing.assert_close(model(batch)[0, :, node], out, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("multimodal", [False, True])
def test_permutation_of_nodes(multimodal):
    """The outputs follow if the adaptive embedding does, and only then."""
    model, batch = make_model(multimodal=multimodal), make_batch()
    order = torch.tensor([3, 0, 6, 1, 5, 2, 4])
    permuted = replace(
        batch, displacement=batch.displacement[..., order], statics=batch.statics[..., order]
    )
    out = model(batch)[..., order]
    assert not torch.allclose(model(permuted), out, atol=1e-3)
    with torch.no_grad():
        model.adaptive.copy_(model.adaptive[:, order])
    torch.testing.assert_close(model(permuted), out, atol=1e-5, rtol=1e-4)


def test_every_input_reaches_every_output():
    model, batch = make_model(layers=1), make_batch(n=1)
    batch.displacement.requires_grad_()
    model(batch)[0, 0, 2].backward()
    assert (batch.displacement.grad != 0).all()


def test_inputs_of_the_two_forms():
    """The season is part of the model; the statics are not."""
    batch = make_batch()
    bare, full = make_model(), make_model(multimodal=True)
    statics = replace(batch, statics=batch.statics + 1.0)
    cycles = replace(batch, cycles=batch.cycles + 1.0)
    assert torch.equal(bare(statics), bare(batch))
    assert not torch.equal(bare(cycles), bare(batch))
    assert not torch.equal(full(statics), full(batch))
    later = batch.cycles.clone()
    later[:, 4:] += 1.0
    assert torch.equal(full(replace(batch, cycles=later)), full(batch))


def test_untrained_is_persistence():
    batch = make_batch()
    out = StaeFormer(7, 2, **SIZES)(batch)
    assert torch.equal(out, batch.displacement[:, -1:].expand(-1, 3, -1))


def test_refuses():
    with pytest.raises(DataError, match=r"\(2, 4, 6\)"):
        make_model()(make_batch(n_nodes=6))
    with pytest.raises(DataError, match=r"128 channels.*5 heads"):
        StaeFormer(7, 2, heads=5)
    with pytest.raises(DataError, match="layers 0"):
        StaeFormer(7, 2, layers=0)
