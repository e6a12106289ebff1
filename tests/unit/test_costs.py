import subprocess
import sys

import pytest

from faultcast.costs import run_costs
from faultcast.errors import DataError


def test_costs_are_added_up_by_rule(tmp_path):
    folder = tmp_path / "benchmarks" / "train"
    folder.mkdir(parents=True)
    for seed, seconds in (("0", 2.0), ("1", 3.0)):
        (folder / f"{seed}.tsv").write_text(f"s\tmax_rss\n{seconds}\t{100 + seconds}\n")
    (tmp_path / "benchmarks" / "scoreboard.tsv").write_text("s\tmax_rss\n0.5\t-\n")
    table = run_costs(tmp_path)
    assert table["rule"].tolist() == ["train", "scoreboard"]
    assert table.loc[0, ["jobs", "seconds", "longest_s", "peak_mb"]].tolist() == [2, 5, 3, 103]


def test_a_folder_without_runs_is_told(tmp_path):
    with pytest.raises(DataError, match="run the workflow there first"):
        run_costs(tmp_path)


@pytest.mark.parametrize("text", ["", "s\n1\n", "s\tmax_rss\nnone\t1\n", "\0\1"])
def test_a_damaged_file_is_told(tmp_path, text):
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "train.tsv").write_text(text)
    with pytest.raises(DataError, match=r"train\.tsv is missing, damaged or .* delete it"):
        run_costs(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [((), "usage: python -m faultcast.costs FOLDER"), (("nowhere",), "run the workflow there")],
)
def test_the_command_ends_in_one_line_not_in_a_traceback(tmp_path, arguments, told):
    command = [sys.executable, "-m", "faultcast.costs", *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert told in done.stderr and len(done.stderr.splitlines()) == 1
