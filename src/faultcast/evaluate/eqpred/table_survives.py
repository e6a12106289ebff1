"""What is left of EQPRED without the leak, in three sentences with this run's numbers."""

from __future__ import annotations

import pandas as pd

from faultcast.errors import DataError

COLUMNS = ("sentence", "rests_on")
NETWORK, NO_NETWORK = "EQPRED", "AR(10)"
# calibrated like the references: the fair one to hold against them
FAIR = "EQPRED, calibrated on all past days"


def numbers(*, table1: pd.DataFrame, white_noise: pd.DataFrame) -> pd.DataFrame:
    """Return three sentences for a reader who knows neither LOESS nor information gains.

    Parameters
    ----------
    table1, white_noise : tables `table1` and `table_white_noise`.

    Returns
    -------
    `sentence`, and `rests_on`: tables and number of days, event days and seeds behind it.

    Raises
    ------
    DataError
        A row that a sentence needs is missing.
    """
    noise = _row(white_noise, input="white noise", protocol="as_published", score="NSE")
    catalog = _row(table1, model=NETWORK, protocol="as_published", score="NSE")
    linear = _row(table1, model=NO_NETWORK, protocol="as_published", score="NSE")
    gain = {
        name: _row(
            table1, model=name, protocol="leak_free", days="event days", score="information gain"
        )
        for name in (NETWORK, FAIR, NO_NETWORK)
    }
    over = _row(
        table1,
        model=FAIR,
        protocol="leak_free",
        days="event days",
        score="information gain over AR(10)",
    )
    scores = [f"{row['mean']:.3f}" for row in (catalog, noise, linear)]
    sentences = {
        "If each day is first smoothed with the help of the days after it, EQPRED predicts the "
        f"next day of the earthquake series with a score of {scores[0]} out of 1, that of pure "
        f"noise, which nobody can predict, with {scores[1]}, and a weighted sum of the last ten "
        f"days, without any network, reaches {scores[2]} on the earthquakes: a score that noise "
        "reaches too says nothing about earthquakes.": (catalog, "table1, table_white_noise"),
        "From past days alone, EQPRED's probability of a day with a large shock "
        f"{_reading(gain[NETWORK])} simply knowing how often such days have come before "
        f"({_interval(gain[NETWORK])}, in nats a day with a shock); set up on all past days, not "
        f"the last few years alone, it {_reading(gain[FAIR])} that ({_interval(gain[FAIR])}).": (
            gain[NETWORK],
            "table1",
        ),
        "The weighted sum of the last ten days, set up in the same way, "
        f"{_reading(gain[NO_NETWORK])} knowing how often ({_interval(gain[NO_NETWORK])}), and the "
        f"network {_reading(over)} the weighted sum ({_interval(over)}).": (over, "table1"),
    }
    rows = [
        {
            "sentence": sentence,
            "rests_on": f"{source}: {row['n_days']} test days, {row['n_event_days']} with a large "
            f"shock, {row['n_seeds']} seed(s)",
        }
        for sentence, (row, source) in sentences.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(table: pd.DataFrame, **wanted: str) -> pd.Series:
    found = table
    for column, value in wanted.items():
        found = found[found[column] == value]
    if len(found) != 1:
        raise DataError(f"{len(found)} rows with {wanted}: expected one; train {NETWORK} first")
    return found.iloc[0]


def _reading(row: pd.Series) -> str:
    if row["low"] > 0.0:
        return "is better than"
    return "is worse than" if row["high"] < 0.0 else "cannot be told from"


def _interval(row: pd.Series) -> str:
    return f"{row['mean']:+.2g}, 95 % interval {row['low']:+.2g} to {row['high']:+.2g}"
