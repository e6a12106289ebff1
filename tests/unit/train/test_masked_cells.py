"""Cells outside the mask and values that were not measured reach neither loss nor score."""

import numpy as np
import pytest
import torch
from made_up_tiles import SMALL, make_tile

from faultcast.deformation import gather
from faultcast.evaluate.mmstt import errors
from faultcast.models.tile_registry import TILE_NETWORKS
from faultcast.train.tile import tile_domains
from faultcast.train.tile_loss import tile_loss
from faultcast.train.tile_networks import make_network
from faultcast.train.tile_options import TileOptions
from faultcast.train.tile_protocol import TILE_PROTOCOLS, tile_splits
from faultcast.train.tile_table import prediction_table

RULES = TILE_PROTOCOLS["leak_free"]


def loss_and_gradient(network, windows):
    network.zero_grad()
    loss = tile_loss()(network.eval(), *windows)
    loss.backward()
    found = [p.grad.clone() for p in network.parameters() if p.grad is not None]
    return loss.detach(), torch.cat([grad.flatten() for grad in found])


@pytest.mark.parametrize("model", TILE_NETWORKS)
def test_no_loss_and_no_gradient(model):
    sizes = {**SMALL["sizes"], "mmstt": dict(SMALL["sizes"]["mmstt"])}
    if "patch" in TILE_NETWORKS[model].arguments:
        sizes["mmstt"].pop("patch")
    options = TileOptions.from_mapping({**SMALL, "sizes": sizes})
    tile = make_tile()
    split = tile_splits(tile.dates, RULES, options)[0]
    domain = tile_domains({"a": tile}, split, RULES)["a"]
    torch.manual_seed(0)
    network = make_network(model, [domain], options)
    with torch.no_grad():
        for values in network.parameters():
            values.normal_(std=0.1)
    displacement, mask, statics, cycles, targets = domain.windows(split.train[:4], 4, 3)
    assert not mask.all() and targets[..., mask[0]].isnan().any()
    loss, gradient = loss_and_gradient(network, (displacement, mask, statics, cycles, targets))
    assert loss > 0 and gradient.abs().max() > 0
    wild = (
        torch.where(mask[:, None], displacement, 1e6),
        mask,
        torch.where(mask[:, None], statics, -1e6),
        cycles,
        targets,
    )
    loss_again, gradient_again = loss_and_gradient(network, wild)
    assert torch.equal(loss, loss_again) and torch.equal(gradient, gradient_again)


def test_no_score():
    tile = make_tile()
    origins = np.arange(40, 55)
    target = gather(tile.series, origins, 1, 3)
    told = np.random.default_rng(0).normal(size=target.shape)
    wild = np.where(np.isnan(target), 1e9, told)
    labels = {"domain": "a", "protocol": "leak_free", "model": "ridge", "seed": -1, "fold": 0}
    tables = [prediction_table(tile, values, origins, **labels) for values in (told, wild)]
    assert np.isnan(target).any() and len(tables[0]) < target.size
    assert set(tables[0]["cell"]) <= set(np.flatnonzero(tile.mask))
    assert tables[0].equals(tables[1])
    sums = errors.numbers(tables[0])
    seen = np.isfinite(target)
    assert sums["n"].sum() == seen.sum()
    assert sums["squared"].sum() == pytest.approx(((told - target)[seen] ** 2).sum(), rel=1e-5)
