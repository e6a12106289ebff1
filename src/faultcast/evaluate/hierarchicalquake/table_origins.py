"""HierarchicalQuake origin by origin: whether a network gains over the map each time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from faultcast.errors import DataError
from faultcast.evaluate.hierarchicalquake.score_rows import ALL
from faultcast.evaluate.hierarchicalquake.summary import (
    SCORE_TITLES,
    TITLES,
    gathered,
    origin_interval,
    reading,
)

SCORES = ("auc", "average_precision", "area_skill", "information_gain")

COLUMNS = (
    "study", "score", "model", "key", "origin", "test_from", "mean", "standard_deviation",
    "n_seeds", "low", "high", "difference", "difference_low", "difference_high", "reading",
    "n_positive", "prevalence", "choice",
)  # fmt: skip


def numbers(
    *,
    apart: Mapping[str, str] | None = None,
    test_days: int = 1000,
    **studies: Sequence[pd.DataFrame],
) -> pd.DataFrame:
    """Return the scores on rolling origins, one row a study, score, model and origin.

    Parameters
    ----------
    apart : study -> a day; the origin whose test block holds it stands apart and is left out of
        the mean (Ridgecrest, 2019-07-06, in southern California).
    test_days : length of a test block.
    studies : score tables of each study, networks' and floors'; of forms with rolling parts.

    Returns
    -------
    `COLUMNS`, of cells as they are. `origin`: number of the origin, or "all", the mean over those
    that do not stand apart, whose intervals are Student's t over the origins; those of one origin
    are by regions x blocks. `test_from`: first test day.

    Raises
    ------
    DataError
        A study has no scores on rolling origins.
    """
    rows = []
    for study, tables in studies.items():
        every = gathered(tables)
        every = every[
            (every["parts"] == "rolling")
            & (every["cell_factor"] == 1)
            & every["score"].isin(SCORES)
            & (every["origin"] != ALL)
        ]
        if every.empty:
            raise DataError(f"{study}: no scores on rolling origins; give those of leak_free")
        day = (apart or {}).get(study)
        for names, part in every.groupby(["score", "kind", "model"], sort=False):
            score, kind, model = map(str, names)
            key = model if kind == "network" else ""
            common = {"study": study, "score": score, "model": TITLES.get(model, model), "key": key}
            for row in _rows(part, day, test_days):
                rows.append(common | row)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    by_score = table["score"].map({score: place for place, score in enumerate(SCORES)})
    by_study = table["study"].map({name: place for place, name in enumerate(studies)})
    keys = (table["key"] == "", by_score, by_study)
    order = np.lexsort([np.arange(len(table)), *(key.to_numpy(np.int64) for key in keys)])
    table["score"] = table["score"].map(SCORE_TITLES)
    return table.iloc[order].reset_index(drop=True)


def _rows(part: pd.DataFrame, day: str | None, test_days: int) -> Iterator[dict[str, object]]:
    """Yield the row of each origin, then that of their mean."""
    means, joined = part[part["seed"] == ALL], []
    for _, row in means.iterrows():
        seeds = part.loc[(part["origin"] == row["origin"]) & (part["seed"] != ALL), "value"]
        alone = day is not None and _holds(str(row["first_day"]), test_days, day)
        if not alone:
            joined.append((row, seeds.to_numpy()))
        yield {
            "origin": f"{row['origin']}, holds {day}" if alone else str(row["origin"]),
            "test_from": row["first_day"],
            "mean": row["value"],
            **_over_seeds(seeds.to_numpy()),
            **{name: row[name] for name in ("low", "high", "difference")},
            **{name: row[name] for name in ("difference_low", "difference_high")},
            "reading": reading(row),
            **{name: row[name] for name in ("n_positive", "prevalence", "choice")},
        }
    if len(joined) > 1:
        rows = pd.DataFrame([row for row, _ in joined])
        low, high = origin_interval(rows["value"].to_numpy(np.float64))
        gaps = rows["difference"].to_numpy(np.float64)
        ends = dict(zip(("difference_low", "difference_high"), origin_interval(gaps), strict=True))
        mean = {"score": rows["score"].iloc[0], "difference": gaps.mean(), **ends}
        yield {
            "origin": "all",
            "test_from": "",
            "mean": rows["value"].mean(),
            **_over_seeds(np.mean([seeds for _, seeds in joined], axis=0)),
            "low": low,
            "high": high,
            **{name: mean[name] for name in ("difference", "difference_low", "difference_high")},
            "reading": reading(pd.Series(mean)),
            "n_positive": rows["n_positive"].sum(),
            "prevalence": rows["prevalence"].mean(),
            "choice": "",
        }


def _over_seeds(values: np.ndarray) -> dict[str, float]:
    return {
        "standard_deviation": float(values.std(ddof=1)) if len(values) > 1 else np.nan,
        "n_seeds": len(values) if len(values) else np.nan,
    }


def _holds(first_day: str, test_days: int, day: str) -> bool:
    first = pd.Timestamp(first_day)
    return first <= pd.Timestamp(day) < first + pd.Timedelta(days=test_days)
