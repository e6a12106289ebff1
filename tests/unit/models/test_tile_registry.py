from dataclasses import replace

import pytest
import torch

from faultcast.deformation.neighbour_graph import neighbour_graph
from faultcast.errors import ConfigError
from faultcast.models.tile_batch import NodeBatch, TileBatch
from faultcast.models.tile_registry import TILE_NETWORKS, make_tile_network

SMALL = {
    "MmStt": {"d_model": 16, "layers": 1, "heads": 2, "feed_forward": 16},
    "TileConvLstm": {"hidden": 4},
    "Stgcn": {"hidden": 4, "bottleneck": 2},
    "StaeFormer": {"layers": 1, "d_input": 4, "d_season": 4, "d_adaptive": 8, "heads": 2},
}


@pytest.mark.parametrize("key", TILE_NETWORKS)
def test_every_network_learns_a_step(key):
    network = TILE_NETWORKS[key]
    torch.manual_seed(0)
    mask = torch.ones(16, 16, dtype=torch.bool)
    mask[:, 10:] = False
    maps = TileBatch(
        torch.randn(3, 12, 16, 16), mask, torch.randn(3, 2, 16, 16), torch.randn(3, 24, 2)
    )
    nodes = NodeBatch(maps.displacement[..., mask], maps.statics[..., mask], maps.cycles)
    batch = nodes if network.on_graph else maps
    made = make_tile_network(
        key, 2, shape=(16, 16), adjacency=neighbour_graph(mask.nonzero().double().numpy()),
        **SMALL[network.name],
    )  # fmt: skip
    wanted = torch.randn(3, 12, 16, 16)
    wanted = wanted[..., mask] if network.on_graph else wanted.where(mask, 0.0)
    optimizer = torch.optim.Adam(made.parameters(), lr=1e-2)
    losses = []
    for _ in range(6):
        out = made(batch)
        assert out.shape == wanted.shape
        losses.append((out - wanted).square().mean())
        optimizer.zero_grad()
        losses[-1].backward()
        optimizer.step()
    assert losses[-1] < losses[0]
    # nothing that the network has is idle
    idle = [name for name, p in made.named_parameters() if p.grad is None or not p.grad.any()]
    assert idle == []


@pytest.mark.parametrize("key", ["mmstt", "convlstm_all", "stgcn", "staeformer"])
def test_relative_to_the_last_frame(key):
    """A constant a cell goes through to the forecast; masked cells still count nowhere."""
    network = TILE_NETWORKS[key]
    torch.manual_seed(0)
    mask = torch.rand(8, 8) < 0.5
    maps = TileBatch(torch.randn(2, 12, 8, 8), mask, torch.randn(1, 2, 8, 8), torch.randn(2, 24, 2))
    offset = torch.randn(1, 1, 8, 8)
    moved = replace(maps, displacement=(maps.displacement + offset).where(mask, torch.nan))
    graph = neighbour_graph(mask.nonzero().double().numpy())
    found = []
    for relative in (True, False):
        made = make_tile_network(
            key, 2, shape=(8, 8), adjacency=graph, relative=relative, **SMALL[network.name]
        ).eval()
        inner = made.network if relative else made
        torch.nn.init.normal_(inner.head.weight)
        outs = []
        for batch in (maps, moved):
            if network.on_graph:
                batch = NodeBatch(
                    batch.displacement[..., mask], batch.statics[..., mask], batch.cycles
                )
                outs.append(made(batch))
            else:
                out = made(batch)
                assert (out[..., ~mask] == 0).all()
                outs.append(out[..., mask])
        change = outs[1] - outs[0] - offset[..., mask]
        found.append(change.abs().max())
    assert found[0] < 1e-4 < 0.01 < found[1]


def test_titles_differ():
    titles = [network.title for network in TILE_NETWORKS.values()]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"key": "vit"}, "no network 'vit'.*mmstt"),
        ({"key": "mmstt"}, "the shape of its maps"),
        ({"key": "stgcn", "shape": (8, 8)}, "an adjacency"),
        ({"key": "convlstm", "d_model": 4}, "no size d_model.*hidden"),
        # what makes an ablation cannot be set away
        ({"key": "patch4", "shape": (8, 8), "patch": 8}, "no size patch"),
    ],
)
def test_refuses(arguments, message):
    with pytest.raises(ConfigError, match=message):
        make_tile_network(arguments.pop("key"), 1, **arguments)
