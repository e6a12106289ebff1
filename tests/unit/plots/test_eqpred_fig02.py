"""Figure 2 of EQPRED: layers, shapes and skips are those of the networks."""

import pandas as pd
import pytest
import torch
from safetensors.numpy import save_file
from torch import nn

from faultcast.errors import DataError
from faultcast.evaluate.eqpred import fig02
from faultcast.evaluate.eqpred.traced_layers import trace_layers
from faultcast.models.registry import make_autoencoder, make_predictor
from faultcast.plots import style
from faultcast.plots.eqpred import fig02 as draw_fig02

# 10 x 14 cells: padded to 12 x 16
GRID = {"row_edges": list(range(11)), "column_edges": list(range(15))}
OPTIONS = {"window_days": 30, "smoothing_days": 15}


@pytest.fixture(scope="module")
def networks():
    return make_autoencoder("skip", 10, 14, 16), make_predictor("attention", (1,), 30)


@pytest.fixture(scope="module")
def weights(networks, tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    paths = []
    for name, network in zip(("autoencoder", "predictor"), networks, strict=True):
        stored = {
            f"seed{seed}.origin0{origin}.{key}": value.numpy()
            for seed in (0, 3)
            for origin in (0, 1)
            for key, value in network.state_dict().items()
        }
        paths.append(folder / f"{name}.safetensors")
        save_file(stored, paths[-1])
    return paths


@pytest.fixture(scope="module")
def table(weights):
    return fig02.numbers(GRID, *weights, **OPTIONS)


def test_every_parameter_stands_in_one_layer(table, networks):
    for network, parts in zip(
        networks, (("encoder", "bottleneck", "decoder"), ("predictor",)), strict=True
    ):
        total = sum(weights.numel() for weights in network.parameters())
        assert table.loc[table["part"].isin(parts), "n_parameters"].sum() == total


def test_shapes_are_those_of_the_padded_grid(table):
    layers = table[table["kind"] == "layer"].set_index("name")
    assert table["output_shape"].iloc[0] == "10 × 14"
    expected = {
        "encoder.0": "4 × 12 × 16",
        "encoder.1": "16 × 6 × 8",
        "encoder.2": "32 × 3 × 4",
        "encoder.3": "64 × 3 × 4",
        "squeeze": "16",
        "expand": "768",
        "decoder.0": "32 × 3 × 4",
        "decoder.1": "16 × 6 × 8",
        "decoder.2": "4 × 12 × 16",
        "layers.3": "32 × 60",
        "attention": "60 × 32",
    }
    assert layers.loc[list(expected), "output_shape"].to_dict() == expected
    assert layers.loc["squeeze", "part"] == "bottleneck"
    assert layers.loc["layers.3", "what"] == "causal convolution, 3 days, dilation 8"


def test_skips_are_found_where_they_are(table):
    skips = table[table["kind"] == "skip"]
    assert list(zip(skips["skip_from"], skips["skip_to"], strict=True)) == [
        ("encoder.2", "decoder.0"),
        ("encoder.1", "decoder.1"),
        ("encoder.0", "decoder.2"),
    ]
    short = set(table.loc[table["has_short_skip"], "name"])
    assert short == {
        *(f"encoder.{i}" for i in range(4)),
        *(f"decoder.{i}" for i in range(3)),
        *(f"layers.{i}" for i in range(1, 4)),
        "attention",
    }
    # the ablation has none of them
    bare = trace_layers(make_autoencoder("conv", 10, 14, 16), 10, 14)
    assert not any(layer.has_short_skip or layer.skip_from for layer in bare)


def test_a_sum_in_the_forward_pass_is_seen():
    class Made(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.c, self.d = (nn.Linear(5, 5) for _ in range(4))

        def forward(self, x):
            first = self.a(x)
            second = self.b(first)
            third = self.c(second) + first
            return self.d(third)

    torch.manual_seed(0)
    found = trace_layers(Made(), 5)
    assert [layer.skip_from for layer in found] == ["", "", "a", ""]
    assert [layer.n_parameters for layer in found] == [30] * 4


def test_weights_of_another_network_are_refused(weights):
    with pytest.raises(DataError, match=r"not of this network: expand\.bias has shape \(768,\)"):
        fig02.numbers({**GRID, "row_edges": list(range(21))}, *weights, **OPTIONS)
    with pytest.raises(DataError, match="not of this network"):
        fig02.numbers(GRID, *reversed(weights), **OPTIONS)


def test_the_figure_has_a_box_a_layer_and_its_shape(table, tmp_path):
    table.to_csv(tmp_path / "numbers.csv", index=False)
    figure = draw_fig02.draw(pd.read_csv(tmp_path / "numbers.csv"), "test")
    (axis,) = figure.axes
    assert len(axis.patches) == (table["kind"] != "skip").sum()
    texts = [text.get_text() for text in axis.texts]
    assert "16×6×8" in texts
    assert texts.count("3,104") == 3
    n_long = sum(line.get_color() == style.BLUE for line in axis.lines)
    n_short = sum(line.get_color() == style.VERMILION for line in axis.lines)
    assert (n_long, n_short) == (3, table["has_short_skip"].sum())
    style.save(figure, "test", tmp_path / "a.pdf", tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 10_000
