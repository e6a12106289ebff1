"""What a run on a cluster will be, before it starts: its jobs, where they go, how long, how large.

`snakemake --profile profiles/slurm --dry-run | python -m faultcast.preflight profiles/slurm`
counts the jobs of the dry run and takes their limits from the profile, their cost from recorded
runs: docs/real-run, or those named (results/paper, say). Several profiles are named in the order in
which Snakemake is given them. It stands in the folder of the Snakefile.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from faultcast.costs import run_costs
from faultcast.errors import ConfigError, DataError, FaultcastError
from faultcast.io import read_json, reading

PROFILE = "profiles/slurm"
RECORDS = "docs/real-run"
DEFAULT = "default partition"
_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


@dataclass(frozen=True)
class Rules:
    """What the workflow's files say of its rules: `here` run where Snakemake does.

    `own`: the resources that a rule asks for itself, as texts; a profile's class of the rule
    replaces them, its default does not.
    """

    here: frozenset[str] = frozenset()
    own: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Partition:
    """A partition as `sinfo` tells it: its GPUs, the longest job, the memory of its largest node.

    `gpus` is empty or names them; what is not limited, or not told, is infinite.
    """

    gpus: str = ""
    minutes: float = math.inf
    memory_mb: float = math.inf
    default: bool = False


def planned_jobs(dry_run: str) -> dict[str, int]:
    """Return the rules that a dry run lists, and how many jobs of each."""
    if "Nothing to be done" in dry_run:
        return {}
    table = re.search(r"^Job stats:\njob +count\n[- ]+\n((?:.+\n)+?)total +\d+$", dry_run, re.M)
    if table is None:
        raise DataError(
            "no table of jobs on standard input. Pipe a dry run into it (snakemake ... --dry-run | "
            f"python -m faultcast.preflight ...); this came instead:\n{dry_run[-2000:]}"
        )
    return {rule: int(count) for rule, count in map(str.split, table[1].splitlines())}


def read_profiles(folders: Sequence[str | Path]) -> dict[str, Any]:
    """Return the settings of profiles together: a later one replaces whole top-level keys.

    Raises
    ------
    ConfigError
        A profile is missing, is no YAML, or holds classes that are no mappings.
    """
    merged: dict[str, Any] = {}
    for folder in folders:
        merged |= _read_profile(Path(folder))
    return merged


def _read_profile(folder: Path) -> dict[str, Any]:
    path = folder / "config.yaml"
    if not path.is_file():
        raise ConfigError(f"{path} is not there: name a profile's folder, such as {PROFILE}")
    try:
        profile = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, ValueError, OSError) as error:
        raise ConfigError(f"{path} cannot be read as YAML: {error}") from error
    if not isinstance(profile, dict):
        raise ConfigError(f"{path} holds a {type(profile).__name__}, not `key: value` pairs")
    default, classes = (profile.get(key) or {} for key in ("default-resources", "set-resources"))
    sections = {"default-resources": default, "set-resources": classes}
    if isinstance(classes, dict):
        sections |= {f"set-resources: {rule}": limits for rule, limits in classes.items()}
    faults = [
        f"`{name}` is {limits!r}"
        for name, limits in sections.items()
        if not isinstance(limits, dict)
    ]
    if faults:
        raise ConfigError(
            f"{path}: {'; '.join(faults)}; expected resources by name, such as "
            "{slurm_partition: gpu, gpu: 1}: write them as profiles/slurm/config.yaml does"
        )
    return {key: value for key, value in profile.items() if value is not None}


def read_rules(folder: str | Path = ".") -> Rules:
    """Return what the Snakefile in a folder and its rule files say of the rules.

    The rules of targets, whose names are made, count by the ends of their names.
    """
    snakefile = Path(folder, "Snakefile")
    if not snakefile.is_file():
        raise ConfigError(
            f"no Snakefile in {snakefile.resolve().parent}: start it in the folder of the workflow"
        )
    files = [snakefile, *sorted(Path(folder, "workflow/rules").glob("*.smk"))]
    here: set[str] = set()
    own: dict[str, dict[str, str]] = {}
    for text in (path.read_text(encoding="utf-8") for path in files):
        for block in re.findall(r"^localrules:\n((?: +.*\n)+)", text, re.MULTILINE):
            here |= set(re.findall(r"\w+", block))
        # each name, and what stands up to the next
        parts = re.split(r'^ *rule (\w+):|^ *rule:\n +name:\n +f?".*_(\w+)"', text, flags=re.M)[1:]
        for plain, made, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            name = plain or made
            if re.search(r"^ +localrule: True$", body, re.MULTILINE):
                here.add(name)
            asked = re.search(r"^ +resources:\n((?: +\w+=.*,\n)+)", body, re.MULTILINE)
            if asked:
                own[name] = dict(re.findall(r"(\w+)=(.*),\n", asked[1]))
    return Rules(frozenset(here), own)


def recorded_costs(folders: Sequence[str | Path]) -> pd.DataFrame:
    """Return the dearest known cost of each kind of job: `mean_s` and `peak_mb`.

    Each folder is a run's results, or holds records as docs/real-run does (a `run.json` a run).

    Raises
    ------
    DataError
        A folder holds neither, or a file in it is damaged.
    """
    tables = []
    for folder in map(Path, folders):
        records = _records(folder)
        if not records and not (folder / "benchmarks").is_dir():
            raise DataError(
                f"{folder} holds no config.yaml (a profile), no benchmarks/ (results of a run) and "
                "no <paper>/run.json (records of runs): name one of these"
            )
        for path in records:
            record = read_json(path)
            with reading(path, "take it from the repository again"):
                stages = pd.DataFrame(record["stages"])
                tables.append(stages.astype({"seconds": float, "jobs": float, "peak_mb": float}))
        tables += [] if records else [run_costs(folder)]
    costs = pd.concat(tables)
    costs["mean_s"] = costs["seconds"] / costs["jobs"]
    return costs.groupby("rule")[["mean_s", "peak_mb"]].max()


def _records(folder: Path) -> list[Path]:
    """Return the records of runs in a folder; results of a run have none."""
    return [] if (folder / "benchmarks").is_dir() else sorted(folder.glob("*/run.json"))


def described(folders: Sequence[str | Path]) -> str:
    """Return in words for which runs the recorded costs hold: preset and machine, or the folder."""
    words = []
    for folder in map(Path, folders):
        for path in _records(folder):
            record = read_json(path)
            words.append(f"{record.get('preset', '?')} on {record.get('device', '?')}")
        words += [] if _records(folder) else [str(folder)]
    return "; ".join(dict.fromkeys(words))


def kind(rule: str) -> str:
    """Return the name under which a rule's cost is recorded: rules of targets share one."""
    made = re.fullmatch(r".+_(numbers|figure|page)", rule)
    return made[1] if made else rule


