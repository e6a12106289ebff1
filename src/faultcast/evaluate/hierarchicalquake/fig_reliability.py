"""Reliability of HierarchicalQuake's forecasts: observed share against forecast probability."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from faultcast.errors import DataError

COLUMNS = (
    "panel", "model", "kind", "form", "n_seeds", "n_origins", "bin_low", "bin_high",
    "mean_probability", "n", "n_positive", "share", "low", "high", "is_shown",
)  # fmt: skip
_CURVE = ["parts", "model", "kind", "form"]
_BIN = ["bin_low", "bin_high"]
_SUMS = ("n", "n_positive", "mean_probability", "observed_low", "observed_high")
_PANELS = {"rolling": "leak_free", "lineage": "as_published"}


def numbers(
    networks: Sequence[pd.DataFrame],
    floors: Sequence[pd.DataFrame],
    *,
    floors_shown: Sequence[str] = ("smoothed_map", "logistic"),
    least_positives: int = 200,
) -> pd.DataFrame:
    """Return the reliability curve of each network and floor.

    Parameters
    ----------
    networks, floors : tables of counts of cell-days by bin of the forecast: model, kind, form,
        parts, seed, origin, and the columns of `calibration_bins`. All have the same bins.
    floors_shown : which floors.
    least_positives : a bin is shown from so many positive cell-days on (one event makes up to 40);
        a curve without such a bin shows all of its bins.

    Returns
    -------
    `COLUMNS`, one row a model, form and bin that is not empty. `panel` is "leak_free" for rolling
    parts of the days, "as_published" for the lineage's. Counts are summed over the origins and
    averaged over the seeds; `low` and `high` are the means, weighted by n, of the intervals of
    origins and seeds by regions x blocks: as wide as if those moved together.

    Raises
    ------
    DataError
        Nothing to show, or columns are missing.
    """
    tables = [*networks, *floors]
    needed = {*_CURVE, *_BIN, *_SUMS, "seed", "origin"}
    missing = set[str]().union(*(needed - set(table.columns) for table in tables))
    if missing or not any(len(table) for table in tables):
        fault = f"lack the columns {', '.join(sorted(missing))}" if missing else "have no row"
        raise DataError(f"the counts by bin {fault}: give the reliability tables of the scores")
    counts = pd.concat([table for table in tables if len(table)], ignore_index=True)
    counts = counts[(counts["kind"] != "floor") | counts["model"].isin(floors_shown)]
    counts["form"] = counts["form"].fillna("")
    counts = counts[counts["n"] > 0]
    means = ["mean_probability", "observed_low", "observed_high"]
    counts[means] = counts[means].mul(counts["n"], axis=0)
    curves = counts.groupby(_CURVE, sort=False).agg(
        n_seeds=("seed", "nunique"), n_origins=("origin", "nunique")
    )
    table = counts.groupby([*_CURVE, *_BIN], sort=False)[list(_SUMS)].sum().reset_index()
    table = table.merge(curves.reset_index(), on=_CURVE).sort_values("bin_low", kind="stable")
    table[means] = table[means].div(table["n"], axis=0)
    table[["n", "n_positive"]] = table[["n", "n_positive"]].div(table["n_seeds"], axis=0)
    table["share"] = table["n_positive"] / table["n"]
    enough = table["n_positive"] >= least_positives
    some = enough.groupby([table[name] for name in _CURVE]).transform("any")
    table["is_shown"] = (enough | ~some) & (table["n_positive"] > 0)
    table["panel"] = table["parts"].map(_PANELS)
    # curves one after the other, in the order they came in
    order = pd.MultiIndex.from_frame(curves.reset_index()[_CURVE])
    table["curve"] = order.get_indexer(pd.MultiIndex.from_frame(table[_CURVE]))
    table = table.sort_values(["curve", "bin_low"], kind="stable", ignore_index=True)
    table = table.rename(columns={"observed_low": "low", "observed_high": "high"})
    return table[list(COLUMNS)]
