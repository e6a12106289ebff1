"""Training times of HierarchicalQuake beside the printed ones: outside the digests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from faultcast.models.hierarchical_quake import TITLES

COLUMNS = (
    "model", "form", "seconds", "standard_deviation", "n_trainings", "iterations",
    "peak_memory_mb", "device", "published",
)  # fmt: skip

_HEAD = "a further head"


def numbers(
    *, records: Sequence[Mapping[str, Any]], published: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the seconds of one training, one row a model and form.

    Parameters
    ----------
    records : run records of `QuakeTraining.write`.
    published : resources/published/hierarchicalquake.csv (`id`, `value`).

    Returns
    -------
    `COLUMNS`. `seconds`: wall time of one network of one origin, the mean over `n_trainings`
    (seeds x origins), `standard_deviation` over them; `published` on another machine. The row
    "a further head" is the second head (with positions) less the first.
    """
    printed = {}
    if published is not None:
        printed = dict(zip(published["id"], published["value"], strict=True))
    fits = [
        {
            "variant": run["variant"],
            "form": run["form"],
            "seconds": fit_cost["wall_s"],
            "iterations": fit["iterations"],
            "peak_memory_mb": cost["peak_memory_mb"],
            "device": cost["device"],
        }
        for record in records
        for run, cost in zip(record["runs"], record["cost"], strict=True)
        for fit, fit_cost in zip(run["fits"], cost["fits"], strict=True)
    ]
    every = pd.DataFrame(fits)
    rows = []
    for form, group in every.groupby("form", sort=False):
        seconds = {}
        for variant in TITLES:
            part = group[group["variant"] == variant]
            if part.empty:
                continue
            seconds[variant] = part["seconds"].mean()
            rows.append(
                {
                    "model": TITLES[variant],
                    "form": form,
                    "seconds": seconds[variant],
                    "standard_deviation": part["seconds"].std(ddof=1),
                    "n_trainings": len(part),
                    "iterations": part["iterations"].mean(),
                    "peak_memory_mb": part["peak_memory_mb"].max(),
                    "device": ", ".join(dict.fromkeys(part["device"])),
                    "published": printed.get(f"table1.{variant}.train_time", np.nan),
                }
            )
        if {"regional", "multihead"} <= set(seconds):
            rows.append(
                {
                    "model": _HEAD,
                    "form": form,
                    "seconds": seconds["multihead"] - seconds["regional"],
                    "published": printed.get("table1.time_per_head", np.nan),
                }
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))
