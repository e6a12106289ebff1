"""What holds for every autoencoder of the registry; skips have a file of their own."""

import pytest
import torch

from faultcast.errors import DataError
from faultcast.models import DenseAutoencoder, SkipAutoencoder, VariationalAutoencoder
from faultcast.models.registry import AUTOENCODERS, make_autoencoder

KINDS = tuple(AUTOENCODERS)


def count(model):
    return sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("rows", "columns"), [(40, 60), (13, 17), (1, 2)])
def test_shapes_for_any_grid(kind, rows, columns):
    model = make_autoencoder(kind, rows, columns, 5)
    maps = torch.rand(3, rows, columns)
    assert model(maps).shape == maps.shape
    assert model.encode(maps).shape == (3, 5)


def test_parameter_counts_of_the_papers_grid():
    cells, k = 40 * 60, 16
    dense = (cells * 128 + 128) + (128 * k + k) + (k * 128 + 128) + (128 * cells + cells)
    assert count(DenseAutoencoder(40, 60)) == dense == 621_168
    # the VAE is the plain convolutional one and a second dense layer, for the variance
    plain = count(SkipAutoencoder(40, 60, short_skips=False, long_skips=False))
    assert count(VariationalAutoencoder(40, 60)) == plain + 64 * 10 * 15 * k + k == 518_073


@pytest.mark.parametrize("kind", KINDS)
def test_overfits_ten_frames(kind):
    torch.manual_seed(0)
    maps = (torch.rand(10, 9, 7) < 0.1).float() * 3
    model = make_autoencoder(kind, 9, 7, 16)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(200):
        optimizer.zero_grad()
        ((model(maps) - maps) ** 2).mean().backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        assert ((model(maps) - maps) ** 2).mean() < 0.05 * maps.var()


@pytest.mark.parametrize("kind", KINDS)
def test_deterministic_in_evaluation(kind):
    model = make_autoencoder(kind, 9, 7, 4).eval()
    maps = torch.rand(6, 9, 7)
    with torch.no_grad():
        first = model(maps)
        assert torch.equal(model(maps), first)
        # and a map does not see its neighbours in the batch
        changed = maps.clone()
        changed[5] += 1
        assert torch.equal(model(changed)[:5], first[:5])


@pytest.mark.parametrize("kind", KINDS)
def test_refuses_what_cannot_be(kind):
    with pytest.raises(DataError, match=r"latent_size 0.*at least 1"):
        make_autoencoder(kind, 8, 8, 0)
    with pytest.raises(DataError, match=r"rows -1, columns 0"):
        make_autoencoder(kind, -1, 0, 4)
    with pytest.raises(DataError, match=r"maps of 8 x 6 cells.*made for 6 x 8"):
        make_autoencoder(kind, 6, 8, 4)(torch.rand(2, 8, 6))
