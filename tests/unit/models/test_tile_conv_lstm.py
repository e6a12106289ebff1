from dataclasses import replace

import pytest
import torch
from torch import nn

from faultcast.errors import DataError
from faultcast.models.tile_batch import TileBatch
from faultcast.models.tile_conv_lstm import TileConvLstm

SIZES = {"n_in": 4, "n_out": 3, "hidden": 6}


def make_batch(n=2, rows=9, columns=11, n_statics=2, seed=0):
    g = torch.Generator().manual_seed(seed)
    return TileBatch(
        torch.randn(n, 4, rows, columns, generator=g),
        torch.rand(rows, columns, generator=g) < 0.6,
        torch.randn(1, n_statics, rows, columns, generator=g),
        torch.randn(n, 7, 2, generator=g),
    )


def make_model(**changes):
    torch.manual_seed(1)
    model = TileConvLstm(2, **{**SIZES, **changes})
    nn.init.normal_(model.head.weight)
    return model


def slow_layer(layer, frames):
    """The equations, frame by frame, with one convolution of input and state together."""
    n, (rows, columns) = frames.shape[1], frames.shape[-2:]
    hidden = cell = torch.zeros(n, layer.hidden, rows, columns)
    weight = torch.cat((layer.input.weight, layer.recurrent.weight), dim=1)
    for now in frames:
        both = torch.cat((now, hidden), dim=1)
        gates = nn.functional.conv2d(both, weight, layer.input.bias, padding=1)
        i, f, o, g = gates.chunk(4, dim=1)
        cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
        hidden = torch.sigmoid(o) * torch.tanh(cell)
    return hidden


def test_layer_is_the_equations():
    layer = make_model().layers[0]
    frames = torch.randn(4, 2, 2, 5, 6)
    torch.testing.assert_close(layer(frames)[-1], slow_layer(layer, frames), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("multimodal", [False, True])
def test_parameter_count(multimodal):
    model = TileConvLstm(3, multimodal=multimodal)
    ins = 2 + multimodal * (3 + 2)
    first = 9 * (ins + 64) * 256 + 256
    second = 9 * (64 + 64) * 256 + 256
    head = 64 * 12 + 12
    assert sum(p.numel() for p in model.parameters()) == first + second + head


def test_receptive_field():
    """Each layer reaches one cell more at the last frame, and one more for each frame before."""
    model = make_model()
    batch = make_batch(n=1, rows=21, columns=21)
    batch = replace(batch, mask=torch.ones(21, 21, dtype=torch.bool))
    batch.displacement.requires_grad_()
    out = model(batch)[0, 0, 10, 10] - batch.displacement[0, -1, 10, 10]
    out.backward()
    for frame in range(4):
        reach = 2 + 3 - frame
        found = batch.displacement.grad[0, frame].abs() > 0
        expected = torch.zeros(21, 21, dtype=torch.bool)
        expected[10 - reach : 11 + reach, 10 - reach : 11 + reach] = True
        assert torch.equal(found, expected)


@pytest.mark.parametrize("multimodal", [False, True])
def test_masked_cells_influence_nothing(multimodal):
    model, batch = make_model(multimodal=multimodal), make_batch()
    out = model(batch)
    assert out.shape == (2, 3, 9, 11)
    assert (out[..., ~batch.mask] == 0).all()
    other = replace(
        batch,
        displacement=batch.displacement.where(batch.mask, torch.nan),
        statics=batch.statics.where(batch.mask, torch.nan),
    )
    assert torch.equal(model(other), out)


def test_statics_and_cycles_reach_only_the_multimodal_form():
    batch = make_batch()
    bare, full = make_model(), make_model(multimodal=True)
    for name in ("statics", "cycles"):
        other = replace(batch, **{name: getattr(batch, name) + 1.0})
        assert torch.equal(bare(other), bare(batch))
        assert not torch.equal(full(other), full(batch))
    later = batch.cycles.clone()
    later[:, 4:] += 1.0
    assert torch.equal(full(replace(batch, cycles=later)), full(batch))


def test_untrained_is_persistence_on_any_grid():
    model = TileConvLstm(2, **SIZES)
    for rows in (3, 9):
        batch = make_batch(rows=rows)
        last = batch.displacement[:, -1:].where(batch.mask, 0.0)
        assert torch.equal(model(batch), last.expand(-1, 3, -1, -1))


def test_refuses():
    with pytest.raises(DataError, match="kernel 4"):
        TileConvLstm(0, kernel=4)
    with pytest.raises(DataError, match="hidden 0"):
        TileConvLstm(0, hidden=0)
    with pytest.raises(DataError, match="statics"):
        make_model(multimodal=True)(make_batch(n_statics=3))
    batch = make_batch()
    with pytest.raises(DataError, match="displacement"):
        make_model()(replace(batch, displacement=batch.displacement[:, 1:]))