def value_at(limit: Any, attempt: int) -> float:
    """Return a limit of the profile or of a rule at an attempt; NaN if it hangs on more than that.

    Snakemake runs the same text as Python; here only arithmetic, `min` and `max` are understood.
    """
    try:
        return _arithmetic(ast.parse(str(limit), mode="eval").body, attempt)
    except (SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError):
        return math.nan


def _arithmetic(node: ast.expr, attempt: int) -> float:
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.Name(id="attempt"):
            return float(attempt)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_arithmetic(left, attempt), _arithmetic(right, attempt))
        case ast.Call(func=ast.Name(id="min" | "max" as name), args=[_, *_] as values, keywords=[]):
            found = [_arithmetic(value, attempt) for value in values]
            return min(found) if name == "min" else max(found)
    raise ValueError(f"{ast.unparse(node)} is no arithmetic of `attempt`")


def plan(
    jobs: dict[str, int], profile: dict[str, Any], costs: pd.DataFrame, rules: Rules
) -> pd.DataFrame:
    """Return one row a kind of job, the dearest first.

    Columns: kind, jobs, where (partition, or "here"), gpu, limit (memory and minutes of the first
    attempt), mean_s and peak_mb (recorded; NaN if never), hours (of all its jobs together),
    learns (it can use a GPU), last_mb and last_min (limits of the last attempt; NaN: not known).
    """
    classes, default = profile.get("set-resources", {}), profile.get("default-resources", {})
    last = 1 + int(profile.get("retries", 0))
    rows: dict[str, dict[str, Any]] = {}
    for rule, count in jobs.items():
        name = kind(rule)
        row = rows.setdefault(name, {"kind": name, "jobs": 0, "where": "here", "gpu": 0})
        row["jobs"] += count
        if "executor" not in profile or name in rules.here:
            continue
        limits = {**default, **rules.own.get(name, {}), **classes.get(rule, {})}
        gpu = value_at(limits.get("gpu", 0), 1)
        row["where"] = str(limits.get("slurm_partition", DEFAULT))
        # a count that hangs on the configuration is one at least
        row["gpu"] = int(gpu if gpu >= 0 else 1) or int("gpu" in str(limits.get("gres", "")))
        row["learns"] = "gpu" in limits or row["gpu"] > 0
        first = [
            f"{value:.0f}" if value >= 0 else str(limits.get(key, "?"))
            for key in ("mem_mb", "runtime")
            for value in [value_at(limits.get(key), 1)]
        ]
        row["limit"] = f"{first[0]} MB, {first[1]} min"
        row["last_mb"] = value_at(limits.get("mem_mb"), last)
        row["last_min"] = value_at(limits.get("runtime"), last)
    columns = ["kind", "jobs", "where", "gpu", "limit", "learns", "last_mb", "last_min"]
    table = pd.DataFrame(rows.values(), columns=columns)
    table = table.join(costs, on="kind")
    table["hours"] = table["jobs"] * table["mean_s"] / 3600
    return table.sort_values("hours", ascending=False, ignore_index=True)


