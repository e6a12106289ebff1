from faultcast.limits import full_disk, newer_inputs, over_limits, tell_limits

FRAME = "=" * 80


def failure(rule, job, *, logs, restarted):
    """What Snakemake logs when a job failed; the logs shown hold another Snakemake's errors."""
    shown = "".join(f"Logfile {path}:\n{FRAME}\n{text}\n{FRAME}\n\n" for path, text in logs)
    text = (
        f"[Fri Nov 20 16:25:52 2026]\nError in rule {rule}:\n    message: Train\n    jobid: {job}\n"
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
    log = failure("train", 4, logs=[("a.log", "loss 0.5"), ("slurm/6.log", TIME)], restarted=True)
    log += failure("train", 4, logs=[("a.log", "loss 0.5"), ("slurm/9.log", TIME)], restarted=False)
    (told,) = over_limits(log)
    assert "train went over its time, in 2 attempt(s) in all: raise `runtime`" in told
    assert "(log: slurm/9.log)" in told


def test_both_ways_in_which_memory_ends_are_known():
    for text in (MEMORY, KERNEL):
        (told,) = over_limits(failure("train", 4, logs=[("7.log", text)], restarted=False))
        assert "went over its memory" in told and "raise `mem_mb`" in told


def test_a_job_that_a_retry_saved_and_a_fault_of_its_own_are_not_told():
    log = failure("saved", 4, logs=[("7.log", MEMORY)], restarted=True)
    log += failure("faulty", 5, logs=[("8.log", FAULT)], restarted=False)
    assert over_limits(log) == []
    assert over_limits("Finished jobid: 2 (Rule: slow)") == []


def test_jobs_between_each_other_are_kept_apart():
    log = failure("saved", 4, logs=[("7.log", MEMORY)], restarted=False)
    log += failure("lost", 5, logs=[("8.log", MEMORY)], restarted=False)
    log += "Trying to restart job 4.\n"
    (told,) = over_limits(log)
    assert "lost" in told and "8.log" in told


def test_one_log_or_several_are_read(tmp_path, capsys):
    for name, text in (
        ("a", failure("train", 4, logs=[("7.log", MEMORY)], restarted=False)),
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
    assert newer_inputs(failure("a", 1, logs=[("7.log", MEMORY)], restarted=False)) == []


def test_inputs_that_a_killed_run_still_writes_are_not_from_the_future():
    (told,) = newer_inputs(newer("c d", "2026-11-20 18:55:17.659"))
    assert told.startswith("faultcast: c d: written anew while a job stood on it.")


def test_a_disk_that_was_full_for_snakemake_is_told_with_its_cure():
    (told,) = full_disk("WorkflowError:\nOSError: [Errno 28] No space left on device\n" * 2)
    assert told.startswith("faultcast: the disk is full: free some space, or point the config key")
    assert full_disk(failure("a", 1, logs=[("7.log", MEMORY)], restarted=False)) == []
