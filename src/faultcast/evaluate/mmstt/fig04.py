"""MM-STT, figure 4: forecasts against observations, and what is left, as counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.evaluate.deformation_scores import increment_r2, level_r2

N_BINS = 60
Array = NDArray[np.float64]


def numbers(
    *, predictions: pd.DataFrame, domain: str, horizons: Sequence[int] = (1, 6, 12)
) -> pd.DataFrame:
    """Return counts of values in bins, one row a bin that is not empty.

    Parameters
    ----------
    predictions : of one network, one protocol (`train.tile_table.COLUMNS`); its first seed counts.
    domain : tile that is shown.
    horizons : of the residuals; the longest that was told stands for those beyond it, and is the
        one of the scatters.

    Returns
    -------
    panel ("level": prediction over target; "change": both minus the last observed value;
    "residual": prediction minus target), horizon (epochs), x, y (centre of the bin, mm; y NaN for
    residuals), width_x, width_y, n, r2 (of level or of increments, at that horizon).
    """
    rows = predictions[predictions["domain"] == domain]
    rows = rows[rows["seed"] == rows["seed"].min()]
    longest = int(rows["horizon"].max())
    target, prediction, last = _values(rows, longest)
    true, told = target[:, None, None], prediction[:, None, None]
    tables = [
        _plane(target, prediction, "level", longest, level_r2(true, told)),
        _plane(
            target - last,
            prediction - last,
            "change",
            longest,
            increment_r2(true, told, last[:, None]),
        ),
    ]
    shown = sorted({min(horizon, longest) for horizon in horizons})
    left = {horizon: np.subtract(*_values(rows, horizon)[1::-1]) for horizon in shown}
    reach = max(float(np.quantile(np.abs(np.concatenate(list(left.values()))), 0.999)), 0.1)
    edges = np.linspace(-reach, reach, N_BINS + 1)
    for horizon, residual in left.items():
        count, _ = np.histogram(residual, edges)
        tables.append(
            pd.DataFrame(
                {
                    "panel": "residual", "horizon": horizon, "x": _middles(edges), "y": np.nan,
                    "width_x": edges[1] - edges[0], "width_y": np.nan, "n": count, "r2": np.nan,
                }
            )
        )  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def _values(rows: pd.DataFrame, horizon: int) -> tuple[Array, Array, Array]:
    """Return target, prediction and last observed value, (n,) each."""
    part = rows[rows["horizon"] == horizon]
    target, prediction, last = (
        part[name].to_numpy(np.float64) for name in ("target", "prediction", "last")
    )
    return target, prediction, last


def _plane(x: Array, y: Array, panel: str, horizon: int, r2: float) -> pd.DataFrame:
    low, high = np.quantile(np.concatenate([x, y]), [0.0005, 0.9995])
    edges = np.linspace(low, max(high, low + 0.1), N_BINS + 1)
    count, _, _ = np.histogram2d(x, y, [edges, edges])
    i, j = np.nonzero(count)
    middle = _middles(edges)
    width = edges[1] - edges[0]
    return pd.DataFrame(
        {
            "panel": panel, "horizon": horizon, "x": middle[i], "y": middle[j], "width_x": width,
            "width_y": width, "n": count[i, j].astype(int), "r2": r2,
        }
    )  # fmt: skip


def _middles(edges: Array) -> Array:
    return (edges[:-1] + edges[1:]) / 2
