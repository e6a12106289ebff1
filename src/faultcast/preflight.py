"""What a run on a cluster will be, before it starts: its jobs, where they go, how long, how large.

`snakemake --profile profiles/slurm --dry-run | python -m faultcast.preflight profiles/slurm`
counts the jobs of the dry run and takes their limits from the profile, their cost from recorded
runs: docs/real-run, or those named after the profile (results/paper, say).
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from faultcast.costs import run_costs
from faultcast.errors import ConfigError, DataError, FaultcastError

RECORDS = "docs/real-run"
DEFAULT = "default partition"


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


def read_profile(folder: str | Path) -> dict[str, Any]:
    """Return a profile's settings."""
    path = Path(folder, "config.yaml")
    if not path.is_file():
        raise ConfigError(f"{path} is not there: name a profile's folder, such as profiles/slurm")
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {}


def recorded_costs(folders: Sequence[str | Path]) -> pd.DataFrame:
    """Return the dearest known cost of each kind of job: `mean_s` and `peak_mb`.

    Each folder is a run's results, or holds records as docs/real-run does (a `run.json` a run).
    """
    tables = []
    for folder in map(Path, folders):
        records = () if (folder / "benchmarks").is_dir() else sorted(folder.glob("*/run.json"))
        tables += [pd.DataFrame(json.loads(path.read_text())["stages"]) for path in records]
        tables += [] if records else [run_costs(folder)]
    costs = pd.concat(tables)
    costs["mean_s"] = costs["seconds"] / costs["jobs"]
    return costs.groupby("rule")[["mean_s", "peak_mb"]].max()


def kind(rule: str) -> str:
    """Return the name under which a rule's cost is recorded: rules of targets share one."""
    made = re.fullmatch(r".+_(numbers|figure|page)", rule)
    return made[1] if made else rule


def plan(jobs: dict[str, int], profile: dict[str, Any], costs: pd.DataFrame) -> pd.DataFrame:
    """Return one row a kind of job, the dearest first.

    Columns: kind, jobs, where (partition, or "here"), gpu, limit (memory and minutes of the first
    attempt), mean_s and peak_mb (recorded; NaN if never), hours (of all its jobs together).
    """
    classes, default = profile.get("set-resources", {}), profile.get("default-resources", {})
    rows: dict[str, dict[str, Any]] = {}
    for rule, count in jobs.items():
        name = kind(rule)
        row = rows.setdefault(name, {"kind": name, "jobs": 0, "where": "here", "gpu": 0})
        row["jobs"] += count
        if "executor" in profile and (rule in classes or name == "numbers"):
            limits = default | classes.get(rule, {})
            first = {key: str(value).removesuffix(" * attempt") for key, value in limits.items()}
            row["where"] = limits.get("slurm_partition", DEFAULT)
            row["gpu"] = limits.get("gpu", 0) or int("gpu" in str(limits.get("gres", "")))
            row["limit"] = f"{first.get('mem_mb', '?')} MB, {first.get('runtime', '?')} min"
    table = pd.DataFrame(rows.values(), columns=["kind", "jobs", "where", "gpu", "limit"])
    table = table.join(costs, on="kind")
    table["hours"] = table["jobs"] * table["mean_s"] / 3600
    return table.sort_values("hours", ascending=False, ignore_index=True)


def warnings(table: pd.DataFrame, partitions: dict[str, str]) -> list[str]:
    """Return what the user should know or change before the start.

    `partitions`: the cluster's, with their GPUs as `sinfo` names them; empty where unknown.
    """
    found = []
    trainings = table[table["kind"].str.match("train_|white_noise|leak_steps|window_study")]
    if on_cpu := trainings.loc[trainings["gpu"] == 0, "jobs"].sum():
        found.append(f"{on_cpu} trainings ask for no GPU: they run on the CPU")
    named = table[~table["where"].isin(["here", DEFAULT])]
    for where in sorted(set(named["where"])) if partitions else ():
        gpu = named.loc[(named["where"] == where) & (named["gpu"] > 0), "jobs"].sum()
        if where not in partitions:
            there = ", ".join(partitions)
            found.append(f"no partition {where} here, but {there}: set slurm_partition")
        elif gpu and "gpu" not in partitions[where]:
            cure = "set `gpu: 0` in the profile's class of trainings, and they run on the CPU"
            found.append(f"partition {where} has no GPU: {gpu} jobs would wait for ever; {cure}")
    return found


def cluster_partitions() -> dict[str, str]:
    """Return the partitions of the cluster at hand with their GPUs; empty without a cluster."""
    if shutil.which("sinfo") is None:
        return {}
    command = ["sinfo", "--noheader", "--format=%R %G"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    found: dict[str, str] = {}
    for name, _, resources in (line.partition(" ") for line in done.stdout.splitlines()):
        found[name] = found.get(name, "") + resources
    return found


def main(profile: str = "profiles/slurm", *records: str) -> None:
    """Print the plan of the dry run on standard input."""
    jobs = planned_jobs(sys.stdin.read())
    if not jobs:
        print("nothing to be done")
        return
    table = plan(jobs, read_profile(profile), recorded_costs(records or [RECORDS]))
    print(table.round({"mean_s": 1, "hours": 2}).to_string(index=False, na_rep="-"))
    unknown = table.loc[table["hours"].isna(), "jobs"].sum()
    print(
        f"{table['jobs'].sum()} jobs, {unknown} of them without a record; the others together "
        f"{table['hours'].sum():.1f} hours of one core or GPU, the largest "
        f"{table['peak_mb'].max():.0f} MB (preset and machine: {', '.join(records or [RECORDS])})"
    )
    for text in warnings(table, cluster_partitions()):
        print(f"note: {text}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except FaultcastError as error:
        sys.exit(f"faultcast: {error}")
