import numpy as np
import pandas as pd
import pytest
from made_events import LEVELS, SLOPE_PHASES, SLOPE_RMS, made_events

from faultcast.errors import DataError
from faultcast.location import fit_error_regression
from faultcast.location.regression import known_errors


def test_finds_the_law_behind_the_errors():
    fit = fit_error_regression(made_events(4000))
    table = fit.coefficients.set_index(["quantity", "term"])["estimate"]
    assert fit.letters == ("A", "B", "C")
    for letter, level in LEVELS.items():
        assert table["horizontal", f"letter {letter}"] == pytest.approx(np.log(level), abs=0.06)
    assert table["horizontal", "phases"] == pytest.approx(SLOPE_PHASES, abs=0.04)
    assert table["horizontal", "rms"] == pytest.approx(SLOPE_RMS, abs=0.04)
    chosen = fit.candidates[fit.candidates["chosen"]].set_index("quantity")
    assert chosen.loc["horizontal", "r2_held_out"] > 0.8
    assert chosen.loc["horizontal", "scatter_held_out"] == pytest.approx(0.2, abs=0.03)
    assert list(chosen.index) == ["horizontal", "depth"]


def test_estimates_agree_with_what_was_hidden():
    events = made_events(3000, known_share=1.0, scatter=0.1)
    hidden = events.copy()
    hide = np.arange(len(events)) % 2 == 0
    hidden.loc[hide, ["horizontal_error_km", "depth_error_km"]] = np.nan
    horizontal, depth, fixed = fit_error_regression(hidden).predict(hidden[hide])
    ratio = np.log(horizontal / events["horizontal_error_km"][hide])
    assert abs(ratio.median()) < 0.03
    assert ratio.std() < 0.15
    letter = events["quality"][hide].to_numpy()
    assert (fixed == (letter == "C")).all()
    free = ~fixed
    assert abs(np.log(depth / events["depth_error_km"][hide])[free].median()) < 0.05


def test_held_out_years_are_not_in_the_fit():
    # the error level jumps in the last fifth: held-out predictions cannot know
    events = made_events(3000, known_share=1.0, scatter=0.05)
    last = np.arange(len(events)) >= 2400
    events.loc[last, "horizontal_error_km"] *= 10
    held = fit_error_regression(events).held_out
    held = held[held["quantity"] == "horizontal"].set_index("event_id")
    ratio = (held["known_km"] / held["predicted_km"]).loc[events["event_id"][last]]
    assert ratio.median() > 5


def test_equal_events_get_equal_estimates():
    events = made_events(500)
    twins = pd.concat([events.iloc[[7]]] * 1001).assign(event_id=lambda t: range(len(t)))
    horizontal, depth, _ = fit_error_regression(events).predict(twins)
    assert len(np.unique(horizontal)) == len(np.unique(depth)) == 1


def test_missing_phases_rms_and_letters_have_an_estimate():
    events = made_events(500)
    fit = fit_error_regression(events)
    bare = events.iloc[[0] * 4].assign(n_phases=np.nan, rms_s=np.nan, quality=["A", "Z", "", "C"])
    horizontal, _, fixed = fit.predict(bare)
    assert horizontal[0] == pytest.approx(0.3, rel=0.2)
    assert horizontal[1] == horizontal[2] == horizontal[3] > horizontal[0]
    assert fixed.tolist() == [False, True, True, True]


def test_markers_are_not_errors():
    events = made_events(10, known_share=1.0)
    events["horizontal_error_km"] = [99.0, *[0.5] * 9]
    events["depth_error_km"] = [31.61, *[1.0] * 9]
    horizontal, depth, fixed = known_errors(events)
    assert np.isnan(horizontal[0])
    assert np.isnan(depth[0])
    assert fixed.tolist() == [True, *[False] * 9]


def test_too_few_known_errors():
    with pytest.raises(DataError, match=r"0 events have a known horizontal_error_km.*class_limits"):
        fit_error_regression(made_events(200, known_share=0.0))


def test_events_of_one_year_and_one_letter():
    events = made_events(300, known_share=1.0).iloc[:20]
    events = pd.concat([events] * 5).assign(event_id=lambda t: np.arange(len(t)).astype(str))
    events["quality"] = "A"
    events["depth_error_km"] = 1.0
    fit = fit_error_regression(events)
    assert fit.letters == ("A",)
    assert np.isfinite(fit.predict(events)[0]).all()
