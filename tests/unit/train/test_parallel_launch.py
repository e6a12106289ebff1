"""The launcher: from a job's arguments to its files in two processes on two "nodes" of loopback."""

import json
import socket
from pathlib import Path

import numpy as np
import pytest
import torch.distributed as dist
from safetensors.numpy import load_file

from faultcast.errors import ConfigError, DataError
from faultcast.io import read_json, read_table, write_json
from faultcast.models.registry import MAP_PREDICTORS, ROWS, SERIES_PREDICTORS, is_recurrent
from faultcast.train.eqpred_files import train_row
from faultcast.train.launch import launch, main

# starts the command after its own options twice, as srun does on two nodes
SRUN = """#!/bin/sh
echo "$@" > {folder}/called
while [ "${{1#--}}" != "$1" ]; do shift; done
timeout 200 "$@" & first=$!
timeout 200 "$@" && wait $first
"""


@pytest.fixture
def arguments(cube, small, tmp_path):
    """What a job of a row on the maps is called with, its files in a folder of a name."""
    cube.save(tmp_path / "cube")

    def make(name, **options):
        outputs = {"table": "predictions.parquet", "weights": "weights.safetensors"}
        outputs |= {"history": "history.csv", "record": "run.json"}
        return {
            "inputs": {"cells": str(tmp_path / "cube/cells.parquet")},
            "outputs": {key: str(tmp_path / name / file) for key, file in outputs.items()},
            "protocol": "as_published",
            "row": "conv2d_fc",
            "seeds": [0],
            "threads": 1,
            "options": {**small, "threshold_magnitude": 4.5, **options},
        }

    return make


def test_two_nodes_write_what_one_process_writes(arguments, tmp_path, monkeypatch):
    srun = tmp_path / "bin/srun"
    srun.parent.mkdir()
    srun.write_text(SRUN.format(folder=tmp_path))
    srun.chmod(0o755)
    monkeypatch.setenv("PATH", str(srun.parent), prepend=":")
    monkeypatch.setattr(socket, "gethostname", lambda: "127.0.0.1")
    log = tmp_path / "logs/job.log"
    launch(train_row, arguments("one"), log=log)
    launch(train_row, arguments("two"), processes=2, nodes=2, log=log)

    called = (tmp_path / "called").read_text()
    assert "--nodes=2" in called and "--nnodes=2 --nproc-per-node=1" in called
    assert log.read_text().count("epoch 2 of at most 2") == 1, "process 0 alone has a log"
    assert [path.name for path in log.parent.iterdir()] == ["job.log"]
    one, two = tmp_path / "one", tmp_path / "two"
    assert read_json(two / "run.json")["runs"][0]["processes"] == 2
    history = [read_table(folder / "history.csv") for folder in (one, two)]
    np.testing.assert_allclose(*history, rtol=0, atol=1e-6)
    weights = [load_file(folder / "weights.safetensors") for folder in (one, two)]
    for name, value in weights[0].items():
        np.testing.assert_allclose(weights[1][name], value, rtol=0, atol=1e-5)
    predicted = [read_table(folder / "predictions.parquet")["prediction"] for folder in (one, two)]
    np.testing.assert_allclose(*predicted, rtol=0, atol=1e-3)
    assert not list(tmp_path.glob("*/*_checkpoints/*.safetensors"))


def test_what_a_process_says_before_it_ends_is_told(arguments, tmp_path, monkeypatch):
    path = tmp_path / "job.json"
    job = {"function": "faultcast.train.eqpred_files:train_row", "per_node": 1}
    write_json({**job, "arguments": arguments("bad", epoch=3), "log": str(tmp_path / "log")}, path)
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    place = {"RANK": 0, "WORLD_SIZE": 1, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    for name, value in place.items():
        monkeypatch.setenv(name, str(value))
    try:
        with pytest.raises(SystemExit):
            main(str(path))
    finally:
        dist.destroy_process_group()
    assert "epoch" in (tmp_path / "told-0.txt").read_text()


@pytest.mark.parametrize(
    ("left", "kind", "text"),
    [
        ({"unexpected-0": "Traceback: lost 1", "told-1": "no memory"}, DataError, "^no memory$"),
        ({"unexpected-0": "Traceback: a bug"}, RuntimeError, "a bug"),
        ({}, DataError, "ended with status 3 and said nothing.*raise mem_mb"),
    ],
)
def test_the_reason_is_told_before_its_consequences(tmp_path, monkeypatch, left, kind, text):
    def run(command, check):
        job = command[-1]
        assert json.loads(Path(job).read_text())["arguments"] == {"row": "eqpred"}
        for name, words in left.items():
            (tmp_path / job).with_name(f"{name}.txt").write_text(words)
        return type("Done", (), {"returncode": 3})

    monkeypatch.setattr("subprocess.run", run)
    with pytest.raises(kind, match=text):
        launch(train_row, {"row": "eqpred"}, processes=2, log=tmp_path / "log")
    assert not list(tmp_path.iterdir())


def test_one_process_is_a_call_on_any_number_of_nodes(tmp_path):
    called = []
    launch(lambda **arguments: called.append(arguments), {"row": 1}, nodes=2, log=tmp_path / "log")
    assert called == [{"row": 1}]


def test_what_cannot_be_launched_is_told(tmp_path, monkeypatch):
    with pytest.raises(ConfigError, match=r"train_processes is 3, nodes 2"):
        launch(train_row, {}, processes=3, nodes=2, log=tmp_path / "log")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ConfigError, match=r"no srun here.*leave `nodes` out"):
        launch(train_row, {}, processes=2, nodes=2, log=tmp_path / "log")


def test_rows_that_carry_a_state_are_known():
    shapes = [(SERIES_PREDICTORS, (1,)), (MAP_PREDICTORS, (8, 10))]
    stateful = {
        kind
        for known, shape in shapes
        for kind, network in known.items()
        if hasattr(
            network.make(*shape, **({"window_days": 10} if network.windowed else {})), "reset_state"
        )
    }
    assert {key for key, row in ROWS.items() if row.predictor in stateful} == {
        key for key in ROWS if is_recurrent(key)
    }
    assert stateful
