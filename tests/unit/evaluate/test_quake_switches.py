"""Each switch between HierarchicalQuake's protocols alone: what is run, kept and compared."""

from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.evaluate.hierarchicalquake import switch_runs, table_switches
from faultcast.plots.table import page
from faultcast.train.quake_protocol import FORMS
from faultcast.train.quake_switches import MOVED, mixtures

LAYOUT = {"rows": "switch", "columns": "score", "blocks": ["start"]}


def test_mixtures_differ_from_their_end_by_one_switch():
    every = list(mixtures())
    assert len(every) == 2 * (1 + len(MOVED))
    for one in every:
        start = asdict(FORMS[one.start])
        changed = [name for name, value in asdict(one.protocol).items() if value != start[name]]
        assert changed == ([one.switch] if one.switch else [])
    # all that the two forms differ in is moved
    published, leak_free = (asdict(FORMS[name]) for name in ("as_published_reset", "leak_free"))
    assert {name for name in published if published[name] != leak_free[name]} == set(MOVED)


@pytest.fixture(scope="module")
def settings(quake_case):
    return quake_case.settings | {
        "variant": "baseline",
        "pass_days": 8,
        "segments": 1,
        "segment_days": 3,
        "passes": 1,
        "block_days": 8,
        "warmup_days": 6,
        "validate_every": 100,
        "n_resamples": 30,
        "draw_days": 8,
    }


@pytest.fixture(scope="module")
def run(quake_case, settings):
    return switch_runs.numbers(cube=quake_case.cube(), maps=quake_case.maps(), **settings)


def test_all_mixtures_are_scored_alike(run):
    assert list(run.columns) == list(switch_runs.COLUMNS)
    rows = run[run["draw"] == switch_runs.WHOLE]
    assert len(rows) == 4 * (1 + 2 * (1 + len(MOVED)))
    assert rows[rows["score"] == "auc"]["value"].between(0, 1).all()
    # the honest map gains nothing over itself, whatever is drawn
    honest = run[(run["start"] == "smoothed_map") & (run["score"] == "information_gain")]
    assert len(honest) == 31 and (honest["value"] == 0).all()
    # an untrained correction of the honest map is close to it, a map of all days is not
    values = rows[rows["score"] == "information_gain"].set_index(["start", "switch"])["value"]
    assert abs(values["leak_free", ""]) < abs(values["as_published_reset", ""])


def test_a_killed_run_does_not_train_finished_mixtures_again(
    quake_case, settings, run, tmp_path, monkeypatch
):
    trained = []
    train = switch_runs.run_quake

    def dying(*arguments, **options):
        if len(trained) == 3:
            trained.append("death")
            raise KeyboardInterrupt
        trained.append(options["form"])
        return train(*arguments, **options)

    monkeypatch.setattr(switch_runs, "run_quake", dying)
    monkeypatch.setattr(switch_runs, "mixtures", lambda: list(mixtures())[:5])
    inputs = {"cube": quake_case.cube(), "maps": quake_case.maps(), **settings}
    with pytest.raises(KeyboardInterrupt):
        switch_runs.numbers(**inputs, checkpoint_folder=tmp_path)
    again = switch_runs.numbers(**inputs, checkpoint_folder=tmp_path)
    assert len(trained) == 5 + 1
    assert not list(tmp_path.iterdir())
    pd.testing.assert_frame_equal(run[: len(again)], again)


def made_up(seed, shift):
    """Scores of all mixtures: 0.5, the switch "state" adds `shift`; two resamples at +-0.01."""
    rows = [("smoothed_map", "", -1)] + [(one.start, one.switch, seed) for one in mixtures()]
    return pd.DataFrame(
        [
            (start, switch, number, score, draw, 0.5 + 0.01 * draw * draw + add)
            for start, switch, number in rows
            for add in [shift if switch == "state" else 0.0]
            for score in switch_runs.SCORES
            for draw in (-1, 0, 1, 2)
        ],
        columns=switch_runs.COLUMNS,
    )


def test_differences_are_paired_and_seeds_must_agree():
    table = table_switches.numbers(runs=[made_up(0, 0.1), made_up(1, 0.3)])
    rows = table[table["score"] == "auc"].set_index(["start", "switch"])
    moved = rows.loc["leak_free", "state: truncated to reset"]
    assert moved["difference"] == pytest.approx(0.2)
    # the same resamples: what they do to both is not in the difference
    assert moved["difference_low"] == moved["difference_high"] == pytest.approx(0.2)
    assert moved["standard_deviation"] == pytest.approx(np.std([0.1, 0.3], ddof=1))
    assert moved["reading"] == "higher"
    assert rows.loc["leak_free", "prior: train to all_days"]["reading"] == "cannot tell"
    assert rows.loc["leak_free", "none moved"]["reading"] == ""
    assert moved["above_map"] == pytest.approx(0.2)
    assert page(table, "Switches", "demo", LAYOUT).count("<h2>") == 2
    split = table_switches.numbers(runs=[made_up(0, -0.1), made_up(1, 0.3)])
    state = split[split["switch"].str.startswith("state") & (split["score"] == "auc")]
    assert set(state["reading"]) == {"cannot tell"}


def test_a_missing_mixture_is_told():
    whole = made_up(0, 0.0)
    with pytest.raises(DataError, match="'loss' was run with 1 of 2 seeds"):
        table_switches.numbers(runs=[whole, made_up(1, 0.0)[lambda t: t["switch"] != "loss"]])
    with pytest.raises(DataError, match="no run of the switches"):
        table_switches.numbers(runs=[])
