import errno
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from faultcast import io
from faultcast.errors import DataError, OutputError


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "time": pd.to_datetime(
                ["1992-06-28T11:57:34", "1999-10-16T00:00:00"], utc=True
            ).as_unit("ns"),
            "magnitude": [7.3, np.nan],
            "n_phases": [120, 98],
            "source": ["scsn", "comcat"],
        }
    )


def test_a_table_comes_back_with_its_provenance(tmp_path, frame):
    path = tmp_path / "deep" / "events.parquet"
    io.write_table(frame, path, {"datasets": ["a"]})
    pd.testing.assert_frame_equal(io.read_table(path), frame)
    assert io.read_provenance(path) == {"datasets": ["a"]}
    assert [file.name for file in path.parent.iterdir()] == ["events.parquet"]


def test_a_csv_has_its_provenance_beside_it(tmp_path, frame):
    path = tmp_path / "table.csv"
    io.write_csv(frame, path, {"crs": "+proj=tmerc"})
    assert io.read_provenance(path) == {"crs": "+proj=tmerc"}
    assert io.read_table(path)["magnitude"][0] == 7.3


def test_nothing_half_written_is_left(tmp_path):
    path = tmp_path / "result.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), io.write_aside(path) as aside:
        aside.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, "the disk is full: free some space"),
        (errno.EROFS, "the file system is read-only"),
        (errno.EACCES, "no permission to write there"),
    ],
)
def test_disk_faults_are_told_with_their_cure(tmp_path, number, told):
    with pytest.raises(OutputError, match=told), io.write_aside(tmp_path / "x.csv") as aside:
        aside.write_text("half")
        raise OSError(number, "from the system")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_refuses_even_the_clean_up_is_told(tmp_path, monkeypatch):
    """A read-only file system answers so to the removal of a file that is not there."""

    def refuse(*args, **kwargs):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("pathlib.Path.unlink", refuse)
    told = "read-only: point the config key"
    with pytest.raises(OutputError, match=told), io.write_aside(tmp_path / "x.csv"):
        refuse()


def test_digest_is_of_content_not_of_bytes(tmp_path, frame):
    one, two = tmp_path / "a.parquet", tmp_path / "b.parquet"
    io.write_table(frame, one, {"run": 1})
    frame.to_parquet(two, compression=None)
    assert io.content_digest(one) == io.content_digest(two)


@pytest.mark.parametrize("change", ["value", "order", "name", "kind"])
def test_digest_sees_every_difference(frame, change):
    other = frame.copy()
    if change == "value":
        other.loc[1, "n_phases"] = 99
    elif change == "order":
        other = other.iloc[::-1]
    elif change == "name":
        other = other.rename(columns={"source": "sources"})
    else:
        other["n_phases"] = other["n_phases"].astype("float64")
    assert io.frame_digest(other) != io.frame_digest(frame)


def test_digest_of_text_columns_keeps_cells_apart():
    one = pd.DataFrame({"a": ["xy", "z"]})
    assert io.frame_digest(one) != io.frame_digest(pd.DataFrame({"a": ["x", "yz"]}))


def test_digest_of_json_leaves_cost_out(tmp_path):
    one, two = tmp_path / "1.json", tmp_path / "2.json"
    one.write_text(json.dumps({"seed": 1, "cost": {"wall_s": 3}}))
    two.write_text(json.dumps({"cost": {"wall_s": 9}, "seed": 1}))
    assert io.content_digest(one) == io.content_digest(two)


def test_digest_of_a_measured_cost_leaves_values_out(tmp_path):
    for name, seconds in (("a_cost", 1.0), ("b_cost", 2.0), ("a", 1.0), ("b", 2.0)):
        io.write_csv(
            pd.DataFrame({"stage": ["ward"], "cpu_s": [seconds]}), tmp_path / f"{name}.csv"
        )
    digests = {path.stem: io.content_digest(path) for path in tmp_path.glob("*.csv")}
    assert digests["a_cost"] == digests["b_cost"]
    assert digests["a"] != digests["b"]
    io.write_csv(pd.DataFrame({"stage": ["ward"]}), tmp_path / "b_cost.csv")
    assert io.content_digest(tmp_path / "b_cost.csv") != digests["a_cost"]


def test_digest_of_weights_and_folders(tmp_path):
    weights = {"a": np.arange(6.0).reshape(2, 3), "b": np.ones(2)}
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        save_file(weights, tmp_path / name / "w.safetensors", metadata={"run": name})
    assert io.content_digest(tmp_path / "one") == io.content_digest(tmp_path / "two")
    save_file({**weights, "b": np.zeros(2)}, tmp_path / "two" / "w.safetensors")
    assert io.content_digest(tmp_path / "one") != io.content_digest(tmp_path / "two")


def test_json_takes_numpy_values(tmp_path):
    path = tmp_path / "record.json"
    io.write_json({"n": np.int64(3), "x": np.array([1.5]), "p": Path("a")}, path)
    assert io.read_json(path) == {"n": 3, "x": [1.5], "p": "a"}


def test_a_changed_byte_inside_a_table_is_noticed(tmp_path):
    path = tmp_path / "t.parquet"
    io.write_table(pd.DataFrame({"a": np.random.default_rng(0).normal(size=1000)}), path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1  # far from head and footer
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"t\.parquet is missing, damaged .* run again"):
        io.read_table(path)


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"a": ' + "9" * 5000 + "}", "\x00"])
def test_a_record_that_is_none_is_told(tmp_path, text):
    path = tmp_path / "r.json"
    path.write_text(text)
    with pytest.raises(DataError, match=r"r\.json is missing, damaged"):
        io.read_json(path)
    with pytest.raises(DataError, match=r"gone\.json is missing"):
        io.read_json(tmp_path / "gone.json")
