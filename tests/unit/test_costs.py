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
