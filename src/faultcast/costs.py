"""Where the time of a run went: the benchmark files of its jobs, added up by rule.

`python -m faultcast.costs results/demo` prints the table.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from faultcast.errors import DataError, FaultcastError
from faultcast.io import reading

COLUMNS = ("rule", "jobs", "seconds", "longest_s", "peak_mb")


def run_costs(folder: str | Path) -> pd.DataFrame:
    """Return the cost of each rule of a run, the dearest first.

    Parameters
    ----------
    folder : the results of a preset; `benchmarks/<rule>/*.tsv` below it are read.

    Returns
    -------
    DataFrame of rule, jobs, seconds (sum over its jobs), longest_s, peak_mb (largest job).
    """
    files = sorted(Path(folder, "benchmarks").rglob("*.tsv"))
    if not files:
        raise DataError(f"no benchmarks below {folder}: run the workflow there first")
    tables = []
    for file in files:
        with reading(file, "delete it: it only tells what a job took"):
            jobs = pd.read_csv(
                file, sep="\t", na_values="-", usecols=["s", "max_rss"], dtype=np.float64
            )
        rule = file.relative_to(folder).parts[1].removesuffix(".tsv")
        tables.append(jobs.assign(rule=rule))
    jobs = pd.concat(tables)
    table = jobs.groupby("rule", as_index=False).agg(
        jobs=("s", "size"), seconds=("s", "sum"), longest_s=("s", "max"), peak_mb=("max_rss", "max")
    )
    return table.sort_values("seconds", ascending=False, ignore_index=True)[list(COLUMNS)]


def main(folder: str) -> None:
    """Print the costs of a run and their sum."""
    table = run_costs(folder)
    print(f"where the time of {folder} went (seconds of each rule's jobs, added up):")
    print(table.round(1).to_string(index=False))
    print(f"in all {table['seconds'].sum():.0f} s in {table['jobs'].sum()} jobs")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m faultcast.costs FOLDER   (such as results/demo)")
    try:
        main(sys.argv[1])
    except FaultcastError as error:
        sys.exit(f"faultcast: {error}")
