"""Table 3 of MM-STT: what counts as a win on another tile."""

import numpy as np
from test_mmstt_tables import table, told, truth

from faultcast.evaluate.mmstt import errors, table3


def notes(n_origins, quality):
    target, last = (values[:n_origins] for values in truth())
    tables = [
        errors.numbers(table(name, told(target, spread, k), target, last, protocol="transfer"))
        for k, (name, spread) in enumerate({"stgcn": 1.0, **quality}.items())
    ]
    made = table3.numbers(errors=tables)
    told_of = made[(made["score"] == "RMSE") & (made["horizon"] == "all")].set_index("network")
    return told_of["note"], made


def test_a_refitted_trend_that_a_step_spoils_is_not_enough_to_beat():
    note, _ = notes(30, {"persistence": 0.5, "trend_refitted": 5.0, "ridge_chosen": 5.0})
    assert note["stgcn"].startswith("no win: beats trend_refitted, ridge_chosen; loses to persist")
    note, _ = notes(30, {"persistence": 3.0, "trend_refitted": 5.0, "ridge_chosen": 5.0})
    assert note["stgcn"].startswith("a win")


def test_two_origins_have_no_verdict_and_no_interval():
    note, made = notes(2, {"persistence": 3.0, "trend_refitted": 5.0, "ridge_chosen": 5.0})
    assert note["stgcn"] == "too few origins to tell"
    assert np.isnan(made["low"]).all() and set(made["n_origins"]) == {2}
