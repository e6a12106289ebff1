"""Results and other people's files with damage: cubes, networks, checkpoints, grids, arrays."""

import gzip
import json
from pathlib import Path

import fuzzing
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from safetensors.torch import save_file
from scipy.io import savemat

from faultcast.catalog import Projection, Region, finish_events
from faultcast.errors import FaultcastError
from faultcast.evaluate.kamer2020.engines import engine_runs
from faultcast.evaluate.mmstt.trained import TrainedMmStt
from faultcast.evaluate.published import read_published
from faultcast.faults import FaultNetwork
from faultcast.faults.landers import read_landers
from faultcast.faults.subsets import read_division, read_part, write_division, write_part
from faultcast.faults.traces import read_traces
from faultcast.grid import Cube, daily_cube
from faultcast.io import content_digest, read_provenance, write_csv, write_table
from faultcast.plots.relief import read_ascii_grid
from faultcast.train.checkpoint import Checkpoint, load_checkpoint, save_checkpoint

pytestmark = [pytest.mark.fuzz, pytest.mark.filterwarnings("error::RuntimeWarning")]


def _damage(what, path, read, *, n=fuzzing.N_DOCUMENTS, whole=None):
    """Damage one file many times and read it: an error of ours, or what `read` checks."""
    whole = path.read_bytes() if whole is None else whole

    @fuzzing.fuzzed(n)
    @given(numbers=fuzzing.edits)
    def check(numbers):
        path.write_bytes(fuzzing.edit_all(whole, numbers))
        fuzzing.done[what, "edited documents"] += 1
        try:
            with fuzzing.bounded():
                read()
        except FaultcastError:
            fuzzing.done[what, "refused"] += 1

    check()


@pytest.fixture(scope="module")
def xyz_km():
    rng = np.random.default_rng(1)
    plane = rng.normal(size=(40, 3)) * [5.0, 0.1, 3.0]
    return np.concatenate([plane, rng.uniform(-20.0, 20.0, (20, 3))])


@pytest.fixture
def cube_folder(tmp_path):
    rng = np.random.default_rng(2)
    region = Region((32, 33), (-117, -116), start="1990-01-01", end="1990-02-01")
    frame = pd.DataFrame(
        {
            "event_id": [f"e{k}" for k in range(50)],
            "time": pd.Timestamp("1990-01-01", tz="UTC")
            + pd.to_timedelta(rng.integers(0, 31 * 86_400, 50), unit="s"),
            "latitude": rng.uniform(32.0, 33.0, 50).round(2),
            "longitude": rng.uniform(-117.0, -116.0, 50).round(2),
            "magnitude": rng.uniform(2.5, 6.0, 50).round(1),
        }
    )
    daily_cube(finish_events(frame)[0], region).save(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["cells.parquet", "grid.json"])
def test_damaged_cube(cube_folder, name):
    def read():
        cube = Cube.load(cube_folder)
        days = min(3, cube.n_days)
        assert cube.to_dense(0, days).shape == (days, cube.n_rows, cube.n_columns)
        cube.to_dense(cube.n_days - days, days, value="count")
        assert cube.grid()["unit"] in ("deg", "km")
        # a made-up length can be long, but nothing of that length is built unasked
        assert cube.start.tzinfo is not None

    _damage(f"cube {name}", cube_folder / name, read)


@pytest.mark.parametrize(
    "name", ["kernels.parquet", "backgrounds.parquet", "events.parquet", "network.json"]
)
@pytest.mark.parametrize("background", ["box", "hull"])
def test_damaged_network(tmp_path, xyz_km, background, name):
    FaultNetwork(background=background).fit(xyz_km).save(tmp_path, xyz_km=xyz_km)

    def read():
        net = FaultNetwork.load(tmp_path)
        assert net.predict(xyz_km).shape == (len(xyz_km),)
        assert net.summary()["n_kernels"] == len(net.weights_)
        net.planes()

    _damage(f"network {name}", tmp_path / name, read)


@pytest.mark.parametrize("name", ["points", "branches", "frame"])
def test_damaged_division(tmp_path, xyz_km, name):
    write_division(FaultNetwork(n_subsets=2).divide(xyz_km), tmp_path)
    _damage(f"division {name}", tmp_path / f"{name}.parquet", lambda: read_division(tmp_path))


@pytest.mark.parametrize("name", ["part.json", "labels.parquet", "kernels.parquet"])
def test_damaged_part(tmp_path, xyz_km, name):
    net = FaultNetwork(n_subsets=2, engine="released")
    write_part(net.first_pass(net.divide(xyz_km), 0), tmp_path)
    if not (tmp_path / name).is_file():
        pytest.skip(f"this engine's part has no {name}")
    _damage(f"part {name}", tmp_path / name, lambda: read_part(tmp_path))


