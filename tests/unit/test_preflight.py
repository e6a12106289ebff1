import json

import pandas as pd
import pytest

from faultcast.errors import ConfigError, DataError
from faultcast.preflight import plan, planned_jobs, read_profile, recorded_costs, warnings

DRY_RUN = """Building DAG of jobs...
Job stats:
job                      count
---------------------  -------
all                          1
train_row                    4
select_events                2
kamer2020_fig12_numbers      1
eqpred_table1_numbers        1
kamer2020_fig12_figure       1
total                       10


[Fri Nov 20 16:10:33 2026]
Job 4: Draw kamer2020/fig12
"""
PROFILE = {
    "executor": "slurm",
    "default-resources": {
        "slurm_partition": "cpu",
        "mem_mb": "4000 * attempt",
        "runtime": "60 * attempt",
    },
    "set-resources": {
        "train_row": {"slurm_partition": "gpu", "gpu": 1, "mem_mb": "16000 * attempt"},
        "select_events": {"mem_mb": 2000},
    },
}
COSTS = pd.DataFrame(
    {"mean_s": [1800.0, 36.0], "peak_mb": [1000.0, 900.0]},
    index=["train_row", "numbers"],
)


@pytest.fixture
def planned() -> pd.DataFrame:
    return plan(planned_jobs(DRY_RUN), PROFILE, COSTS)


def test_jobs_are_read_off_a_dry_run():
    jobs = planned_jobs(DRY_RUN)
    assert jobs["train_row"] == 4 and sum(jobs.values()) == 10 and "total" not in jobs
    assert planned_jobs("Building DAG of jobs...\nNothing to be done (all files present).") == {}


def test_gpus_asked_for_by_gres_are_seen():
    profile = {"executor": "slurm", "set-resources": {"train_row": {"gpu": 0, "gres": "gpu:4"}}}
    table = plan({"train_row": 1}, profile, COSTS)
    assert not any("no GPU" in text for text in warnings(table, {}))


def test_a_failed_dry_run_is_shown():
    with pytest.raises(DataError, match=r"Pipe a dry run(.|\n)*the configuration has 2 fault"):
        planned_jobs("WorkflowError: the configuration has 2 fault(s)")


def test_plan_says_where_how_long_and_how_large(planned):
    table = planned.set_index("kind")
    assert planned["kind"].tolist()[:2] == ["train_row", "numbers"]  # the dearest first
    assert table.loc["train_row", ["jobs", "where", "gpu", "limit"]].tolist() == [
        *(4, "gpu", 1, "16000 MB, 60 min"),
    ]
    assert table.loc["train_row", "hours"] == pytest.approx(2.0)
    assert table.loc["numbers", ["jobs", "where", "limit"]].tolist() == [
        *(2, "cpu", "4000 MB, 60 min"),
    ]
    assert table.loc["select_events", "limit"] == "2000 MB, 60 min"
    assert table.loc[["figure", "all"], "where"].tolist() == ["here", "here"]
    assert table["hours"].isna().sum() == 3


def test_without_an_executor_all_runs_here():
    table = plan({"train_row": 1}, {"set-resources": {"train_row": {"gpu": 0}}}, COSTS)
    assert table["where"].tolist() == ["here"]


def test_a_cluster_with_gpus_calls_for_no_note(planned):
    assert warnings(planned, {"cpu": "(null)", "gpu": "gpu:a100:4"}) == []
    assert warnings(planned, {}) == []


def test_missing_gpu_and_partition_are_told_before_the_start(planned):
    (told,) = warnings(planned, {"cpu": "(null)", "gpu": "(null)"})
    assert "partition gpu has no GPU: 4 jobs would wait for ever; set `gpu: 0`" in told
    (told,) = warnings(planned, {"gpu": "gpu:1"})
    assert "no partition cpu here, but gpu: set slurm_partition" in told


def test_trainings_on_the_cpu_are_told():
    profile = {"executor": "slurm", "set-resources": {"train_row": {"gpu": 0}}}
    table = plan({"train_row": 7}, profile, COSTS)
    assert warnings(table, {"cpu": ""}) == ["7 trainings ask for no GPU: they run on the CPU"]


def test_costs_come_from_records_and_from_results(tmp_path):
    stage = {"rule": "train_row", "jobs": 2, "seconds": 10.0, "longest_s": 6.0, "peak_mb": 5.0}
    for name, seconds in (("a", 10.0), ("b", 30.0)):
        (tmp_path / "records" / name).mkdir(parents=True)
        record = {"preset": "small", "stages": [stage | {"seconds": seconds}]}
        (tmp_path / "records" / name / "run.json").write_text(json.dumps(record))
    (tmp_path / "results/benchmarks").mkdir(parents=True)
    (tmp_path / "results/benchmarks/make_controls.tsv").write_text("s\tmax_rss\n3.0\t70\n")
    # a run.json below a run's results is that of a training, not of a run
    (tmp_path / "results/train").mkdir()
    (tmp_path / "results/train/run.json").write_text("{}")
    costs = recorded_costs([tmp_path / "records", tmp_path / "results"])
    assert costs.loc["train_row", ["mean_s", "peak_mb"]].tolist() == [15.0, 5.0]
    assert costs.loc["make_controls", ["mean_s", "peak_mb"]].tolist() == [3.0, 70.0]


def test_a_missing_profile_is_told(tmp_path):
    with pytest.raises(ConfigError, match="name a profile's folder"):
        read_profile(tmp_path / "profiles")
