import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.evaluate.eqpred.table_survives import FAIR, numbers


def row(model, protocol, days, score, mean, low, high):
    return {
        "model": model,
        "protocol": protocol,
        "days": days,
        "score": score,
        "mean": mean,
        "low": low,
        "high": high,
        "n_days": 100,
        "n_event_days": 7,
        "n_seeds": 2,
    }


@pytest.fixture
def tables():
    gain, over = "information gain", "information gain over AR(10)"
    table1 = pd.DataFrame(
        [
            row("EQPRED", "as_published", "series", "NSE", 0.94, 0.9, 0.95),
            row("AR(10)", "as_published", "series", "NSE", 0.996, 0.99, 1.0),
            row("EQPRED", "leak_free", "event days", gain, -0.2, -0.4, 0.1),
            row("EQPRED", "leak_free", "onset days", gain, 9.0, 8.0, 10.0),
            row(FAIR, "leak_free", "event days", gain, 0.2, 0.1, 0.4),
            row("AR(10)", "leak_free", "event days", gain, 0.3, 0.1, 0.4),
            row(FAIR, "leak_free", "event days", over, -0.1, -0.2, -0.05),
        ]
    )
    noise = pd.DataFrame(
        [row("", "as_published", "series", "NSE", 0.98, 0.97, 0.99) | {"input": "white noise"}]
    )
    return table1, noise


def test_three_sentences_say_what_the_intervals_allow(tables):
    table1, noise = tables
    found = numbers(table1=table1, white_noise=noise)
    first, second, third = found["sentence"]
    assert all(number in first for number in ("0.940", "0.980", "0.996"))
    assert "cannot be told from simply knowing" in second and "-0.2, 95" in second
    assert "is better than that (+0.2, 95 % interval +0.1 to +0.4)" in second
    assert "is worse than the weighted sum (-0.1" in third
    assert found["rests_on"].str.contains("100 test days, 7 with").all()


def test_a_missing_row_is_told(tables):
    table1, noise = tables
    with pytest.raises(DataError, match=r"0 rows with .*AR"):
        numbers(table1=table1[table1["model"] != "AR(10)"], white_noise=noise)
