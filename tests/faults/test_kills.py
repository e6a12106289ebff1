"""kill -9 at random moments: of a job, of Snakemake, of both, and of a training at a random step.

`SOAK_KILLS` (environment) is the number of kills, 3 by default and 50 in `make soak`; `FUZZ_SEED`
chooses other moments.
"""

import os
import random
import shutil
import time

import kills
import pytest
import short_run
from fuzzing import SEED, done

from faultcast.io import content_digest

pytestmark = [pytest.mark.workflow, pytest.mark.kills]

N_KILLS = int(os.environ.get("SOAK_KILLS", "3"))


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory) -> kills.Reference:
    """The short run without harm, in a folder with a space and letters beyond ASCII."""
    return kills.unbroken(tmp_path_factory.mktemp("unbroken") / "Störungen am 断層 1")


def test_killed_runs_end_as_an_unbroken_one_in_a_folder_of_another_name(unbroken, tmp_path):
    kills.soak(N_KILLS, SEED, unbroken, tmp_path)
    assert sum(n for (what, kind), n in done.items() if kind != "all") >= N_KILLS


def test_training_job_killed_at_a_random_step_ends_with_the_same_weights(unbroken, tmp_path):
    """Snakemake starts the killed job again, which goes on from its checkpoint."""
    checkout = unbroken.checkout.copy(tmp_path / "copy").overlay(
        {"papers": {"eqpred": {"training": {"predictor_epochs": 40}}}}, "long"
    )
    checkout.edit(
        "src/faultcast/train/loop.py",
        "checkpoint_seconds: float = 30.0",
        "checkpoint_seconds: float = 0.0",
    )
    folder = checkout / short_run.TRAINING
    checkpoints = folder.with_name(folder.name + "_checkpoints")
    # the edit is no reason to make the autoencoder anew
    alone = ("--rerun-triggers", "mtime", "--retries", "1")

    made = []
    for killed in (True, False):
        shutil.rmtree(folder)
        shutil.rmtree(checkpoints)
        run = short_run.start(checkout, *alone)
        if killed:
            _kill_after_a_checkpoint(run, checkpoints)
        run.wait(600)
        told = short_run.shown(checkout)
        assert run.returncode == 0, told[-6000:]
        assert ("Trying to restart job" in told) == killed
        log = checkout / f"{short_run.RESULTS}/logs/train_row/simulated/as_published"
        assert ("resumed after epoch" in (log / "eqpred_seed0.log").read_text()) == killed
        made.append({path.name: content_digest(path) for path in folder.glob("*.*")})
    assert "weights.safetensors" in made[0]
    assert made[0] == made[1]


def _kill_after_a_checkpoint(run, checkpoints):
    """Kill the one job at a random step after the first."""
    started = time.monotonic()
    while not any(checkpoints.glob("*.safetensors")):
        assert run.poll() is None and time.monotonic() - started < 300
        time.sleep(0.005)
    time.sleep(random.Random(SEED).uniform(0.0, 0.2))
    (job,) = kills.jobs_of(run.pid)
    job.kill()
