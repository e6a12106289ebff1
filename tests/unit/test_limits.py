import pytest

from faultcast.limits import full_disk, newer_inputs, over_limits, tell_limits

FRAME = "=" * 80


def failure(rule, job, *, logs, restarted, status="FAILED"):
    """What Snakemake logs when a job failed; the logs shown hold another Snakemake's errors."""
    shown = "".join(f"Logfile {path}:\n{FRAME}\n{text}\n{FRAME}\n\n" for path, text in logs)
    text = (
        f"[Fri Nov 20 16:25:52 2026]\nError in rule {rule}:\n    message: SLURM-job '7' failed, "
        f"SLURM status is: '{status}'. Detailed failure reason unavailable.\n    jobid: {job}\n"
    )
    text += (
        f"    output: out\n    log: {logs[0][0]} (check log file(s) for error details)\n\n{shown}"
    )
    return text + (f"Trying to restart job {job}.\n" if restarted else "")


INNER = f"Error in rule train:\n    jobid: 0\n{'-' * 9}\nslurmstepd: error: "
MEMORY = INNER + "StepId=7.0 exceeded memory limit (7705 > 6291), being killed"
TIME = INNER + "*** JOB 6 ON node1 CANCELLED AT 2026-11-20T16:25:58 DUE TO TIME LIMIT ***"
KERNEL = (
    INNER + "Detected 1 oom_kill event in StepId=7.0. Some of the step tasks have been OOM Killed."
)
FAULT = "ERROR faultcast: short.csv has no column mag"


def test_a_job_that_failed_for_good_is_told_with_its_cure():
    log = failure(
        "train", 4, logs=[("a.log", "loss 0.5"), ("slurm_logs/6.log", TIME)], restarted=True
    )
    log += failure(
        "train", 4, logs=[("a.log", "loss 0.5"), ("slurm_logs/9.log", TIME)], restarted=False
    )
    (told,) = over_limits(log)
    assert "train went over its time, in 2 attempt(s) in all: raise `runtime`" in told
    assert "(log: slurm_logs/9.log)" in told


def test_both_ways_in_which_memory_ends_are_known():
    # as a host of several nodes, and newer versions, begin their lines
    named = MEMORY.replace("slurmstepd:", "slurmstepd-n1:")
    stamped = MEMORY.replace("slurmstepd:", "[2026-11-20T16:25:58.123]")
    for text in (MEMORY, KERNEL, named, stamped):
        (told,) = over_limits(
            failure("train", 4, logs=[("slurm_logs/7.log", text)], restarted=False)
        )
        assert "went over its memory" in told and "raise `mem_mb`" in told


@pytest.mark.parametrize(
    ("status", "resource"), [("OUT_OF_MEMORY", "mem_mb"), ("TIMEOUT", "runtime")]
)
def test_the_status_tells_where_slurm_left_no_log(status, resource):
    # Snakemake shows no log that follows an empty one
    log = failure("train", 4, logs=[("a.log", "loss 0.5")], restarted=False, status=status)
    (told,) = over_limits(log)
    assert f"raise `{resource}`" in told and f"(SLURM's status: {status})" in told


def test_one_sentence_for_a_job_and_a_resource():
    logs = [("slurm_logs/7.log", MEMORY), ("slurm_logs/8.log", KERNEL)]
    (told,) = over_limits(failure("train", 4, logs=logs, restarted=False, status="OUT_OF_MEMORY"))
    assert "raise `mem_mb`" in told and told.count("log:") == 1


HALVED = "WARNING faultcast.train.loop: a: out of memory on the GPU, batch halved to 4 samples"
CUDA = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB."


@pytest.mark.parametrize("path", ["a.log", "slurm_logs/7.log"])
def test_what_a_job_says_of_memory_is_no_limit_of_slurm(path):
    for text in (HALVED + "\n" + FAULT, "Out of memory?\nKeyError: 'mag'"):
        assert over_limits(failure("train", 4, logs=[(path, text)], restarted=False)) == []
    # ours to tell, also on a node whose name speaks of a GPU
    (told,) = over_limits(
        failure(
            *("train", 4),
            logs=[(path, HALVED), ("slurm_logs/9.log", TIME.replace("node1", "gpu1"))],
            restarted=False,
        )
    )
    assert "raise `runtime`" in told


@pytest.mark.parametrize("path", ["a.log", "slurm_logs/7.log"])
@pytest.mark.parametrize(
    "text", [CUDA, "a: the GPU has too little memory for a single sample; make it smaller"]
)
def test_memory_of_a_gpu_has_a_cure_of_its_own(path, text):
    logs = [(path, text), ("slurm_logs/9.log", text)]
    (told,) = over_limits(failure("train", 4, logs=logs, restarted=False))
    assert told.startswith("faultcast: train went over the memory of its GPU; `mem_mb` does not")
    assert "a smaller `batch_size`" in told and f"(log: {path})" in told


def test_a_job_that_a_retry_saved_and_a_fault_of_its_own_are_not_told():
    log = failure("saved", 4, logs=[("slurm_logs/7.log", MEMORY)], restarted=True)
    log += failure("faulty", 5, logs=[("slurm_logs/8.log", FAULT)], restarted=False)
    assert over_limits(log) == []
    assert over_limits("Finished jobid: 2 (Rule: slow)") == []


def test_jobs_between_each_other_are_kept_apart():
    log = failure("saved", 4, logs=[("slurm_logs/7.log", MEMORY)], restarted=False)
    log += failure("lost", 5, logs=[("slurm_logs/8.log", MEMORY)], restarted=False)
    log += "Trying to restart job 4.\n"
    (told,) = over_limits(log)
    assert "lost" in told and "slurm_logs/8.log" in told


def test_one_log_or_several_are_read(tmp_path, capsys):
    for name, text in (
        ("a", failure("train", 4, logs=[("slurm_logs/7.log", MEMORY)], restarted=False)),
        ("b", ""),
    ):
        (tmp_path / name).write_text(text)
    for logs in (str(tmp_path / "a"), [str(tmp_path / "a"), str(tmp_path / "b")]):
        tell_limits(logs)
        assert capsys.readouterr().out.count("train went over its memory") == 1


def newer(path, written):
    return (
        "Output a b.csv has older modification time (2026-11-20 18:55:17.65) than input "
        f"{path} ({written}). This could indicate a clock skew problem in your network and should "
        "be fixed on system level. System time: 2026-11-20 18:55:17.66 (rule numbers, line 17)\n"
    )


def test_files_from_the_future_are_told_with_their_cure():
    (told,) = newer_inputs(newer("data/c (d)", "2036-11-17 18:54:17.63") * 2)
    assert told.startswith("faultcast: data/c (d): from the future.")
    assert "find data results -newermt now" in told
    assert newer_inputs(failure("a", 1, logs=[("slurm_logs/7.log", MEMORY)], restarted=False)) == []


def test_inputs_that_a_killed_run_still_writes_are_not_from_the_future():
    (told,) = newer_inputs(newer("c d", "2026-11-20 18:55:17.659"))
    assert told.startswith("faultcast: c d: written anew while a job stood on it.")


def test_a_disk_that_was_full_for_snakemake_is_told_with_its_cure():
    (told,) = full_disk("WorkflowError:\nOSError: [Errno 28] No space left on device\n" * 2)
    assert told.startswith("faultcast: the disk is full: free some space, or point the config key")
    assert full_disk(failure("a", 1, logs=[("slurm_logs/7.log", MEMORY)], restarted=False)) == []
