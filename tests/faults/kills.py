"""kill -9 of the short run at moments counted in its own CPU seconds, and the way back."""

import random
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import short_run
from checkout import Checkout
from fuzzing import done

VICTIMS = ("a job", "Snakemake", "Snakemake and its jobs")
_LIMIT_S = 900.0


@dataclass
class Reference:
    """The unbroken short run: what it made, and the CPU seconds it took."""

    checkout: Checkout
    digests: dict[str, str]
    cpu_s: float


def unbroken(folder: Path) -> Reference:
    """Make the short run without harm."""
    checkout = short_run.prepare(folder)
    run = short_run.start(checkout)
    cpu_s = 0.0
    while run.poll() is None:
        cpu_s = max(cpu_s, cpu_of(run.pid))
        time.sleep(0.1)
    assert run.returncode == 0, short_run.shown(checkout)[-6000:]
    return Reference(checkout, short_run.digests(checkout), cpu_s)


def soak(n_kills: int, seed: int, reference: Reference, folder: Path) -> None:
    """Kill short runs, each with every victim once, until `n_kills` have hit.

    A moment is drawn from the CPU time that the run has left. After each kill every file in its
    place must be one of the unbroken run, whole. Then the run is started again, as docs/cluster.md
    says; what is left of jobs may still write. In the end it must have made what the unbroken run
    made, and have nothing left to do.
    """
    draw = random.Random(seed)
    n_done = 0
    while n_done < n_kills:
        checkout = short_run.prepare(folder / f"after{n_done}")
        left_s = reference.cpu_s
        for victim in draw.sample(VICTIMS, min(len(VICTIMS), n_kills - n_done)):
            moment_s = draw.uniform(0.0, left_s)
            struck = kill_at(checkout, moment_s, victim, draw)
            assert_whole(checkout, reference)
            left_s -= moment_s
            n_done += bool(struck)
            done[f"kill -9 of {victim}", struck or "run was over"] += 1
        finish(checkout)
        assert short_run.digests(checkout) == reference.digests
        assert checkout.planned(*short_run.TARGETS) == {}
        done["kill -9, runs that ended as the unbroken one", "all"] += 1


def kill_at(checkout: Checkout, moment_s: float, victim: str, draw: random.Random) -> str:
    """Start the run and kill a victim once it took `moment_s` of CPU.

    Returns "while a job ran" or "between jobs"; "" if the run ended before.
    """
    unlock(checkout)
    run = short_run.start(checkout)
    deadline = time.monotonic() + _LIMIT_S
    while run.poll() is None:
        assert time.monotonic() < deadline, short_run.shown(checkout)[-3000:]
        if cpu_of(run.pid) >= moment_s:
            jobs = jobs_of(run.pid)
            if jobs or victim != "a job":
                return strike(run, jobs, victim, draw)
        time.sleep(0.05)
    assert_ended_well(run, checkout)
    return ""


def strike(
    run: subprocess.Popen[str], jobs: list[psutil.Process], victim: str, draw: random.Random
) -> str:
    """Kill the victim and wait until Snakemake is gone."""
    if victim == "a job":
        _kill(draw.choice(jobs))
        # Snakemake goes on with what does not stand on that job, which may just have ended
        return "while a job ran" if run.wait(_LIMIT_S) == 1 else ""
    children = _tree(run.pid)[1:]
    run.kill()
    if run.wait() == 0:
        return ""
    if victim == "Snakemake and its jobs":
        for child in children:
            _kill(child)
        psutil.wait_procs(children, timeout=30)
    return "while a job ran" if jobs else "between jobs"


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):  # ended in the meantime
        process.kill()


def finish(checkout: Checkout) -> None:
    """Run to the end, once more where the first is told that a job of a killed run still wrote."""
    for _ in range(2):
        unlock(checkout)
        run = short_run.start(checkout)
        run.wait(_LIMIT_S)
        assert_ended_well(run, checkout)
        if run.returncode == 0:
            return
    raise AssertionError(short_run.shown(checkout)[-6000:])


def assert_ended_well(run: subprocess.Popen[str], checkout: Checkout) -> None:
    """The run came to its end, or told that an input was written by what outlived a kill."""
    shown = short_run.shown(checkout)
    assert run.returncode == 0 or "Jobs of a run that was killed may still run" in shown, shown


def unlock(checkout: Checkout) -> None:
    """Unlock a checkout whose Snakemake was killed."""
    if any((checkout / ".snakemake/locks").glob("*")):
        checkout.snakemake("--unlock")


def jobs_of(pid: int) -> list[psutil.Process]:
    """Return the processes that run the scripts of a Snakemake's jobs."""
    found = []
    for child in _tree(pid)[1:]:
        with suppress(psutil.NoSuchProcess):
            command = child.cmdline()
            if len(command) > 1 and ".snakemake/scripts/" in command[-1] and "python" in command[0]:
                found.append(child)
    return found


def cpu_of(pid: int) -> float:
    """Return the CPU seconds of a process and all its descendants, also of those that ended."""
    total = 0.0
    for process in _tree(pid):
        with suppress(psutil.NoSuchProcess):
            total += sum(process.cpu_times()[:4])
    return total


def _tree(pid: int) -> list[psutil.Process]:
    """Return a process and its descendants; none if it ended."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def assert_whole(checkout: Checkout, reference: Reference) -> None:
    """Every file in its place is one of the unbroken run, to its last value."""
    wrong = {
        path: digest
        for path, digest in short_run.digests(checkout).items()
        if digest != reference.digests.get(path)
    }
    assert not wrong, f"half-written or unknown: {sorted(wrong)}"
