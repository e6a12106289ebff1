from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from faultcast.errors import DataError
from faultcast.io import read_json
from faultcast.real_run import FIGURES, check_record, record_run

ROOT = Path(__file__).resolve().parents[2]
RECORDS = sorted((ROOT / "docs" / "real-run").glob("*/run.json"))
SETTINGS = {"preset": "small", "seeds": [0], "train_threads": 1, "device": "cpu"}


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.parent.name)
def test_the_committed_records_are_whole(record):
    assert check_record(record.parent) == []


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.parent.name)
def test_the_committed_records_hold_every_published_number(record):
    paper = record.parent.name
    kept = pd.read_csv(record.parent / "published.csv")
    printed = pd.read_csv(ROOT / "resources" / "published" / f"{paper}.csv")
    assert kept["id"].tolist() == printed["id"].tolist()
    np.testing.assert_array_equal(kept["value"], printed["value"])


@pytest.fixture
def finished(tmp_path):
    results = tmp_path / "results"
    for paper, figure in FIGURES.items():
        for name in ("checks/published.csv", "tables/table1.csv"):
            path = results / paper / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("id,value\na,1\n")
        (results / paper / "figures").mkdir()
        Image.new("RGB", (2000, 1000)).save(results / paper / "figures" / f"{figure}.png")
    (results / "benchmarks").mkdir()
    (results / "benchmarks" / "scoreboard.tsv").write_text("s\tmax_rss\n1\t2\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "catalog.csv").write_text("x")
    (tmp_path / "data" / ".partial").mkdir()
    (tmp_path / "data" / ".partial" / "catalog.csv.guard").write_text("")
    return tmp_path


def record(finished, target, papers):
    return record_run(
        finished / "results",
        finished / "data",
        target,
        papers=papers,
        command="snakemake",
        settings=SETTINGS,
    )


def test_a_record_is_whole_and_a_changed_file_is_told(finished):
    target = finished / "docs"
    papers = list(FIGURES)
    folders = record(finished, target, papers)
    assert [folder.name for folder in folders] == list(FIGURES)
    assert all(check_record(folder) == [] for folder in folders)
    assert list(read_json(folders[0] / "run.json")["inputs"]) == ["catalog.csv"]
    (folders[0] / "table1.csv").write_text("id,value\na,2\n")
    assert check_record(folders[0]) == ["table1.csv is not what the run made"]


def test_an_unfinished_run_is_not_recorded(finished):
    (finished / "results" / "eqpred" / "checks" / "published.csv").unlink()
    with pytest.raises(DataError, match="run the workflow to its end first"):
        record(finished, finished, ["kamer2020", "eqpred"])


def test_one_paper_is_recorded_alone_and_an_unknown_one_is_told(finished):
    (finished / "results" / "eqpred" / "checks" / "published.csv").unlink()
    folders = record(finished, finished / "docs", ["kamer2020"])
    assert [folder.name for folder in folders] == ["kamer2020"]
    with pytest.raises(DataError, match="no paper eqpredd here; known: kamer2020, eqpred"):
        record(finished, finished / "docs", ["eqpredd"])
