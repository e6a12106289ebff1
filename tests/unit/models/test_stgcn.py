from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from faultcast.deformation.neighbour_graph import neighbour_graph
from faultcast.errors import DataError
from faultcast.models.graph_laplacian import chebyshev, scaled_laplacian
from faultcast.models.stgcn import Stgcn
from faultcast.models.tile_batch import NodeBatch

SIZES = {"n_in": 9, "n_out": 3, "hidden": 6, "bottleneck": 4}


def ring(n):
    """Return a graph where each node has two neighbours."""
    step = np.roll(np.eye(n), 1, axis=0)
    return step + step.T


def make_batch(n_nodes=20, n=2, n_statics=2, n_in=9):
    g = torch.Generator().manual_seed(0)
    return NodeBatch(
        torch.randn(n, n_in, n_nodes, generator=g),
        torch.randn(1, n_statics, n_nodes, generator=g),
        torch.randn(n, n_in + 3, 2, generator=g),
    )


def make_model(adjacency, **changes):
    torch.manual_seed(1)
    model = Stgcn(adjacency, 2, **{**SIZES, **changes})
    nn.init.normal_(model.head.weight)
    return model


def test_graph_of_nearest_nodes():
    positions = np.random.default_rng(0).random((30, 2))
    weights = neighbour_graph(positions, 4)
    distance = np.linalg.norm(positions[:, None] - positions, axis=2)
    near = np.argsort(distance, axis=1)[:, 1:5]
    chosen = np.zeros((30, 30), dtype=bool)
    np.put_along_axis(chosen, near, True, axis=1)
    sigma = distance[chosen].mean()
    expected = np.where(chosen | chosen.T, np.exp(-((distance / sigma) ** 2)), 0.0)
    np.testing.assert_allclose(weights, expected, atol=1e-15)
    # a change of unit changes nothing, and few nodes have few neighbours
    np.testing.assert_allclose(neighbour_graph(positions * 1000, 4), weights, atol=1e-12)
    assert (neighbour_graph(positions[:3], 8)[~np.eye(3, dtype=bool)] > 0).all()


@pytest.mark.parametrize("n", [2, 5, 40])
def test_laplacian_is_scaled(n):
    weights = neighbour_graph(np.random.default_rng(n).random((n, 2)), 3)
    values = np.linalg.eigvalsh(scaled_laplacian(weights))
    assert values[0] == pytest.approx(-1.0) and values[-1] == pytest.approx(1.0)
    # by the formula
    root = np.diag(weights.sum(axis=1) ** -0.5)
    plain = np.eye(n) - root @ weights @ root
    expected = 2 * plain / np.linalg.eigvalsh(plain)[-1] - np.eye(n)
    np.testing.assert_allclose(scaled_laplacian(weights), expected, atol=1e-12)


def test_node_without_an_edge():
    weights = np.zeros((4, 4))
    weights[:3, :3] = 1 - np.eye(3)
    scaled = scaled_laplacian(weights)
    assert scaled[3].tolist() == [0, 0, 0, -1]
    values = np.linalg.eigvalsh(scaled)
    assert values[0] >= -1 - 1e-12 and values[-1] <= 1 + 1e-12


def test_chebyshev_is_the_cosine():
    matrix = scaled_laplacian(ring(7))
    values, vectors = np.linalg.eigh(matrix)
    for k, power in enumerate(chebyshev(matrix, 5)):
        cosine = np.cos(k * np.arccos(values.clip(-1, 1)))
        np.testing.assert_allclose(power, vectors * cosine @ vectors.T, atol=1e-12)
    assert chebyshev(matrix, 1).shape == (1, 7, 7)


@pytest.mark.parametrize("multimodal", [False, True])
def test_parameter_count(multimodal):
    ins = 1 + multimodal * (3 + 2)

    def gated(c_in, kernel):
        return kernel * c_in * 128 + 128

    block = gated(16, 3) + 3 * 64 * 16 + 16 + 2 * 64
    expected = gated(ins, 3) + block + gated(64, 3) + block + gated(64, 4) + 2 * 64 + 64 * 12 + 12
    model = Stgcn(ring(10), 3, multimodal=multimodal)
    assert sum(p.numel() for p in model.parameters()) == expected
    # the graph is not among the weights: they can be used on another one
    other = Stgcn(ring(13), 3, multimodal=multimodal)
    other.load_state_dict(model.state_dict())


