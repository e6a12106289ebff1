import pytest
import torch

from faultcast.errors import DataError
from faultcast.models import SkipAutoencoder


@pytest.mark.parametrize(("rows", "columns"), [(40, 60), (20, 20), (13, 17), (1, 2)])
def test_shapes_for_any_grid(rows, columns):
    model = SkipAutoencoder(rows, columns, latent_size=5)
    maps = torch.rand(3, rows, columns)
    assert model(maps).shape == maps.shape
    assert model.encode(maps).shape == (3, 5)


def test_parameter_count_of_the_papers_grid():
    deep = 64 * 10 * 15
    encoder = 9 * (1 * 4 + 4 * 16 + 16 * 32 + 32 * 64)
    decoder = 9 * (64 * 32 + 32 * 16 + 16 * 4) + (9 * 4 + 1)
    shortcuts = (4 + 4 * 16 + 16 * 32 + 32 * 64) + (64 * 32 + 32 * 16 + 16 * 4)
    norms = 2 * (4 + 16 + 32 + 64 + 32 + 16 + 4)
    dense = deep * 16 + 16 + 16 * deep + deep
    count = sum(p.numel() for p in SkipAutoencoder(40, 60).parameters())
    assert count == encoder + decoder + shortcuts + norms + dense
    bare = SkipAutoencoder(40, 60, short_skips=False, long_skips=False)
    assert sum(p.numel() for p in bare.parameters()) == count - shortcuts


def test_without_long_skips_the_bottleneck_is_the_only_way():
    torch.manual_seed(0)
    maps = torch.rand(4, 8, 8)
    for long_skips in (False, True):
        model = SkipAutoencoder(8, 8, long_skips=long_skips).eval()
        # one latent vector for all maps: what still differs came past the bottleneck
        model.squeeze.weight.data.zero_()
        spread = model(maps).std(dim=0).max()
        assert (spread > 1e-4) == long_skips


def test_a_map_does_not_see_its_neighbours_in_the_batch():
    model = SkipAutoencoder(9, 7).eval()
    maps = torch.rand(6, 9, 7)
    changed = maps.clone()
    changed[5] += 1
    with torch.no_grad():
        assert torch.equal(model(maps)[:5], model(changed)[:5])


def test_refuses_an_empty_bottleneck():
    with pytest.raises(DataError, match="at least 1"):
        SkipAutoencoder(8, 8, latent_size=0)
