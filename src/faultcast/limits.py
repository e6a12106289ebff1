"""What the log of a failed run tells about limits, disk and clock, and what to do about it.

Snakemake's own text does not tell: after a job that was killed for its memory it recommends a
longer wait for missing files, and files from the future it wants "fixed on system level".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

# resource to raise -> what was too little, how the end of the job's log tells it
LIMITS = {
    "mem_mb": ("memory", r"exceeded (?:job )?memory limit|oom.?kill|out of memory"),
    "runtime": ("time", r"due to time limit"),
}
_LOGFILE = re.compile(r"^Logfile (.+):\n={10,}\n((?:.*\n)*?)={10,}$", re.MULTILINE)
_ERROR = re.compile(r"^Error in rule (\w+):\n(?:    .*\n)*?    jobid: (\d+)$", re.MULTILINE)

_NEWER_INPUT = re.compile(
    r"has older modification time .*? than input (.+?) \((\d{4}-.+?)\)\."
    r".*?System time: (\S+ [\d:.]+)"
)


def over_limits(log: str) -> list[str]:
    """Return one sentence for each job whose last attempt was ended at a limit.

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
    for job, error in {error[2]: error for error in errors}.items():
        attempts = sum(other[2] == job for other in errors)
        if log.count(f"Trying to restart job {job}.") >= attempts:
            continue
        following = [other.start() for other in errors if other.start() > error.start()]
        logs = _LOGFILE.findall(log[error.start() : min(following, default=len(log))])
        told += [
            f"faultcast: {error[1]} went over its {what}, in {attempts} attempt(s) in all: raise "
            f"`{resource}` of its class in the profile and start again; what is finished stays "
            f"(log: {path})"
            for resource, (what, sign) in LIMITS.items()
            for path, text in logs
            if re.search(sign, text, re.IGNORECASE)
        ]
    return told


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
