"""MM-STT, figure 3: maps of the true and the forecast change, and of what is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from faultcast.errors import DataError


def numbers(
    *,
    predictions: pd.DataFrame,
    tile: Mapping[str, Any],
    horizons: Sequence[int] = (1, 6, 12),
) -> pd.DataFrame:
    """Return the changes since one origin, one row a horizon and cell.

    The origin is not chosen for its looks: it is the middle one of the test origins.

    Parameters
    ----------
    predictions : of one network, one protocol (`train.tile_table.COLUMNS`); its first seed counts.
    tile : record of the tile that is shown (`tile.json`), one of the domains.
    horizons : epochs after the origin; the longest that was told stands for those beyond it.

    Returns
    -------
    model, date (of the origin), horizon, row, column (those of the lattice), n_rows, n_columns,
    change (target - last observed), forecast (prediction - last observed), residual (prediction -
    target), all mm; share: of the variance of the changes at this origin and horizon explained.

    Raises
    ------
    DataError
        The tile is not among the predictions.
    """
    rows = predictions[predictions["domain"] == tile["name"]]
    if not len(rows):
        raise DataError(
            f"no predictions of the tile {tile['name']!r}, only of "
            f"{', '.join(map(str, predictions['domain'].unique()))}"
        )
    rows = rows[rows["seed"] == rows["seed"].min()]
    origins = np.unique(rows["origin"])
    origin = origins[len(origins) // 2]
    longest = int(rows["horizon"].max())
    shown = sorted({min(horizon, longest) for horizon in horizons})
    rows = rows[(rows["origin"] == origin) & rows["horizon"].isin(shown)]
    columns = int(tile["lattice"]["n_columns"])
    exact = rows[["last", "target", "prediction"]].astype("float64")
    table = pd.DataFrame(
        {
            "model": rows["model"].astype("str"),
            "date": pd.Timestamp(tile["dates"][int(origin)]).strftime("%Y-%m-%d"),
            "horizon": rows["horizon"],
            "row": rows["cell"] // columns,
            "column": rows["cell"] % columns,
            "n_rows": int(tile["lattice"]["n_rows"]),
            "n_columns": columns,
            "change": exact["target"] - exact["last"],
            "forecast": exact["prediction"] - exact["last"],
            "residual": exact["prediction"] - exact["target"],
        }
    )
    by_horizon = table.groupby("horizon")
    left = by_horizon["residual"].transform(lambda values: np.mean(values**2))
    table["share"] = 1.0 - left / by_horizon["change"].transform(lambda values: np.var(values))
    return table.sort_values(["horizon", "row", "column"]).reset_index(drop=True)
