"""Our values of MM-STT's printed claims."""

from __future__ import annotations

import pandas as pd

COLUMNS = ("id", "protocol", "value", "undecided", "note")
# our protocol -> the column that the printed number is held against
SIDES = {"with_leaks": "as_published", "leak_free": "leak_free"}


def numbers(claims: pd.DataFrame) -> pd.DataFrame:
    """Return our values by id of the printed number.

    Parameters
    ----------
    claims : numbers of `claims`.

    Returns
    -------
    id, protocol, value, undecided, note. An ordering is 1 if MM-STT's error is the smaller one,
    else 0; it is undecided if the interval of the difference holds 0.
    """
    rows = []
    named = claims[(claims["id"].fillna("") != "") & claims["protocol"].isin(SIDES)]
    for row in named.to_dict("records"):
        is_order = row["claim"] == "MSE minus"
        rows.append(
            {
                "id": row["id"],
                "protocol": SIDES[row["protocol"]],
                "value": float(row["mean"] < 0) if is_order else row["mean"],
                "undecided": is_order and row["reading"] == "cannot tell",
                "note": (
                    f"{row['protocol'].replace('_', ' ')}, tile {row['domain']}, horizon "
                    f"{row['horizon']}: {row['claim']}"
                    f"{' ' + row['compared'] if isinstance(row['compared'], str) else ''} "
                    f"{row['mean']:.4g} [{row['low']:.4g}, {row['high']:.4g}], "
                    f"{row['n_origins']} origins, {row['n_seeds']} seed(s)"
                ),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))
