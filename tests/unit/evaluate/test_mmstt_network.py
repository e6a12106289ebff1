"""Figures 1 and 7: a trained MM-STT, made again from the files of its training."""

import numpy as np
import pandas as pd
import pytest
import torch

from faultcast.deformation import Tile, egms_series, native_tile
from faultcast.errors import DataError
from faultcast.evaluate.mmstt import fig01, fig07
from faultcast.io import read_json, read_table
from faultcast.plots import style
from faultcast.plots.mmstt import fig01 as draw01
from faultcast.plots.mmstt import fig07 as draw07
from faultcast.synthetic.displacement import displacement_tile
from faultcast.train.tile import run_tile

OPTIONS = {
    "n_in": 4, "n_out": 3, "test_days": 60, "n_blocks": 2, "validation_epochs": 8, "epochs": 1,
    "samples_per_epoch": 8,
    "sizes": {
        "mmstt": {"d_model": 8, "layers": 2, "heads": 2, "feed_forward": 8},
        "tile_conv_lstm": {"hidden": 2, "layers": 1},
    },
}  # fmt: skip


def make_tile(seed: int) -> Tile:
    table, _ = displacement_tile(
        step_time=pd.Timestamp("2021-06-01", tz="UTC"), seed=seed, n_epochs=60, n_cells=20
    )
    return native_tile(egms_series(table, "U", f"made up {seed}"))


@pytest.fixture(scope="module")
def tiles():
    return {name: make_tile(seed) for name, seed in (("one", 0), ("two", 1))}


@pytest.fixture
def inputs(tiles, tmp_path):
    """Return a function that trains a network and returns what the rule gives to the figure."""

    def make(model: str, protocol: str = "leak_free", **options):
        run = run_tile(tiles, model=model, protocol=protocol, seed=3, **OPTIONS, **options)
        weights, record = tmp_path / "weights.safetensors", tmp_path / "run.json"
        run.write(
            {}, table=tmp_path / "t.parquet", weights=weights, history=tmp_path / "h.csv",
            record=record,
        )  # fmt: skip
        for name, tile in tiles.items():
            tile.save(tmp_path / name)
        return {
            "weights": weights,
            "record": read_json(record),
            "cells": [read_table(tmp_path / name / "cells.parquet") for name in tiles],
            "tiles": [read_json(tmp_path / name / "tile.json") for name in tiles],
        }

    return make


@pytest.mark.parametrize(
    "options", [{"relative": False}, {"relative": True}], ids=["levels", "changes"]
)
def test_attention_of_the_fullest_patch(inputs, tiles, options):
    numbers = fig07.numbers(**inputs("mmstt", **options))
    sums = numbers.groupby("layer")["weight"].sum()
    assert sums.index.tolist() == [1, 2]
    np.testing.assert_allclose(sums, 1.0, atol=1e-6)
    np.testing.assert_allclose(numbers.groupby("layer")["uniform"].sum(), 1.0)
    assert numbers["frame"].unique().tolist() == ["-3", "-2", "-1", "0", "priors"]
    # patches of 8 x 8 on 24 x 24 cells, counted by hand
    mask = tiles["one"].mask
    counts = mask.reshape(3, 8, 3, 8).sum(axis=(1, 3))
    first = numbers.iloc[0]
    assert counts[first["query_row"], first["query_column"]] == counts.max()
    places = set(zip(numbers["patch_row"], numbers["patch_column"], strict=True))
    assert places == {(int(r), int(c)) for r, c in np.argwhere(counts)}


def test_weights_are_those_of_the_training(inputs):
    """Other weights give another figure, and the figure does not depend on torch's stream."""
    made = inputs("mmstt")
    torch.manual_seed(1)
    one = fig07.numbers(**made)
    torch.manual_seed(2)
    pd.testing.assert_frame_equal(fig07.numbers(**made), one)
    other = dict(made, record={"runs": [{**made["record"]["runs"][0], "seed": 4}]})
    with pytest.raises(DataError, match=r"seed4\.origin01.*train it anew"):
        fig07.numbers(**other)


def test_without_priors_and_refusals(inputs):
    bare = fig07.numbers(**inputs("no_statics", "chronological"))
    assert "priors" not in set(bare["frame"])
    with pytest.raises(DataError, match="convlstm is no MM-STT"):
        fig07.numbers(**inputs("convlstm"))
    with pytest.raises(DataError, match="joint attention"):
        fig07.numbers(**inputs("factorised"))


@pytest.mark.parametrize("model", ["mmstt", "no_statics", "factorised"])
def test_parts_of_the_network(inputs, tiles, model):
    made = inputs(model)
    del made["weights"]
    parts = fig01.numbers(**made).set_index("part")
    assert parts["n_parameters"].sum() == made["record"]["runs"][0]["n_weights"]
    # patches of 8 x 8 on 24 x 24 cells
    m = int(tiles["one"].mask.reshape(3, 8, 3, 8).any(axis=(1, 3)).sum())
    shapes = parts["shape"]
    assert shapes["displacement"] == "4 × 24 × 24" and shapes["output"] == "3 × 24 × 24"
    assert shapes["frame"] == f"4 × {m} × 8" and shapes["head"] == f"{m} × {3 * 64}"
    assert ("prior" in parts.index) == (model != "no_statics")
    assert shapes["encoder"] == f"{4 + (model != 'no_statics')} × {m} × 8"
    assert parts["mark"]["encoder"] == ("D" if model == "factorised" else "V")
    made["record"]["runs"][0]["n_weights"] = 5
    with pytest.raises(DataError, match="tells of 5 weights"):
        fig01.numbers(**made)


@pytest.mark.parametrize("model", ["mmstt", "no_statics"])
def test_they_are_drawn(inputs, model, tmp_path):
    made = inputs(model)
    attention = fig07.numbers(**made)
    del made["weights"]
    for name, numbers, draw in (
        ("attention", attention, draw07.draw), ("parts", fig01.numbers(**made), draw01.draw)
    ):  # fmt: skip
        path = tmp_path / f"{name}.csv"
        numbers.to_csv(path, index=False)
        style.save(draw(read_table(path), "demo"), "demo", tmp_path / "f.pdf", tmp_path / "f.png")
        assert (tmp_path / "f.png").stat().st_size > 10_000
