"""One test day of HierarchicalQuake: past events, the honest map, the networks, and the truth."""

from __future__ import annotations

import pandas as pd

from faultcast.errors import DataError

FIXED = ("kind", "row", "column", "x", "y", "label", "recent", "honest")


def numbers(example: pd.DataFrame, *, digits: int = 4) -> pd.DataFrame:
    """Return the maps of the example day, one row a cell.

    Parameters
    ----------
    example : of `diagnostics`.
    digits : of the probabilities, after the point of their powers of ten.

    Returns
    -------
    `FIXED`, one column a form with its probability, `text`. Rows of kind "cell" are the cells;
    `text` of the row "day" is the date of the last input, of "unit" that of x and y, of "crs"
    their projection ("" for degrees).

    Raises
    ------
    DataError
        There is no cell, or the forms do not show the same day.
    """
    days = example["day"].unique()
    if len(days) != 1:
        raise DataError(f"the example holds {len(days)} days: give the one of the diagnostics")
    forms = list(dict.fromkeys(example["form"]))
    first = example[example["form"] == forms[0]]
    table = first[[name for name in FIXED if name != "kind"]].assign(kind="cell")
    for form in forms:
        table[form] = example.loc[example["form"] == form, "model"].to_numpy(dtype=float)
    table["label"] = table["label"].astype(int)
    for name in ("honest", *forms):
        table[name] = [float(f"{value:.{digits}g}") for value in table[name]]
    start = first.iloc[0]
    texts = {"day": f"{start['date']:%Y-%m-%d}", "unit": start["unit"], "crs": start["crs"]}
    notes = pd.DataFrame({"kind": list(texts), "text": list(texts.values())})
    return pd.concat([table, notes], ignore_index=True)[[*FIXED, *forms, "text"]]