def warnings(table: pd.DataFrame, partitions: Mapping[str, Partition]) -> list[str]:
    """Return what the user should know or change before the start.

    `partitions`: the cluster's by name; empty where unknown.
    """
    found = []
    on_cpu = table.loc[table["learns"].eq(True) & (table["gpu"] == 0), "jobs"].sum()
    if on_cpu:
        found.append(f"{on_cpu} jobs of networks ask for no GPU: they run on the CPU")
    if partitions:
        for where, rows in table[table["where"] != "here"].groupby("where"):
            found += _misfits(str(where), rows, partitions)
    return found


def _misfits(where: str, rows: pd.DataFrame, partitions: Mapping[str, Partition]) -> Iterator[str]:
    """Yield what jobs ask for that their partition, or none of several, has."""
    if where == DEFAULT:
        names = [name for name, partition in partitions.items() if partition.default]
    else:
        names = [name.strip() for name in where.split(",")]
    for name in names:
        if name not in partitions:
            yield f"no partition {name} here, but {', '.join(partitions)}: set slurm_partition"
    taken = [partitions[name] for name in names if name in partitions]
    if not taken:
        return
    told = f"the {where}" if where == DEFAULT else f"partition {where}"
    gpu = rows.loc[rows["gpu"] > 0, "jobs"].sum()
    if gpu and not any("gpu" in partition.gpus for partition in taken):
        cure = "set `gpu: 0` in the profile's class of trainings, and they run on the CPU"
        yield f"{told} has no GPU: {gpu} jobs would wait for ever; {cure}"
    for column, resource, unit, most in (
        ("last_min", "runtime", "min", max(partition.minutes for partition in taken)),
        ("last_mb", "mem_mb", "MB", max(partition.memory_mb for partition in taken)),
    ):
        over = rows[rows[column] > most]
        if len(over):
            yield (
                f"{told} gives a job at most {most:.0f} {unit}; the last attempt of "
                f"{', '.join(over['kind'])} asks for {over[column].max():.0f} and would be refused "
                f"or wait for ever: cap it, `{resource}: min(... * attempt, {most:.0f})`"
            )


def cluster_partitions() -> dict[str, Partition]:
    """Return the partitions of the cluster at hand; empty without one, or if it does not answer."""
    if shutil.which("sinfo") is None:
        return {}
    command = ["sinfo", "--noheader", "--format=%P|%G|%l|%m"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except subprocess.TimeoutExpired:
        return {}
    return read_partitions(done.stdout)


def read_partitions(listed: str) -> dict[str, Partition]:
    """Return the partitions of `sinfo --format="%P|%G|%l|%m"`: a line for each kind of node."""
    found: dict[str, Partition] = {}
    for line in listed.splitlines():
        name, gpus, longest, memory = line.split("|")
        known = found.get(name.rstrip("*"), Partition(memory_mb=0))
        found[name.rstrip("*")] = Partition(
            known.gpus + gpus.replace("(null)", ""),
            _minutes(longest),
            max(known.memory_mb, float(memory.rstrip("+"))),
            name.endswith("*"),
        )
    return found


def _minutes(longest: str) -> float:
    """Return SLURM's days-hours:minutes:seconds in minutes; infinite if it is no such time."""
    time = re.fullmatch(r"(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+)", longest.strip())
    if time is None:
        return math.inf
    days, hours, minutes, seconds = (int(part or 0) for part in time.groups())
    return days * 1440 + hours * 60 + minutes + seconds / 60


def main(*folders: str) -> None:
    """Print the plan of the dry run on standard input.

    Folders with a `config.yaml` are profiles, others records of runs or results.
    """
    profiles = [folder for folder in folders if Path(folder, "config.yaml").is_file()]
    records = [folder for folder in folders if folder not in profiles] or [RECORDS]
    jobs = planned_jobs(sys.stdin.read())
    if not jobs:
        print("nothing to be done")
        return
    costs = recorded_costs(records)
    table = plan(jobs, read_profiles(profiles or [PROFILE]), costs, read_rules())
    shown = table.drop(columns=["learns", "last_mb", "last_min"])
    print(shown.round({"mean_s": 1, "hours": 2}).to_string(index=False, na_rep="-"))
    unknown = table.loc[table["hours"].isna(), "jobs"].sum()
    print(
        f"{table['jobs'].sum()} jobs, {unknown} of them without a record; the others together "
        f"{table['hours'].sum():.1f} hours of one core or GPU, the largest "
        f"{table['peak_mb'].max():.0f} MB (recorded: {described(records)})"
    )
    for text in warnings(table, cluster_partitions()):
        print(f"note: {text}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except FaultcastError as error:
        sys.exit(f"faultcast: {error}")
