"""What a network of HierarchicalQuake does on its test days: uncertainty, one day, attention."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.errors import DataError
from faultcast.evaluate.hierarchicalquake.attention_weights import attention_table
from faultcast.forecast.quake_network import QuakeForecast
from faultcast.grid import Cube, WindowLabels, event_cells
from faultcast.train.quake_protocol import get_form

DAYS = ["form", "day", "date", "entropy", "memory_length", "n_positive"]


class Diagnostics(NamedTuple):
    """What `numbers` returns.

    Attributes
    ----------
    days : `DAYS`, one row a form and test day: mean binary entropy of the day's probabilities (1
        at p = 1/2), length of the memory in days, number of positive cells.
    example : one row a form and cell of the example day: form, model (probability), and the
        columns of `example_cells`.
    attention : `attention_weights.COLUMNS`, by form.
    """

    days: pd.DataFrame
    example: pd.DataFrame
    attention: pd.DataFrame


def numbers(
    cube: Cube,
    maps: pd.DataFrame,
    weights: Sequence[str | Path],
    records: Sequence[str | Path],
    *,
    forms: Sequence[str],
    n_origins: int,
    variant: str = "temporal",
    seed: int = 0,
    recent_days: int = 365,
    attention_days: int = 20,
    block_days: int = 100,
) -> Diagnostics:
    """Run one network a form through the test days of its last origin.

    Parameters
    ----------
    cube, maps : the catalog, and its maps (`maps.parquet`).
    weights, records : files of the trainings of `variant`, one each a form.
    forms : names, in the order of the files.
    n_origins : number of rolling origins.
    variant, seed : which network of the files.
    recent_days : length of the past shown beside the forecasts.
    attention_days : days over which attention weights are averaged.
    block_days : days held at once.

    Returns
    -------
    See `Diagnostics`. The example day is chosen by `median_day` from the days that every form
    is tested on; attention is averaged over days of the same range.

    Raises
    ------
    DataError
        Files and forms do not go together, the forms share no test day, or the network has no
        attention.
    """
    if not len(forms) == len(weights) == len(records) or not forms:
        raise DataError(
            f"{len(forms)} forms, {len(weights)} files of weights, {len(records)} records: "
            "give one of each a form"
        )
    forecasts = {
        form: QuakeForecast.load(
            weight,
            record,
            cube,
            maps,
            variant=variant,
            form=form,
            seed=seed,
            origin=n_origins - 1 if get_form(form)[1].parts == "rolling" else 0,
        )
        for form, weight, record in zip(forms, weights, records, strict=True)
    }
    tests = [forecast.parts.test for forecast in forecasts.values()]
    shared = np.arange(max(low for low, _ in tests), min(high for _, high in tests))
    if not len(shared):
        raise DataError(f"the forms {', '.join(forms)} share no test day: nothing can be compared")
    labels = forecasts[forms[0]].days.source
    rate = _honest_rate(maps, n_origins - 1, labels.n_cells)
    day = median_day(shared, positive_cells(labels, shared, block_days))
    cells = example_cells(labels, rate, day, recent_days)
    days, example, attention = [], [], []
    for form, forecast in forecasts.items():
        example.append(cells.assign(form=form, model=forecast.scores([day])[0]))
        test = forecast.parts.days("test")
        record = forecast.days_record().set_index("day").loc[test].reset_index()
        n_positive = positive_cells(labels, test, block_days)
        days.append(record.assign(form=form, date=cube.dates[test], n_positive=n_positive))
        table = attention_table(
            _Attention(forecast),
            rate.reshape(cube.n_rows, cube.n_columns),
            shared,
            n_days=attention_days,
        )
        attention.append(table.assign(form=form))
    return Diagnostics(
        pd.concat(days, ignore_index=True)[DAYS], _form_first(example), _form_first(attention)
    )


def positive_cells(
    labels: WindowLabels, days: NDArray[np.int64], block_days: int = 100
) -> NDArray[np.int64]:
    """Return the number of positive cells on each day, (n,)."""
    counts = [
        labels.at(days[first : first + block_days]).sum(axis=1)
        for first in range(0, len(days), block_days)
    ]
    return np.concatenate(counts).astype(np.int64)


def median_day(days: NDArray[np.int64], n_positive: NDArray[np.int64]) -> int:
    """Return the day whose number of positive cells is the median.

    Of an even number of days the lower median; of several such days the middle one, so that the
    choice lies in the data alone.
    """
    middle = np.sort(n_positive)[(len(n_positive) - 1) // 2]
    such = days[n_positive == middle]
    return int(such[(len(such) - 1) // 2])


def example_cells(
    labels: WindowLabels, rate: NDArray[np.float64], day: int, recent_days: int
) -> pd.DataFrame:
    """Return what is known of each cell on a day, without a network.

    Parameters
    ----------
    rate : (n_cells,), events a day by the honest map.
    day : the last day of input.
    recent_days : up to and with `day`.

    Returns
    -------
    One row a cell, row-major: `day`, `date`, `row`, `column`, `x` and `y` (middle of the cell,
    degrees east and north or km), `unit`, `crs`, `label`, `recent` (days with an event as in the
    label), `honest` (probability of the label).
    """
    cube = labels.cube
    event_day, cell = event_cells(cube, labels.magnitude_min)
    past = (event_day > day - recent_days) & (event_day <= day)
    row, column = np.divmod(np.arange(labels.n_cells), cube.n_columns)
    y, x = (0.5 * (edges[1:] + edges[:-1]) for edges in (cube.row_edges, cube.column_edges))
    return pd.DataFrame(
        {
            "day": day,
            "date": cube.dates[day],
            "row": row,
            "column": column,
            "x": x[column],
            "y": y[row],
            "unit": cube.unit,
            "crs": cube.crs,
            "label": labels.at([day])[0],
            "recent": np.bincount(cell[past], minlength=labels.n_cells),
            "honest": -np.expm1((labels.far - labels.near) * np.log1p(-rate)),
        }
    )


class _Attention:
    """Attention weights of a forecast's network."""

    def __init__(self, forecast: QuakeForecast) -> None:
        self._forecast = forecast

    def attention(self, days: NDArray[np.int64]) -> NDArray[np.float32]:
        import torch

        model = self._forecast.model.eval()
        with torch.no_grad():
            maps = torch.cat([self._forecast.days.inputs(day, day + 1) for day in days.tolist()])
            weights: NDArray[np.float32] = model.attention(maps).float().cpu().numpy()
        return weights


def _honest_rate(maps: pd.DataFrame, origin: int, n_cells: int) -> NDArray[np.float64]:
    """Return the daily rate of the honest map of a rolling origin, (n_cells,)."""
    chosen = maps[(maps["parts"] == "rolling") & (maps["origin"] == origin)].sort_values("cell")
    if len(chosen) != n_cells:
        raise DataError(
            f"the maps hold {len(chosen)} cells of rolling origin {origin}, the cube {n_cells}: "
            "give the maps made from this cube"
        )
    return chosen["train"].to_numpy(np.float64)


def _form_first(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    table = pd.concat(parts, ignore_index=True)
    table.insert(0, "form", table.pop("form"))
    return table
