"""What the log of a failed run tells about limits, disk and clock, and what to do about it.

Snakemake's own text does not tell: after a job that was killed for its memory it recommends a
longer wait for missing files, and files from the future it wants "fixed on system level".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

# resource to raise -> what was too little, how SLURM's own line tells it, SLURM's status
LIMITS = {
    "mem_mb": (
        "memory",
        re.compile(r"exceeded (?:job |step )?memory limit|oom.?kill|out.of.memory", re.I),
        "OUT_OF_MEMORY",
    ),
    "runtime": ("time", re.compile(r"due to time limit", re.I), "TIMEOUT"),
}
# a job's output lies in SLURM's log too: only the lines of SLURM's own programs are its verdict
_SLURM_LINE = re.compile(r"^(?:slurm[\w.-]*:|srun:|\[[\d:.T-]+\] error:) .*", re.MULTILINE)
_GPU_MEMORY = re.compile(r"CUDA (?:error: )?out of memory|GPU (?:of .*)?has too little")

_LOGFILE = re.compile(r"^Logfile (.+):\n={10,}\n((?:.*\n)*?)={10,}$", re.MULTILINE)
_ERROR = re.compile(r"^Error in rule (\w+):\n((?:    .*\n)*?)    jobid: (\d+)$", re.MULTILINE)
_STATUS = re.compile(r"SLURM status is: '(\w+)'")

_NEWER_INPUT = re.compile(
    r"has older modification time .*? than input (.+?) \((\d{4}-.+?)\)\."
    r".*?System time: (\S+ [\d:.]+)"
)


def over_limits(log: str) -> list[str]:
    """Return one sentence for each job and limit at which its last attempt was ended.

    SLURM tells it in the status that stands in Snakemake's error, or in SLURM's own log of the job;
    what a job itself writes about memory is no limit of SLURM's, and its GPU's has another cure.

    Parameters
    ----------
    log : text of Snakemake's log, with the logs of failed jobs shown in it (`show-failed-logs`).
    """
    shown = [found.span() for found in _LOGFILE.finditer(log)]
    # a job's shown log holds errors of the Snakemake inside it
    errors = [
        error
        for error in _ERROR.finditer(log)
        if not any(start < error.start() < end for start, end in shown)
    ]
    told = []
    for job, error in {error[3]: error for error in errors}.items():
        attempts = sum(other[3] == job for other in errors)
        if log.count(f"Trying to restart job {job}.") >= attempts:
            continue
        following = [other.start() for other in errors if other.start() > error.start()]
        logs = _LOGFILE.findall(log[error.start() : min(following, default=len(log))])
        cure = "of its class in the profile and start again; what is finished stays"
        told += [
            f"faultcast: {error[1]} went over its {what}, in {attempts} attempt(s) in all: raise "
            f"`{resource}` {cure} ({where})"
            for resource, what, where in _passed(error[2], logs)
        ]
        on_gpu = [path for path, text in logs if _GPU_MEMORY.search(text)]
        if on_gpu:
            told.append(
                f"faultcast: {error[1]} went over the memory of its GPU; `mem_mb` does not bear on "
                "that: set a smaller `batch_size` (HierarchicalQuake: larger cells), or ask for a "
                f"card with more memory in the profile (log: {on_gpu[0]})"
            )
    return told


def _passed(message: str, logs: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Yield the resource, its name in words and where it is told, for each limit passed.

    `message`: what Snakemake says of the failure. `logs`: paths and texts of the logs shown.
    """
    status = _STATUS.search(message)
    for resource, (what, sign, name) in LIMITS.items():
        places = [
            f"log: {path}"
            for path, text in logs
            if "slurm_logs" in path and any(sign.search(line) for line in _SLURM_LINE.findall(text))
        ]
        if status and status[1] == name:
            places.append(f"SLURM's status: {name}")
        if places:
            yield resource, what, places[0]


def newer_inputs(log: str) -> list[str]:
    """Return one sentence, with the cure, for each reason why an input is newer than its output."""
    found = _NEWER_INPUT.findall(log)
    ahead = sorted({path for path, written, now in found if written > now})
    rewritten = sorted({path for path, written, now in found if written <= now})
    told = []
    if ahead:
        told.append(
            f"faultcast: {', '.join(ahead)}: from the future. The clock was set back since, or "
            "differs between machines: mend it, then, in this folder,\n"
            '  find data results -newermt now -exec touch -d "$(date)" {} +\n'
            "and start again (other folders, if `data_dir` or `results` are set so)"
        )
    if rewritten:
        told.append(
            f"faultcast: {', '.join(rewritten)}: written anew while a job stood on it. Jobs of a "
            "run that was killed may still run: let them end or end them, then start again"
        )
    return told


def full_disk(log: str) -> list[str]:
    """Return one sentence, with the cure, if Snakemake itself could not write a file."""
    if "[Errno 28]" not in log:
        return []
    return [
        "faultcast: the disk is full: free some space, or point the config key `results` "
        "elsewhere, and start again; what is finished stays"
    ]


def tell_limits(logs: str | Sequence[str]) -> None:
    """Print what is found in the logs that Snakemake gives to its `onerror`.

    Its manual speaks of one path, 9.27 gives a list.
    """
    for path in [logs] if isinstance(logs, str) else logs:
        log = Path(path).read_text(encoding="utf-8", errors="replace")
        for text in over_limits(log) + full_disk(log) + newer_inputs(log):
            print(text)
