"""The workflow on a real SLURM: results, GPUs, nodes, limits, the way back after a kill."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import yaml
from checkout import ROOT, Checkout

from faultcast.io import content_digest, read_json, read_table

pytestmark = [pytest.mark.cluster, pytest.mark.workflow]

HERE = Path(__file__).parent
RESULTS = "results/tiny"
TRAINING = f"{RESULTS}/train/simulated/as_published/eqpred/seed0"
ON_MAPS = f"{RESULTS}/train/simulated/as_published/conv2d_fc/seed0"
# what the short run makes anew, all else is the finished chain's: a fault network and its figure,
# and a training; a fetch is added to it
MADE = ("faults/simulated/network", "network/figures", "train/simulated/as_published/eqpred/seed0")
WITH_GPU = ("n2", "n3")
STARTED: list[subprocess.Popen[str]] = []


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[Path]:
    """A SLURM cluster of this machine alone: three nodes, n2 and n3 with one made-up GPU each."""
    with tempfile.TemporaryDirectory(prefix="slurm-") as name:
        up = subprocess.run(
            [HERE / "slurm_up.sh", name, "1", "3", "1"],
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )
        if up.returncode == 3 and not os.environ.get("FAULTCAST_REQUIRE_SLURM"):
            pytest.skip(up.stderr.strip())
        assert up.returncode == 0, up.stderr
        try:
            yield Path(name)
        finally:
            for run in STARTED:
                run.kill()
            subprocess.run([HERE / "slurm_down.sh", name], check=True, timeout=200)


def start(checkout: Checkout, *arguments: str) -> subprocess.Popen[str]:
    """Start snakemake in a checkout with profiles/slurm and what this site adds to it."""
    for profile in (HERE / "one_node", ROOT / "profiles/slurm"):
        if not (checkout / f"profiles/{profile.name}").exists():
            shutil.copytree(profile, checkout / f"profiles/{profile.name}")
    run = subprocess.Popen(
        [
            *(sys.executable, "-m", "snakemake", *arguments),
            *("--profile", "profiles/slurm", "--profile", "profiles/one_node"),
        ],
        cwd=checkout.folder,
        env={**os.environ, "PYTHONPATH": str(checkout.package), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    STARTED.append(run)
    return run


@pytest.fixture(scope="module", autouse=True)
def limits_run(cluster, tmp_path_factory) -> tuple[Path, subprocess.Popen[str]]:
    """A run whose jobs go over their limits, beside the other tests since it mostly waits."""
    folder = tmp_path_factory.mktemp("limits")
    shutil.copy(HERE / "limits.smk", folder / "Snakefile")
    settings = {
        "set-resources": {
            "hungry": {"slurm_partition": "gpu", "gpu": 1, "mem_mb": "500 * attempt"},
            "slow": {"mem_mb": 500, "runtime": "attempt"},
            "hopeless": {"mem_mb": "300 * attempt"},
            "endless": {"mem_mb": 500, "runtime": 1},
        },
        "keep-going": True,
        "show-failed-logs": True,
    }
    (folder / "profiles/limits").mkdir(parents=True)
    (folder / "profiles/limits/config.yaml").write_text(yaml.safe_dump(settings))
    return folder, start(Checkout(folder), "--workflow-profile", "profiles/limits")


def finish(run: subprocess.Popen[str], code: int = 0) -> str:
    """Wait for a run that must end with `code`; return what the user saw."""
    shown, _ = run.communicate(timeout=600)
    assert run.returncode == code, shown[-6000:]
    return shown


def jobs_of(rule: str) -> list[dict[str, str]]:
    """Jobs of a rule that the cluster knows, oldest first, as `scontrol` describes them."""
    done = subprocess.run(
        ["scontrol", "--oneliner", "show", "jobs"], capture_output=True, text=True, check=True
    )
    jobs = [dict(re.findall(r"(\S+?)=(\S*)", line)) for line in done.stdout.splitlines()]
    mine = [
        job for job in jobs if re.fullmatch(rf"rule_{rule}(_wildcards.*)?", job.get("Comment", ""))
    ]
    return sorted(mine, key=lambda job: int(job["JobId"]))


def add_dataset(checkout: Checkout) -> None:
    """Enter the simulated catalog as a dataset that a mirror holds."""
    content = (checkout / RESULTS / "synthetic/simulated/catalog.csv").read_bytes()
    (checkout / "mirror/made").mkdir(parents=True)
    (checkout / "mirror/made/quakes.csv").write_bytes(content)
    known = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    registry = checkout / "resources/datasets.yaml"
    entries = yaml.safe_load(registry.read_text(encoding="utf-8"))
    entries["datasets"]["made_up"] = {
        **{"title": "Made up", "access": "open", "licence": "none", "citation": "none"},
        "base_urls": ["http://127.0.0.1:9/"],
        "files": [{"path": "made/quakes.csv", **known}],
    }
    registry.write_text(yaml.safe_dump(entries), encoding="utf-8")


@pytest.fixture
def short_run(finished) -> Checkout:
    """The finished chain without what the short run is to make."""
    for folder in MADE:
        shutil.rmtree(finished / RESULTS / folder)
    return finished


def differing(made: Checkout, chain: Checkout) -> list[str]:
    """Results of the short run that are not those of the local run."""
    files = [
        path.relative_to(made.folder)
        for folder in MADE
        for path in sorted((chain / f"{RESULTS}/{folder}").rglob("*.*"))
        if "network/figures" not in str(path) or path.stem == "map"
        for path in [made / str(path.relative_to(chain.folder))]
        if path.name != ".snakemake_timestamp"
    ]
    assert {".parquet", ".csv", ".json", ".safetensors", ".png"} <= {path.suffix for path in files}
    return [
        str(path)
        for path in files
        if content_digest(made / str(path)) != content_digest(chain / str(path))
    ]


def test_short_run_gives_the_results_of_the_local_run(short_run, chain):
    add_dataset(short_run)
    checkout = short_run.overlay({"mirror": "mirror"})
    targets = ("network/figures/map.png", "train/simulated/as_published/eqpred/seed0/run.json")
    shown = finish(
        start(
            checkout,
            *("data/made/quakes.csv", *(f"{RESULTS}/{target}" for target in targets)),
            *("--configfile", *checkout.overlays),
        )
    )
    assert differing(checkout, chain) == []
    fetched = (checkout / "data/made/quakes.csv").read_bytes()
    assert fetched == (checkout / "mirror/made/quakes.csv").read_bytes()

    (training,) = jobs_of("train_row")
    assert training["Partition"] == "gpu" and training["JobState"] == "COMPLETED"
    # n1 comes first, but has no GPU
    assert training["TresPerJob"] == "gres:gpu:1" and training["NodeList"] in WITH_GPU
    assert (training["MinMemoryNode"], training["TimeLimit"]) == ("16000M", "10:00:00")
    assert training["Requeue"] == "1"
    log = f"{RESULTS}/logs/train_row/simulated/as_published/eqpred_seed0.log"
    told = (checkout / log).read_text(encoding="utf-8")
    assert (
        "WARNING faultcast.train.device: CUDA_VISIBLE_DEVICES=0: this job was given a GPU" in told
    )
    for rule in ("place_events", "reconstruct_faults", "network_map_numbers"):
        (job,) = jobs_of(rule)
        assert job["Partition"] == "cpu" and "TresPerJob" not in job, shown
    # what is fetched or drawn runs where Snakemake does
    assert not jobs_of("fetch_file") and not jobs_of("network_map_figure")


def test_the_preflight_asks_the_cluster(finished):
    """Two profiles, as the run gets them; the gpu partition ends jobs after a day."""
    shutil.rmtree(finished / TRAINING)
    shown = finish(
        start(finished, "--dry-run", f"{TRAINING}/run.json", "--configfile", *finished.overlays)
    )
    done = subprocess.run(
        [
            *(sys.executable, "-m", "faultcast.preflight"),
            *("profiles/slurm", "profiles/one_node", RESULTS),
        ],
        cwd=finished.folder,
        env={**os.environ, "PYTHONPATH": str(finished.package)},
        input=shown,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (row,) = [line.split() for line in done.stdout.splitlines() if line.startswith("train_row")]
    assert row[:4] == ["train_row", "1", "gpu", "1"]
    (note,) = [line for line in done.stdout.splitlines() if line.startswith("note: ")]
    assert "partition gpu gives a job at most 1440 min; the last attempt of train_row asks" in note


def test_one_training_on_two_nodes(finished, chain, cluster):
    """Two processes, as docs/cluster.md asks for them, against the one process of the local run."""
    finished.edit(
        "profiles/slurm/config.yaml",
        "  train_row: *training\n",
        "  train_row: {slurm_partition: gpu, gpu: 0, gres: 'gpu:1', nodes: 2, mem_mb: 8000}\n",
    )
    shutil.rmtree(finished / ON_MAPS)
    checkout = finished.overlay({"train_processes": 2})
    before = len(jobs_of("train_row"))
    finish(start(checkout, f"{ON_MAPS}/run.json", "--configfile", *checkout.overlays))

    (job,) = jobs_of("train_row")[before:]
    assert (job["NumNodes"], job["TresPerNode"]) == ("2", "gres:gpu:1")
    for node in WITH_GPU:
        log = (cluster / f"log/slurmd.{node}.log").read_text(encoding="utf-8")
        assert f"launch task StepId={job['JobId']}." in log
    (run,) = read_json(checkout / f"{ON_MAPS}/run.json")["runs"]
    assert run["processes"] == 2
    for name, far in (("history.csv", 1e-6), ("predictions.parquet", 1e-3)):
        two, one = (read_table(made / f"{ON_MAPS}/{name}") for made in (checkout, chain))
        pd.testing.assert_frame_equal(two, one, rtol=0, atol=far)


def wait_for_state(rule: str, state: str) -> dict[str, str]:
    """Return the newest job of a rule once it is in this state."""
    for _ in range(240):
        jobs = jobs_of(rule)
        if jobs and jobs[-1]["JobState"] == state:
            return jobs[-1]
        time.sleep(0.5)
    raise AssertionError(f"no job of {rule} came to {state}: {jobs}")


def test_way_back_after_snakemake_was_killed(finished, chain):
    """As docs/cluster.md says: cancel the jobs that still run, unlock, the same command.

    On a cluster without GPUs: its user changes one line of the profile.
    """
    finished.edit(
        "profiles/slurm/config.yaml",
        "{slurm_partition: gpu, gpu: 1,",
        "{slurm_partition: cpu, gpu: 0,",
    )
    shutil.rmtree(finished / TRAINING)
    command = (f"{TRAINING}/run.json", "--configfile", *finished.overlays)
    before = len(jobs_of("train_row"))
    killed = start(finished, *command)
    while len(jobs_of("train_row")) == before:
        assert killed.poll() is None, killed.communicate()
        time.sleep(0.5)
    orphan = wait_for_state("train_row", "RUNNING")
    killed.kill()
    # it must not end before it is cancelled
    subprocess.run(["scontrol", "suspend", orphan["JobId"]], check=True)
    shown, _ = killed.communicate()
    assert f"SLURM run ID: {orphan['JobName']}" in shown

    assert "Directory cannot be locked" in finish(start(finished, *command), code=1)
    assert wait_for_state("train_row", "SUSPENDED")["JobId"] == orphan["JobId"]
    subprocess.run(["scancel", "--name", orphan["JobName"]], check=True)
    waiting = f'while [ -n "$(squeue --noheader --name {orphan["JobName"]})" ]; do sleep 1; done'
    subprocess.run(["bash", "-c", waiting], check=True, timeout=120)
    assert jobs_of("train_row")[-1]["JobState"] == "CANCELLED"
    finish(start(finished, "--unlock", "--configfile", *finished.overlays))
    finish(start(finished, *command))
    again = jobs_of("train_row")[before:]
    assert [job["JobState"] for job in again] == ["CANCELLED", "COMPLETED"]
    assert again[1]["Partition"] == "cpu" and "TresPerJob" not in again[1]
    assert differing(finished, chain) == []


def test_a_job_over_its_limit_gets_more_and_is_then_told(limits_run):
    """Two jobs that a second attempt saves, and two that nothing saves."""
    folder, run = limits_run
    shown = finish(run, code=1)
    assert (folder / "hungry.txt").exists() and (folder / "slow.txt").exists()
    assert not (folder / "hopeless.txt").exists() and not (folder / "endless.txt").exists()

    assert {job["NodeList"] for job in jobs_of("hungry")} <= set(WITH_GPU)
    assert [job["MinMemoryNode"] for job in jobs_of("hungry")] == ["500M", "1000M"]
    # one line an attempt: its memory, and the GPU that SLURM gave it
    attempts = (folder / "logs/hungry_attempts.txt").read_text(encoding="utf-8")
    assert attempts.splitlines() == ["500 0", "1000 0"]
    assert [job["JobState"] for job in jobs_of("slow")] == ["TIMEOUT", "COMPLETED"]
    assert (folder / "logs/slow_attempts.txt").read_text(encoding="utf-8").split() == ["1", "2"]
    assert [job["MinMemoryNode"] for job in jobs_of("hopeless")] == ["300M", "600M", "900M"]
    told = shown[shown.rindex("Error in rule hopeless") :]
    assert "logs/hopeless.log" in told and "what the job said" in told
    assert [job["JobState"] for job in jobs_of("endless")] == ["TIMEOUT"]
    cures = sorted(re.findall("^faultcast: .*", shown, re.MULTILINE))
    assert len(cures) == 2
    assert "endless went over its time, in 1 attempt(s) in all: raise `runtime`" in cures[0]
    assert "(SLURM's status: TIMEOUT)" in cures[0]
    assert "hopeless went over its memory, in 3 attempt(s) in all: raise `mem_mb`" in cures[1]
