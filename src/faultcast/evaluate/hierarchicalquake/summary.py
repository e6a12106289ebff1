"""HierarchicalQuake's score tables brought together: one row a forecast, form and score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

from faultcast.errors import DataError
from faultcast.evaluate.hierarchicalquake.score_rows import ALL
from faultcast.evaluate.hierarchicalquake.score_rows import COLUMNS as SCORE_COLUMNS
from faultcast.models.hierarchical_quake import TITLES as NETWORK_TITLES

FLOOR_TITLES = {
    "raw_map": "raw map",
    "gaussian_map_10km": "map smoothed by 10 km",
    "smoothed_map": "honest map",
    "adaptive_map": "adaptive map",
    "recent_rate": "recent rate",
    "logistic": "logistic regression",
    "etas": "ETAS, published parameters",
    "all_days_map": "map of all days, test days included",
}
TITLES = NETWORK_TITLES | FLOOR_TITLES

SCORE_TITLES = {
    "auc": "ROC-AUC",
    "average_precision": "average precision",
    "val_loss": "validation loss",
    "active_auc": "AUC of active cells",
    "area_skill": "area skill",
    "information_gain": "gain over the map",
    "information_gain_poisson": "gain over a uniform rate",
    "brier": "Brier score",
    "brier_skill": "Brier skill",
    "mcc_f1": "MCC-F1",
}

LOWER_IS_BETTER = frozenset({"brier", "val_loss"})

COLUMNS = (
    "model", "key", "form", "cell_factor", "score", "mean", "standard_deviation", "n_seeds", "low",
    "high", "difference", "difference_low", "difference_high", "reading", "origins_low",
    "origins_high", "n_origins", "n_positive", "prevalence", "choice",
)  # fmt: skip


def gathered(tables: Sequence[pd.DataFrame] | pd.DataFrame) -> pd.DataFrame:
    """Return score tables of one study as one.

    Raises
    ------
    DataError
        There is none, or one is no score table.
    """
    frames = [tables] if isinstance(tables, pd.DataFrame) else list(tables)
    if not frames:
        raise DataError("no scores: give those of one form, and of the floors")
    for frame in frames:
        missing = set(SCORE_COLUMNS) - set(frame.columns)
        if missing:
            raise DataError(f"scores lack the columns {', '.join(sorted(missing))}")
    return pd.concat(frames, ignore_index=True).fillna({"form": "", "choice": "", "first_day": ""})


def summaries(
    networks: Sequence[pd.DataFrame] | pd.DataFrame, floors: Sequence[pd.DataFrame] | pd.DataFrame
) -> pd.DataFrame:
    """Return what each forecast comes to: the networks of each form, below them its floors.

    Parameters
    ----------
    networks : scores of one study, of one or more forms.
    floors : of the same study.

    Returns
    -------
    `COLUMNS`. `key` is the variant, empty for a floor. Values and differences to the honest map
    are means over seeds and origins, with 95 % intervals by regions x blocks of days;
    `origins_low`, `origins_high` bound the mean difference over origins (Student's t; NaN for one
    origin). `standard_deviation` is over seeds. `reading`: whether the difference by regions x
    blocks is for or against the forecast.
    """
    own, below = gathered(networks), gathered(floors)
    rows = []
    for form, group in own.groupby("form", sort=False):
        parts = group["parts"].iloc[0]
        beneath = below[below["parts"] == parts]
        for table in (group, beneath):
            names = ["model", "cell_factor", "score"]
            for (model, factor, score), part in table.groupby(names, sort=False):
                key = model if table is group else ""
                rows.append(
                    {
                        "model": TITLES.get(str(model), str(model)),
                        "key": key,
                        "form": form,
                        "cell_factor": factor,
                        "score": score,
                        **summary(part),
                    }
                )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def summary(part: pd.DataFrame) -> dict[str, Any]:
    """Return mean, deviation and differences of the rows of one forecast and score.

    Parameters
    ----------
    part : rows of a score table, of all origins and seeds.
    """
    single, over_seeds = part[part["origin"] != ALL], part["seed"] == ALL
    last = part[part["origin"] == ALL]
    chosen = last if len(last) else single
    main = chosen[chosen["seed"] == ALL].iloc[0]
    seeds = chosen.loc[chosen["seed"] != ALL, "value"]
    gaps = single.loc[over_seeds, "difference"]
    ends = origin_interval(gaps.to_numpy(np.float64))
    return {
        "mean": main["value"],
        "standard_deviation": seeds.std(ddof=1) if len(seeds) > 1 else np.nan,
        "n_seeds": len(seeds) if len(seeds) else np.nan,
        **{name: main[name] for name in ("low", "high")},
        **{name: main[name] for name in ("difference", "difference_low", "difference_high")},
        "reading": reading(main),
        "origins_low": ends[0],
        "origins_high": ends[1],
        "n_origins": len(gaps),
        **{name: main[name] for name in ("n_positive", "prevalence", "choice")},
    }


def reading(row: pd.Series) -> str:
    """Return what an interval of a difference to the honest map says; "" where there is none."""
    low, high = row["difference_low"], row["difference_high"]
    if not (np.isfinite(low) and np.isfinite(high)) or low == high == 0.0:
        return ""
    if low <= 0.0 <= high:
        return "cannot tell"
    better = (low > 0.0) != (row["score"] in LOWER_IS_BETTER)
    return "better than the map" if better else "worse than the map"


def origin_interval(differences: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of the mean difference over origins (n,), NaN for fewer than two.

    Student's t with n - 1 degrees of freedom. Train days of later origins hold those of earlier
    ones, so it is a lower bound.
    """
    n = len(differences)
    if n < 2:
        return np.nan, np.nan
    half = student.ppf((1.0 + level) / 2.0, n - 1) * differences.std(ddof=1) / np.sqrt(n)
    return float(differences.mean() - half), float(differences.mean() + half)
