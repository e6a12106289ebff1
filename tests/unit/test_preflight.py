import io
import json
import math
from pathlib import Path

import pandas as pd
import pytest

from faultcast.errors import ConfigError, DataError
from faultcast.preflight import (
    Partition,
    Rules,
    described,
    main,
    plan,
    planned_jobs,
    read_partitions,
    read_profiles,
    read_rules,
    recorded_costs,
    value_at,
    warnings,
)

ROOT = Path(__file__).resolve().parents[2]

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
RULES = Rules(frozenset({"all", "figure"}), {"train_row": {"gpu": "row_processes"}})
CLUSTER = {"cpu": Partition(default=True), "gpu": Partition(gpus="gpu:a100:4")}


@pytest.fixture
def planned() -> pd.DataFrame:
    return plan(planned_jobs(DRY_RUN), PROFILE, COSTS, RULES)


def test_jobs_are_read_off_a_dry_run():
    jobs = planned_jobs(DRY_RUN)
    assert jobs["train_row"] == 4 and sum(jobs.values()) == 10 and "total" not in jobs
    assert planned_jobs("Building DAG of jobs...\nNothing to be done (all files present).") == {}


def test_gpus_asked_for_by_gres_are_seen():
    profile = {"executor": "slurm", "set-resources": {"train_row": {"gpu": 0, "gres": "gpu:4"}}}
    table = plan({"train_row": 1}, profile, COSTS, RULES)
    assert table["gpu"].tolist() == [1] and warnings(table, {}) == []


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
    table = plan({"train_row": 1}, {"set-resources": {"train_row": {"gpu": 0}}}, COSTS, RULES)
    assert table["where"].tolist() == ["here"]


def test_a_cluster_with_gpus_calls_for_no_note(planned):
    assert warnings(planned, CLUSTER) == []
    assert warnings(planned, {}) == []


def test_missing_gpu_and_partition_are_told_before_the_start(planned):
    (told,) = warnings(planned, {"cpu": Partition(), "gpu": Partition()})
    assert "partition gpu has no GPU: 4 jobs would wait for ever; set `gpu: 0`" in told
    (told,) = warnings(planned, {"gpu": CLUSTER["gpu"]})
    assert "no partition cpu here, but gpu: set slurm_partition" in told


def test_a_gpu_asked_for_in_a_default_partition_without_one_is_told():
    profile = {"executor": "slurm", "set-resources": {"train_row": {"gpu": 1}}}
    table = plan({"train_row": 4}, profile, COSTS, RULES)
    (told,) = warnings(table, {"cpu": Partition(default=True), "gpu": CLUSTER["gpu"]})
    assert told.startswith("the default partition has no GPU: 4 jobs would wait for ever")


def test_several_partitions_of_a_job_are_taken_apart():
    profile = {"executor": "slurm", "set-resources": {"train_row": {"slurm_partition": "cpu,gpu"}}}
    table = plan({"train_row": 4}, profile, COSTS, RULES)
    assert warnings(table, CLUSTER) == []
    (told,) = warnings(table, {"gpu": CLUSTER["gpu"]})
    assert told.startswith("no partition cpu here")


def test_jobs_of_networks_on_the_cpu_are_told():
    """Also those that score, whatever their names: the rule or its class speaks of a GPU."""
    profile = {"executor": "slurm", "set-resources": {rule: {"gpu": 0} for rule in ("a", "b")}}
    table = plan({"a": 3, "b": 4, "c": 1}, profile, COSTS, Rules(own={"a": {"gpu": "1"}}))
    told = warnings(table, {"cpu": Partition(default=True)})
    assert told == ["7 jobs of networks ask for no GPU: they run on the CPU"]


def test_a_class_without_a_word_on_gpus_leaves_the_rule_its_own():
    profile = {"executor": "slurm", "set-resources": {"train_row": {"slurm_partition": "cpu"}}}
    table = plan({"train_row": 1}, profile, COSTS, RULES)
    (told,) = warnings(table, CLUSTER)
    assert told.startswith("partition cpu has no GPU: 1 jobs would wait for ever")


def test_limits_of_the_last_attempt_are_held_against_the_partition():
    limits = {"slurm_partition": "long", "mem_mb": "100 * attempt", "runtime": "600 * attempt"}
    profile = {"executor": "slurm", "retries": 2, "set-resources": {"locate": limits}}
    short = {"long": Partition(minutes=1440, memory_mb=300)}
    (told,) = warnings(plan({"locate": 1}, profile, COSTS, RULES), short)
    assert "at most 1440 min; the last attempt of locate asks for 1800" in told
    assert "`runtime: min(... * attempt, 1440)`" in told
    (told,) = warnings(
        plan({"locate": 1}, profile, COSTS, RULES), {"long": Partition(memory_mb=299)}
    )
    assert "at most 299 MB; the last attempt of locate asks for 300" in told and "mem_mb" in told
    limits["runtime"] = "min(600 * attempt, 1440)"
    table = plan({"locate": 1}, profile, COSTS, RULES)
    assert warnings(table, short) == []
    assert table.loc[0, "limit"] == "100 MB, 600 min"


def test_a_limit_is_read_as_snakemake_does_or_not_at_all():
    assert value_at("600 * attempt", 3) == 1800 and value_at(5, 3) == 5
    assert value_at("min(600 * 2 ** attempt, 24 * 60) - 1", 2) == 1439
    for other in ("input.size_mb * attempt", "1d", "", "min()", "1 / 0", "9 ** 9 ** 9", "exit(1)"):
        assert math.isnan(value_at(other, 1)), other