def test_damaged_checkpoint(tmp_path):
    path = tmp_path / "state.safetensors"
    model = torch.nn.Linear(3, 2)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    state = Checkpoint(model.state_dict(), model.state_dict(), optimizer.state_dict(), {"epoch": 1})
    save_checkpoint(path, "key", state)

    def read():
        found = load_checkpoint(path, "key")
        if found is None:
            fuzzing.done["checkpoint", "refused"] += 1
        else:  # never with a wrong byte
            assert found.progress == {"epoch": 1}
            for weights in (found.model, found.best):
                assert set(weights) == {"weight", "bias"}
                assert all(weights[name].equal(value) for name, value in state.model.items())

    assert load_checkpoint(path, "key").progress == {"epoch": 1}
    whole = path.read_bytes()
    for old, new in (
        (b"best.weight", b"bust.weight"),
        (b"optimizer.0.", b"optimizer.x."),
        (b"{", b"["),
        (model.bias.detach().numpy().tobytes(), bytes(8)),
    ):
        place = whole.rindex(old) if old == b"{" else whole.index(old)
        path.write_bytes(whole[:place] + new + whole[place + len(old) :])
        assert load_checkpoint(path, "key") is None
    path.write_bytes(whole)
    _damage("checkpoint", path, read)


def test_damaged_weights(tmp_path):
    path = tmp_path / "weights.safetensors"
    model = torch.nn.Linear(3, 2)
    save_file({f"seed0.{name}": value for name, value in model.state_dict().items()}, path)
    trained = TrainedMmStt(model, model, None, False, np.ones(1, dtype=bool), "seed0.")

    def read():
        trained.load(path)
        assert model.weight.shape == (2, 3) and model.bias.shape == (2,)

    read()
    _damage("weights", path, read)


_RELIEF = b"""\
ncols 4
nrows 3
xllcorner -117.0
yllcorner 32.0
cellsize 0.25
nodata_value -9999
1 2 3 4
5 6 7 -9999
9 10 11 12.5
"""


@pytest.mark.parametrize("suffix", [".asc", ".asc.gz"])
def test_damaged_relief(tmp_path, suffix):
    path = tmp_path / f"relief{suffix}"

    def read():
        grid = read_ascii_grid(path)
        assert grid.elevation_m.ndim == 2 and np.isfinite(grid.extent).all()
        assert not np.isinf(grid.elevation_m).any()

    whole = gzip.compress(_RELIEF, mtime=0) if suffix == ".asc.gz" else _RELIEF
    _damage(f"relief {suffix}", path, read, whole=whole)


def test_damaged_landers(tmp_path, xyz_km):
    path = tmp_path / "landers.mat"
    savemat(path, {"xyz_mat": xyz_km})

    def read():
        assert np.isfinite(read_landers(path)).all()

    _damage("MATLAB file", path, read)


def test_damaged_program_output(tmp_path, xyz_km):
    """The output of the author's program, from which reference rows are made."""
    path = tmp_path / "program.npz"
    corners = np.array([[x, y, z] for x in (-9, 9) for y in (-8, 8) for z in (-7, 7)], dtype=float)
    np.savez(
        path,
        labels=np.zeros(len(xyz_km), dtype=int),
        mdl=1.0,
        is_bkg=np.array([0, 1]),
        weight=np.array([0.6, 0.4]),
        mean=np.zeros((2, 3)),
        cov=np.stack([np.eye(3)] * 2),
        bbox=np.stack([corners] * 2),
    )
    points = pd.DataFrame(xyz_km, columns=["x_km", "y_km", "z_km"])
    _damage(
        "program npz",
        path,
        lambda: engine_runs(data="made up", configurations=[], points=points, program_global=path),
    )


@pytest.mark.parametrize("suffix", [".txt", ".txt.gz"])
def test_damaged_traces(tmp_path, suffix):
    path = tmp_path / f"traces{suffix}"
    projection = Projection.centred(34.0, -117.0, 2.0)
    whole = b"# made up\n> San Made Up\n-117.0 34.0\n-117.1 34.1 0\n> Other\n-116.5 33.9\n"

    def read():
        table = read_traces(path, projection)
        assert np.isfinite(table[["x_km", "y_km"]].to_numpy()).all()

    whole = gzip.compress(whole, mtime=0) if suffix == ".txt.gz" else whole
    _damage(f"fault traces {suffix}", path, read, whole=whole)


def test_damaged_published_numbers(tmp_path):
    root = Path(__file__).resolve().parents[2]
    path = tmp_path / "eqpred.csv"
    schema = root / "workflow/schemas/published.schema.yaml"
    whole = (root / "resources/published/eqpred.csv").read_bytes()
    few = b"".join(whole.splitlines(keepends=True)[:12])

    def read():
        assert np.isfinite(read_published(path, schema_path=schema)["value"]).all()

    _damage("published numbers", path, read, whole=few)


@pytest.mark.parametrize("name", ["t.parquet", "t.csv", "t.provenance.json", "r.json"])
def test_damaged_result_for_its_digest(tmp_path, name):
    table = pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "t": pd.date_range("1990", periods=2)})
    write_table(table, tmp_path / "t.parquet", {"seed": 1})
    write_csv(table, tmp_path / "t.csv", {"seed": 1})
    (tmp_path / "r.json").write_text(json.dumps({"n": 1, "cost": 2}))
    path = tmp_path / name

    def read():
        content_digest(path)
        if name != "r.json":
            read_provenance(tmp_path / ("t.parquet" if name == "t.parquet" else "t.csv"))

    _damage(f"result {name}", path, read)