def test_forward_is_the_paper():
    """Sections 3.2 to 3.4 with loops over nodes and epochs."""
    adjacency = ring(5)
    model = make_model(adjacency)
    batch = make_batch(n_nodes=5, n=1)
    powers = torch.as_tensor(chebyshev(scaled_laplacian(adjacency), 3), dtype=torch.float32)

    def gated(layer, x):  # (epochs, nodes, channels)
        weight, bias = layer.convolution.weight[..., 0], layer.convolution.bias
        outs = len(bias) // 2
        found = []
        for t in range(len(x) - layer.kernel + 1):
            both = torch.einsum("oik,kni->no", weight, x[t : t + layer.kernel]) + bias
            now = x[t + layer.kernel - 1]
            residual = torch.cat((now, torch.zeros(5, outs - now.shape[1])), dim=1)
            found.append((both[:, :outs] + residual) * both[:, outs:].sigmoid())
        return torch.stack(found)

    def graph(layer, x):
        theta = layer.theta.weight[..., 0, 0].view(3, -1, x.shape[-1])
        return torch.stack(
            [sum(powers[k] @ now @ theta[k].T for k in range(3)) + layer.bias for now in x]
        )

    def norm(x):
        centred = x - x.mean(dim=(1, 2), keepdim=True)
        return centred / (centred.square().mean(dim=(1, 2), keepdim=True) + 1e-5).sqrt()

    x = batch.displacement[0, :, :, None]
    for block in model.blocks:
        x = norm(gated(block.second, graph(block.graph, gated(block.first, x)).relu()))
    x = norm(gated(model.last, x))[0]
    out = (x @ model.head.weight.T + model.head.bias).T + batch.displacement[0, -1]
    torch.testing.assert_close(model(batch)[0], out, atol=1e-5, rtol=1e-4)


def test_permutation_of_nodes():
    weights = neighbour_graph(np.random.default_rng(2).random((20, 2)), 4)
    batch = make_batch()
    order = np.random.default_rng(3).permutation(20)
    permuted = replace(
        batch, displacement=batch.displacement[..., order], statics=batch.statics[..., order]
    )
    for multimodal in (False, True):
        model = make_model(weights, multimodal=multimodal)
        other = make_model(weights[np.ix_(order, order)], multimodal=multimodal)
        torch.testing.assert_close(other(permuted), model(batch)[..., order], atol=1e-5, rtol=1e-4)


def test_receptive_field():
    """All epochs; in space K - 1 = 2 steps a block, once the norm over nodes is left out."""
    model = make_model(ring(20))
    for part in (*model.blocks, model):
        part.norm = nn.Identity()
    batch = make_batch(n=1)
    batch.displacement.requires_grad_()
    (model(batch)[0, 0, 10] - batch.displacement[0, -1, 10]).backward()
    reached = batch.displacement.grad[0].abs() > 0
    # the ReLU may close a path, but not all of them
    assert reached.any(dim=1).all()
    assert reached.any(dim=0).nonzero().flatten().tolist() == list(range(6, 15))


def test_inputs_of_the_two_forms():
    batch = make_batch()
    bare, full = make_model(ring(20)), make_model(ring(20), multimodal=True)
    for name in ("statics", "cycles"):
        other = replace(batch, **{name: getattr(batch, name) * 2.0 + 1.0})
        assert torch.equal(bare(other), bare(batch))
        assert not torch.equal(full(other), full(batch))
    later = batch.cycles.clone()
    later[:, 9:] += 1.0
    assert torch.equal(full(replace(batch, cycles=later)), full(batch))


def test_untrained_is_persistence():
    batch = make_batch()
    out = Stgcn(ring(20), 2, **SIZES)(batch)
    assert torch.equal(out, batch.displacement[:, -1:].expand(-1, 3, -1))


def test_more_channels_than_hidden():
    """Then the residual is a projection."""
    model = make_model(ring(20), hidden=4, bottleneck=6, multimodal=True)
    assert model(make_batch()).shape == (2, 3, 20)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: make_model(ring(20), n_in=8), "8 input epochs.*9 or more"),
        (lambda: make_model(ring(20))(make_batch(n_nodes=19)), r"\(2, 9, 19\)"),
        (lambda: make_model(np.zeros((4, 4))), "single edge"),
        (lambda: make_model(np.triu(ring(4))), "symmetric"),
        (lambda: make_model(-ring(4)), "negative"),
        (lambda: make_model(np.ones((2, 3))), "square"),
        (lambda: neighbour_graph(np.zeros((1, 2))), "needs two"),
        (lambda: neighbour_graph(np.zeros((4, 2))), "same place"),
        (lambda: neighbour_graph(np.array([[0, 0], [np.nan, 1]])), "finite"),
    ],
)
def test_refuses(make, message):
    with pytest.raises(DataError, match=message):
        make()