def test_partitions_are_read_off_sinfo():
    listed = "cpu*|(null)|1-12:00:00|64000\ncpu*|gpu:a100:4(S:0)|1-12:00:00|128000+\nall|(null)|"
    listed += "infinite|1000\nfast|(null)|30:00|1000\nday|gpu:1|10:00:30|1000\n"
    assert read_partitions(listed) == {
        "cpu": Partition("gpu:a100:4(S:0)", 2160, 128000, default=True),
        "all": Partition("", math.inf, 1000),
        "fast": Partition("", 30, 1000),
        "day": Partition("gpu:1", 600.5, 1000),
    }


def test_the_workflow_s_own_rules_are_known():
    rules = read_rules(ROOT)
    assert {"all", "fetch_file", "figure", "page", "scoreboard"} <= rules.here
    assert not {"numbers", "train_row", "reconstruct_faults"} & rules.here
    gpu = {rule for rule, asked in rules.own.items() if "gpu" in asked}
    assert {"train_row", "white_noise", "quake_switches", "score_quake", "diagnose_quake"} <= gpu
    assert {"score_quake_poisson", "score_quake_etas", "train_tile"} <= gpu
    # the profile's default, which retries raise
    assert "numbers" not in rules.own
    assert "gpu" not in rules.own["locate_events"]
    with pytest.raises(ConfigError, match="start it in the folder of the workflow"):
        read_rules(ROOT / "docs")


def test_a_rule_without_a_class_is_submitted_with_its_own_limits():
    profile = {"executor": "slurm", "default-resources": {"slurm_partition": "cpu", "mem_mb": 1}}
    rules = Rules(frozenset({"draw"}), {"new": {"mem_mb": "70", "runtime": "20"}})
    table = plan({"new": 2, "draw": 1}, profile, COSTS, rules).set_index("kind")
    assert table.loc["new", ["where", "limit"]].tolist() == ["cpu", "70 MB, 20 min"]
    assert table.loc["draw", "where"] == "here"


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


def write_profile(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "config.yaml").write_text(text)
    return folder


def test_a_later_profile_replaces_whole_keys(tmp_path):
    first = "executor: slurm\nretries: 2\nset-resources: {a: {mem_mb: 1}, b: {mem_mb: 1}}\n"
    profiles = [
        write_profile(tmp_path / "slurm", first),
        write_profile(tmp_path / "mine", "set-resources: {b: {gpu: 1}}\njobs: 5\nretries: null\n"),
    ]
    assert read_profiles(profiles) == {
        **{"executor": "slurm", "retries": 2, "jobs": 5},
        "set-resources": {"b": {"gpu": 1}},
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1", r"config.yaml cannot be read as YAML: (.|\n)*line 1"),
        ("- a\n", "holds a list, not `key: value` pairs"),
        ("set-resources: {train_row: gpu}", r"`set-resources: train_row` is 'gpu'; expected"),
        ("default-resources: [mem_mb=1]", r"`default-resources` is \['mem_mb=1'\]; expected"),
        ("set-resources: 3", "`set-resources` is 3; expected"),
    ],
)
def test_a_profile_that_cannot_be_used_is_told(tmp_path, text, told):
    with pytest.raises(ConfigError, match=told):
        read_profiles([write_profile(tmp_path, text)])


def test_a_missing_profile_is_told(tmp_path):
    with pytest.raises(ConfigError, match="name a profile's folder"):
        read_profiles([tmp_path / "profiles"])


def test_damaged_records_and_folders_of_something_else_are_told(tmp_path):
    (tmp_path / "paper").mkdir()
    with pytest.raises(DataError, match=r"holds no config.yaml .* name one of these"):
        recorded_costs([tmp_path])
    for text in ("{", "{}", '{"stages": [{"rule": "a"}]}', '{"stages": 3}'):
        (tmp_path / "paper/run.json").write_text(text)
        with pytest.raises(DataError, match=r"run\.json is missing, damaged or of another kind"):
            recorded_costs([tmp_path])


def test_the_preset_and_machine_of_a_record_are_told(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        record = {"preset": "small", "device": "2 CPU cores"}
        (tmp_path / name / "run.json").write_text(json.dumps(record))
    (tmp_path / "results/benchmarks").mkdir(parents=True)
    results = str(tmp_path / "results")
    assert described([tmp_path, results]) == f"small on 2 CPU cores; {results}"


def test_profiles_and_records_are_told_apart_on_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("sys.stdin", io.StringIO(DRY_RUN))
    monkeypatch.setattr("faultcast.preflight.cluster_partitions", dict)
    limits = "{slurm_partition: amd, gpu: 0, mem_mb: 7, runtime: 8}"
    mine = write_profile(tmp_path / "mine", f"set-resources: {{train_row: {limits}}}")
    (tmp_path / "results/benchmarks/train_row").mkdir(parents=True)
    (tmp_path / "results/benchmarks/train_row/0.tsv").write_text("s\tmax_rss\n3600\t9\n")
    main("profiles/slurm", str(mine), str(tmp_path / "results"))
    shown = capsys.readouterr().out
    (row,) = [line for line in shown.splitlines() if line.split()[0] == "train_row"]
    assert " ".join(row.split()) == "train_row 4 amd 0 7 MB, 8 min 3600.0 9.0 4.0"
    assert f"(recorded: {tmp_path / 'results'})" in shown
    assert "note: 4 jobs of networks ask for no GPU" in shown
