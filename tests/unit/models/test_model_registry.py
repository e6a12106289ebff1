import pytest
import torch

from faultcast import models
from faultcast.errors import ConfigError
from faultcast.models import registry
from faultcast.models.registry import Row, get_row, make_autoencoder, make_predictor


def run(row):
    """Send three days of maps through the networks of a row."""
    maps = torch.rand(3, 8, 12)
    if row.autoencoder is None:
        return make_predictor(row.predictor, (8, 12), 30)(maps[None])
    autoencoder = make_autoencoder(row.autoencoder, 8, 12, 4)
    series = (autoencoder(maps) - maps).abs().mean(dim=(1, 2))
    return make_predictor(row.predictor, (1,), 30)(series[None, :, None])


@pytest.mark.parametrize("key", registry.ROWS)
def test_every_row_makes_its_networks(key):
    row = get_row(key)
    assert row.key == key
    assert run(row).shape == (1, 3)


def test_the_papers_tables():
    titles = [get_row(key).title for key in registry.TABLE1]
    assert len(titles) == len(set(titles)) == 12
    assert titles[0] == "MLP" and titles[-1] == "EQPRED"
    # only the rows of the table's lower half have an autoencoder
    assert [get_row(key).autoencoder is None for key in registry.TABLE1] == [True] * 5 + [False] * 7


def test_skips_and_attention_are_what_the_ablations_take_away():
    full = make_autoencoder(get_row("eqpred").autoencoder, 8, 8, 4)
    bare = make_autoencoder(get_row("no_skip").autoencoder, 8, 8, 4)
    assert full.long_skips and full.encoder[0].shortcut is not None
    assert not bare.long_skips and bare.encoder[0].shortcut is None
    assert make_predictor(get_row("eqpred").predictor, (1,), 30).attention is not None
    assert make_predictor(get_row("no_attention").predictor, (1,), 30).attention is None


def test_a_further_row_is_one_entry(monkeypatch):
    monkeypatch.setitem(registry.ROWS, "vae_mlp", Row("vae_mlp", "VAE+MLP", "vae", "mlp"))
    assert run(get_row("vae_mlp")).shape == (1, 3)


def test_the_window_reaches_the_predictors():
    for kind in ("mlp", "conv1d"):
        assert make_predictor(kind, (1,), 17).context == 17
    assert make_predictor("attention", (1,), 17).context == 31 + 16
    assert make_predictor("maps_mlp", (4, 4), 17).context == 17
    assert make_predictor("lstm", (1,), 17).context == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: get_row("resnet"), "no model 'resnet'.*eqpred"),
        (
            lambda: make_autoencoder("unet", 4, 4, 2),
            "no autoencoder 'unet'.*dense, conv, skip, vae",
        ),
        (lambda: make_predictor("gru", (1,), 30), "no predictor 'gru'.*attention"),
        # a predictor of maps does not take a series
        (lambda: make_predictor("maps_mlp", (1,), 30), "no predictor 'maps_mlp'.*mlp, lstm"),
        (lambda: make_predictor("mlp", (4, 4), 30), "no predictor 'mlp'.*maps_lstm"),
    ],
)
def test_unknown_names(make, message):
    with pytest.raises(ConfigError, match=message):
        make()


def test_every_name_of_the_package_exists():
    for name in models.__all__:
        assert getattr(models, name).__name__ == name
    with pytest.raises(AttributeError, match="Transformer"):
        models.Transformer  # noqa: B018  # the look-up is the test
